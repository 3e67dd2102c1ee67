"""Reports and the trail as people look at them: each view, check and export leaves an entry (P7)."""

from __future__ import annotations

from pathlib import Path

from audit import checkpoint
from audit.keys import signing_key
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.app import App
from orchestrator.store import Store, Stored, trail, utc_now
from orchestrator.trail_files import append_checkpoint
from orchestrator.trail_files import export as write_export


def view(store: Store, actor: Actor, reference: str) -> Stored | None:
    """One report whole, None when there is none. Raises `NotAllowed`."""
    require(actor, Act.VIEW)
    stored = store.report(reference)
    if stored is not None:
        leave_entry(store, actor, "viewed", reference)
    return stored


def export(app: App, actor: Actor, file: Path) -> int:
    """Write the trail to a file that `python -m audit verify` verifies by itself; returns how many entries.

    The export is in the trail that is exported, and signed. Raises `NotAllowed`, FileExistsError.
    """
    require(actor, Act.EXPORT)
    leave_entry(app.store, actor, "exported", "audit trail")
    sign(app)
    return write_export(app.store.entries(), file)


def sign(app: App) -> None:
    """Append a signed checkpoint of the trail's head, unless the last one stands there already."""
    head = app.store.head()
    if head is None:
        return
    path = app.settings.checkpoints_file
    last = checkpoint.last(path)
    if last is not None and last.seq == head.seq:
        return
    append_checkpoint(path, checkpoint.sign(head, signing_key(app.settings.keys_dir), utc_now()))


def leave_entry(store: Store, actor: Actor, action: str, subject: str, **details: object) -> None:
    """Leave an entry in the trail of what somebody looked at, checked or exported."""
    with store.writing() as transaction:
        trail.append(transaction, actor=actor.name, action=action, subject=subject, details=details)
