"""Arrivals: bytes become a report with nothing lost on the way (P1), and are read again with other definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from orchestrator.actions.drift import note_change
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.originals import Arrival, OriginalAltered, Originals
from orchestrator.reading import Forms, Reader
from orchestrator.states import State
from orchestrator.store import NotMoved, Receipt, Store, row_versions
from orchestrator.store import receive as receiving
from orchestrator.store import reprocess as reprocessing
from orchestrator.store.engine import lock_arrivals
from rpa.forms.schema import UNKNOWN, Node
from rpa.identifiers import is_identifier
from rpa.report import ProblemKind, Report, Submission
from rpa.unpacking import Contents

_log = structlog.get_logger(__name__)

MOST_CHANGES = 10  # that one report may tell
UNNAMED = "(a question with another name)"


def receive(
    store: Store, originals: Originals, reader: Reader, actor: Actor, submission: Submission
) -> tuple[Receipt, ...]:
    """Make a report of what arrived, or of each submission in it; when this returns, all bytes and reports are on
    disk. None where a message waits for others that belong to it (`receive_overdue`).

    1. The original bytes, durable. From here on a crash loses nothing: `recover` starts again at 2.
    2. The submissions in them, each with its report. Whatever the bytes are, there is one.
    3. Each report in the store, with its delivery and its place in the trail, in one transaction.
    4. Each arrival is acknowledged: `recover` need not look at it again.

    The same submission again is the same report. Raises `NotAllowed`, OSError when the disk refuses,
    `OriginalAltered` when the same bytes were kept before and are not the same any more, and what the database
    raises: nothing is lost then, as long as the caller keeps what it has.
    """
    kept = keep_and_read(originals, reader, actor, submission)
    return store_read(store, originals, reader.forms, actor, kept)


def receive_overdue(
    store: Store, originals: Originals, reader: Reader, actor: Actor, seconds: float
) -> tuple[Receipt, ...]:
    """Receive the messages that have waited for others of their series for so long as they are. One series that
    cannot be received does not stop the others: its messages stay on disk, and are received at the next start."""
    receipts: list[Receipt] = []
    for arrivals in reader.incomplete.overdue(seconds):
        try:
            kept = _kept(arrivals, originals, reader)
            receipts += store_read(store, originals, reader.forms, actor, kept)
        except (OSError, OriginalAltered) as error:
            _log.error("messages that belong together cannot be received", error=error)
    return tuple(receipts)


@dataclass(frozen=True, slots=True)
class ReadArrival:
    """A submission that is on disk, and the report in it."""

    arrival: Arrival
    submission: Submission
    report: Report


@dataclass(frozen=True, slots=True)
class Kept:
    """What arrived, on disk and read. `messages`: the arrivals that held these submissions."""

    read: tuple[ReadArrival, ...]
    messages: tuple[Arrival, ...] = ()


def keep_and_read(originals: Originals, reader: Reader, actor: Actor, submission: Submission) -> Kept:
    """Steps 1 and 2 of `receive`, which several threads may take at once."""
    require(actor, Act.RECEIVE)
    arrival = originals.keep(submission)  # 1
    contents = reader.unpack([submission])  # 2
    series = contents.series
    if series is None:
        return _kept_contents(contents, (arrival,), originals)
    together = reader.incomplete.add(series, arrival)
    return _kept(together, originals, reader) if together else Kept(())


def _kept(messages: Sequence[Arrival], originals: Originals, reader: Reader) -> Kept:
    """What is in these messages together."""
    contents = reader.unpack([originals.submission(each) for each in messages])
    return _kept_contents(contents, messages, originals)


def _kept_contents(contents: Contents, arrivals: Sequence[Arrival], originals: Originals) -> Kept:
    read = tuple(
        ReadArrival(originals.keep(each.submission), each.submission, each.report)
        for each in contents.unpacked
    )
    own = {each.arrival for each in read}
    return Kept(read, tuple(each for each in arrivals if each not in own))


def store_read(
    store: Store, originals: Originals, forms: Forms, actor: Actor, kept: Kept
) -> tuple[Receipt, ...]:
    """Steps 3 and 4 of `receive`."""
    require(actor, Act.RECEIVE)
    receipts = tuple(_stored(store, originals, forms, actor, each) for each in kept.read)
    for message in kept.messages if receipts else ():
        originals.unpacked(message)
    return receipts


def _stored(store: Store, originals: Originals, forms: Forms, actor: Actor, read: ReadArrival) -> Receipt:
    submission, report = read.submission, read.report
    with store.writing() as transaction:  # 3
        receipt = receiving.receive(transaction, report, submission, actor.name)
    if receipt.new:
        _note_changes(report, receipt.reference, forms, store)
    if receipt.differs:
        _log.warning("a submission came again with other content or files", reference=receipt.reference)
    elif receipt.new and receipt.reference != report.reference:
        _log.warning("two submissions share a reference: the later has another", reference=receipt.reference)
    originals.acknowledge(read.arrival)  # 4
    _log.info(
        "report received",
        reference=receipt.reference,
        new=receipt.new,
        state=receipt.state,
        reason=receipt.reason,
        source=submission.source,
    )
    return receipt


def _note_changes(report: Report, reference: str, forms: Forms, store: Store) -> None:
    """What the form asks that its definition does not know is reported, once per change (P6), with the report that
    shows it. Items of a list count as one, and one report adds a limited number: its keys are a stranger's."""
    if report.form is None or report.form_version is None:
        return
    new = [("question", answer.pointer) for answer in report.answers if not answer.known]
    unknown = (ProblemKind.CHANGED, ProblemKind.UNLISTED)
    options = [("option", each.pointer) for each in report.problems if each.kind in unknown]
    node = forms[report.form].versions[report.form_version].node
    for kind, pointer in (options + new)[:MOST_CHANGES]:
        place = _place(node, pointer)
        if note_change(store, report.form, kind, place):
            said = "the form has changed; `rpa drift` lists every change"
            _log.warning(said, form=report.form, kind=kind, place=place, reference=reference)


def _place(node: Node, pointer: str) -> str:
    """The place of a question, as the trail keeps it for ever: of the keys that the form does not know, only those
    that look like a form's."""
    place = ""
    for part in pointer.split("/")[1:]:
        node = node.step(part)
        key = "*" if part.isdigit() else part
        place += f"/{key if node is not UNKNOWN or key == '*' or is_identifier(key) else UNNAMED}"
    return place


def reprocess(
    store: Store,
    originals: Originals,
    reader: Reader,
    actor: Actor,
    reference: str,
    delivery: int | None = None,
) -> Receipt:
    """Read a held or attention report again from its original bytes, with the current definitions, and sort it.
    Its revisions stay over it.

    `delivery`: read another one of its deliveries instead, counted from 1; only of a report never saved.
    Raises `NotAllowed`, `NotMoved` when there is no such report or delivery, it is in another state or it was
    changed meanwhile, and `OriginalAltered`.
    """
    require(actor, Act.REPROCESS)
    stored = store.report(reference)
    if stored is None or stored.state not in (State.HELD, State.ATTENTION):
        raise NotMoved(f"{reference}: only a report that is held or needs attention is read again")
    if delivery is None:
        submission, other = originals.find(stored.sha256, stored.source, stored.source_name), None
    else:
        submission = other = _delivered(store, originals, reference, delivery)
    report = reader.read(submission, stored.corrections)
    with store.writing() as transaction:
        lock_arrivals(transaction.connection)
        row_versions.compare(transaction, reference, stored.row_version)
        return reprocessing.reread(transaction, reference, stored.state, report, actor.name, other)


def _delivered(store: Store, originals: Originals, reference: str, delivery: int) -> Submission:
    deliveries = store.deliveries(reference)
    if not 1 <= delivery <= len(deliveries):
        raise NotMoved(f"{reference}: it has {len(deliveries)} deliveries")
    chosen = deliveries[delivery - 1]
    return originals.find(chosen.sha256, chosen.source, chosen.name)
