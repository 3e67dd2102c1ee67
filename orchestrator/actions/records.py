"""Reports and the trail as people look at them: each view, check and export leaves an entry (P7)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.actions.upkeep import sign
from orchestrator.app import App
from orchestrator.states import Reason, State
from orchestrator.store import Store, Stored, moves, trail
from orchestrator.trail_files import export as write_export


def view(store: Store, actor: Actor, reference: str) -> Stored | None:
    """One report whole, None when there is none. Raises `NotAllowed`."""
    require(actor, Act.VIEW)
    stored = store.report(reference)
    if stored is not None:
        _record(store, actor, "viewed", reference)
    return stored


def export(app: App, actor: Actor, file: Path) -> int:
    """Write the trail to a file that `python -m audit verify` verifies by itself; returns how many entries.

    The export is in the trail that is exported, and signed. Raises `NotAllowed`, FileExistsError.
    """
    require(actor, Act.EXPORT)
    _record(app.store, actor, "exported", "audit trail")
    sign(app)
    return write_export(app.store.entries(), file)


def not_in_target(store: Store, actor: Actor, reference: str, reason: Reason, message: str) -> None:
    """A reconciled record is not in its target exactly once: what waits for a decision goes to an operator.

    Raises `NotAllowed`, `NotMoved` when it is not in review any more.
    """
    require(actor, Act.RECONCILE)
    ways = reference, State.REVIEW, State.ATTENTION
    with store.writing() as transaction:
        moves.move_with(transaction, *ways, actor=actor.name, reason=reason, message=message)


def reconciled(store: Store, actor: Actor, count: int, different: Sequence[str]) -> None:
    """So many records were looked for; these references are not there exactly once. Raises `NotAllowed`."""
    require(actor, Act.RECONCILE)
    _record(store, actor, "reconciled", "reports", count=count, different=list(different))


def _record(store: Store, actor: Actor, action: str, subject: str, **details: object) -> None:
    with store.writing() as transaction:
        trail.append(transaction, actor=actor.name, action=action, subject=subject, details=details)
