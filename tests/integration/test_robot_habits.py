"""A robot and the habits of real systems, as the practice CHS has learnt them: what is saved is what was planned,
once, or nothing is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from rpa.browser import clock
from rpa.browser.launch import Browser
from rpa.errors import NotSent, SignInRefused, SubmissionUncertain, TargetError
from rpa.robot import Robot
from rpa.targets.finding import InTarget, NotInTarget
from tests.integration.practice_chs_visitor import RunningChs
from tests.ledger import expected, held_by
from tests.short_records import short_definitions, shorten
from tests.worlds import Done, Keeper, key, robot, sample

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "07-phone-snatch.json"
At = Callable[..., Any]


@pytest.fixture
def at(browser: Browser, practice: RunningChs) -> At:
    """A robot at work in the practice CHS, for as long as a block lasts, on short records."""
    shorten(practice)

    @asynccontextmanager
    async def working(
        seconds: float = 10, save_seconds: float = 20, password: str = ""
    ) -> AsyncIterator[Robot]:
        target = replace(short_definitions().target(practice.base, seconds), save_seconds=save_seconds)
        one = robot(browser, target, password=password)
        try:
            yield one
        finally:
            await one.close()

    return working


def assert_saved_as_planned(practice: RunningChs, done: Done) -> None:
    """The ledger holds exactly one record for the report, with every planned value and no other; read back so."""
    (record,) = practice.records(done.keyed.plan.reference)
    assert record["chs_reference"] == done.reference
    assert held_by(record) == expected(done.keyed.plan, short_definitions().profile, done.keyed.held)
    assert done.reading.mismatches == ()


@pytest.mark.parametrize("variant", ["kept", "emptied"])
async def test_a_select_that_posts_back(variant: str, at: At, practice: RunningChs) -> None:
    """A select that has its page come again, with the other values or without, costs no value."""
    for screen in ("Incident", "Person reporting"):
        practice.queue("postback-select", screen=screen, variant=variant)
    async with at() as one:
        assert_saved_as_planned(practice, await key(one, sample(NAME, short_definitions())))


async def test_a_select_that_redraws(at: At, practice: RunningChs) -> None:
    """A select that has a script draw the form anew, and blank other controls, costs no value."""
    practice.queue("redraw-select", screen="Incident", control="Category")
    async with at() as one:
        assert_saved_as_planned(practice, await key(one, sample(NAME, short_definitions())))


@pytest.mark.parametrize("fault", ["slow-save", "late-response"])
async def test_a_save_that_takes_long(fault: str, at: At, practice: RunningChs) -> None:
    """A save that takes longer than any page may is waited for: one record, and its reference."""
    practice.queue(fault, seconds=4)
    async with at(seconds=2) as one:
        assert_saved_as_planned(practice, await key(one, sample(NAME, short_definitions())))
    assert len(practice.records()) == 1


@pytest.mark.parametrize("fault", ["slow-save", "late-response"])
async def test_a_save_that_takes_too_long(fault: str, at: At, practice: RunningChs) -> None:
    """A save that is not answered in the time for it is uncertain; no second request follows, and it is found."""
    practice.queue(fault, seconds=4)
    reported = sample(NAME, short_definitions())
    async with at(save_seconds=1) as one:
        with pytest.raises(SubmissionUncertain):
            await key(one, reported)
        found: object = NotInTarget()
        until = clock.now() + 20
        while found == NotInTarget() and clock.now() < until:
            found = await one.find_record(reported.report.reference)
    (record,) = practice.records()
    assert found == InTarget((record["chs_reference"],))


@pytest.mark.parametrize("variant", ["trailing-bytes", "odd-chunks", "http-1.0"])
async def test_a_reply_that_is_untidy(variant: str, at: At, practice: RunningChs) -> None:
    """An answer to save in untidy HTTP is understood."""
    practice.queue("untidy-reply", variant=variant)
    async with at() as one:
        assert_saved_as_planned(practice, await key(one, sample(NAME, short_definitions())))


async def test_a_save_that_leads_to_sign_in(at: At, practice: RunningChs) -> None:
    """A save that is answered by the sign-in page is uncertain, said to be signed out, and not there."""
    practice.queue("saved-to-sign-in")
    reported = sample(NAME, short_definitions())
    async with at() as one:
        with pytest.raises(SubmissionUncertain) as raised:
            await key(one, reported)
        assert raised.value.signed_out
        assert await one.find_record(reported.report.reference) == NotInTarget()
    assert practice.records() == []


async def test_a_page_that_asks_before_it_is_left(at: At, practice: RunningChs) -> None:
    """A page that asks before it is left holds nobody up, in the journey or when the next report begins."""
    practice.queue("asks-before-leaving", times=30)
    async with at() as one:
        for name in (NAME, "12-male-suspect.json"):
            assert_saved_as_planned(practice, await key(one, sample(name, short_definitions())))


@pytest.mark.parametrize("variant", ["request", "script"])
async def test_a_page_that_hangs(variant: str, at: At, practice: RunningChs) -> None:
    """A request that is never answered, or a page whose script never ends, is given up in its time; the next try
    keys the report."""
    practice.queue("hang", screen="Victim", variant=variant)
    reported, keeper = sample(NAME, short_definitions()), Keeper()
    async with at(seconds=2) as one:
        with pytest.raises(TargetError):
            await key(one, reported, keeper)
        assert keeper.told == []
        assert_saved_as_planned(practice, await key(one, reported, keeper))


async def test_an_account_that_is_refused(at: At, practice: RunningChs) -> None:
    """A wrong password is said as such, so that nobody tries it until the account locks."""
    async with at(seconds=3, password="not-the-password") as one:
        with pytest.raises(SignInRefused):
            await one.find_record("CR-NOTHING")
    async with at() as one:
        assert await one.find_record("CR-NOTHING") == NotInTarget()


async def test_a_review_that_shows_something_else(at: At, practice: RunningChs) -> None:
    """Where the review page shows another value than was keyed, that value is not saved as if it had been keyed:
    it is planned around, told, and carried in the narrative."""
    practice.queue("review-differs", screen="Person reporting", control="Surname", times=10)
    reported, keeper = sample(NAME, short_definitions()), Keeper()
    async with at() as one:
        done = await key(one, reported, keeper)
    assert [(each.screen, each.control) for each in done.keyed.changes] == [("Person reporting", "Surname")]
    assert_saved_as_planned(practice, done)


async def test_what_is_not_sent_is_certain(at: At, practice: RunningChs) -> None:
    """When the right to save ends before save is pressed, nothing is in the target, and that is certain."""
    async with at() as one:
        with pytest.raises(NotSent):
            await key(one, sample(NAME, short_definitions()), Keeper(seconds=-1))
    assert practice.records() == []
