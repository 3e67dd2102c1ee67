"""Arrivals: bytes become a report with nothing lost on the way (P1), and are read again with other definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

import structlog

from orchestrator.actions.drift import note_change
from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.media_links import with_linked_files
from orchestrator.originals import Arrival, Originals
from orchestrator.reading import Forms, Reader
from orchestrator.reading.series import Group
from orchestrator.states import State
from orchestrator.store import DATABASE_ERRORS, NotMoved, Receipt, Store, row_versions
from orchestrator.store import receive as receiving
from orchestrator.store import reprocess as reprocessing
from orchestrator.store.engine import lock_arrivals
from rpa.forms.schema import UNKNOWN, Node
from rpa.identifiers import is_identifier
from rpa.report import ProblemKind, Report, Submission
from rpa.unpacking import Contents

_log = structlog.get_logger(__name__)

MOST_CHANGES = 10  # that one report may tell
MOST_TOGETHER = 16  # new reports in one transaction
MOST_ANSWERS = 2_000  # in them all: a transaction takes less than a tenth of a second
UNNAMED = "(a question with another name)"


def receive(
    store: Store, originals: Originals, reader: Reader, actor: Actor, submission: Submission
) -> tuple[Receipt, ...]:
    """Make a report of what arrived, or of each submission in it; when this returns, all bytes and reports are on
    disk. None where a message waits for others that belong to it (`receive_overdue`).

    1. The original bytes, durable. From here on a crash loses nothing: `recover` starts again at 2.
    2. The submissions in them, each with its report, and files that it names by their address. Whatever the bytes
       are, there is one.
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
    cannot be received does not stop the others: its messages stay on disk, and are tried again later."""
    receipts: list[Receipt] = []
    for group in reader.incomplete.overdue(seconds):
        try:
            receipts += store_read(store, originals, reader.forms, actor, _kept([group], originals, reader))
        except DATABASE_ERRORS:
            raise  # every other series would fail too, and all are given out again
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it must not stop the others
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
    """What arrived, on disk and read. `messages`: the arrivals that held these submissions; `stored`: to be called
    once all of them are in the store."""

    read: tuple[ReadArrival, ...]
    messages: tuple[Arrival, ...] = ()
    stored: Callable[[], object] = tuple


def keep_and_read(originals: Originals, reader: Reader, actor: Actor, submission: Submission) -> Kept:
    """Steps 1 and 2 of `receive`, which several threads may take at once."""
    require(actor, Act.RECEIVE)
    arrival = originals.keep(submission)  # 1
    contents = reader.unpack([submission])  # 2
    series = contents.series
    if series is None:
        return _kept_contents(contents, [(arrival, submission)], originals, reader)
    groups = reader.incomplete.add(series, arrival, len(submission.content))
    return _kept(groups, originals, reader)


def _kept(groups: Sequence[Group], originals: Originals, reader: Reader) -> Kept:
    """What is in these messages, those of a group together."""
    found = [_kept_group(group, originals, reader) for group in groups]
    read = tuple(each for kept in found for each in kept.read)
    messages = tuple(each for kept in found for each in kept.messages)
    return Kept(read, messages, partial(reader.incomplete.forget, groups))


def _kept_group(group: Group, originals: Originals, reader: Reader) -> Kept:
    arrived = [(each, originals.submission(each)) for each in group]
    contents = reader.unpack([submission for _, submission in arrived])
    return _kept_contents(contents, arrived, originals, reader)


def _kept_contents(
    contents: Contents, arrived: Sequence[tuple[Arrival, Submission]], originals: Originals, reader: Reader
) -> Kept:
    """What was found, on disk: with the files that it names by their address, as far as they come in time."""
    read = []
    for each in with_linked_files(contents.unpacked, reader.media_links):
        as_it_came = (arrival for arrival, submission in arrived if submission == each.submission)
        arrival = next(as_it_came, None) or originals.keep(each.submission)
        read.append(ReadArrival(arrival, each.submission, each.report))
    own = {each.arrival for each in read}
    return Kept(tuple(read), tuple(arrival for arrival, _ in arrived if arrival not in own))


def store_read(
    store: Store, originals: Originals, forms: Forms, actor: Actor, kept: Kept
) -> tuple[Receipt, ...]:
    """Steps 3 and 4 of `receive`."""
    require(actor, Act.RECEIVE)
    receipts = tuple(_stored(store, originals, forms, actor, each) for each in kept.read)
    for message in kept.messages if receipts else ():
        originals.unpacked(message)
    kept.stored()
    return receipts


def store_several(
    store: Store, originals: Originals, forms: Forms, actor: Actor, several: Sequence[Kept]
) -> Iterator[tuple[Receipt, ...] | Exception]:
    """Steps 3 and 4 of `receive` for several arrivals, in their order: what came of each, or why it could not be
    stored. The next are stored once the caller asks for them.

    Small ones that are new go into the store together, in one transaction. What is wrong with one of them keeps no
    other out: then each is stored by itself.
    """
    require(actor, Act.RECEIVE)
    for group in _groups(several):
        receipts = _stored_together(
            store, originals, actor, [each.read[0] for each in group if _is_single(each)]
        )
        for kept, receipt in zip_longest(group, receipts):
            yield _outcome(store, originals, forms, actor, kept, receipt)


def _groups(several: Sequence[Kept]) -> Iterator[list[Kept]]:
    """What is stored together: few enough that robots hardly wait. What is not small is alone."""
    group: list[Kept] = []
    answers = 0
    for kept in several:
        size = len(kept.read[0].report.answers) if _is_single(kept) else MOST_ANSWERS + 1
        if group and (len(group) == MOST_TOGETHER or answers + size > MOST_ANSWERS):
            yield group
            group, answers = [], 0
        group.append(kept)
        answers += size
    if group:
        yield group


def _is_single(kept: Kept) -> bool:
    return len(kept.read) == 1 and not kept.messages


def _stored_together(
    store: Store, originals: Originals, actor: Actor, read: Sequence[ReadArrival]
) -> list[Receipt | None]:
    """None for each that is not stored yet."""
    if len(read) < 2:
        return []
    try:
        with store.writing() as transaction:  # 3
            arrived = [(each.report, each.submission) for each in read]
            receipts = receiving.receive_new(transaction, arrived, actor.name)
    except Exception:  # noqa: BLE001 - whatever it is, whoever has it says so when it is stored by itself
        return []
    with suppress(OSError):  # then each says so itself
        stored = zip(read, receipts, strict=True)
        originals.acknowledge(*(each.arrival for each, receipt in stored if receipt))  # 4
    return receipts


def _outcome(
    store: Store, originals: Originals, forms: Forms, actor: Actor, kept: Kept, receipt: Receipt | None
) -> tuple[Receipt, ...] | Exception:
    try:
        if receipt is None:
            return store_read(store, originals, forms, actor, kept)
        return (_settled(store, originals, forms, kept.read[0], receipt),)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, it must not stop those behind it
        return error


def _stored(store: Store, originals: Originals, forms: Forms, actor: Actor, read: ReadArrival) -> Receipt:
    with store.writing() as transaction:  # 3
        receipt = receiving.receive(transaction, read.report, read.submission, actor.name)
    return _settled(store, originals, forms, read, receipt)


def _settled(
    store: Store, originals: Originals, forms: Forms, read: ReadArrival, receipt: Receipt
) -> Receipt:
    """Say what came of an arrival that is stored, and acknowledge it."""
    report = read.report
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
        source=read.submission.source,
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
