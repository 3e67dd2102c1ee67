"""A robot and the practice CHS: what is keyed is what was planned, whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from rpa.browser.launch import Browser
from rpa.errors import (
    NotSent,
    ReportError,
    RpaError,
    SubmissionUncertain,
    TargetError,
)
from rpa.plan import Disposed, Place
from rpa.robot import FilledRecord, Robot
from rpa.targets.finding import InTarget, NotInTarget
from tests.integration.practice_chs_visitor import RunningChs
from tests.ledger import expected, held_by
from tests.short_records import short_definitions, shorten
from tests.worlds import Case, Definitions, Done, Keeper, case, definitions, document, key, robot, sample

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYED = [
    "02-burglary.json",
    "04-for-an-elderly-parent.json",
    "05-shop-theft.json",
    "10-known-suspect.json",
    "13-long-story.json",
    "18-with-media.json",
]
IMPATIENT = 5.0  # seconds for a page, where a test waits for one that never comes

At = Callable[..., Any]


@pytest.fixture
def at(browser: Browser, practice: RunningChs) -> At:
    """A robot at work in the practice CHS, for as long as a block lasts."""
    return partial(at_work, browser, practice, definitions())


@pytest.fixture
def short(browser: Browser, practice: RunningChs) -> At:
    """The same on short records."""
    shorten(practice)
    return partial(at_work, browser, practice, short_definitions())


@asynccontextmanager
async def at_work(
    browser: Browser, practice: RunningChs, given: Definitions, seconds: float = 15
) -> AsyncIterator[Robot]:
    """A robot with these definitions in the practice CHS."""
    one = robot(browser, given.target(practice.base, seconds))
    try:
        yield one
    finally:
        await one.close()


def assert_ledger_equals_plan(practice: RunningChs, done: Done) -> None:
    """The ledger holds exactly one record for the report, with every planned value and no other."""
    (record,) = practice.records(done.keyed.plan.reference)
    assert record["chs_reference"] == done.reference
    assert held_by(record) == expected(done.keyed.plan, definitions().profile, done.keyed.held)
    assert done.reading.mismatches == ()
    assert done.reading.verified == done.keyed.plan.size


def assert_private(error: RpaError, one: Case) -> None:
    """An error names places and rules, never an answer (P8)."""
    said = str(error)
    for screen in one.definitions.profile.screens:
        said = said.replace(screen.name, "")
    assert [answer.question for answer in one.report.answers if answer.text in said] == []


# ---- keying


@pytest.mark.parametrize("name", KEYED)
async def test_ledger_equals_plan(name: str, at: At, practice: RunningChs) -> None:
    """The ledger holds one record with every planned value and no other, and the robot reads the same back."""
    keeper = Keeper()
    async with at() as one:
        done = await key(one, sample(name), keeper)
        assert await one.find_record(done.keyed.plan.reference) == InTarget((done.reference,))
    assert_ledger_equals_plan(practice, done)
    assert keeper.told == ["submitting", done.reference]
    assert done.keyed.changes == ()
    assert done.keyed.picture.startswith(b"\x89PNG")
    assert done.picture.startswith(b"\x89PNG")


async def test_one_session_keys_report_after_report(at: At, practice: RunningChs) -> None:
    """A robot stays signed in, and nothing of one report is left over in the next."""
    async with at() as one:
        for name in ("07-phone-snatch.json", "12-male-suspect.json"):
            assert_ledger_equals_plan(practice, await key(one, sample(name)))
    assert len(practice.records()) == 2


PEOPLE = {
    "exactly one is the same": ("Robin", "1992-02-29", "P-"),
    "nobody of that name": ("Nobody", "1992-02-29", "New person"),
    "two are the same": ("Alex", "1980-02-01", "New person"),
    "only the date differs": ("Jamie", "1975-07-15", "New person"),
    "no date of birth is known": ("Robin", None, "New person"),
}


@pytest.mark.parametrize("which", PEOPLE)
async def test_person_is_chosen_only_when_certain(which: str, at: At, practice: RunningChs) -> None:
    """A person is chosen when exactly one has the surname, forename and date of birth; else one is created."""
    forename, born, outcome = PEOPLE[which]
    changed = document("07-phone-snatch.json")
    changed["personReporting"] |= {"surname": "Example", "firstName": forename, "dateOfBirth": born}
    async with at() as one:
        done = await key(one, case(changed))
    assert_ledger_equals_plan(practice, done)
    (record,) = practice.records(done.keyed.plan.reference)
    assert record["fields"]["Person reporting"]["Person record"].startswith(outcome)


# ---- faults


async def test_slow_page_is_waited_for(short: At, practice: RunningChs) -> None:
    """A page that takes two seconds is keyed like any other."""
    practice.queue("slow-page", seconds=2, screen="Incident")
    async with short() as one:
        assert_ledger_equals_plan(
            practice, await key(one, sample("07-phone-snatch.json", short_definitions()))
        )


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "server-error", "screen": "Victim"},
        {"fault": "slow-page", "seconds": IMPATIENT + 3, "screen": "Victim"},
    ],
    ids=["500", "too slow"],
)
async def test_failing_page_saves_nothing(fault: dict[str, Any], short: At, practice: RunningChs) -> None:
    """A page that fails or never comes is the target's error, nothing is saved, and the next try works."""
    practice.queue(**fault)
    reported, keeper = sample("07-phone-snatch.json", short_definitions()), Keeper()
    async with short(IMPATIENT) as one:
        with pytest.raises(TargetError) as raised:
            await key(one, reported, keeper)
        assert_private(raised.value, reported)
        assert keeper.told == []
        assert practice.records() == []
        assert_ledger_equals_plan(practice, await key(one, reported, keeper))


async def test_ended_session_signs_in_again(short: At, practice: RunningChs) -> None:
    """A session that ends in the middle of a journey is signed in again, and there is one record."""
    practice.queue("session-expired", screen="Incident")
    async with short() as one:
        assert_ledger_equals_plan(
            practice, await key(one, sample("07-phone-snatch.json", short_definitions()))
        )


async def test_lost_reply_is_uncertain_and_found(short: At, practice: RunningChs) -> None:
    """A reply lost after save is uncertain, the browser does not send the save a second time by itself, and a look
    finds the one record by our reference."""
    practice.queue("reply-lost")
    reported, keeper = sample("07-phone-snatch.json", short_definitions()), Keeper()
    async with short(IMPATIENT) as one:
        with pytest.raises(SubmissionUncertain) as raised:
            await key(one, reported, keeper)
        assert_private(raised.value, reported)
        assert keeper.told == ["submitting"]
        (record,) = practice.records()
        assert await one.find_record(reported.report.reference) == InTarget((record["chs_reference"],))


async def test_refused_connection_is_uncertain_and_not_found(short: At, practice: RunningChs) -> None:
    """A connection refused on save is uncertain too, and a look finds that there is no record."""
    practice.queue("save-refused-connection")
    reported = sample("07-phone-snatch.json", short_definitions())
    async with short(IMPATIENT) as one:
        with pytest.raises(SubmissionUncertain):
            await key(one, reported)
        assert practice.records() == []
        assert await one.find_record(reported.report.reference) == NotInTarget()


async def test_refused_value_names_the_screen(short: At, practice: RunningChs) -> None:
    """A value the target refuses is the report's error: it names the screen, and nothing is saved."""
    practice.queue("refused-value", screen="Person reporting", control="Surname")
    reported = sample("07-phone-snatch.json", short_definitions())
    async with short() as one:
        with pytest.raises(ReportError, match="Person reporting") as raised:
            await key(one, reported)
    assert_private(raised.value, reported)
    assert practice.records() == []


# ---- the right to save


class _LostError(Exception):
    """The report is no longer ours."""


class _Loser(Keeper):
    """A keeper who finds that the report has been taken by another."""

    async def before_save(self, keyed: FilledRecord) -> float:  # noqa: ARG002 - never kept
        raise _LostError


async def test_lost_report_is_not_saved(short: At, practice: RunningChs) -> None:
    """Where whoever keeps the report says that it is no longer ours, save is not pressed."""
    async with short() as one:
        with pytest.raises(_LostError):
            await key(one, sample("07-phone-snatch.json", short_definitions()), _Loser())
    assert practice.records() == []


async def test_lapsed_right_is_not_used(short: At, practice: RunningChs) -> None:
    """When the time for which the report is ours has run out, nothing is sent, and that is certain."""
    async with short() as one:
        with pytest.raises(NotSent, match="lapsed"):
            await key(one, sample("07-phone-snatch.json", short_definitions()), Keeper(seconds=0))
    assert practice.records() == []


# ---- changes of the target


def carried(done: Done, pointer: str) -> list[Place]:
    """The places that carry an answer, which must be in the narrative because its control was not certain."""
    (end,) = [each for each in done.keyed.plan.dispositions if each.pointer == pointer]
    assert (end.kind, end.reason) == (Disposed.NARRATIVE, "its control was not certain on the page")
    return list(end.where)


LAYOUTS: dict[str, dict[tuple[str, str], str]] = {
    "reordered": {},
    "relabelled": {
        ("Person reporting", "Surname"): "/personReporting/surname",
        ("Person reporting", "Occupation"): "/personReporting/occupation",
    },
    "missing-control": {("Person reporting", "Occupation"): "/personReporting/occupation"},
    "new-options": {("Person reporting", "Gender"): "/personReporting/gender"},
}


@pytest.mark.parametrize("variant", LAYOUTS)
async def test_change_of_the_target_is_planned_around(variant: str, at: At, practice: RunningChs) -> None:
    """A control that has another name, or is gone, or offers other options stops only itself: it is noted as a
    change, its answer is carried in the narrative, and everything else is keyed and verified (P6)."""
    wanted = document("07-phone-snatch.json")
    wanted["personReporting"] |= {"occupation": "Example maker", "gender": "GNDR_0001"}
    assert practice.practice("POST", "layout", {"variant": variant}).status_code == 200
    async with at() as one:
        done = await key(one, case(wanted))
    (record,) = practice.records(done.keyed.plan.reference)
    assert {(change.screen, change.control) for change in done.keyed.changes} == LAYOUTS[variant].keys()
    assert held_by(record) == expected(done.keyed.plan, definitions().profile, done.keyed.held)
    assert done.reading.mismatches == ()
    for pointer in LAYOUTS[variant].values():
        assert Place("Log", "Entry", "Log entries", 0) in carried(done, pointer)


async def test_a_change_does_not_start_the_record_over(at: At, practice: RunningChs) -> None:
    """Around a control that is gone the robot goes on where it is: it opens no page more than without."""
    wanted = document("07-phone-snatch.json")
    wanted["personReporting"] |= {"occupation": "Example maker"}
    pages: list[int] = []
    async with at() as one:
        await one.find_record("CR-NOTHING")  # signed in
        for number, variant in enumerate(("standard", "missing-control")):
            assert practice.practice("POST", "layout", {"variant": variant}).status_code == 200
            before = one._tab._world.documents if one._tab else 0
            done = await key(one, case(wanted))
            assert one._tab is not None
            pages.append(one._tab._world.documents - before)
            assert len(done.keyed.changes) == number
    assert pages[0] == pages[1]
