"""Reconciling: every record that we believe to be saved is looked up once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.actions.viewing import leave_entry
from orchestrator.states import Reason, State
from orchestrator.store import Store, Stored, claims, moves, row_versions


def start(store: Store, since: datetime, horizons: Mapping[str, timedelta]) -> int:
    """Have robots look up every record saved since then, and not decided yet, once more; returns how many. The
    system's own: it needs no permission.

    `horizons`: how long after it was saved the search of each target may not show a record yet.
    """
    with store.writing() as transaction:
        return claims.reconcile(transaction, since, horizons)


def put_before_a_person(store: Store, actor: Actor, report: Stored, reason: Reason, message: str) -> None:
    """A reconciled record is not in its target exactly once: what waits for a decision goes to an operator.

    `report` as it was before it was looked up. Raises `NotAllowed`, `NotMoved` when it was changed since.
    """
    require(actor, Act.RECONCILE)
    with store.writing() as transaction:
        row_versions.compare(transaction, report.reference, report.row_version)
        moves.move(
            transaction,
            report.reference,
            State.REVIEW,
            State.ATTENTION,
            actor=actor.name,
            reason=reason,
            message=message,
        )


def reconciled(
    store: Store, actor: Actor, count: int, different: Sequence[str], unclear: Sequence[str]
) -> None:
    """So many records were looked for. References: those not there exactly once, and those without a clear result.
    Raises `NotAllowed`."""
    require(actor, Act.RECONCILE)
    said = {"count": count, "different": list(different), "unclear": list(unclear)}
    leave_entry(store, actor, "reconciled", "reports", **said)
