"""Reports and the trail as people look at them: each view, check and export leaves an entry (P7)."""

from __future__ import annotations

from pathlib import Path

from audit import checkpoint
from audit.checkpoint import Checkpoint
from audit.keys import signing_key
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.app import App
from orchestrator.store import Store, Stored, trail, utc_now
from orchestrator.trail_files import append_checkpoint
from orchestrator.trail_files import export as write_export
from rpa.errors import OperatingError


class NotSealed(OperatingError):  # noqa: N818 - says what the trail is
    """An entry that is to be signed was not written by this installation."""


def view(store: Store, actor: Actor, reference: str) -> Stored | None:
    """One report whole, None when there is none. Raises `NotAllowed`."""
    require(actor, Act.VIEW)
    stored = store.report(reference)
    if stored is not None:
        leave_entry(store, actor, "viewed", reference)
    return stored


def export(app: App, actor: Actor, file: Path) -> int:
    """Write the trail to a file that `python -m audit verify` verifies by itself; returns how many entries.

    The export is in the trail that is exported, and signed. Raises `NotAllowed`, `NotSealed`, FileExistsError.
    """
    require(actor, Act.EXPORT)
    _refuse_forged(app, checkpoint.last(app.settings.checkpoints_file))
    leave_entry(app.store, actor, "exported", "audit trail")
    sign(app)
    return write_export(app.store.entries(), file)


def sign(app: App) -> None:
    """Append a signed checkpoint of the trail's head, unless the last one stands there already.

    Raises `NotSealed`, and signs nothing, when an entry since the last checkpoint was not written by this
    installation.
    """
    head = app.store.head()
    if head is None:
        return
    path = app.settings.checkpoints_file
    last = checkpoint.last(path)
    if last is not None and (last.seq, last.digest) == (head.seq, head.digest):
        return
    _refuse_forged(app, last)
    append_checkpoint(path, checkpoint.sign(head, signing_key(app.settings.keys_dir), utc_now()))


def _refuse_forged(app: App, last: Checkpoint | None) -> None:
    """Raise `NotSealed` for an entry since the last checkpoint that was not written by this installation. In a
    restored database, which the last checkpoint is ahead of, every entry is looked at."""
    head = app.store.head()
    signed = last.seq if last is not None and head is not None and last.seq <= head.seq else 0
    if (forged := next(app.store.unsealed(signed), None)) is not None:
        raise NotSealed(
            f"entry {forged} of the trail does not bear the seal of this installation: somebody wrote it into the "
            "database. Nothing is signed. Run `rpa audit verify`, find out who can write to the database, and "
            "restore a copy from before that entry"
        )


def leave_entry(store: Store, actor: Actor, action: str, subject: str, **details: object) -> None:
    """Leave an entry in the trail of what somebody looked at, checked or exported."""
    with store.writing() as transaction:
        trail.append(transaction, actor=actor.name, action=action, subject=subject, details=details)
