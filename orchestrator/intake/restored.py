"""A database restored from a copy: what it lacks is received again, and reports are looked up before they
are keyed."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from audit import checkpoint
from audit.keys import signing_key
from orchestrator.actions import recovery, signing
from orchestrator.actions.arrivals import receive
from orchestrator.actions.permissions import INTAKE
from orchestrator.app import App
from orchestrator.originals import Arrival, OriginalAltered
from orchestrator.reading import Reader
from orchestrator.store import DATABASE_ERRORS

_log = structlog.get_logger(__name__)


def follow_restored(app: App, reader: Reader) -> None:
    """Where a copy was restored: reports may have been keyed that it has as not keyed, or not at all.

    1. What arrived since the copy was made is on disk: it is received again.
    2. Every report that may have been keyed since is marked to be looked up first (P2). Only that ends it: until
       then each start begins again, and nothing is signed.
    """
    path = app.settings.checkpoints_file
    if torn := checkpoint.torn(path):
        _log.warning("incomplete checkpoint lines are ignored", checkpoints=torn)
    last = checkpoint.last(path, signing_key(app.settings.keys_dir).public_key())
    if last is None or signing.lacking(app, checkpoint.load(path)) is None:
        return
    new = sum(_is_new(app, reader, arrival) for arrival in _lacking(app))
    marked = recovery.mark_for_look_up(app.store, last.signature)
    _log.warning("restored from a copy: reports are looked up first", count=marked, new=new)


def _lacking(app: App) -> Iterator[Arrival]:
    """The arrivals on disk that the database does not have."""
    try:
        for arrival in app.originals.acknowledged():
            if not app.store.delivered(arrival.sha256, arrival.source, arrival.name):
                yield arrival
    except OriginalAltered as error:
        _log.error("an arrival cannot be read", error=error)


def _is_new(app: App, reader: Reader, arrival: Arrival) -> bool:
    """Whether this made a new report; one that cannot be received does not stop the others, and is tried again at
    the next start."""
    try:
        submission = app.originals.submission(arrival)
        return any(each.new for each in receive(app.store, app.originals, reader, INTAKE, submission))
    except DATABASE_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 - one that cannot be received must not stop the others
        _log.error("an original cannot be received again; it is put back to originals/pending", error=error)
        app.originals.put_back(arrival)
        return False
