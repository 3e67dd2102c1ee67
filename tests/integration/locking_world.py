"""What tests of locks share: a store on PostgreSQL, and another connection for whoever acts beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text

from orchestrator.store import Store, engine, jobs, open_engine, reprocess, revisions
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import reports
from orchestrator.store.trail import append
from tests.integration.store_world import KEY, World, report

CHAIN = func.pg_advisory_xact_lock(engine._CHAIN_LOCK)
BLOCKED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'other' AND wait_event_type = 'Lock'"
)


@dataclass
class Shared(World):
    """A store on PostgreSQL, and another connection to it: that of the one who comes second."""

    def __post_init__(self) -> None:
        super().__post_init__()
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
                self.until_blocked(second)
                yield transaction
            second.result(30)

    def until_blocked(self, act: Future[object]) -> None:
        """Wait until the other's act waits for a lock, or has ended."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.execute(BLOCKED).scalar() and not act.done():
                wait([act], 0.02)


def row(reference: str, *more: Any) -> Any:
    """The lock of a report that is moved, and what `more` locks."""
    here = reports.c.reference == reference
    return select(reports.c.state, *more).where(here).with_for_update(key_share=True)


def told(transaction: Transaction, reference: str) -> None:
    """The end of an act: the trail."""
    append(transaction, actor="user:kim", action="viewed", subject=reference, details={})
