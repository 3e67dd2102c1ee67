"""At a start: what is on disk and not in the database, and what was held until a definition was corrected (P1)."""

from __future__ import annotations

import structlog

from orchestrator.actions.arrivals import receive, reprocess
from orchestrator.actions.permissions import INTAKE, SYSTEM
from orchestrator.originals import Arrival, OriginalAltered, Originals
from orchestrator.reading import Reader
from orchestrator.store import DATABASE_ERRORS, Receipt, Store
from rpa.report import ProblemKind, Submission

_log = structlog.get_logger(__name__)


def recover(reader: Reader, store: Store, originals: Originals) -> list[Receipt]:
    """After a crash: receive what is on disk and in no delivery. Call it before anything else receives.

    What cannot be recovered stays in `originals/pending`, is logged, and is tried again at the next start.
    """
    receipts: list[Receipt] = []
    originals.remove_partial()
    try:
        for arrival in originals.pending():
            receipts += _recovered(arrival, reader, store, originals)
    except OriginalAltered as error:
        _log.error("an original cannot be recovered; it stays in originals/pending", error=error)
    return receipts


def _recovered(arrival: Arrival, reader: Reader, store: Store, originals: Originals) -> list[Receipt]:
    try:
        if not store.delivered(arrival.sha256, arrival.source, arrival.name):
            return list(receive(store, originals, reader, INTAKE, originals.submission(arrival)))
        originals.acknowledge(arrival)
    except DATABASE_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 - one that cannot be recovered must not stop the others
        _log.error("an original cannot be recovered; it stays in originals/pending", error=error)
    return []


def read_corrected(reader: Reader, store: Store, originals: Originals) -> list[Receipt]:
    """Read again what is held because its form is unknown or changed, where the current definitions know it."""
    receipts = []
    for reference in store.held_by_change():
        try:
            stored = store.report(reference)
            if stored is None or not _is_understood(
                originals.find(stored.sha256, stored.source, stored.source_name), reader
            ):
                continue
            receipts.append(reprocess(store, originals, reader, SYSTEM, reference))
        except DATABASE_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 - one that cannot be read must not stop the others
            _log.error("a held report cannot be read again", reference=reference, error=error)
    return receipts


def _is_understood(submission: Submission, reader: Reader) -> bool:
    """Whether its form is no longer a reason to hold this submission."""
    report = reader.read(submission)
    return report.form is not None and all(each.kind is not ProblemKind.CHANGED for each in report.problems)
