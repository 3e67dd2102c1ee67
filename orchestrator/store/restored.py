"""A database restored from a copy: what may have been done since is looked for before it is done again (P2)."""

from __future__ import annotations

from sqlalchemy import String, select, type_coerce, update

from orchestrator.states import State
from orchestrator.store import outbox, recorded_columns
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import reports
from orchestrator.store.trail import FIND_FIRST, append
from orchestrator.store.updates import doubt

_TO_BE_KEYED = (State.RECEIVED, State.READY, State.HELD, State.KEYING, State.ATTENTION)


def mark_for_look_up(transaction: Transaction, actor: str, followed: str) -> int:
    """Mark every report after this database was restored from a copy; returns how many may have been keyed since.

    Each is searched for in its target before it is keyed, and its record read before it is updated. Where a
    record was to be updated, a person compares. A message that waits may have been sent: it is uncertain.
    `followed`: the signature of the last checkpoint there is: what those up to it say that the database lacks is
    followed with this.
    """
    state = type_coerce(reports.c.state, String).label("state")  # whatever stands there
    columns = (reports.c.reference, state, reports.c.find_first)
    every = select(*columns).order_by(reports.c.reference)
    locked = transaction.connection.execute(every.with_for_update(key_share=True)).all()
    transaction.connection.execute(update(reports).values(find_first=True))
    for row in locked:
        if not row.find_first:
            recorded_columns.note(transaction, row.reference, {"find_first": True})
    doubt(transaction)
    outbox.doubt(transaction)
    count = sum(row.state in _TO_BE_KEYED for row in locked)
    details = {"count": count, "followed": followed}
    append(transaction, actor=actor, action=FIND_FIRST, subject="reports", details=details)
    return count
