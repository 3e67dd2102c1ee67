"""Rows and the audit chain are locked in one order, whoever acts: the report, its job, the chain. Two people or
robots at work on PostgreSQL at once wait for one another, and never for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from orchestrator.actions import decisions, reconciling, recovery, switching, work
from orchestrator.next_state import Next
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import NotMoved, Store, late_responses, moves, revisions, row_versions, switches
from orchestrator.store.engine import Transaction
from orchestrator.store.erase import erase
from orchestrator.store.tables import jobs as jobs_table
from rpa.report import ProblemKind
from tests import acts
from tests.acts import person
from tests.integration.locking_world import CHAIN, Shared, row, told
from tests.integration.store_world import LEASE_SECONDS, START, problem, report, submission
from tests.integration.test_store_updates import SAVED
from tests.integration.test_worker_settling import shipped

KIM = person("user:kim")
LATE = "CHS-2026-0000007"


def test_lapsed_updates_beside_a_move(shared: Shared) -> None:
    """What is moved is left for the next round; the other lapsed updates are taken back."""
    first, second = shared.corrected(1, 2)
    for _ in (first, second):
        assert shared.claimed().kind is JobKind.UPDATE
    shared.clock.turn(LEASE_SECONDS + 1)
    taken: list[list[str]] = []
    with shared.beside(lambda store: taken.append(recovery.expire(store, 4)), row(second)) as transaction:
        told(transaction, second)
    assert taken == [[first]]
    assert recovery.expire(shared.store, 4) == [second]


def test_a_lapsed_report_beside_a_move_of_another(shared: Shared) -> None:
    """A lapsed report is taken back while a lapsed update is in other hands."""
    (update_,) = shared.corrected(1)
    keyed = shared.receive(2).reference
    for _ in (update_, keyed):
        shared.claimed()
    shared.clock.turn(LEASE_SECONDS + 1)
    with shared.beside(lambda store: recovery.expire(store, 4), row(update_)) as transaction:
        told(transaction, update_)
    assert shared.state(keyed)[0] is State.READY


def test_doubted_updates_beside_a_move(shared: Shared) -> None:
    """After a restore every report is locked before the first entry is written."""
    first, second = shared.corrected(1, 2)
    with shared.beside(recovery.mark_for_look_up, row(second)) as transaction:
        told(transaction, second)
    assert {shared.state(each)[0] for each in (first, second)} == {State.ATTENTION}


def test_a_postponed_look_beside_a_move(shared: Shared) -> None:
    """Whoever gives a job back locks its report first, as whoever moves the report does."""
    reference = shared.receive().reference
    claim = shared.claimed()
    shared.press(claim)
    uncertain = Next(State.UNCERTAIN, Reason.SAVE_UNANSWERED)
    work.failed(shared.store, claim, uncertain, "why", wait_seconds=0, pressed=True, signed_out=False)
    look = shared.claimed()

    def postpone(store: Store) -> None:
        work.postpone(store, look, 5, Reason.CANNOT_TELL, "The list is not clear.")

    with shared.beside(postpone, row(reference)) as transaction:
        theirs = update(jobs_table).where(jobs_table.c.reference == reference)
        transaction.connection.execute(theirs.values(due_at=START))
        told(transaction, reference)


@pytest.mark.parametrize("by", ["form", "target", "settings"])
def test_a_switch_beside_a_move(shared: Shared, by: str) -> None:
    """What follows a switch is locked before the switch stands in the trail."""
    reference = shared.receive().reference

    def off(store: Store) -> None:
        match by:
            case "form":
                switching.switch_form(store, KIM, "ocr", False)
            case "target":
                switching.switch_target(store, KIM, "chs", False)
            case _:
                switching.configure(store, {"ocr": (False, "elsewhere")}, {"elsewhere": True})

    with shared.beside(off, row(reference)) as transaction:
        told(transaction, reference)
    assert shared.state(reference)[0] is State.HELD


def sent_elsewhere(transaction: Transaction) -> object:
    """The settings send a form elsewhere."""
    return switches.configure(transaction, {"ocr": (True, "other")}, {"other": True}, "settings")


def switched_off(transaction: Transaction) -> object:
    """Somebody switches a form off."""
    before = switches.find(transaction, "ocr")
    assert before is not None
    return switches.switch(transaction, before, False, "user:kim")


@pytest.mark.parametrize("first", [sent_elsewhere, switched_off])
def test_a_switch_beside_another(shared: Shared, first: Callable[[Transaction], object]) -> None:
    """What somebody switches while the settings are followed, or the other way round, stands beside those."""

    def second(store: Store) -> None:
        if first is switched_off:
            switching.configure(store, {"ocr": (True, "other")}, {"other": True})
        else:
            switching.switch_form(store, KIM, "ocr", False)

    with shared.beside(second, select(CHAIN)) as transaction:
        first(transaction)
    (switch,) = shared.store.switches()
    assert (switch.target, switch.configured, switch.switched_on) == ("other", True, False)


def test_a_report_given_back_beside_another_target_of_its_form(shared: Shared) -> None:
    """A robot that gives a report back while its form gets another target waits, and the report goes there."""
    reference = shared.receive().reference
    claim = shared.claimed()
    with ThreadPoolExecutor(1) as pool:
        with shared.store.writing() as transaction:
            sent_elsewhere(transaction)
            away: dict[str, Any] = {"wait_seconds": 0, "pressed": False, "signed_out": False}
            step = Next(State.READY, Reason.TARGET_AWAY)
            back = pool.submit(work.failed, shared.other, claim, step, "away", **away)
            shared.until_blocked(back)
        back.result(30)
    stored = shared.store.report(reference)
    assert stored is not None
    assert (stored.state, stored.target, stored.jobs[0].target) == (State.READY, "other", "other")


def test_a_delivery_beside_a_move(shared: Shared) -> None:
    """A delivery whose report comes into being meanwhile, and is moved, waits for that without the chain."""
    waiting, going_on = threading.Event(), threading.Event()

    def pause(*given: Any) -> None:
        if "pg_advisory_xact_lock" in given[2] and not waiting.is_set():
            waiting.set()
            going_on.wait(30)

    event.listen(shared.other_engine, "before_cursor_execute", pause)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(acts.receive, shared.other, report(), submission())
        waiting.wait(30)
        reference = shared.receive().reference
        with shared.store.writing() as transaction:
            transaction.connection.execute(row(reference)).all()
            going_on.set()
            shared.until_blocked(late)
            told(transaction, reference)
        assert not late.result(30).new


def test_other_content_beside_a_move(shared: Shared) -> None:
    """A delivery with other content for a report that is moved waits for that without the chain, and is told."""
    reference = shared.receive().reference

    def deliver(store: Store) -> None:
        assert acts.receive(store, report(data={}), submission(content=b"other")).differs

    with shared.beside(deliver, row(reference)) as transaction:
        told(transaction, reference)


def by_hand(store: Store, reference: str) -> State:
    """Somebody has keyed it, under a reference that others may have too."""
    return decisions.key_by_hand(store, shipped(), KIM, reference, "CHS-2026-0000042")


def test_one_reference_keyed_by_hand_by_two(shared: Shared) -> None:
    """Of two people who give two reports one reference at once, the second is told of the first."""
    one, two = (shared.receive(n, problems=problem(ProblemKind.INVALID)).reference for n in (1, 2))
    checked, going_on = threading.Event(), threading.Event()

    def pause(*given: Any) -> None:
        if given[2].startswith("UPDATE reports"):
            checked.set()
            going_on.wait(30)

    event.listen(shared.engine, "before_cursor_execute", pause)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(by_hand, shared.store, one)
        assert checked.wait(30)
        second = pool.submit(by_hand, shared.other, two)
        shared.until_blocked(second)
        going_on.set()
        assert first.result(30) is State.KEYED_BY_HAND
        with pytest.raises(NotMoved, match=f"{one} has this reference"):
            second.result(30)


def test_a_reference_keyed_by_hand_beside_a_late_response(shared: Shared) -> None:
    """The reference that the target gives while a person types another one stays, and so does its message."""
    reference = shared.receive(problems=problem(ProblemKind.INVALID)).reference

    def refused(store: Store) -> None:
        with pytest.raises(NotMoved, match="another reference of the target is known"):
            by_hand(store, reference)

    with shared.beside(refused, row(reference)) as transaction:
        seen: dict[str, Any] = {"actor": "robot1", "reconcile_at": START}
        late_responses.record_late_response(transaction, reference, LATE, **seen)
    stored = shared.store.report(reference)
    assert stored is not None
    assert (stored.state, stored.target_reference) == (State.ATTENTION, LATE)
    assert stored.message is not None
    assert stored.message.startswith("Already saved")


def test_a_late_response_beside_a_person_who_keys_it(shared: Shared) -> None:
    """A report that somebody keys by hand while its target gives another reference is a person's again."""
    reference = shared.receive(problems=problem(ProblemKind.INVALID)).reference

    def late(store: Store) -> None:
        acts.record_late_response(store, reference, LATE, actor="robot1", reconcile_at=START)

    with shared.beside(late, row(reference)) as transaction:
        ways = reference, State.ATTENTION, State.KEYED_BY_HAND
        typed: dict[str, Any] = {"reason": Reason.KEYED_BY_HAND, "target_reference": "CHS-2026-0000042"}
        moves.move(transaction, *ways, actor="user:kim", **typed)
    assert shared.state(reference) == (State.ATTENTION, Reason.FOUND_SEVERAL)


def test_an_erasure_beside_a_late_response(shared: Shared) -> None:
    """A report that turns out to be in its target while it is erased is a person's, and keeps its content."""
    reference = shared.receive(problems=problem(ProblemKind.INVALID)).reference
    decisions.dismiss(shared.store, KIM, reference, "Withdrawn")

    def erasing(store: Store) -> None:
        contents = store.own_contents(reference)
        with store.writing() as transaction:
            erase(transaction, reference, contents, actor="user:kim", rationale="Old")

    late: dict[str, Any] = {"actor": "robot1", "reconcile_at": START}
    refused = pytest.raises(NotMoved, match="its state is attention")
    with refused, shared.beside(erasing, row(reference)) as transaction:
        late_responses.record_late_response(transaction, reference, LATE, **late)


def test_reconciling_beside_a_decision(shared: Shared) -> None:
    """A record that is decided on meanwhile is not looked up once more: its report could never be erased."""
    reference = shared.receive().reference
    shared.finish(shared.claimed())
    found: list[int] = []

    def start(store: Store) -> None:
        found.append(reconciling.start(store, START, {}))

    with shared.beside(start, row(reference, CHAIN)) as transaction:
        ways = reference, State.REVIEW, State.DECIDED
        moves.move(transaction, *ways, actor="user:kim", reason=Reason.CRIME)
    assert found == [0]


def test_a_correction_beside_a_change(shared: Shared) -> None:
    """Whoever writes what they computed from a report waits for who changes it, and is refused then."""
    reference = shared.receive(problems=problem(ProblemKind.INVALID)).reference
    stored = shared.store.report(reference)
    assert stored is not None

    def correct(store: Store) -> None:
        with store.writing() as transaction:
            row_versions.compare(transaction, reference, stored.row_version)
            revisions.add(transaction, reference, 0, actor="user:sam", because="x", changes=())

    refused = pytest.raises(NotMoved, match="changed meanwhile")
    with refused, shared.beside(correct, row(reference)) as transaction:
        row_versions.advance(transaction, reference)


def test_an_updated_record_that_is_read_beside_a_move(shared: Shared) -> None:
    """Whoever goes on with an update locks its report before the trail, as whoever moves the report does."""
    (reference,) = shared.corrected(1)
    claim = shared.claimed()
    work.about_to_save(shared.store, claim, **SAVED)
    work.saved(shared.store, claim, "CHS-2026-0000001", START)

    def read(store: Store) -> None:
        work.read(store, claim, record=[], mismatches=[])

    with shared.beside(read, row(reference)) as transaction:
        told(transaction, reference)


TO_SEVERAL: dict[str, tuple[bool, Callable[[Store], object]]] = {
    "after a restore": (False, recovery.mark_for_look_up),
    "by a switch": (False, lambda store: switching.switch_form(store, KIM, "ocr", False)),
    "once more": (True, lambda store: reconciling.start(store, START, {})),
}


@pytest.mark.parametrize("what", TO_SEVERAL)
def test_several_reports_are_locked_in_one_order(shared: Shared, what: str) -> None:
    """Whoever does something to several reports locks them by reference, wherever they lie in the database."""
    reviewed, act = TO_SEVERAL[what]
    first, last = sorted(shared.receive(number).reference for number in (1, 2))
    for _ in (first, last) if reviewed else ():
        shared.finish(shared.claimed())
    with shared.engine.begin() as connection:
        connection.execute(text("CREATE INDEX backwards ON reports (reference DESC)"))
        connection.execute(text("CLUSTER reports USING backwards"))
        connection.execute(text("DROP INDEX backwards"))
    with shared.beside(act, row(first)) as transaction:
        transaction.connection.execute(row(last))
        told(transaction, last)


def test_a_claim_beside_a_move(shared: Shared) -> None:
    """A claim that passes a report over, because it is being moved, holds nothing of it while it waits."""
    first, second = shared.receive(1).reference, shared.receive(2).reference
    theirs = select(jobs_table.c.id).where(jobs_table.c.reference == first).with_for_update()
    claimed: list[str] = []

    def claim(store: Store) -> None:
        taken = acts.claim(store, "robot1", {"chs": "robot01"}, LEASE_SECONDS)
        claimed.append(taken.reference if taken else "")

    with shared.beside(claim, row(first, CHAIN)) as transaction:
        assert len(transaction.connection.execute(theirs).all()) == 1
    assert claimed == [second]
