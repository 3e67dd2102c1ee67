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


class NotSigned(OperatingError):  # noqa: N818 - says what the trail is
    """The trail is not what this installation wrote, or not all of it: it is not signed."""


def view(store: Store, actor: Actor, reference: str) -> Stored | None:
    """One report whole, None when there is none. Raises `NotAllowed`."""
    require(actor, Act.VIEW)
    stored = store.report(reference)
    if stored is not None:
        leave_entry(store, actor, "viewed", reference)
    return stored


def export(app: App, actor: Actor, file: Path) -> int:
    """Write the trail to a file that `python -m audit verify` verifies by itself; returns how many entries.

    The export is in the trail that is exported, and signed. Raises `NotAllowed`, `NotSigned`, FileExistsError.
    """
    require(actor, Act.EXPORT)
    _require_own(app)
    leave_entry(app.store, actor, "exported", "audit trail")
    sign(app)
    return write_export(app.store.entries(), file)


def sign(app: App) -> None:
    """Append a signed checkpoint of the trail's head, unless the last one stands there already.

    Raises `NotSigned` when an entry since the last checkpoint was not written by this installation, or when the
    database lacks entries that were signed.
    """
    head, path = app.store.head(), app.settings.checkpoints_file
    if head is None:
        return
    last = checkpoint.last(path)
    if last is not None and (last.seq, last.digest) == (head.seq, head.digest):
        return
    _require_own(app)
    append_checkpoint(path, checkpoint.sign(head, signing_key(app.settings.keys_dir), utc_now()))


def lacking(app: App) -> Checkpoint | None:
    """The highest checkpoint whose entry the database lacks, or has otherwise: a copy was restored.

    None where there is none, and once the reports were marked because of it (`recovery.find_first`).
    """
    since = checkpoint.load(app.settings.checkpoints_file)[app.store.checkpoints_followed() :]
    highest = checkpoint.highest(since, signing_key(app.settings.keys_dir).public_key())
    if highest is None or app.store.entry_digest(highest.seq) == highest.digest:
        return None
    return highest


def _require_own(app: App) -> None:
    """Raise `NotSigned` unless the trail is what this installation wrote, and all of it."""
    if (missing := lacking(app)) is not None:
        raise NotSigned(
            f"the database lacks what was signed up to entry {missing.seq}: a copy was restored. "
            "Nothing is signed until a start of `rpa run` has marked its reports to be looked for first"
        )
    last, head = checkpoint.last(app.settings.checkpoints_file), app.store.head()
    signed = last.seq if last is not None and head is not None and last.seq <= head.seq else 0
    if (forged := next(app.store.unsealed(signed), None)) is not None:
        raise NotSigned(
            f"entry {forged} of the trail does not bear the seal of this installation: somebody wrote it into the "
            "database. Nothing is signed. Run `rpa audit verify`, find out who can write to the database, and "
            "restore a copy from before that entry"
        )


def leave_entry(store: Store, actor: Actor, action: str, subject: str, **details: object) -> None:
    """Leave an entry in the trail of what somebody looked at, checked or exported."""
    with store.writing() as transaction:
        trail.append(transaction, actor=actor.name, action=action, subject=subject, details=details)
