"""Rows that hold what nothing of ours wrote: a code, a time or a document that cannot be read. One of them stops
no other (P1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import structlog
from sqlalchemy import Column, Connection, Row, Select, String, and_, select, type_coerce, update
from sqlalchemy.exc import NoResultFound

from orchestrator.states import JobState, Reason, State, allowed
from orchestrator.store import recorded_columns
from orchestrator.store.engine import Transaction
from orchestrator.store.jobs import ended
from orchestrator.store.moves import move
from orchestrator.store.tables import jobs, reports
from orchestrator.store.trail import SYSTEM
from orchestrator.store.values import NotMoved
from rpa.errors import OperatingError

_log = structlog.get_logger(__name__)

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, NoResultFound)
"""What reading such a row raises; the last, for a row that it names and that is not there."""


class RowUnreadable(OperatingError):  # noqa: N818 - says what a row is
    """A row in the database cannot be read: somebody has altered it."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference}: its row in the database cannot be read. Run `rpa audit verify`")


@contextmanager
def passing_over(transaction: Transaction, reference: str) -> Iterator[None]:
    """A block about one report of many. Where a row of it cannot be read the block is undone, and the others go
    on."""
    try:
        with transaction.part():
            yield
    except UNREADABLE as error:
        transaction.unrecorded.pop(reference, None)
        said = "a row of a report cannot be read; run `rpa audit verify`"
        _log.error(said, reference=reference, error=error)


def refuse(name: str) -> NoReturn:
    """Raise `RowUnreadable`: for a caller who cannot go on without that row."""
    raise RowUnreadable(name)


_T = TypeVar("_T")


def readable(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    key: Sequence[Column[Any]],
    made: Callable[[Row[Any]], _T],
    unreadable: Callable[[Row[Any]], object],
) -> list[_T]:
    """What `made` makes of each row of a query of columns; `unreadable` is called with the key of each row that
    cannot be read, or holds what its columns do not."""
    columns = list(query.selected_columns)

    def checked(row: Row[Any]) -> _T:
        if not all(map(_holds, columns, row)):
            raise TypeError("a value is not of its column's type")
        return made(row)

    try:
        return [checked(row) for row in connection.execute(query)]
    except UNREADABLE:
        pass
    found: list[_T] = []
    for each in connection.execute(query.with_only_columns(*key)).all():
        this = and_(*(column == value for column, value in zip(key, each, strict=True)))
        try:
            found += [checked(row) for row in connection.execute(query.where(this))]
        except UNREADABLE:
            unreadable(each)
    return found


def _holds(column: Any, value: object) -> bool:
    """Whether a column may hold this: SQLite keeps any value in any column, and not all are converted."""
    if value is None:
        return bool(column.nullable)
    return isinstance(value, getattr(column.type, "impl", column.type).python_type)


def put_aside(transaction: Transaction, due: Select[*tuple[Any, ...]]) -> None:
    """End the job that is `due` first and cannot be read, and put its report before a person."""
    connection = transaction.connection
    number, reference = connection.execute(due.with_only_columns(jobs.c.id, jobs.c.reference)).one()
    this = update(jobs).where(jobs.c.id == number)
    recorded_columns.write_jobs(transaction, this, ended(transaction, JobState.ENDED))
    message = f"Job {number} of this report cannot be read in the database. Run `rpa audit verify`."
    here = reports.c.reference == reference
    state = connection.execute(select(type_coerce(reports.c.state, String)).where(here)).scalar_one()
    if state in set(State) and allowed(State(state), State.ATTENTION):
        try:
            with transaction.part():
                move(
                    transaction,
                    reference,
                    State(state),
                    State.ATTENTION,
                    actor=SYSTEM,
                    reason=Reason.UNEXPECTED,
                    message=message,
                )
        except (*UNREADABLE, NotMoved):
            pass  # more of it cannot be read: it says so where it is
        else:
            return
    recorded_columns.write_report(transaction, reference, {"message": message})
