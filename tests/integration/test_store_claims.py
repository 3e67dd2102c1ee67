"""Claims: each report in one robot's hands, leases that lapse, and tokens that fence off the late."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from orchestrator.actions import recovery, work
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim, ClaimLost, Store, utc_now
from tests import acts
from tests.integration.store_world import KEY, LEASE_SECONDS, START, World, report, submission


def test_a_claim_says_what_is_to_be_done(world: World) -> None:
    """The first claim of a ready report is to key it, with a token, a lease and its first attempt."""
    reference = world.receive().reference
    claim = world.claimed("robot7")
    assert claim == Claim(
        job=1,
        reference=reference,
        kind=JobKind.KEY,
        token=1,
        attempts=1,
        find_first=False,
        form="ocr",
        form_version=1,
        target="chs",
        target_reference=None,
        keyed_at=None,
        robot="robot7",
        account="chs-robot7",
        due_at=START + timedelta(minutes=30, seconds=1),
        claimed_at=START,
        lease_until=START + timedelta(seconds=LEASE_SECONDS),
        pressed_at=None,
        saving_job=1,
    )
    assert world.state(reference) == (State.KEYING, Reason.CLAIMED)


def test_the_earliest_due_comes_first(world: World) -> None:
    """Reports are claimed in the order they are due, whatever order they came in."""
    references = {number: world.receive(number).reference for number in (2, 3, 1)}
    claimed = [world.claimed(f"robot{number}").reference for number in (1, 2, 3)]
    assert claimed == [references[1], references[2], references[3]]
    assert world.claim() is None


def test_late_is_what_waits_for_a_robot_past_its_time(world: World) -> None:
    """A report counts as late from when it was due until a robot has done all with it."""
    world.receive()
    assert world.store.late() == 0
    world.clock.turn(3 * 60 * 60)
    assert world.store.late() == 1
    world.finish(world.claimed())
    assert world.store.late() == 0


def test_only_enabled_targets_are_claimed_for(world: World) -> None:
    """A target that is off, or that the robot has no account for, gets no reports (P9)."""
    world.receive()
    assert world.claim(targets=()) is None
    assert world.claim(targets=("other",)) is None
    assert world.claim(targets=("other", "chs")) is not None


def test_a_report_rests_before_it_is_tried_again(world: World) -> None:
    """After a fault a report is not claimed until its wait is over, and then counts another attempt."""
    world.receive()
    claim = world.claimed()
    acts.move(
        world.store,
        claim.reference,
        State.KEYING,
        State.READY,
        actor="robot1",
        reason=Reason.TARGET_FAULT,
        token=claim.token,
        message="Person reporting: the page did not load",
        not_before=START + timedelta(seconds=20),
    )
    assert world.claim() is None
    world.clock.turn(20)
    again = world.claimed("robot2")
    assert (again.attempts, again.token) == (2, 2)


def test_a_lapsed_robot_is_replaced_and_fenced_off(world: World) -> None:
    """A robot that comes back after its lease cannot move, renew or postpone anything: its token is old."""
    world.receive()
    late = world.claimed("robot1")
    world.clock.turn(LEASE_SECONDS)
    with pytest.raises(ClaimLost, match="run out"):
        world.press(late)
    with pytest.raises(ClaimLost):
        work.renew(world.store, late, LEASE_SECONDS)
    assert recovery.expire(world.store, 4) == [late.reference]
    assert world.state(late.reference) == (State.READY, Reason.LEASE_LOST)
    current = world.claimed("robot2")
    assert current.token > late.token
    with pytest.raises(ClaimLost, match="another claim"):
        world.press(late)
    with pytest.raises(ClaimLost):
        work.renew(world.store, late, LEASE_SECONDS)
    with pytest.raises(ClaimLost):
        work.postpone(world.store, late, 5, Reason.TARGET_FAULT)
    world.finish(current)
    assert world.state(late.reference)[0] is State.REVIEW


def test_a_renewed_lease_holds(world: World) -> None:
    """A lease renewed in time keeps the report, as often as it is renewed."""
    world.receive()
    claim = world.claimed()
    for _ in range(3):
        world.clock.turn(LEASE_SECONDS - 1)
        claim = work.renew(world.store, claim, LEASE_SECONDS)
        assert recovery.expire(world.store, 4) == []
    assert claim.lease_until == world.clock() + timedelta(seconds=LEASE_SECONDS)
    world.finish(claim)


def test_a_lease_lost_too_often_goes_to_a_person(world: World) -> None:
    """When the last attempt's lease lapses, the report is not tried again."""
    world.receive()
    for _ in range(2):
        claim = world.claimed()
        world.clock.turn(LEASE_SECONDS)
        recovery.expire(world.store, 2)
    assert world.state(claim.reference) == (State.ATTENTION, Reason.ATTEMPTS_USED_UP)


def test_a_lease_lost_at_save_is_uncertain(world: World) -> None:
    """A robot that vanished when save may have been pressed leaves a report to be looked up, never keyed (P2)."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    world.clock.turn(LEASE_SECONDS)
    recovery.expire(world.store, 4)
    assert world.state(claim.reference) == (State.UNCERTAIN, Reason.LEASE_LOST)
    look = world.claimed("robot2")
    assert (look.kind, look.find_first, look.attempts) == (JobKind.LOOK_UP, True, 1)
    assert look.pressed_at == START


def test_looking_up_can_be_put_off(world: World) -> None:
    """A report not found yet is given back for a while without leaving its state, and the trail says so."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    acts.move(
        world.store,
        claim.reference,
        State.SUBMITTING,
        State.UNCERTAIN,
        actor="robot1",
        reason=Reason.SAVE_UNANSWERED,
        token=claim.token,
    )
    look = world.claimed("robot2")
    work.postpone(world.store, look, 10, Reason.NOT_FOUND)
    assert world.claim() is None
    world.clock.turn(10)
    again = world.claimed("robot3")
    assert again.kind is JobKind.LOOK_UP
    acts.move(
        world.store,
        again.reference,
        State.UNCERTAIN,
        State.SUBMITTED,
        actor="robot3",
        reason=Reason.FOUND,
        token=again.token,
        target_reference="CHS-2026-0000001",
    )
    assert world.claim() is None  # the claim goes on: the same robot reads it back
    assert world.actions()[-4:] == ["claimed", "postponed", "claimed", "moved"]


def test_a_saved_report_is_read_back_by_whoever_comes(world: World) -> None:
    """When the robot that saved is gone, another reads the record back; nothing is keyed again."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    acts.move(
        world.store,
        claim.reference,
        State.SUBMITTING,
        State.SUBMITTED,
        actor="robot1",
        reason=Reason.REFERENCE_SEEN,
        token=claim.token,
        target_reference="CHS-2026-0000001",
    )
    assert world.claim() is None
    world.clock.turn(LEASE_SECONDS)
    read = world.claimed("robot2")
    assert (read.kind, read.target_reference, read.attempts) == (JobKind.READ_BACK, "CHS-2026-0000001", 1)


def test_what_was_saved_is_looked_up_though_its_form_is_off(world: World) -> None:
    """Off stops keying, not finding out what became of what was saved (P9)."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    acts.switch(world.store, "ocr", False, "admin1")
    world.clock.turn(LEASE_SECONDS)
    recovery.expire(world.store, 4)
    assert world.claimed("robot2").kind is JobKind.LOOK_UP


def test_a_report_keyed_before_is_looked_for_first(world: World) -> None:
    """A report corrected by a person after an unanswered save carries the warning into its next claim (P2)."""
    reference = world.receive().reference
    claim = world.claimed()
    world.press(claim)
    world.clock.turn(LEASE_SECONDS)
    recovery.expire(world.store, 4)
    look = world.claimed()
    acts.move(
        world.store,
        reference,
        State.UNCERTAIN,
        State.ATTENTION,
        actor="robot1",
        reason=Reason.NOT_FOUND,
        token=look.token,
    )
    acts.reread(world.store, reference, State.ATTENTION, report(), "operator1")
    again = world.claimed()
    assert (again.kind, again.find_first) == (JobKind.KEY, True)
    assert again.attempts == 1  # read again, it starts anew


def test_each_report_is_claimed_exactly_once(world: World) -> None:
    """Threads that claim and finish as fast as they can never get the same report twice."""
    number = 60
    store = Store(world.engine, utc_now, KEY)
    for index in range(number):
        acts.receive(store, report(index), submission(index))
    claimed: list[str] = []
    start = threading.Barrier(4)

    def work(robot: str) -> None:
        start.wait()
        while claim := acts.claim(store, robot, {"chs": robot}, LEASE_SECONDS):
            claimed.append(claim.reference)
            world.press(claim)
            acts.move(
                store,
                claim.reference,
                State.SUBMITTING,
                State.SUBMITTED,
                actor=robot,
                reason=Reason.REFERENCE_SEEN,
                token=claim.token,
            )
            acts.move(
                store,
                claim.reference,
                State.SUBMITTED,
                State.REVIEW,
                actor=robot,
                reason=Reason.VERIFIED,
                token=claim.token,
            )

    world.store = store
    threads = [threading.Thread(target=work, args=(f"robot{index}",)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert Counter(claimed) == Counter({report(index).reference: 1 for index in range(number)})
    assert store.counts()[State.REVIEW] == number
    world.assert_trail_holds()


def test_each_submission_becomes_one_report_however_it_races(world: World) -> None:
    """The same submissions delivered by several threads at once become one report each (P2)."""
    start = threading.Barrier(3)
    news: list[bool] = []

    def deliver() -> None:
        start.wait()
        news.extend(world.receive(index).new for index in range(10))

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert (news.count(True), news.count(False)) == (10, 20)
    assert world.store.counts()[State.READY] == 10
    world.assert_trail_holds()
