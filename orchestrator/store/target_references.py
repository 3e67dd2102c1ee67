"""Which reference in a target belongs to which report."""

from __future__ import annotations

from sqlalchemy import select

from orchestrator.store.engine import Transaction, lock_references
from orchestrator.store.tables import reports
from orchestrator.store.values import NotMoved


def refuse_another(transaction: Transaction, reference: str, given: str) -> None:
    """Raise `NotMoved` if a report has another reference than `given`, or another report in its target has it.

    That stays so until the transaction ends: nobody else gives a reference by hand, and no late response comes in.
    """
    lock_references(transaction.connection)
    query = select(reports.c.target, reports.c.target_reference).where(reports.c.reference == reference)
    report = transaction.connection.execute(query.with_for_update(key_share=True)).one_or_none()
    if report is None:
        return
    if report.target_reference not in (None, given):
        raise NotMoved(f"{reference}: another reference of the target is known. Replace it by --replace")
    same = reports.c.target.is_not_distinct_from(report.target), reports.c.target_reference == given
    others = select(reports.c.reference).where(*same, reports.c.reference != reference)
    other = transaction.connection.execute(others.limit(1)).scalar()
    if other is not None:
        raise NotMoved(f"{reference}: {other} has this reference of the target. Replace it by --replace")
