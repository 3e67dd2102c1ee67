"""A database restored from a copy: what it lacks is received again, and reports are looked up before they
are keyed."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from audit import checkpoint
from orchestrator.actions import recovery
from orchestrator.actions.arrivals import Forms, receive
from orchestrator.actions.permissions import INTAKE
from orchestrator.app import App
from orchestrator.originals import Arrival, OriginalAltered

_log = structlog.get_logger(__name__)


def is_older(app: App) -> bool:
    """Whether the database is older than the last signed checkpoint: a copy was restored."""
    path = app.settings.checkpoints_file
    if torn := checkpoint.torn(path):
        _log.warning("incomplete checkpoint lines are ignored", checkpoints=torn)
    last, head = checkpoint.last(path), app.store.head()
    return last is not None and (head is None or head.seq < last.seq)


def follow_restored(app: App, forms: Forms) -> None:
    """Where a copy was restored: reports may have been keyed that it has as not keyed, or not at all.

    Call it before anything else writes to the trail.

    1. What arrived since the copy was made is on disk: it is received again.
    2. Every report that may have been keyed since is marked to be looked up first (P2).
    """
    if not is_older(app):
        return
    new = sum(_is_new(app, forms, arrival) for arrival in _lacking(app))
    marked = recovery.find_first(app.store)
    _log.warning("restored from a copy: reports are looked up first", count=marked, new=new)


def _lacking(app: App) -> Iterator[Arrival]:
    """The arrivals on disk that the database does not have."""
    try:
        for arrival in app.originals.acknowledged():
            if not app.store.delivered(arrival.sha256, arrival.source, arrival.name):
                yield arrival
    except OriginalAltered as error:
        _log.error("an arrival cannot be read", error=error)


def _is_new(app: App, forms: Forms, arrival: Arrival) -> bool:
    """Whether this made a new report; one that cannot be read does not stop the others."""
    try:
        submission = app.originals.submission(arrival)
        return receive(app.store, app.originals, forms, INTAKE, submission).new
    except (OSError, OriginalAltered) as error:
        _log.error("an original cannot be received again", error=error)
        return False
