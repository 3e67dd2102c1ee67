"""Taking in: from bytes that arrived to a report in the store, with nothing lost on the way (P1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import structlog

from orchestrator.originals import Arrival, OriginalAltered, Originals
from orchestrator.states import State
from orchestrator.store import DATABASE_AWAY, NotMoved, Receipt, Store
from rpa.forms import Form, unreadable
from rpa.reading import read
from rpa.report import ProblemKind, Report, Submission

_log = structlog.get_logger(__name__)

Forms = Mapping[str, Form]
MOST_CHANGES = 10  # that one report may tell


def take_in(submission: Submission, forms: Forms, store: Store, originals: Originals) -> Receipt:
    """Make a report of one submission; when this returns, its bytes and the report are on disk.

    1. The original bytes, durable. From here on a crash loses nothing: `recover` starts again at 2.
    2. The report in them. Whatever they are, there is one.
    3. The report in the store, with its delivery and its place in the trail, in one transaction.
    4. The arrival is settled: `recover` need not look at it again.

    The same submission again is the same report. Raises OSError when the disk refuses, `OriginalAltered`
    when the same bytes were kept before and are not the same any more, and what the database raises:
    nothing is lost then, as long as the caller keeps what it has.
    """
    arrival = originals.keep(submission)  # 1
    report = _understood(submission, forms)  # 2
    receipt = store.receive(report, submission)  # 3
    if receipt.new:
        _note_changes(report, store)
    if receipt.differs:
        _log.warning("a submission came again with other content or files", reference=receipt.reference)
    elif receipt.new and receipt.reference != report.reference:
        _log.warning("two submissions share a reference: the later has another", reference=receipt.reference)
    originals.settle(arrival)  # 4
    _log.info(
        "report taken in",
        reference=receipt.reference,
        new=receipt.new,
        state=receipt.state,
        reason=receipt.reason,
        source=submission.source,
    )
    return receipt


def _note_changes(report: Report, store: Store) -> None:
    """What the form asks that its definition does not know is told, once per change (P6). Items of a list count
    as one, and one report tells only so many: its keys are a stranger's."""
    new = [("question", answer.pointer) for answer in report.answers if not answer.known]
    unknown = (ProblemKind.CHANGED, ProblemKind.UNLISTED)
    options = [("option", each.pointer) for each in report.problems if each.kind in unknown]
    for kind, pointer in (options + new if report.form else [])[:MOST_CHANGES]:
        place = re.sub(r"/\d+(?=/|$)", "/*", pointer)
        if store.note_drift(str(report.form), kind, place):
            _log.warning("the form has changed", form=report.form, kind=kind)


def recover(forms: Forms, store: Store, originals: Originals) -> list[Receipt]:
    """After a crash: take in what is on disk and in no delivery. To be called before anything else takes in.

    What cannot be recovered stays in `originals/pending`, and is told and tried again at the next start.
    """
    receipts: list[Receipt] = []
    try:
        for arrival in originals.pending():
            receipts += _recovered(arrival, forms, store, originals)
    except OriginalAltered as error:
        _log.error("an original cannot be recovered: it waits in originals/pending", error=error)
    return receipts


def _recovered(arrival: Arrival, forms: Forms, store: Store, originals: Originals) -> list[Receipt]:
    try:
        if not store.delivered(arrival.sha256, arrival.source, arrival.name):
            return [take_in(originals.submission(arrival), forms, store, originals)]
        originals.settle(arrival)
    except DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - one that cannot be recovered must not stop the others
        _log.error("an original cannot be recovered: it waits in originals/pending", error=error)
    return []


def read_again(
    reference: str,
    forms: Forms,
    store: Store,
    originals: Originals,
    actor: str,
    delivery: int | None = None,
) -> Receipt:
    """Read a held or attention report again from its original bytes, with the current definitions, and sort it.

    `delivery`: read another one of its deliveries instead, counted from 1; only of a report never saved.
    Raises `NotMoved` when there is no such report or delivery or it is in another state, `OriginalAltered`.
    """
    stored = store.report(reference)
    if stored is None or stored.state not in (State.HELD, State.ATTENTION):
        raise NotMoved(f"{reference}: only a report that is held or needs attention is read again")
    if delivery is None:
        submission = originals.find(stored.sha256, stored.source, stored.source_name)
        return store.reread(reference, stored.state, _understood(submission, forms), actor)
    if stored.pressed_at is not None:
        raise NotMoved(f"{reference}: save was pressed for it, so that it stays what it was then")
    deliveries = store.deliveries(reference)
    if not 1 <= delivery <= len(deliveries):
        raise NotMoved(f"{reference}: it has {len(deliveries)} deliveries")
    chosen = deliveries[delivery - 1]
    submission = originals.find(chosen.sha256, chosen.source, chosen.name)
    return store.reread(reference, stored.state, _understood(submission, forms), actor, submission)


def read_mended(forms: Forms, store: Store, originals: Originals) -> list[Receipt]:
    """Read again what an unknown or changed form holds, where the definitions of now understand it."""
    receipts = []
    for reference in store.held_by_change():
        stored = store.report(reference)
        try:
            if stored is None or not _mended(
                originals.find(stored.sha256, stored.source, stored.source_name), forms
            ):
                continue
            receipts.append(read_again(reference, forms, store, originals, "rpa"))
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - one that cannot be read must not stop the others
            _log.error("a held report cannot be read again", reference=reference, error=error)
    return receipts


def _mended(submission: Submission, forms: Forms) -> bool:
    """Whether a change of its form is no reason any more to hold this submission."""
    report = _understood(submission, forms)
    return report.form is not None and all(each.kind is not ProblemKind.CHANGED for each in report.problems)


def _understood(submission: Submission, forms: Forms) -> Report:
    """The report in the bytes. A mistake of ours makes it one for a person: it must not stop those behind it."""
    try:
        return read(submission, forms)
    except Exception:  # noqa: BLE001 - whatever it is, the submission must not be lost in it
        report = unreadable(submission, "This report could not be read because of a fault in our software.")
        _log.exception("a submission could not be read", reference=report.reference)
        return report
