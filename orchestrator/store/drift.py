"""Changes seen in forms and targets: reported once, and counted from then on (P6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from orchestrator.states import JobState
from orchestrator.store.column_types import storable
from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.tables import drift, jobs
from orchestrator.store.trail import SYSTEM, append
from orchestrator.store.unreadable import readable
from rpa.errors import Cause
from rpa.plan import Place, held_from_json


@dataclass(frozen=True, slots=True)
class Drift:
    """A change seen in a form or a target, once however often it was met.

    `cause`: of a target's, what has changed; None where an earlier version noted it. `proposals`: what may have
    taken its place. `keyed_at`: when its control was keyed and confirmed again, in a job begun after it was last
    seen; `over`: and that shows that it is not there any more.
    """

    subject: str
    kind: str
    place: str
    first_seen: datetime
    last_seen: datetime
    count: int
    cause: Cause | None = None
    proposals: tuple[str, ...] = ()
    keyed_at: datetime | None = None
    over: bool = False


_PLACE_LENGTH = 400
_LOOKED_AT = 1000  # jobs, the latest, to see which changes are over


def note(
    transaction: Transaction,
    subject: str,
    kind: str,
    place: str,
    cause: Cause | None = None,
    proposals: Sequence[str] = (),
) -> bool:
    """Count one change; True the first time. `place` names a question or a control, never an answer.

    What a page proposes may differ from one report to the next: the last is kept, and the change is the same.
    """
    lock_chain(transaction)
    place = storable(place)[:_PLACE_LENGTH]
    this = (drift.c.subject == subject) & (drift.c.kind == kind) & (drift.c.place == place)
    found = {"cause": cause, "proposals": list(map(storable, proposals)) or None}
    again = update(drift).where(this).values(last_seen=transaction.now, count=drift.c.count + 1, **found)
    if transaction.connection.execute(again.returning(drift.c.count)).one_or_none() is not None:
        return False
    transaction.connection.execute(
        insert(drift).values(
            subject=subject,
            kind=kind,
            place=place,
            first_seen=transaction.now,
            last_seen=transaction.now,
            count=1,
            **found,
        )
    )
    details = {"kind": kind, "place": place}
    append(transaction, actor=SYSTEM, action="change seen", subject=subject, details=details)
    return True


def seen(connection: Connection, subject: str | None, unreadable: Callable[[str], object]) -> list[Drift]:
    """The changes of one form or target (None: of all), the latest first; `unreadable` is called with the name of
    each whose row cannot be read."""
    key = (drift.c.subject, drift.c.kind, drift.c.place)
    query = select(drift).order_by(drift.c.last_seen.desc(), *key)
    if subject is not None:
        query = query.where(drift.c.subject == subject)
    changes = readable(
        connection, query, key, _change, lambda its: unreadable("change in {}, {}, {}".format(*its))
    )
    keyed = {name: _keyed(connection, name, changes) for name in {each.subject for each in changes}}
    return [_since(each, keyed[each.subject]) for each in changes]


def _change(row: Row[*tuple[Any, ...]]) -> Drift:
    return Drift(**{**row._asdict(), "proposals": tuple(map(storable, row.proposals or ()))})


@dataclass(frozen=True, slots=True)
class _Keying:
    """A report that was keyed: when that began, when all was confirmed, the names of what held its value, and
    whether it was saved."""

    began: datetime
    confirmed: datetime
    controls: frozenset[str]
    saved: bool


def _keyed(connection: Connection, target: str, changes: Iterable[Drift]) -> list[_Keying]:
    """What was keyed into a target since the first of its changes was last seen, the latest first. A job that
    cannot be read shows nothing of a change."""
    first = min(each.last_seen for each in changes if each.subject == target)
    columns = (jobs.c.state, jobs.c.claimed_at, jobs.c.pressed_at, jobs.c.keyed)
    query = select(*columns).where(jobs.c.target == target, jobs.c.pressed_at > first)
    latest = query.order_by(jobs.c.pressed_at.desc()).limit(_LOOKED_AT)
    found = readable(connection, latest, (jobs.c.id,), _keying, lambda _: None)
    # Else a later attempt of the job is not there yet.
    return [each for each in found if each.began <= each.confirmed]


def _keying(row: Row[*tuple[Any, ...]]) -> _Keying:
    if row.claimed_at is None:
        raise ValueError("a job that was saved and never claimed")
    held = [each for each in held_from_json(row.keyed or []) if each.expected == each.found]
    names = frozenset(_name(each.place) for each in held)
    return _Keying(row.claimed_at, row.pressed_at, names, row.state is JobState.DONE)


def _name(place: Place) -> str:
    """A control as changes name it."""
    return " / ".join(filter(None, (place.screen, place.grid, place.control)))


_BY_ITSELF = frozenset({Cause.GONE, Cause.SEVERAL, Cause.NOT_WRITABLE, Cause.ON_THE_WAY})
"""Changes that have nothing to do with a value: keyed with any, the control is there again."""
_EVERY_SAVE_GOES_BY = frozenset({Cause.ON_THE_WAY, Cause.PAGE})


def _since(change: Drift, keyed: Iterable[_Keying]) -> Drift:
    """The change with whether it is over."""
    by_a_save = change.cause in _EVERY_SAVE_GOES_BY
    for each in keyed:
        shown = (
            each.saved if by_a_save else any(change.place.startswith(f"{name}: ") for name in each.controls)
        )
        if each.began > change.last_seen and shown:
            return replace(change, keyed_at=each.confirmed, over=change.cause in _BY_ITSELF)
    return change
