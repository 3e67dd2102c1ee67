"""Changes seen in forms and targets: told once, counted ever after (P6)."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.tables import drift, storable
from orchestrator.store.trail import append
from orchestrator.store.values import Drift

_PLACE_LENGTH = 400


def note(transaction: Transaction, subject: str, kind: str, place: str) -> bool:
    """Count one change; True the first time. `place` names a question or a control, never an answer."""
    lock_chain(transaction.connection)
    place = storable(place)[:_PLACE_LENGTH]
    this = (drift.c.subject == subject) & (drift.c.kind == kind) & (drift.c.place == place)
    again = update(drift).where(this).values(last_seen=transaction.now, count=drift.c.count + 1)
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
        )
    )
    details = {"kind": kind, "place": place}
    append(transaction, actor="rpa", action="change seen", subject=subject, details=details)
    return True


def seen(connection: Connection, subject: str | None) -> list[Drift]:
    """The changes of one form or target (None: of all), the latest first."""
    query = select(drift).order_by(drift.c.last_seen.desc(), drift.c.subject, drift.c.kind, drift.c.place)
    if subject is not None:
        query = query.where(drift.c.subject == subject)
    return [Drift(*row) for row in connection.execute(query)]
