"""Jobs that update a saved record: opened, claimed, saved, looked up and read by the rules of keying (P2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.actions import decisions, reconciling, recovery, switching, work
from orchestrator.actions.decisions import Outcome
from orchestrator.next_state import Next
from orchestrator.originals import Originals
from orchestrator.states import JobKind, JobState, Reason, State
from orchestrator.store import Claim, ClaimLost, Job, NotMoved, Stored, jobs, revisions, updates
from orchestrator.store import reprocess as reprocessing
from tests import acts
from tests.acts import person
from tests.integration.store_world import LEASE_SECONDS, START, World, report

SAM = person("user:sam")
AFTER = {"plan": {"pages": []}, "remains": []}
SAVED: dict[str, Any] = {"plan": {"a": 1}, "after": AFTER, "before": [], "revision": 1}
LIMIT = 4


def reviewed(world: World) -> str:
    """A report whose record is saved and read back."""
    world.receive()
    claim = world.claimed()
    world.finish(claim)
    return claim.reference


def corrected(world: World, over: int = 0) -> str:
    """One that was corrected since, so that its record is behind."""
    reference = "" if over == 0 else str(next(world.store.reports()).reference)
    reference = reference or reviewed(world)
    with world.store.writing() as transaction:
        revisions.add(transaction, reference, over, actor="user:sam", because="x", changes=())
        reprocessing.understand_saved(transaction, reference, report(notes=()), "user:sam")
        jobs.open_update(transaction, reference, "user:sam")
    return reference


def stored(world: World, reference: str) -> Stored:
    """The report now."""
    found = world.store.report(reference)
    assert found is not None
    return found


def update_of(world: World, reference: str) -> Job:
    """The last update of its record."""
    return [job for job in stored(world, reference).jobs if job.kind is JobKind.UPDATE][-1]


def claimed(world: World, kind: JobKind = JobKind.UPDATE) -> Claim:
    """The next job, which must be of that kind."""
    claim = world.claimed()
    assert claim.kind is kind
    return claim


def failed(world: World, claim: Claim, step: Next, *, pressed: bool = True) -> None:
    """Settle a failure."""
    work.failed(world.store, claim, step, "why", wait_seconds=0, pressed=pressed, signed_out=False)


def uncertain(world: World) -> tuple[str, Claim]:
    """An update whose save was not answered, and the claim of its look-up."""
    reference = corrected(world)
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    failed(world, claim, Next(State.UNCERTAIN, Reason.SAVE_UNANSWERED))
    return reference, claimed(world, JobKind.LOOK_UP)


def test_an_update_goes_its_way_while_the_report_stays(world: World) -> None:
    """Claimed, saved and read back; the report is in review all the time, and the trail tells each step."""
    reference = corrected(world)
    claim = claimed(world)
    assert (claim.updates, claim.attempts, claim.find_first) == (True, 1, False)
    work.about_to_save(world.store, claim, **SAVED)
    job = update_of(world, reference)
    assert (job.state, job.pressed_at, job.revision) == (JobState.SAVING, START, 1)
    work.saved(world.store, claim, "CHS-2026-0000001", START)
    assert stored(world, reference).plan == AFTER["plan"]
    work.read(world.store, claim, record=[], mismatches=[])
    assert world.state(reference) == (State.REVIEW, Reason.VERIFIED)
    assert [job.state for job in stored(world, reference).jobs] == [JobState.DONE] * 4
    assert world.claim() is None
    told = [json.loads(str(row["details"])) for row in world.store.entries() if row["action"] == "update"]
    assert [(each["from"], each["to"]) for each in told] == [
        ("keying", "submitting"),
        ("submitting", "submitted"),
        ("submitted", "review"),
    ]
    world.assert_trail_holds()


def test_evidence_of_an_update_altered_behind_the_trail(world: World) -> None:
    """What the record showed before, and the plan of all of it, are vouched for like any evidence."""
    reference = corrected(world)
    work.about_to_save(world.store, claimed(world), **SAVED)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jobs SET after = '[]' WHERE kind = 'update'")
    assert list(world.store.altered()) == [(reference, "after")]


def test_no_two_claims_of_a_report_have_one_token(world: World) -> None:
    """An update and the reconciling of one report are two robots' work: each claim is told from the other."""
    reference = corrected(world)
    reconciling.start(world.store, START, {})
    first, second = world.claimed("robot1"), world.claimed("robot2")
    assert {first.kind, second.kind} == {JobKind.UPDATE, JobKind.RECONCILE}
    assert first.token != second.token
    work.reconciled(world.store, second)
    assert update_of(world, reference).state is JobState.RUNNING
    work.about_to_save(world.store, first, **SAVED)


def test_an_update_whose_lease_lapsed_before_save_waits_again(world: World) -> None:
    """Until then it is left to its robot. Another robot claims it, and the first is refused from then on."""
    reference = corrected(world)
    claim = claimed(world)
    assert recovery.expire(world.store, LIMIT) == []
    world.clock.turn(LEASE_SECONDS + 1)
    assert recovery.expire(world.store, LIMIT) == [reference]
    again = claimed(world)
    assert again.attempts == 2
    with pytest.raises(ClaimLost):
        work.about_to_save(world.store, claim, **SAVED)
    work.about_to_save(world.store, again, **SAVED)


def test_an_update_whose_lease_lapsed_at_save_is_looked_up(world: World) -> None:
    """Save may have left: it is uncertain, and nobody keys it before it was looked up."""
    reference = corrected(world)
    work.about_to_save(world.store, claimed(world), **SAVED)
    world.clock.turn(LEASE_SECONDS + 1)
    assert recovery.expire(world.store, LIMIT) == [reference]
    assert update_of(world, reference).state is JobState.UNCERTAIN
    look = claimed(world, JobKind.LOOK_UP)
    assert (look.updates, look.pressed_at) == (True, START)
    assert world.claim("robot2") is None


def test_lapses_use_up_the_attempts(world: World) -> None:
    """After the last attempt a person looks, and is told that the record was not updated."""
    reference = corrected(world)
    for _ in range(LIMIT):
        claimed(world)
        world.clock.turn(LEASE_SECONDS + 1)
        recovery.expire(world.store, LIMIT)
    assert world.state(reference) == (State.ATTENTION, Reason.UPDATE_FAILED)
    assert "not updated (attempts-used-up)" in str(stored(world, reference).message)
    assert world.claim() is None


def test_found_by_its_look_up(world: World) -> None:
    """An uncertain update that the record holds is read back by the robot that found it."""
    reference, look = uncertain(world)
    work.in_target(world.store, look, "CHS-2026-0000001", None)
    assert update_of(world, reference).state is JobState.DONE
    work.read(world.store, look, record=[], mismatches=[{"a": 1}])
    assert world.state(reference) == (State.REVIEW, Reason.MISMATCHED)


@pytest.mark.parametrize("given_up", [True, False])
def test_a_doubted_update_is_a_persons(world: World, given_up: bool) -> None:
    """One that is not in the record, or cannot be told, goes to a person with what is known; taken up again, it is
    looked up before anything is keyed."""
    reference, look = uncertain(world)
    if given_up:
        work.give_up(world.store, look, State.UNCERTAIN, "the page does not open")
    else:
        work.not_in_target(world.store, look, LIMIT)
    assert world.state(reference) == (State.ATTENTION, Reason.UPDATE_UNCERTAIN)
    message = str(stored(world, reference).message)
    assert ("the page does not open" in message) == given_up
    assert "Compare the two" in message
    acts.reread(world.store, reference, State.ATTENTION, report(), "user:sam")
    work.in_target(world.store, claimed(world, JobKind.KEY), "CHS-2026-0000001", None)
    work.read(world.store, claim_of(world), record=[], mismatches=[])
    again = claimed(world)
    assert again.find_first
    failed(world, again, Next(State.ATTENTION, Reason.ATTEMPTS_USED_UP), pressed=False)
    assert world.state(reference) == (State.ATTENTION, Reason.UPDATE_UNCERTAIN)


def claim_of(world: World) -> Claim:
    """The reading that waits, once its robot has let it lapse."""
    world.clock.turn(LEASE_SECONDS + 1)
    return claimed(world, JobKind.READ_BACK)


def test_a_late_response_ends_every_other_claim(world: World) -> None:
    """A response that comes after the claim has ended is evidence: the update is done, whoever has it by then."""
    reference = corrected(world)
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    world.clock.turn(LEASE_SECONDS + 1)
    recovery.expire(world.store, LIMIT)
    look = claimed(world, JobKind.LOOK_UP)
    with pytest.raises(ClaimLost):
        work.saved(world.store, claim, "CHS-2026-0000001", START)
    assert update_of(world, reference).state is JobState.DONE
    with pytest.raises(NotMoved):
        work.not_in_target(world.store, look, LIMIT)
    claimed(world, JobKind.READ_BACK)


def test_corrected_again_while_its_record_is_updated(world: World) -> None:
    """The update in hand is finished, and another brings the record to the later revision."""
    reference = corrected(world)
    claim = claimed(world)
    corrected(world, over=1)
    work.about_to_save(world.store, claim, **SAVED)
    work.saved(world.store, claim, "CHS-2026-0000001", START)
    work.read(world.store, claim, record=[], mismatches=[])
    assert update_of(world, reference).state is JobState.WAITING
    again = claimed(world)
    work.nothing_to_update(world.store, again, AFTER, 2)
    assert (update_of(world, reference).revision, world.claim()) == (2, None)


def test_a_decision_stands_only_on_a_verified_record(world: World) -> None:
    """After an update that the record shows otherwise, a decided report is a person's again."""
    reference = corrected(world)
    decisions.decide(world.store, SAM, reference, Outcome.CRIME, "Enough")
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    work.saved(world.store, claim, "CHS-2026-0000001", START)
    work.read(world.store, claim, record=[], mismatches=[{"a": 1}])
    assert world.state(reference) == (State.ATTENTION, Reason.MISMATCHED)


def test_nothing_is_erased_while_a_record_is_to_be_updated(world: World) -> None:
    """The update needs the report's content."""
    reference = corrected(world)
    decisions.decide(world.store, SAM, reference, Outcome.CRIME, "Enough")
    with pytest.raises(NotMoved, match="still to be updated"):
        decisions.erase(world.store, Originals(world.folder), SAM, reference, "Old")


def test_nothing_is_erased_while_a_record_is_read(world: World) -> None:
    """What a robot reads would come back into an erased report."""
    reference = corrected(world)
    decisions.decide(world.store, SAM, reference, Outcome.CRIME, "Enough")
    claim = claimed(world)
    work.about_to_save(world.store, claim, **SAVED)
    work.saved(world.store, claim, "CHS-2026-0000001", START)
    with pytest.raises(NotMoved, match="still to be updated or read"):
        decisions.erase(world.store, Originals(world.folder), SAM, reference, "Old")
    work.read(world.store, claim, record=[], mismatches=[])
    decisions.erase(world.store, Originals(world.folder), SAM, reference, "Old")


def test_corrected_again_while_there_is_nothing_to_key(world: World) -> None:
    """A correction that comes while a robot finds nothing to key has an update of its own."""
    reference = corrected(world)
    claim = claimed(world)
    corrected(world, over=1)
    work.nothing_to_update(world.store, claim, AFTER, 1)
    assert claimed(world).reference == reference


def test_a_lapsed_claim_moves_no_update(world: World) -> None:
    """A robot whose lease has run out does not save, nor end the update, even if nobody has noticed yet."""
    corrected(world)
    claim = claimed(world)
    world.clock.turn(LEASE_SECONDS + 1)
    with pytest.raises(ClaimLost):
        work.about_to_save(world.store, claim, **SAVED)
    with pytest.raises(ClaimLost):
        work.nothing_to_update(world.store, claim, AFTER, 1)


def test_off_means_off(world: World) -> None:
    """No update is claimed while its form is off (P9), and nobody waits for it; on again, it is."""
    corrected(world)
    assert world.store.updates_open() == 1
    switching.switch_form(world.store, SAM, "ocr", False)
    assert (world.claim(), world.store.updates_open()) == (None, 0)
    assert world.store.updates_open(also_off=True) == 1
    switching.switch_form(world.store, SAM, "ocr", True)
    claimed(world)


def test_after_a_restore_nothing_is_updated_twice(world: World) -> None:
    """In a restored copy an update that waits may have been made since: a person compares."""
    reference = corrected(world)
    recovery.mark_for_look_up(world.store)
    assert world.state(reference) == (State.ATTENTION, Reason.UPDATE_UNCERTAIN)
    assert world.claim() is None


def test_a_report_that_goes_another_way_is_not_updated(world: World) -> None:
    """Read again from the start, its waiting update ends; one in a robot's hands keeps the report where it is."""
    reference = corrected(world)
    mine: dict[str, Any] = {"actor": "rpa", "reason": Reason.NOT_FOUND}
    acts.move(world.store, reference, State.REVIEW, State.ATTENTION, **mine)
    assert world.claim() is None
    acts.reread(world.store, reference, State.ATTENTION, report(), "user:sam")
    assert update_of(world, reference).state is JobState.ENDED


def test_a_report_is_not_read_again_while_its_record_is_updated(world: World) -> None:
    """A robot at work on the record comes first."""
    reference = corrected(world)
    claimed(world)
    mine: dict[str, Any] = {"actor": "rpa", "reason": Reason.NOT_FOUND}
    acts.move(world.store, reference, State.REVIEW, State.ATTENTION, **mine)
    with pytest.raises(NotMoved, match="a robot is updating its record"):
        acts.reread(world.store, reference, State.ATTENTION, report(), "user:sam")


def test_an_update_is_only_moved_from_where_it_stands(world: World) -> None:
    """The state is compared as it is set: what was decided on another state is refused, and so is a way that no
    report has."""
    job = update_of(world, corrected(world)).id
    mine: dict[str, Any] = {"actor": "rpa", "reason": Reason.LEASE_LOST}
    with pytest.raises(NotMoved, match="its update is waiting"), world.store.writing() as transaction:
        updates.move(transaction, job, State.SUBMITTING, State.UNCERTAIN, **mine)
    with pytest.raises(ValueError, match="does not go from"), world.store.writing() as transaction:
        updates.move(transaction, job, State.READY, State.SUBMITTING, **mine)
