"""Reports and the trail as people look at them: each view, check and export leaves an entry (P7)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from audit import checkpoint
from audit.keys import signing_key
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.actions.signing import require_own, sign
from orchestrator.app import App
from orchestrator.store import Store, Stored, trail
from orchestrator.trail_files import checkpoints_of, new_export
from orchestrator.trail_files import export as write_export
from rpa.errors import OperatingError


class NotExported(OperatingError):  # noqa: N818 - says what the trail is
    """The files of an export cannot be made."""


def view(store: Store, actor: Actor, reference: str) -> Stored | None:
    """One report whole, None when there is none. Raises `NotAllowed`."""
    require(actor, Act.VIEW)
    stored = store.report(reference)
    if stored is not None:
        leave_entry(store, actor, "viewed", reference)
    return stored


def export(app: App, actor: Actor, file: Path) -> int:
    """Write the trail, up to its last checkpoint, to a file that `python -m audit verify` verifies with the
    checkpoints written beside it; returns how many entries.

    The export is in the trail that is exported, and signed. Raises `NotAllowed`, `NotSigned`, and `NotExported`
    where the files cannot be made: then nothing is on the trail.
    """
    require(actor, Act.EXPORT)
    path, key = app.settings.checkpoints_file, signing_key(app.settings.keys_dir).public_key()
    require_own(app, checkpoint.last(path, key))
    with ExitStack() as files:
        try:
            files.enter_context(new_export(file))
        except OSError as error:
            raise NotExported(f"{file}: {_why_not(error)}. Nothing is exported") from error
        leave_entry(app.store, actor, "exported", "audit trail")
        sign(app)
        # Every line of the file: one that is ahead of the entries shows that some are gone.
        write_export(checkpoint.load(path), checkpoints_of(file))
        last = checkpoint.last(checkpoints_of(file), key)
        end = last.seq if last is not None else 0
        return write_export((row for row in app.store.entries() if not _is_after(row, end)), file)


def _why_not(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return f"it is there already, or {checkpoints_of(Path('FILE'))} is. Name a new file"
    if isinstance(error, FileNotFoundError):
        return "there is no such folder"
    return f"it cannot be written: {os.strerror(error.errno or 0)}"


def _is_after(row: Mapping[str, object], end: int) -> bool:
    """Whether an entry was written since the checkpoint was signed."""
    seq = row.get("seq")
    return isinstance(seq, int) and seq > end


def leave_entry(store: Store, actor: Actor, action: str, subject: str, **details: object) -> None:
    """Leave an entry in the trail of what somebody looked at, checked or exported."""
    with store.writing() as transaction:
        trail.append(transaction, actor=actor.name, action=action, subject=subject, details=details)
