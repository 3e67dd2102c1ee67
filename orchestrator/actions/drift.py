"""Changes seen in forms and targets (P6). It needs no permission: it always runs as the system."""

from __future__ import annotations

from orchestrator.store import Store, drift
from rpa.errors import TargetChanged


def note_change(store: Store, subject: str, kind: str, place: str) -> bool:
    """Count a change seen in a form. True, and on the trail, the first time only."""
    with store.writing() as transaction:
        return drift.note(transaction, subject, kind, place)


def note_target_change(store: Store, target: str, change: TargetChanged) -> bool:
    """Count a change seen in a target. True, and on the trail, the first time only."""
    with store.writing() as transaction:
        found = change.cause, change.proposals
        return drift.note(transaction, target, "control", change.place, *found)
