"""Corrections: what a person changes in a report, laid over it. The document that arrived never changes.

A correction names answers by their JSON Pointers as the report shows them. It changes the normalised data, and the
result is understood from the start: a corrected answer meets every rule that it would have met on arrival.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from rpa.errors import ReportError
from rpa.forms.labels.report import is_of_reading
from rpa.forms.loading import Form
from rpa.forms.schema import UNKNOWN, UNKNOWN_PART, Node, unescape
from rpa.forms.understanding import is_recognised, understand
from rpa.report import Change, Note, Problem, Report, Submission

CORRECTED = "corrected"
"""The rule of the note that a corrected answer leaves."""
MOST_CHANGES = 100
MOST_CHARACTERS = 100_000  # of one answer
_MOST_POINTER = 500
_MOST_ITEMS = 1000
_NOTHING: Final = object()


class WrongCorrection(ReportError):  # noqa: N818 - says what the correction is
    """A correction does not fit the report. The message names the place and the remedy, never an answer.

    `pointer`: the change that does not fit; empty where it is the correction as a whole. `done`: the report says
    already what it is to say.
    """

    def __init__(self, message: str, pointer: str = "", *, done: bool = False) -> None:
        self.pointer, self.done = pointer, done
        super().__init__(message)


def in_full(report: Report, changes: Sequence[Change], forms: Mapping[str, Form]) -> list[Change]:
    """The changes as they are kept: a text where the question asks for something else is read as JSON, and each
    has what was in its place before. Raises `WrongCorrection` for what is not a pointer."""
    node = _node_of(report, forms)
    return [
        Change(change.pointer, _meant(node, change), _before(report.data, _parts(change.pointer)))
        for change in changes
    ]


def _meant(node: Node, change: Change) -> Any:
    """A text is that text where the form asks for one, or does not know the question. Otherwise it is JSON where
    it can be; null is no answer, and an answer is removed by its own change."""
    for part in _parts(change.pointer):
        node = node.step(part)
    if not isinstance(change.value, str) or node.type in ("string", "any"):
        return change.value
    try:
        meant = json.loads(change.value)
    except (ValueError, RecursionError):
        return change.value
    return change.value if meant is None else meant


def _before(data: Any, parts: Sequence[str]) -> str:
    return _json(_at(data, parts))


def corrected(
    report: Report, changes: Sequence[Change], forms: Mapping[str, Form], submission: Submission
) -> Report:
    """The report as a person corrected it, understood again. No changes: the same report.

    Each changed answer has a note of the rule `CORRECTED`. The identity stays that of what arrived. Pointers mean
    the report before the correction: answers are set first, then removed. Raises `WrongCorrection`.
    """
    if not changes:
        return report
    _check(changes)
    data, node = deepcopy(dict(report.data)), _node_of(report, forms)
    notes = [_apply(node, data, change) for change in _in_order(changes)]
    again = understand(data, forms, submission=submission, given=_as_given(report, forms))
    return replace(
        again,
        identity=report.identity,
        submission_id=report.submission_id,
        reference=report.reference,
        problems=(*_of_reading(report, again), *again.problems),
        notes=(*report.notes, *notes, *again.notes),
    )


def _of_reading(report: Report, again: Report) -> Iterator[Problem]:
    """What is still to be said of how the document was read: all but the places that have an answer now."""
    for problem in report.problems:
        answered = problem.pointer and _at(again.data, _parts(problem.pointer)) is not _NOTHING
        if is_of_reading(problem) and not answered:
            yield problem


def _at(data: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        data = _found(data, part)
    return data


def _as_given(report: Report, forms: Mapping[str, Form]) -> tuple[str, int] | None:
    """The form of a report whose content does not say which it is: it was given when the report was read."""
    if report.form is None or report.form_version is None or is_recognised(report.data, forms):
        return None
    return report.form, report.form_version


def _node_of(report: Report, forms: Mapping[str, Form]) -> Node:
    form = forms.get(report.form or "")
    version = form.versions.get(report.form_version or 0) if form else None
    return version.node if version else UNKNOWN_PART


def _check(changes: Sequence[Change]) -> None:
    """Refuse what no report can take, before one is looked at."""
    if len(changes) > MOST_CHANGES:
        raise WrongCorrection(
            f"{len(changes)} changes are too many for one correction. Make at most {MOST_CHANGES}"
        )
    seen: list[list[str]] = []
    for change in changes:
        parts = _parts(change.pointer)
        for other in seen:
            if parts[: len(other)] == other or other[: len(parts)] == parts:
                raise _wrong(change.pointer, "it is changed twice", "Change each place once")
        seen.append(parts)
        if change.value is not None:
            _check_value(change.pointer, change.value)


def _parts(pointer: str) -> list[str]:
    if len(pointer) > _MOST_POINTER:
        raise WrongCorrection(f"a pointer is longer than {_MOST_POINTER} characters")
    if not pointer.startswith("/") or pointer == "/":
        raise _wrong(pointer, "this is not the JSON Pointer of an answer", "Write it like /part/question")
    return [unescape(part) for part in pointer.split("/")[1:]]


def _check_value(pointer: str, value: object) -> None:
    items = value if isinstance(value, list) else [value]
    if not items or len(items) > _MOST_ITEMS:
        raise _wrong(pointer, "this list is empty or too long", "Remove the answer, or give fewer options")
    for item in items:
        if not isinstance(item, str | int | float | bool):
            raise _wrong(
                pointer, "this cannot be an answer", "Give a text, a number, true or false, or options"
            )
        text = str(item)
        if not text.strip():
            raise _wrong(pointer, "this is blank", "Remove the answer instead")
        if len(text) > MOST_CHARACTERS:
            raise _wrong(pointer, "this is too long", f"Give at most {MOST_CHARACTERS} characters")
        if item in (float("inf"), float("-inf")) or item != item or not _is_text(text):
            raise _wrong(pointer, "this cannot be kept", "Give plain text or a plain number")


def _is_text(text: str) -> bool:
    """Whether it has no half of a character."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _in_order(changes: Sequence[Change]) -> Iterator[Change]:
    """Set in the order given; then remove from the end, so that no item moves before its turn."""
    yield from (change for change in changes if change.value is not None)
    removed = (change for change in changes if change.value is None)
    yield from sorted(removed, key=lambda change: _position(change.pointer), reverse=True)


def _position(pointer: str) -> list[tuple[bool, int, str]]:
    parts = _parts(pointer)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def _apply(node: Node, data: Any, change: Change) -> Note:
    """Change `data` in place; returns the note of it. The place must say what it said when it was corrected."""
    *above, last = _parts(change.pointer)
    for part in above:
        data = _below(node, data, part, change)
        node = node.step(part)
    before = _json(_found(data, last))
    if change.value is None:
        _remove(data, last, change)
    else:
        _set(node, data, last, change)
    if change.before not in ("", before):
        raise _wrong(
            change.pointer, "this says something else than when it was corrected", "Correct it again"
        )
    return Note(CORRECTED, change.pointer, before, _json(change.value))


def _below(node: Node, data: Any, part: str, change: Change) -> Any:
    """The part or list at `part` of `data`, made where the form knows it and an answer is to be added."""
    found = _found(data, part)
    if found is _NOTHING and change.value is not None:
        child = node.step(part)
        if child.type in ("object", "array"):
            found = {} if child.type == "object" else []
            _put(node, data, part, found, change)
    if found is _NOTHING:
        raise _missing(change.pointer)
    if not isinstance(found, dict | list):
        raise _wrong(change.pointer, "an answer stands where a part is meant", "Correct that answer")
    return found


def _set(node: Node, data: Any, part: str, change: Change) -> None:
    child, found = node.step(part), _found(data, part)
    of_parts = child.items is not None and child.items.type in ("object", "array")
    holds_parts = isinstance(found, dict) or (isinstance(found, list) and child.type != "array")
    if child.type == "object" or of_parts or holds_parts:
        raise _wrong(change.pointer, "this is a part and not an answer", "Change the answers in it")
    if isinstance(change.value, list) and child.type != "array":
        raise _wrong(change.pointer, "this question takes one answer", "Give one value")
    if found is not _NOTHING and found == change.value and type(found) is type(change.value):
        said = f"{change.pointer}: this is what it says already. Leave it out of the correction"
        raise WrongCorrection(said, change.pointer, done=True)
    _put(node, data, part, change.value, change)


def _put(node: Node, data: Any, part: str, value: Any, change: Change) -> None:
    if isinstance(data, dict):
        if part not in data and node.step(part) is UNKNOWN:
            raise _missing(change.pointer)
        data[part] = value
    elif not part.isdecimal() or int(part) > len(data) or node.items is None:
        raise _wrong(
            change.pointer, "there is no such item", f"Change one of 0 to {len(data) - 1}, or add {len(data)}"
        )
    elif int(part) == len(data):
        data.append(value)
    else:
        data[int(part)] = value


def _remove(data: Any, part: str, change: Change) -> None:
    if _found(data, part) is _NOTHING:
        raise _missing(change.pointer)
    del data[int(part) if isinstance(data, list) else part]


def _found(data: Any, part: str) -> Any:
    if isinstance(data, dict):
        return data.get(part, _NOTHING)
    there = isinstance(data, list) and part.isdecimal() and int(part) < len(data)
    return data[int(part)] if there else _NOTHING


def _missing(pointer: str) -> WrongCorrection:
    said = "neither the report nor its form has this"
    return _wrong(pointer, said, "Take the pointer from `rpa report REF --json`")


def _wrong(pointer: str, said: str, remedy: str) -> WrongCorrection:
    return WrongCorrection(f"{pointer}: {said}. {remedy}", pointer)


def _json(value: object) -> str:
    return json.dumps(None if value is _NOTHING else value, ensure_ascii=False)
