"""Reading: a submission -> a report, by the module of `rpa/documents` for its format.

`read` never decides what an answer means: `rpa.forms` does. It raises for no bytes: what cannot be read becomes a
report with one problem, so that a person looks at it and nothing is lost (P1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from rpa.documents import ocr, skeleton
from rpa.documents.formats import WRITTEN
from rpa.documents.json_document import Document, is_json, parse
from rpa.documents.kinds import Kind, kind_of
from rpa.documents.links import Link, links
from rpa.documents.mail.message import is_message
from rpa.documents.pdf.document import Scan
from rpa.documents.size import Unreadable
from rpa.documents.written import Written
from rpa.forms import CORRECTED, Form, WrongCorrection, corrected, understand, unreadable
from rpa.forms.copies import differences
from rpa.forms.labels.report import understand_skeleton, understand_written
from rpa.forms.sdm.conversion import from_sdm, is_sdm
from rpa.report import Change, Media, Problem, ProblemKind, Report, Submission

__all__ = ["Corrections", "files_within", "links_within", "read", "read_if_report"]

Corrections = Sequence[Sequence[Change]]
"""What people changed, revision by revision."""

SIGN_OF_FILES = b"attachmentContent"
"""What stands in a document that holds files."""
SIGN_OF_LINKS = b"://"
"""And in one that names files by their address."""

_NO_REPORT = "No report was found in this message. Open it to see what it says."
_NO_FORM = "No form recognises this document. Open it to see what it says."

_NUMBERED = re.compile(r"(?P<key>.*) \([0-9]+\)", re.DOTALL)
"""The name that `rpa.documents` gives a second answer."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A report as a document has it. `document`: of a format with keys, whose own problems a correction settles.
    `problems`: others, which it does not."""

    report: Report
    document: Document | None = None
    problems: tuple[Problem, ...] = ()


def read(submission: Submission, forms: Mapping[str, Form], corrections: Corrections = ()) -> Report:
    """The report in a submission's bytes, with what people corrected, in order, laid over it.

    Never raises: unreadable bytes are a report too, with one problem. A change that does not fit any more, because
    the form has changed since, is a problem that stops the report until somebody corrects that place again. Where
    a copy of the report says otherwise, the bytes decide, and a problem tells of it.
    """
    try:
        found = _read(submission, forms, pictures=True)
    except Unreadable as error:
        return unreadable(submission, str(error))
    report, lost = _with_corrections(found.report, corrections, forms, submission)
    of_document = _of_document(found.document, report) if found.document else ()
    of_copies = _of_copies(submission, found.report, forms, corrections)
    notes = found.document.notes if found.document else ()
    return replace(
        report,
        problems=(*of_document, *found.problems, *lost, *report.problems, *of_copies),
        notes=(*notes, *report.notes),
    )


def read_if_report(submission: Submission, forms: Mapping[str, Form]) -> Report | None:
    """The report, unless it is certain that the bytes are none: no form recognises them, or they cannot be read.
    An object in JSON may be a report of a form that is not known."""
    try:
        return _read(submission, forms).report
    except Unreadable:
        return None


def files_within(submission: Submission) -> tuple[Media, ...]:
    """The files that stand in the document itself."""
    document = _structured(submission, SIGN_OF_FILES)
    return from_sdm(document, {}).media if document and is_sdm(document.value) else ()


def links_within(submission: Submission) -> tuple[Link, ...]:
    """The files that the document names by their address."""
    document = _structured(submission, SIGN_OF_LINKS)
    return links(document.value) if document else ()


def _structured(submission: Submission, sign: bytes) -> Document | None:
    """The document with keys in a submission that has these bytes in it."""
    with suppress(Unreadable):
        return parse(submission.content) if sign in submission.content else None
    return None


def _read(submission: Submission, forms: Mapping[str, Form], *, pictures: bool = False) -> _Read:
    """`pictures`: text in a picture is recognised too, which takes seconds for a page. Raises `Unreadable` for
    what is no report."""
    if not is_json(submission.content) and is_message(submission.content, submission.name):
        raise Unreadable(_NO_REPORT)
    kind = Kind.JSON if is_json(submission.content) else kind_of(submission.content, submission.name)
    if kind in (Kind.TEXT, Kind.CSV) and submission.name.lower().endswith(".json"):
        kind = Kind.JSON  # meant as such, and the parser says what is wrong with it
    if kind in WRITTEN:
        written = _written(submission.content, kind, pictures=pictures)
        report = understand_written(written, forms, submission=submission, file=submission.name)
        if report is None:
            raise Unreadable(_NO_FORM)
        return _Read(report)
    document = parse(submission.content)
    if not is_sdm(document.value):
        return _Read(understand(document.value, forms, submission=submission), document)
    converted = from_sdm(document, forms)
    if converted.skeleton:
        envelope = converted.skeleton.envelope
        text = skeleton.read(converted.skeleton.text)
        report = understand_skeleton(text, forms, submission=submission, envelope=envelope)
        if report is not None:
            return _Read(report, None, converted.problems)
    report = understand(converted.document.value, forms, submission=submission)
    return _Read(report, converted.document, converted.problems)


def _written(content: bytes, kind: Kind, *, pictures: bool) -> Written:
    """What is written in a document. A scan is a picture of it: its text is recognised where Tesseract is
    installed, and marked as read by a machine."""
    try:
        return WRITTEN[kind](content)
    except Scan:
        if not (pictures and ocr.is_installed()):
            raise
        return ocr.read(content)


def _of_copies(
    submission: Submission, report: Report, forms: Mapping[str, Form], corrections: Corrections
) -> Iterator[Problem]:
    """Where a copy has another answer, unless somebody has corrected that place since."""
    corrected_since = {change.pointer for changes in corrections for change in changes}
    for copy in submission.copies:
        other = read_if_report(Submission(copy.content, submission.source, copy.name), forms)
        found = differences(report, other) if other else ()
        yield from (each for each in found if each.pointer not in corrected_since)


def _with_corrections(
    report: Report, corrections: Corrections, forms: Mapping[str, Form], submission: Submission
) -> tuple[Report, Sequence[Problem]]:
    """The corrected report, and a problem for each place whose correction does not fit any more."""
    lost: dict[str, Problem] = {}
    for number, changes in enumerate(corrections, 1):
        report, unfit = _as_far_as_it_fits(report, changes, forms, submission)
        for change in changes:
            lost.pop(change.pointer, None)
        lost |= {place: _lost(number, place) for place in unfit}
    return report, tuple(lost.values())


def _as_far_as_it_fits(
    report: Report, changes: Sequence[Change], forms: Mapping[str, Form], submission: Submission
) -> tuple[Report, Sequence[str]]:
    """The report with all changes of one correction that still fit, made at once, as their pointers mean the
    report before it; and the places of the others. What the report says already is no change, and done."""
    unfit: list[str] = []
    while True:
        try:
            return corrected(report, changes, forms, submission), unfit
        except WrongCorrection as error:
            out = [each for each in changes if error.pointer in ("", each.pointer)]
            unfit += [each.pointer for each in out if not error.done]
            changes = [each for each in changes if each not in out]


def _lost(number: int, pointer: str) -> Problem:
    message = f"Revision {number} corrected this, and does not fit the form any more. Correct it again."
    return Problem(ProblemKind.INVALID, pointer, "A corrected answer", message)


def _of_document(document: Document, report: Report) -> Sequence[Problem]:
    """What is wrong with the document, as far as nobody has corrected it: a key with two answers is settled
    when the second is removed."""
    if not any(note.rule == CORRECTED for note in report.notes):
        return document.problems
    numbered = filter(None, map(_NUMBERED.fullmatch, _keys(report.data)))
    left = {match["key"] for match in numbered}
    twice = zip(document.twice, document.problems, strict=True)
    return [problem for key, problem in twice if key in left]


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        yield from data
    for inner in data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else ():
        yield from _keys(inner)
