"""Reading: a submission -> a report, by the module of `rpa/documents` for its format.

`read` never decides what an answer means: `rpa.forms` does. It raises for no bytes: what cannot be read becomes a
report with one problem, so that a person looks at it and nothing is lost (P1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rpa.documents.json_document import Document, parse
from rpa.documents.size import Unreadable
from rpa.forms import CORRECTED, Form, WrongCorrection, corrected, understand, unreadable
from rpa.forms.sdm import Converted, from_sdm, is_sdm
from rpa.report import Change, Problem, ProblemKind, Report, Submission

__all__ = ["Corrections", "read"]

Corrections = Sequence[Sequence[Change]]
"""What people changed, revision by revision."""

_NUMBERED = re.compile(r"(?P<key>.*) \([0-9]+\)", re.DOTALL)
"""The name that `rpa.documents` gives a second answer."""


def read(submission: Submission, forms: Mapping[str, Form], corrections: Corrections = ()) -> Report:
    """The report in a submission's bytes, with what people corrected, in order, laid over it.

    Never raises: unreadable bytes are a report too, with one problem. A change that does not fit any more, because
    the form has changed since, is a problem that stops the report until somebody corrects that place again.
    """
    try:
        document = parse(submission.content)
        converted = from_sdm(document, forms) if is_sdm(document.value) else Converted(document)
    except Unreadable as error:
        return unreadable(submission, str(error))
    document = converted.document
    report = understand(document.value, forms, submission=submission)
    report, lost = _with_corrections(report, corrections, forms, submission)
    return replace(
        report,
        problems=(*_of_document(document, report), *converted.problems, *lost, *report.problems),
        notes=(*document.notes, *report.notes),
    )


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
