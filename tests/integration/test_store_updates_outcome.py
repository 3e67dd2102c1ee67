"""Updates that are ended, taken up again or answered late: what the report and the trail say of them, and what
guards them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.actions import decisions, recovery, work
from orchestrator.actions.decisions import Outcome
from orchestrator.next_state import Next
from orchestrator.states import JobKind, JobState, Reason, State
from orchestrator.store import Claim, ClaimLost, jobs, revisions
from tests import acts
from tests.integration.store_world import LEASE_SECONDS, START, World, report
from tests.integration.test_store_updates import (
    LIMIT,
    SAM,
    SAVED,
    claim_of,
    claimed,
    corrected,
    failed,
    reviewed,
    stored,
    uncertain,
    update_of,
)

SEEN = "CHS-2026-0000001"
NOT_FOUND: dict[str, Any] = {"actor": "rpa", "reason": Reason.NOT_FOUND}


def told(world: World) -> list[dict[str, Any]]:
    """What the trail says of updates, in order."""
    entries = [row for row in world.store.entries() if row["action"] == "update"]
    details = [json.loads(str(row["details"])) for row in entries]
    return [{name: each[name] for name in each.keys() - {"digests", "jobs"}} for each in details]


def late(world: World, claim: Claim) -> None:
    """The response to save comes, and the claim has ended."""
    with pytest.raises(ClaimLost):
        work.saved(world.store, claim, SEEN, START)


def saved(world: World) -> Claim:
    """An update that is saved and to be read, and its claim."""
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    work.saved(world.store, claim, SEEN, START)
    return claim


@pytest.mark.parametrize(
    ("mismatches", "says"), [([], "holds what was keyed"), ([{"a": 1}], "differs from what was keyed")]
)
def test_a_late_response_to_an_update_that_a_person_has(
    world: World, mismatches: list[dict[str, int]], says: str
) -> None:
    """Where a person was told that an update is in doubt, they are told what its record shows in the end."""
    reference = corrected(world)
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    failed(world, claim, Next(State.UNCERTAIN, Reason.SAVE_UNANSWERED))
    work.give_up(world.store, claimed(world, JobKind.LOOK_UP), State.UNCERTAIN, "the page does not open")
    late(world, claim)
    work.read(world.store, claimed(world, JobKind.READ_BACK), record=[], mismatches=mismatches)
    assert world.state(reference) == (State.ATTENTION, Reason.UPDATE_UNCERTAIN)
    assert stored(world, reference).message == f"Its record was updated after all, and {says}."
    world.assert_trail_holds()


def test_a_reading_that_went_well_leaves_no_message_of_one_that_did_not(world: World) -> None:
    """The record of a decided report that could not be read at first says so no longer once it was."""
    reference = corrected(world)
    decisions.decide(world.store, SAM, reference, Outcome.CRIME, "Enough")
    work.postpone(world.store, saved(world), 1, Reason.TARGET_FAULT, "the page does not open")
    assert stored(world, reference).message == "the page does not open"
    world.assert_trail_holds()
    work.read(world.store, claim_of(world), record=[], mismatches=[])
    assert (world.state(reference)[0], stored(world, reference).message) == (State.DECIDED, None)
    world.assert_trail_holds()


def test_a_person_has_another_matter_in_hand(world: World) -> None:
    """What a report needs attention for is not told over by a reading of its record."""
    reference = corrected(world)
    claim = saved(world)
    ways = reference, State.REVIEW, State.ATTENTION
    acts.move(world.store, *ways, **NOT_FOUND, message="It is not listed.")
    work.read(world.store, claim, record=[], mismatches=[])
    assert stored(world, reference).message == "It is not listed."


def test_a_record_that_could_not_be_read_is_told_as_that(world: World) -> None:
    """Nothing is said of what a record holds that nobody has seen."""
    reference = corrected(world)
    decisions.decide(world.store, SAM, reference, Outcome.CRIME, "Enough")
    work.give_up(world.store, saved(world), State.SUBMITTED, "the page does not open")
    assert world.state(reference) == (State.ATTENTION, Reason.UNREAD)
    message = stored(world, reference).message
    assert message == "After its decision its record was updated, and could not be read back."


def test_an_update_that_is_taken_up_again_is_told(world: World) -> None:
    """The trail says that a doubted update waits for a robot again, and by whose act."""
    reference, look = uncertain(world)
    work.not_in_target(world.store, look, LIMIT)
    acts.reread(world.store, reference, State.ATTENTION, report(), "user:sam")
    work.in_target(world.store, claimed(world, JobKind.KEY), SEEN, None)
    before = len(told(world))
    work.read(world.store, claim_of(world), record=[], mismatches=[])
    number = update_of(world, reference).id
    assert told(world)[before:] == [{"job": number, "from": "attention", "to": "ready"}]
    world.assert_trail_holds()


def test_an_update_that_ends_because_its_report_goes_another_way_is_told(world: World) -> None:
    """The trail says that an update which waited is given up with what somebody did to the report."""
    reference = corrected(world)
    number = update_of(world, reference).id
    acts.move(world.store, reference, State.REVIEW, State.ATTENTION, **NOT_FOUND)
    assert told(world) == []
    decisions.dismiss(world.store, SAM, reference, "Withdrawn")
    assert told(world) == [{"job": number, "from": "ready", "to": "attention"}]
    (entry,) = [row for row in world.store.entries() if row["action"] == "update"]
    assert entry["actor"] == SAM.name


def test_each_save_of_an_update_forgets_how_the_last_was_answered(world: World) -> None:
    """An update whose save led to the sign-in page is pressed again; that press was not answered so."""
    reference = corrected(world)
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    answered = Next(State.UNCERTAIN, Reason.SAVE_UNANSWERED)
    work.failed(world.store, claim, answered, "why", wait_seconds=0, pressed=True, signed_out=True)
    work.not_in_target(world.store, claimed(world, JobKind.LOOK_UP), LIMIT)
    again = claimed(world)
    assert (again.signed_out, again.find_first) == (True, True)
    work.about_to_save(world.store, again, **SAVED)
    assert not update_of(world, reference).signed_out


def test_a_late_response_to_an_update_that_is_done(world: World) -> None:
    """It is told in the trail, and the record is not read once more for it."""
    corrected(world)
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    world.clock.turn(LEASE_SECONDS + 1)
    recovery.expire(world.store, LIMIT)
    look = claimed(world, JobKind.LOOK_UP)
    work.in_target(world.store, look, SEEN, None)
    work.read(world.store, look, record=[], mismatches=[])
    late(world, claim)
    assert world.claim() is None
    assert world.actions()[-1] == "update answered late"


def test_after_a_restore_an_update_in_hand_is_a_persons_too(world: World) -> None:
    """A copy may say that a robot has an update in hand: that robot has long gone on, or saved."""
    reference = corrected(world)
    claim = claimed(world)
    recovery.mark_for_look_up(world.store)
    assert world.state(reference) == (State.ATTENTION, Reason.UPDATE_UNCERTAIN)
    with pytest.raises(ClaimLost):
        work.about_to_save(world.store, claim, **SAVED)


def test_no_update_is_opened_while_a_person_has_the_report(world: World) -> None:
    """A report that needs attention goes its own way first; its record is updated when it is in review again."""
    reference = reviewed(world)
    acts.move(world.store, reference, State.REVIEW, State.ATTENTION, **NOT_FOUND)
    with world.store.writing() as transaction:
        revisions.add(transaction, reference, 0, actor="user:sam", because="x", changes=())
        assert jobs.open_update(transaction, reference, "user:sam") is None
    assert [job.state for job in stored(world, reference).jobs if job.kind is JobKind.UPDATE] == []
    assert JobState.WAITING not in {job.state for job in stored(world, reference).jobs}


@pytest.mark.parametrize("kind", [JobKind.KEY, JobKind.UPDATE])
def test_what_the_trail_says_was_saved_is_looked_for_although_its_row_was_altered(
    world: World, kind: JobKind
) -> None:
    """A finished job that somebody makes to wait again, as if save had never been pressed for the report, is not
    keyed blindly: the claim says to look first, and the verification names the row."""
    reference, look = uncertain(world)
    work.in_target(world.store, look, SEEN, None)
    work.read(world.store, claim_of(world), record=[], mismatches=[])
    assert list(world.store.altered()) == []
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jobs SET pressed_at = NULL")
        again = "state = 'waiting', ended_at = NULL, lease_until = NULL, not_before = NULL"
        connection.exec_driver_sql(f"UPDATE jobs SET {again} WHERE kind = '{kind}'")  # noqa: S608 - our own words
        if kind is JobKind.KEY:
            connection.exec_driver_sql("UPDATE reports SET state = 'ready'")
    named = {place for _, place in world.store.altered()}
    number = next(job.id for job in stored(world, reference).jobs if job.kind is kind)
    assert {f"job {number} state", f"job {number} pressed_at"} <= named
    claim = claimed(world, kind)
    assert claim.find_first
