"""What is learnt outside a claim: late responses whoever holds the report, reconciling, restored copies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orchestrator.actions import reconciling, recovery, work
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim, ClaimLost, Stored
from tests import acts
from tests.integration.store_world import LEASE_SECONDS, START, World

SEEN, OTHER = "CHS-2026-0000007", "CHS-2026-0000001"
LATER = START + timedelta(hours=1)


def late(world: World, reference: str, seen: str = SEEN) -> State:
    """The target gives a reference after the claim of robot1 had ended."""
    return acts.record_late_response(world.store, reference, seen, actor="robot1", reconcile_at=LATER)


def stored(world: World, reference: str) -> Stored:
    """The report, which must be there."""
    found = world.store.report(reference)
    assert found is not None
    return found


def lapsed(world: World) -> Claim:
    """A report whose robot pressed save, and whose lease has run out."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    world.clock.turn(LEASE_SECONDS)
    return claim


@pytest.mark.parametrize("expired", [False, True], ids=["submitting", "uncertain"])
def test_a_late_response_to_a_report_that_is_looked_for(world: World, expired: bool) -> None:
    """A reference that comes after the lease makes the report saved, and it is looked for once more."""
    claim = lapsed(world)
    if expired:
        recovery.expire(world.store, 4)
    assert late(world, claim.reference) is State.SUBMITTED
    assert world.state(claim.reference) == (State.SUBMITTED, Reason.ANSWERED_LATE)
    found = stored(world, claim.reference)
    assert found.target_reference == SEEN
    assert [each.not_before for each in found.jobs if each.kind is JobKind.RECONCILE] == [LATER]
    assert world.claimed("robot2").kind is JobKind.READ_BACK
    world.assert_trail_holds()


def test_a_late_response_ends_the_look_of_another(world: World) -> None:
    """Another robot that looks for the report loses its claim: the answer is known."""
    claim = lapsed(world)
    recovery.expire(world.store, 4)
    look = world.claimed("robot2")
    late(world, claim.reference)
    with pytest.raises(ClaimLost):
        work.postpone(world.store, look, 5, Reason.NOT_FOUND)


def _ready_again(world: World) -> str:
    claim = lapsed(world)
    recovery.expire(world.store, 4)
    look = world.claimed("robot2")
    acts.move(
        world.store,
        claim.reference,
        State.UNCERTAIN,
        State.READY,
        actor="x",
        reason=Reason.NOT_FOUND,
        token=look.token,
    )
    return claim.reference


def test_a_late_response_to_a_report_that_is_ready(world: World) -> None:
    """A report that was to be keyed again is saved already: nobody keys it, it is read back."""
    reference = _ready_again(world)
    assert late(world, reference) is State.SUBMITTED
    assert world.claimed("robot3").kind is JobKind.READ_BACK


def test_a_late_response_to_a_report_that_is_held(world: World) -> None:
    """A report whose form went off meanwhile is saved all the same."""
    reference = _ready_again(world)
    acts.switch(world.store, "ocr", False, "admin")
    assert world.state(reference)[0] is State.HELD
    assert late(world, reference) is State.SUBMITTED


def test_a_late_response_to_a_report_that_is_keyed_again(world: World) -> None:
    """The robot that keys it again loses its claim before it can save."""
    reference = _ready_again(world)
    again = world.claimed("robot3")
    assert late(world, reference) is State.SUBMITTED
    with pytest.raises(ClaimLost):
        world.press(again)
    assert world.claimed("robot4").token > again.token
    assert list(world.store.altered()) == []


def _needs_attention(world: World) -> str:
    claim = lapsed(world)
    recovery.expire(world.store, 4)
    look = world.claimed("robot2")
    acts.move(
        world.store,
        claim.reference,
        State.UNCERTAIN,
        State.ATTENTION,
        actor="x",
        reason=Reason.NOT_FOUND,
        token=look.token,
    )
    return claim.reference


def test_a_late_response_to_a_report_that_a_person_has(world: World) -> None:
    """The person is told that it is saved and under what; read again, it carries the reference to its robot."""
    reference = _needs_attention(world)
    assert late(world, reference) is State.ATTENTION
    found = stored(world, reference)
    assert found.target_reference == SEEN
    assert found.message == f"Already saved in the target as {SEEN}. Do not key it again."
    assert list(world.store.altered()) == []
    acts.reread(world.store, reference, State.ATTENTION, found.understood(), "operator")
    assert world.claimed("robot3").target_reference == SEEN


@pytest.mark.parametrize("known", [False, True])
def test_a_late_response_to_a_report_with_a_last_word(world: World, known: bool) -> None:
    """What a person has closed stays closed, unless the target holds a record that nobody knew of."""
    reference = _needs_attention(world)
    values = {"target_reference": SEEN} if known else {}
    acts.move(
        world.store,
        reference,
        State.ATTENTION,
        State.REJECTED,
        actor="operator",
        reason=Reason.REJECTED,
        **values,
    )
    assert late(world, reference) is (State.REJECTED if known else State.ATTENTION)
    found = stored(world, reference)
    assert found.target_reference == SEEN
    assert SEEN in (found.message or "")
    assert "answered late" in world.actions()
    assert list(world.store.altered()) == []


@pytest.mark.parametrize(
    ("to", "reason"),
    [(State.KEYED_BY_HAND, Reason.KEYED_BY_HAND), (State.REJECTED, Reason.REJECTED)],
    ids=["keyed by hand", "rejected"],
)
def test_a_late_response_with_another_record_reaches_a_person(
    world: World, to: State, reason: Reason
) -> None:
    """A report closed under one reference that shows up under another is in the target twice: a person."""
    reference = _needs_attention(world)
    by_hand = {"target_reference": OTHER}
    acts.move(world.store, reference, State.ATTENTION, to, actor="operator", reason=reason, **by_hand)
    assert late(world, reference, OTHER) is to
    assert late(world, reference, SEEN) is State.ATTENTION
    assert world.state(reference) == (State.ATTENTION, Reason.FOUND_SEVERAL)
    message = f"The target returned two references for this report: {OTHER} and {SEEN}."
    assert stored(world, reference).message == message
    world.assert_trail_holds()


@pytest.mark.parametrize("reviewed", [False, True], ids=["submitted", "review"])
@pytest.mark.parametrize(("seen", "state"), [(OTHER, None), (SEEN, State.ATTENTION)], ids=["same", "another"])
def test_a_late_response_to_a_saved_report(
    world: World, reviewed: bool, seen: str, state: State | None
) -> None:
    """The reference that is known changes nothing; another one means two records, and a person."""
    reference = world.receive().reference
    claim = world.claimed()
    if reviewed:
        world.finish(claim)
    else:
        world.press(claim)
        acts.move(
            world.store,
            reference,
            State.SUBMITTING,
            State.SUBMITTED,
            actor="robot1",
            reason=Reason.REFERENCE_SEEN,
            token=claim.token,
            target_reference=OTHER,
        )
    before = world.state(reference)
    late(world, reference, seen)
    assert world.state(reference) == ((state, Reason.FOUND_SEVERAL) if state else before)
    if state:
        message = f"The target returned two references for this report: {OTHER} and {SEEN}."
        assert stored(world, reference).message == message
    assert list(world.store.altered()) == []


# ---- reconciling


def test_a_record_is_reconciled_when_that_is_due(world: World) -> None:
    """A report in review that was uncertain once is claimed to be looked for again, once, and stays in review."""
    claim = lapsed(world)
    late(world, claim.reference)
    read = world.claimed("robot2")
    acts.move(
        world.store,
        claim.reference,
        State.SUBMITTED,
        State.REVIEW,
        actor="robot2",
        reason=Reason.VERIFIED,
        token=read.token,
    )
    assert world.claim() is None
    world.clock.turn(3600)
    again = world.claimed("robot3")
    assert (again.kind, again.target_reference) == (JobKind.RECONCILE, SEEN)
    assert world.claim("robot4") is None
    work.reconciled(world.store, again)
    assert world.state(claim.reference) == (State.REVIEW, Reason.VERIFIED)
    assert world.claim() is None
    world.assert_trail_holds()


def test_every_record_of_a_time_is_looked_for_again(world: World) -> None:
    """What was saved since a moment and is not decided is looked for once more, and nothing older."""
    old, new = (world.receive(number).reference for number in (1, 2))
    world.finish(world.claimed())
    world.clock.turn(3600)
    world.finish(world.claimed())
    assert reconciling.start(world.store, START + timedelta(minutes=30), {}) == 1
    assert world.claimed().reference == new
    assert [each for each in stored(world, old).jobs if each.kind is JobKind.RECONCILE] == []


def test_reconciling_waits_for_what_is_due(world: World) -> None:
    """A report that is to be keyed is never behind one that is only looked for once more."""
    world.receive(1)
    world.finish(world.claimed())
    reconciling.start(world.store, START, {})
    due = world.receive(2).reference
    assert [world.claimed("robot1").reference, world.claimed("robot2").kind] == [due, JobKind.RECONCILE]


def test_a_record_that_is_not_read_yet_is_not_reconciled(world: World) -> None:
    """What is to be looked up once more waits until its record was read back, or could not be."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    mine: dict[str, Any] = {"actor": "robot1", "token": claim.token}
    saved = {"target_reference": OTHER, "reconcile_at": START}
    here = claim.reference
    to = State.SUBMITTED, Reason.REFERENCE_SEEN
    acts.move(world.store, here, State.SUBMITTING, to[0], reason=to[1], **mine, **saved)
    assert world.claim("robot2") is None
    acts.move(world.store, here, State.SUBMITTED, State.REVIEW, reason=Reason.VERIFIED, **mine)
    assert world.claimed("robot2").kind is JobKind.RECONCILE


def test_only_what_is_in_review_is_reconciled(world: World) -> None:
    """A record that a person has decided on, and one that nobody has read yet, are not looked up once more."""
    world.receive(1)
    decided = world.claimed()
    world.finish(decided)
    to = State.DECIDED, Reason.CRIME
    acts.move(world.store, decided.reference, State.REVIEW, to[0], actor="operator", reason=to[1])
    world.receive(2)
    assert reconciling.start(world.store, START, {}) == 0
    world.finish(world.claimed())
    assert reconciling.start(world.store, START, {}) == 1


def test_a_restored_copy_marks_what_may_have_been_keyed(world: World) -> None:
    """Every report that a robot could still key is looked for first, and counted; what is saved is not."""
    world.receive(1)
    world.finish(world.claimed())
    waiting = world.receive(2).reference
    assert recovery.mark_for_look_up(world.store) == 1
    claim = world.claimed()
    assert (claim.reference, claim.find_first) == (waiting, True)
    assert "to be looked for first" in world.actions()
