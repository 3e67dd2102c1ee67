"""Signing the trail: a checkpoint of its last entry, never over one that this installation did not write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audit import checkpoint
from audit.checkpoint import Checkpoint
from audit.keys import signing_key
from orchestrator.app import App
from orchestrator.store import utc_now
from orchestrator.trail_files import append_checkpoint
from rpa.errors import OperatingError


class NotSigned(OperatingError):  # noqa: N818 - says what the trail is
    """The trail is not what this installation wrote, or not all of it: it is not signed."""


def sign(app: App) -> None:
    """Append a signed checkpoint of the trail's head, unless the last one stands there already.

    Raises `NotSigned` when an entry since the last checkpoint was not written by this installation, or when the
    database lacks entries that were signed.
    """
    head, path = app.store.head(), app.settings.checkpoints_file
    if head is None:
        return
    signed = checkpoint.load(path)
    if _signed_up_to(app, signed) == head.seq:
        return
    require_own(app, signed)
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


def require_own(app: App, signed: Sequence[Mapping[str, object]]) -> None:
    """Raise `NotSigned` unless the trail is what this installation wrote, and all of it."""
    if (missing := lacking(app, signed)) is not None:
        raise NotSigned(
            f"the database lacks what was signed up to entry {missing.seq}: a copy was restored. "
            "Nothing is signed until a start of `rpa run` has marked its reports to be looked for first"
        )
    if (forged := next(app.store.unsealed(_signed_up_to(app, signed)), None)) is not None:
        raise NotSigned(
            f"entry {forged} of the trail does not bear the seal of this installation: somebody wrote it into the "
            "database. Nothing is signed. Run `rpa audit verify`, find out who can write to the database, and "
            "restore a copy from before that entry"
        )


def _signed_up_to(app: App, signed: Sequence[Mapping[str, object]]) -> int:
    """The number of the entry that the last checkpoint is of; 0 where nobody here signed that, or the database has
    another entry under the number: a copy was restored, and nothing vouches for what is in it."""
    last = checkpoint.highest(signed[-1:], signing_key(app.settings.keys_dir).public_key())
    return last.seq if last is not None and app.store.entry_digest(last.seq) == last.digest else 0
