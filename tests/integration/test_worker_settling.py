"""What becomes of a report whose robot failed: by the error's family, the state on disk, and the time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from orchestrator.actions import recovery
from orchestrator.definitions import Definitions, load_definitions
from orchestrator.jobs.context import WorkerContext
from orchestrator.jobs.planning import planner
from orchestrator.jobs.settle import settle_failure
from orchestrator.originals import Originals
from orchestrator.settings import Settings, load_settings
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim
from rpa.browser.launch import Browser
from rpa.errors import (
    Cause,
    DefinitionError,
    Fault,
    NotSent,
    ReportError,
    SubmissionUncertain,
    TargetChanged,
    TargetError,
)
from rpa.report import Answer
from tests import acts
from tests.integration.store_world import World, submission

AWAY = TargetError("the target does not answer")


def settings_of(folder: Path) -> Settings:
    """Settings of a system that nobody answers, with two attempts for a report."""
    target = {"profile": "chs", "url": "http://127.0.0.1:9", "commit_delay_seconds": 10}
    forms = {"ocr": {"target": "chs"}}
    return load_settings(data_dir=folder, targets={"chs": target}, forms=forms, robots={"attempts": 2})


@cache
def shipped() -> Definitions:
    """The definitions that the project ships, proved once."""
    return load_definitions(settings_of(Path()))


class Desk:
    """A store with one report, and an context on it whose clock is the store's."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.world = World(folder)
        settings = settings_of(folder)
        definitions = shipped()
        clock = self.world.clock
        originals = Originals(folder)
        self.context = WorkerContext(settings, self.world.store, originals, definitions, browser, clock)
        self.reference = self.world.receive().reference

    def office_with(self, credentials: Mapping[tuple[str, str], str]) -> WorkerContext:
        """The context, which knows the digests of its accounts' entries."""
        return replace(self.context, credentials=credentials)

    def claimed(self) -> Claim:
        """The report, claimed when it may be."""
        self.world.clock.turn(400)  # longer than any rest
        return self.world.claimed()

    @property
    def state(self) -> tuple[State, Reason]:
        """Where the report is, and why."""
        return self.world.state(self.reference)

    def uncertain(self) -> Claim:
        """The report in `uncertain`, claimed to be looked up."""
        self.world.press(self.claimed())
        self.world.clock.turn(400)
        assert recovery.expire(self.world.store, 2) == [self.reference]
        claim = self.world.claimed()
        assert claim.kind is JobKind.LOOK_UP
        return claim


@pytest.fixture
def desk(tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """A desk with one report that is ready."""
    desk = Desk(tmp_path, browser)
    yield desk
    desk.world.assert_trail_holds()
    desk.world.engine.dispose()


async def test_a_report_is_planned_beside_the_event_loop(desk: Desk) -> None:
    """A report that takes seconds to plan keeps no other robot waiting; what was planned is not planned again."""
    loop, claim = asyncio.get_running_loop(), desk.claimed()
    desk.context.originals.keep(submission())
    stored = desk.world.store.report(desk.reference)
    assert stored is not None

    class Told(tuple[Answer, ...]):
        __slots__ = ()

        def __iter__(self) -> Iterator[Answer]:
            went_on = threading.Event()
            loop.call_soon_threadsafe(went_on.set)
            assert went_on.wait(10), "the event loop waits until all is planned"
            return super().__iter__()

    plan_without, _ = await planner(desk.context, claim, replace(stored, answers=Told(stored.answers)))
    assert plan_without(frozenset()) is plan_without(frozenset())


async def test_a_target_that_is_away_is_tried_again_until_attempts_are_used_up(
    desk: Desk,
) -> None:
    """Before save, a fault of the target's sends the report back to rest; the last attempt to a person."""
    await settle_failure(desk.context, desk.claimed(), AWAY)
    assert desk.state == (State.READY, Reason.TARGET_FAULT)
    assert desk.world.claim() is None  # it rests
    await settle_failure(desk.context, desk.claimed(), AWAY)
    assert desk.state == (State.ATTENTION, Reason.ATTEMPTS_USED_UP)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ReportError("Incident: the target refused a value"), Reason.REFUSED),
        (DefinitionError(Fault("ocr.toml", 1, "x", "is wrong", "Mend it")), Reason.DEFINITION),
    ],
)
async def test_what_trying_again_cannot_mend_goes_to_a_person_at_once(
    desk: Desk, error: Exception, reason: Reason
) -> None:
    """A refused report, and one whose definition is wrong, are not tried a second time."""
    await settle_failure(desk.context, desk.claimed(), error)
    assert desk.state == (State.ATTENTION, reason)
    assert desk.world.claim() is None


def test_a_mapping_that_is_not_there_any_more(desk: Desk) -> None:
    """A report for a target that its form is not mapped into is a fault of the definitions, told by name."""
    with pytest.raises(DefinitionError, match="there is no mapping into this target"):
        desk.context.definitions.mapping("elsewhere", "ocr")


async def test_a_failure_after_save_may_have_been_pressed(desk: Desk) -> None:
    """Whatever the error is: once `submitting` is on disk, the report is uncertain and never keyed again."""
    claim = desk.claimed()
    desk.world.press(claim)
    await settle_failure(desk.context, claim, AWAY)
    assert desk.state == (State.UNCERTAIN, Reason.SAVE_UNANSWERED)
    assert desk.claimed().kind is JobKind.LOOK_UP


async def test_nothing_left_this_machine(desk: Desk) -> None:
    """Save that certainly did not leave is tried again after a rest, looked for first; in the end a person."""
    claim = desk.claimed()
    desk.world.press(claim)
    await settle_failure(desk.context, claim, NotSent("the right to save had lapsed"))
    assert desk.state == (State.READY, Reason.NOT_SENT)
    assert desk.world.claim() is None  # it rests
    again = desk.claimed()
    assert (again.kind, again.find_first) == (JobKind.KEY, True)
    desk.world.press(again)
    await settle_failure(desk.context, again, NotSent("the right to save had lapsed"))
    assert desk.state == (State.ATTENTION, Reason.ATTEMPTS_USED_UP)


@pytest.mark.parametrize("signed_out", [True, False])
async def test_how_save_was_answered_is_kept(desk: Desk, signed_out: bool) -> None:
    """That save was answered by the sign-in page stands on the report, for whoever looks for it."""
    claim = desk.claimed()
    desk.world.press(claim)
    await settle_failure(desk.context, claim, SubmissionUncertain("no reference", signed_out=signed_out))
    assert desk.state == (State.UNCERTAIN, Reason.SAVE_UNANSWERED)
    assert desk.claimed().signed_out is signed_out


async def test_a_report_that_cannot_be_looked_up(desk: Desk) -> None:
    """As long as the target is away an uncertain report is looked for again, and in the end a person is asked;
    it is never keyed."""
    await settle_failure(desk.context, desk.uncertain(), AWAY)
    assert desk.state[0] is State.UNCERTAIN
    desk.world.clock.turn(desk.context.settings.operations.look_up_seconds)
    await settle_failure(desk.context, desk.claimed(), AWAY)
    assert desk.state == (State.ATTENTION, Reason.SAVE_UNANSWERED)


async def test_a_record_that_cannot_be_read(desk: Desk) -> None:
    """A saved record that cannot be read back is tried again, and goes to the operator unread in the end."""
    claim = desk.claimed()
    desk.world.press(claim)
    acts.move(
        desk.world.store,
        desk.reference,
        State.SUBMITTING,
        State.SUBMITTED,
        actor=claim.robot,
        reason=Reason.REFERENCE_SEEN,
        token=claim.token,
        target_reference="CHS-2026-0000001",
    )
    await settle_failure(desk.context, claim, AWAY)
    assert desk.state == (State.SUBMITTED, Reason.REFERENCE_SEEN)
    desk.world.clock.turn(desk.context.settings.operations.read_back_seconds)
    await settle_failure(desk.context, desk.claimed(), AWAY)
    assert desk.state == (State.REVIEW, Reason.UNREAD)


async def test_a_claim_that_is_lost_is_left_alone(desk: Desk) -> None:
    """A robot whose lease has run out settles nothing: the report is somebody else's."""
    late = desk.claimed()
    desk.world.clock.turn(400)
    recovery.expire(desk.world.store, 2)
    taken = desk.world.claimed("robot2")
    await settle_failure(desk.context, late, AWAY)
    assert desk.state == (State.KEYING, Reason.CLAIMED)
    desk.world.finish(taken)


async def test_a_change_in_the_target_is_told_once(desk: Desk) -> None:
    """A control that is not what the profile says is noted once, however many reports meet it (P6)."""
    change = TargetChanged("Incident", "Category", "it is not on the page", Cause.GONE)
    for _ in range(2):
        await settle_failure(desk.context, desk.claimed(), change)
    assert [drift.place for drift in desk.world.store.drift("chs")] == [str(change)]
    assert [drift.count for drift in desk.world.store.drift("chs")] == [2]
    assert desk.world.actions().count("change seen") == 1


async def test_a_save_that_told_no_reference_is_a_change(desk: Desk) -> None:
    """What keeps every save from being understood is told like any other change, and the report is looked for."""
    change = TargetChanged("after save", "", "'.flash' holds no reference", Cause.OTHER)
    claim = desk.claimed()
    desk.world.press(claim)
    await settle_failure(desk.context, claim, SubmissionUncertain(str(change), changes=(change,)))
    assert [drift.place for drift in desk.world.store.drift("chs")] == [
        "after save: '.flash' holds no reference"
    ]
    assert desk.state == (State.UNCERTAIN, Reason.SAVE_UNANSWERED)
