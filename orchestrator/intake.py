"""Taking in: from bytes that arrived to a report in the store, with nothing lost on the way (P1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog

from orchestrator.originals import OriginalAltered, Originals
from orchestrator.states import State
from orchestrator.store import NotMoved, Receipt, Store
from rpa.forms import Form, unreadable
from rpa.intake import read
from rpa.intake.folder import LEFT_OUT, find, read_file
from rpa.report import ProblemKind, Report, Submission

_log = structlog.get_logger(__name__)

Forms = Mapping[str, Form]
LEFT_OUT_FOLDER = ".left-out"
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
    """After a crash: take in what is on disk and in no delivery. To be called before anything else takes in."""
    receipts = []
    try:
        for arrival in originals.pending():
            if store.delivered(arrival.sha256, arrival.source, arrival.name):
                originals.settle(arrival)
            else:
                receipts.append(take_in(originals.submission(arrival), forms, store, originals))
    except OriginalAltered as error:
        _log.error("an original cannot be recovered", error=error)
    return receipts


def read_again(reference: str, forms: Forms, store: Store, originals: Originals, actor: str) -> Receipt:
    """Read the original bytes of a held or attention report again, by the definitions of now, and sort it again.

    Raises `NotMoved` when there is no such report or it is in another state, `OriginalAltered`.
    """
    stored = store.report(reference)
    if stored is None or stored.state not in (State.HELD, State.ATTENTION):
        raise NotMoved(f"{reference}: only a report that is held or needs attention is read again")
    submission = originals.find(stored.sha256, stored.source, stored.source_name)
    return store.reread(reference, stored.state, _understood(submission, forms), actor)


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
        except (NotMoved, OriginalAltered) as error:
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


class Inbox:
    """A watched folder. A file leaves it when, and only when, it has been taken in.

    A file is taken in once it looks the same in two rounds, its media included: whoever writes into the
    folder may write slowly, but should write under another name (`.part`) and rename, media first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, _Look] = {}
        self._kept: dict[Path, _Look] = {}  # taken in, but the folder would not let go of it

    @property
    def waiting(self) -> int:
        """How many files the last round left for the next."""
        return len(self._seen)

    def take_in(self, forms: Forms, store: Store, originals: Originals) -> list[Receipt]:
        """One round: take in every file that has not changed since the round before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        before, self._seen = self._seen, {}
        receipts = []
        for file, look in _looks(self._folder):
            if self._kept.get(file) == look:
                continue
            if before.get(file) != look:
                self._seen[file] = look
                continue
            receipt = self._take(file, look, forms, store, originals)
            if receipt is None:
                self._seen[file] = look
            else:
                receipts.append(receipt)
        return receipts

    def _take(
        self, file: Path, look: _Look, forms: Forms, store: Store, originals: Originals
    ) -> Receipt | None:
        """One file, or None when it has to wait. A file that fails does not keep the others from being taken in.

        1. Read it and take it in.
        2. Only then let go of it, and only if it is still what was read.
        """
        try:
            submission = read_file(file)
            receipt = take_in(submission, forms, store, originals)
        except (OSError, OriginalAltered) as error:
            _log.warning("a file in the inbox could not be taken in", error=error)
            return None
        if _look(file) != look:
            return receipt  # more of it has come: the next rounds take it in again
        try:
            _let_go(file, submission)
        except OSError as error:
            _log.warning("a file taken in could not be removed", error=error, reference=receipt.reference)
            self._kept[file] = _look(file)
        return receipt


_Look = tuple[tuple[str, int, int], ...]
"""What a file and its media look like from outside: (name, bytes, time of change in nanoseconds) of each."""


def _looks(folder: Path) -> Iterable[tuple[Path, _Look]]:
    for file in list(find([folder])):
        look = _look(file)
        if look:
            yield file, look


def _look(file: Path) -> _Look:
    """Empty when the file is gone."""
    media = file.with_suffix("")
    try:
        with_it = sorted(media.iterdir()) if media != file and media.is_dir() else []
        stats = [(one.name, one.stat()) for one in (file, *with_it)]
    except FileNotFoundError:
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _let_go(file: Path, submission: Submission) -> None:
    """Remove a file, and before it its media, which without it would look like submissions of their own."""
    folder = file.with_suffix("")
    if folder != file and folder.is_dir():
        _let_go_of_media(folder, submission)
    file.unlink()


def _let_go_of_media(folder: Path, submission: Submission) -> None:
    """Remove what was taken in. What intake left out is moved aside, never deleted."""
    taken = {media.name for media in submission.media if not media.name.endswith(LEFT_OUT)}
    for name in taken:
        (folder / name).unlink(missing_ok=True)
    if any(folder.iterdir()):
        aside = folder.parent / LEFT_OUT_FOLDER
        aside.mkdir(exist_ok=True)
        folder.rename(aside / f"{folder.name}-{submission.sha256[:12]}")
    else:
        folder.rmdir()
