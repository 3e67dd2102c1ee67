"""The version of a report's row, which every write raises: an optimistic lock for whoever computes outside a
transaction from what they read."""

from __future__ import annotations

from sqlalchemy import select, update

from orchestrator.store.engine import Transaction
from orchestrator.store.tables import reports
from orchestrator.store.values import NotMoved


def compare(transaction: Transaction, reference: str, seen: int) -> None:
    """Lock a report's row as it was read at version `seen`. Raises `NotMoved` when it was written since."""
    query = select(reports.c.row_version, reports.c.erased_at).where(reports.c.reference == reference)
    row = transaction.connection.execute(query.with_for_update(key_share=True)).one()
    if row.row_version == seen:
        return
    if row.erased_at is not None:
        raise NotMoved(f"{reference}: its content was erased")
    raise NotMoved(f"{reference}: it was changed meanwhile; look at it again first")


def advance(transaction: Transaction, reference: str) -> None:
    """Raise the version where what follows from the report changes and nothing else in its row does."""
    following = {"row_version": reports.c.row_version + 1}
    transaction.connection.execute(
        update(reports).where(reports.c.reference == reference).values(**following)
    )
