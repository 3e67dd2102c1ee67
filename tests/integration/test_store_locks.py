"""Rows and the audit chain are locked in one order, whoever acts: the report, its job, the chain. Two people or
robots at work on PostgreSQL at once wait for one another, and never for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update

from orchestrator.actions import breakers, decisions, recovery, switching, work
from orchestrator.next_state import Next
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import (
    NotMoved,
    Store,
    Trouble,
    engine,
    jobs,
    late_answers,
    open_engine,
    reprocess,
    revisions,
    switches,
    upgrade,
)
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import breakers as breakers_table
from orchestrator.store.tables import jobs as jobs_table
from orchestrator.store.tables import reports
from orchestrator.store.trail import append
from rpa.report import ProblemKind
from tests import acts
from tests.acts import person
from tests.integration.postgres import database, postgres
from tests.integration.store_world import KEY, LEASE_SECONDS, START, World, problem, report, submission
from tests.integration.test_worker_settling import shipped

KIM = person("user:kim")
BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'other' AND wait_event_type = 'Lock'"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server of this module's own."""
    with postgres() as url:
        yield url


@dataclass
class Shared(World):
    """A store on PostgreSQL, and another connection to it: that of the one who comes second."""

    server: str = ""

    def __post_init__(self) -> None:
        self.url = self.server
        self.engine = open_engine(self.url)
        upgrade(self.engine)
        self.store = Store(self.engine, self.clock, KEY)
        switching.configure(self.store, {"ocr": (True, "chs")}, {"chs": True})
        self.other_engine = open_engine(f"{self.url}&application_name=other")
        self.other = Store(self.other_engine, self.clock, KEY)

    def corrected(self, *numbers: int) -> list[str]:
        """Reports whose records are to be updated."""
        references = [self.receive(number).reference for number in numbers]
        for _ in numbers:
            self.finish(self.claimed())
        for reference, number in zip(references, numbers, strict=True):
            with self.store.writing() as transaction:
                revisions.add(transaction, reference, 0, actor="user:sam", because="x", changes=())
                reprocess.understand_saved(transaction, reference, report(number), "user:sam")
                jobs.open_update(transaction, reference, "user:sam")
        return references

    @contextmanager
    def beside(self, act: Callable[[Store], object], lock: Any) -> Iterator[Transaction]:
        """A transaction that has locked rows, and another's act beside it, which waits or has ended when the block
        begins. At the end both have been done."""
        with ThreadPoolExecutor(1) as pool:
            with self.store.writing() as transaction:
                transaction.connection.execute(lock).all()
                second = pool.submit(act, self.other)
                self._until_blocked(second)
                yield transaction
            second.result(30)

    def _until_blocked(self, act: Future[object]) -> None:
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.execute(BLOCKED).scalar() and not act.done():
                wait([act], 0.02)


@pytest.fixture
def shared(server: str) -> Iterator[Shared]:
    """A store on a database of its own."""
    with database(server, "locks") as url:
        shared = Shared(None, server=url)  # type: ignore[arg-type]
        yield shared
        shared.assert_trail_holds()
        shared.engine.dispose()
        shared.other_engine.dispose()


def row(reference: str) -> Any:
    """The lock of a report that is moved."""
    return select(reports.c.state).where(reports.c.reference == reference).with_for_update(key_share=True)


def told(transaction: Transaction, reference: str) -> None:
    """The end of a move: the trail."""
    append(transaction, actor="user:kim", action="moved", subject=reference, details={"to": "review"})


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
    with shared.beside(recovery.find_first, row(second)) as transaction:
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


def test_a_report_given_back_beside_another_target_of_its_form(shared: Shared) -> None:
    """A robot that gives a report back while its form gets another target waits, and the report goes there."""
    reference = shared.receive().reference
    claim = shared.claimed()
    with ThreadPoolExecutor(1) as pool:
        with shared.store.writing() as transaction:
            switches.configure(transaction, {"ocr": (True, "other")}, {"other": True}, "settings")
            away: dict[str, Any] = {"wait_seconds": 0, "pressed": False, "signed_out": False}
            step = Next(State.READY, Reason.TARGET_AWAY)
            back = pool.submit(work.failed, shared.other, claim, step, "away", **away)
            shared._until_blocked(back)
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
            shared._until_blocked(late)
            told(transaction, reference)
        assert not late.result(30).new


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
        shared._until_blocked(second)
        going_on.set()
        assert first.result(30) is State.KEYED_BY_HAND
        with pytest.raises(NotMoved, match=f"{one} has this reference"):
            second.result(30)


def test_a_reference_keyed_by_hand_beside_a_late_answer(shared: Shared) -> None:
    """The reference that the target gives while a person types another one stays, and so does its message."""
    reference = shared.receive(problems=problem(ProblemKind.INVALID)).reference

    def refused(store: Store) -> None:
        with pytest.raises(NotMoved, match="another reference of the target is known"):
            by_hand(store, reference)

    with shared.beside(refused, row(reference)) as transaction:
        seen: dict[str, Any] = {"actor": "robot1", "reconcile_at": START}
        late_answers.answer_late(transaction, reference, "CHS-2026-0000007", **seen)
    stored = shared.store.report(reference)
    assert stored is not None
    assert (stored.state, stored.target_reference) == (State.ATTENTION, "CHS-2026-0000007")
    assert stored.message is not None
    assert stored.message.startswith("Already saved")


def test_breakers_that_close_beside_one_that_is_met(shared: Shared) -> None:
    """A job that ends well locks every breaker that it closes before the first stands in the trail."""
    for account in ("", "chs-robot2"):
        away: dict[str, Any] = {"target": "chs", "account": account, "reason": Reason.TARGET_AWAY}
        met = {"message": "away", "met_by": "x", "claimed_at": START, "probe_seconds": 1}
        assert breakers.record_trouble(shared.store, Trouble(**away, **met)).new
    shared.receive()
    shared.clock.turn(5)
    claim = shared.claimed()
    theirs = select(breakers_table).where(breakers_table.c.account == "chs-robot2").with_for_update()
    with shared.beside(lambda store: breakers.record_success(store, claim), theirs) as transaction:
        told(transaction, claim.reference)
    assert [each.opened_at for each in shared.store.breakers()] == [None, None]


def test_a_claim_beside_a_move(shared: Shared) -> None:
    """A claim that passes a report over, because it is being moved, holds nothing of it while it waits."""
    first, second = shared.receive(1).reference, shared.receive(2).reference
    chain = func.pg_advisory_xact_lock(engine._CHAIN_LOCK)
    moved = select(reports.c.state, chain).where(reports.c.reference == first).with_for_update(key_share=True)
    theirs = select(jobs_table.c.id).where(jobs_table.c.reference == first).with_for_update()
    claimed: list[str] = []

    def claim(store: Store) -> None:
        taken = acts.claim(store, "robot1", {"chs": "robot01"}, LEASE_SECONDS)
        claimed.append(taken.reference if taken else "")

    with shared.beside(claim, moved) as transaction:
        assert len(transaction.connection.execute(theirs).all()) == 1
    assert claimed == [second]
