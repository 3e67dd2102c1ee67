"""Heartbeats: which worker processes there are, and when each was last heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from orchestrator.store.engine import Transaction
from orchestrator.store.tables import workers
from orchestrator.store.unreadable import readable


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process, when it was last heard, and when a robot of it last finished a job."""

    host: str
    process: int
    robots: int
    started_at: datetime
    heard_at: datetime
    progress_at: datetime | None


_FORGOTTEN = timedelta(days=1)


def record(transaction: Transaction, host: str, process: int, robots: int, *, progress: bool) -> None:
    """A worker is alive now; `progress`: one of its robots finished a job since it was last heard."""
    this = (workers.c.host == host) & (workers.c.process == process)
    changes = {"heard_at": transaction.now, "robots": robots}
    if progress:
        changes["progress_at"] = transaction.now
    known = transaction.connection.execute(
        update(workers).where(this).values(**changes).returning(workers.c.process)
    )
    if known.one_or_none() is not None:
        return
    long_gone = workers.c.heard_at < transaction.now - _FORGOTTEN
    transaction.connection.execute(delete(workers).where(long_gone))
    first = {"host": host, "process": process, "started_at": transaction.now}
    transaction.connection.execute(insert(workers).values(**first, **changes))


def last(transaction: Transaction, host: str, process: int) -> datetime | None:
    """When a worker was last heard. It writes: while that fails, the worker cannot make itself heard either."""
    this = (workers.c.host == host) & (workers.c.process == process)
    touched = update(workers).where(this).values(host=host).returning(workers.c.heard_at)
    return transaction.connection.execute(touched).scalar_one_or_none()


def remove(transaction: Transaction, host: str, process: int) -> None:
    """A worker has ended."""
    this = (workers.c.host == host) & (workers.c.process == process)
    transaction.connection.execute(delete(workers).where(this))


def workers_known(connection: Connection, unreadable: Callable[[str], object]) -> list[Worker]:
    """Every worker that has not said that it ended, by host and process; `unreadable` is called with the name of
    each whose row cannot be read."""
    key = (workers.c.host, workers.c.process)
    query = select(*(workers.c[name] for name in Worker.__slots__)).order_by(*key)
    return readable(
        connection,
        query,
        key,
        lambda row: Worker(**row._asdict()),
        lambda its: unreadable("worker {} {}".format(*its)),
    )
