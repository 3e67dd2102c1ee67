"""Reports and the trail as people look at them: each view, check and export leaves an entry (P7)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from audit import checkpoint
from audit.checkpoint import Checkpoint
from audit.keys import signing_key
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.app import App
from orchestrator.store import Store, Stored, trail, utc_now
from orchestrator.trail_files import append_checkpoint, checkpoints_of, new_export
from orchestrator.trail_files import export as write_export
from rpa.errors import OperatingError


class NotSigned(OperatingError):  # noqa: N818 - says what the trail is
    """The trail is not what this installation wrote, or not all of it: it is not signed."""


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
    _require_own(app, checkpoint.load(app.settings.checkpoints_file))
    with ExitStack() as files:
        try:
            files.enter_context(new_export(file))
        except OSError as error:
            raise NotExported(f"{file}: {_why_not(error)}. Nothing is exported") from error
        leave_entry(app.store, actor, "exported", "audit trail")
        sign(app)
        # Every line of the file: one that is ahead of the entries shows that some are gone.
        signed = checkpoint.load(app.settings.checkpoints_file)
        last = checkpoint.last_of(signed)
        end = last.seq if last is not None else 0
        write_export(signed, checkpoints_of(file))
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


def sign(app: App) -> None:
    """Append a signed checkpoint of the trail's head, unless the last one stands there already.

    Raises `NotSigned` when an entry since the last checkpoint was not written by this installation, or when the
    database lacks entries that were signed.
    """
    head, path = app.store.head(), app.settings.checkpoints_file
    if head is None:
        return
    signed = checkpoint.load(path)
    last = checkpoint.last_of(signed)
    if last is not None and (last.seq, last.digest) == (head.seq, head.digest):
        return
    _require_own(app, signed)
    append_checkpoint(path, checkpoint.sign(head, signing_key(app.settings.keys_dir), utc_now()))


def lacking(app: App, signed: Sequence[Mapping[str, object]]) -> Checkpoint | None:
    """The highest of the checkpoints (`checkpoint.load`) whose entry the database lacks, or has otherwise: a copy
    was restored.

    None where there is none, and once the reports were marked because of it (`recovery.find_first`).
    """
    since = signed[app.store.checkpoints_followed() :]
    highest = checkpoint.highest(since, signing_key(app.settings.keys_dir).public_key())
    if highest is None or app.store.entry_digest(highest.seq) == highest.digest:
        return None
    return highest


def _require_own(app: App, signed: Sequence[Mapping[str, object]]) -> None:
    """Raise `NotSigned` unless the trail is what this installation wrote, and all of it."""
    if (missing := lacking(app, signed)) is not None:
        raise NotSigned(
            f"the database lacks what was signed up to entry {missing.seq}: a copy was restored. "
            "Nothing is signed until a start of `rpa run` has marked its reports to be looked for first"
        )
    last, head = checkpoint.last_of(signed), app.store.head()
    end = last.seq if last is not None and head is not None and last.seq <= head.seq else 0
    if (forged := next(app.store.unsealed(end), None)) is not None:
        raise NotSigned(
            f"entry {forged} of the trail does not bear the seal of this installation: somebody wrote it into the "
            "database. Nothing is signed. Run `rpa audit verify`, find out who can write to the database, and "
            "restore a copy from before that entry"
        )


def leave_entry(store: Store, actor: Actor, action: str, subject: str, **details: object) -> None:
    """Leave an entry in the trail of what somebody looked at, checked or exported."""
    with store.writing() as transaction:
        trail.append(transaction, actor=actor.name, action=action, subject=subject, details=details)
