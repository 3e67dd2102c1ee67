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
    path, key = app.settings.checkpoints_file, signing_key(app.settings.keys_dir)
    head, last = app.store.head(), checkpoint.last(path, key.public_key())
    if head is None or (last is not None and (last.seq, last.digest) == (head.seq, head.digest)):
        return
    require_own(app, last)
    append_checkpoint(path, checkpoint.sign(head, key, utc_now()))


def lacking(app: App, signed: Sequence[Mapping[str, object]]) -> Checkpoint | None:
    """The highest of the checkpoints (`checkpoint.load`) whose entry the database lacks, or has otherwise: a copy
    was restored.

    None where there is none, and once the reports were marked because of it (`recovery.mark_for_look_up`).
    """
    since = checkpoint.since(signed, app.store.checkpoint_followed())
    highest = checkpoint.highest(since, signing_key(app.settings.keys_dir).public_key())
    if highest is None or app.store.entry_digest(highest.seq) == highest.digest:
        return None
    return highest


def require_own(app: App, last: Checkpoint | None) -> None:
    """Raise `NotSigned` unless the trail is what this installation wrote, and all of it.

    `last`: the last genuine checkpoint. Each is signed only where the database holds what the one before it says,
    so that one which holds the last holds them all. Where it does not, the whole file says whether a copy was
    restored, and nothing vouches for what is in it. A start of `rpa run` and `rpa audit verify` read it all.
    """
    is_held = last is not None and app.store.entry_digest(last.seq) == last.digest
    missing = None if is_held else lacking(app, checkpoint.load(app.settings.checkpoints_file))
    if missing is not None:
        raise NotSigned(
            f"the database lacks what was signed up to entry {missing.seq}: a copy was restored. "
            "Nothing is signed until a start of `rpa run` has marked its reports to be looked for first"
        )
    end = last.seq if last is not None and is_held else 0
    if (forged := next(app.store.unsealed(end), None)) is not None:
        raise NotSigned(
            f"entry {forged} of the trail does not bear the seal of this installation: somebody wrote it into the "
            "database. Nothing is signed. Run `rpa audit verify`, find out who can write to the database, and "
            "restore a copy from before that entry"
        )
