"""A report and a copy of it in another form, such as its PDF: what the copy certainly says otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rpa.forms.formats import parse_moment
from rpa.forms.schema import escape
from rpa.report import Problem, ProblemKind, Report

_BRITAIN = ZoneInfo("Europe/London")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_ONLY_THERE = "Only the copy of this report in another form, such as a PDF, has an answer."
_SAID = "The copy of this report in another form, such as a PDF, has another answer."
READ_FROM = "read-from"
"""The rule of the note that says where in a document an answer was read: `before` has its file, page and label."""
_MOST_ITEMS = 50  # of a list that is compared item by item


def is_from_document(report: Report) -> bool:
    """Whether the report was read from a document that people read, by its labels."""
    return any(note.rule == READ_FROM for note in report.notes)


def has_all_of(data: Any, copy: Any, notes: Iterable[Mapping[str, Any]]) -> bool:
    """Whether `data` has every answer of a copy that was certainly read from a document, by the copy's notes as
    they are stored."""
    read = {note["pointer"] for note in notes if note["rule"] == READ_FROM}
    walked = _walk(data, copy, "", "")
    return all(is_same(each.original, each.value) for each in walked if each.pointer in read)


def differences(report: Report, copy: Report) -> tuple[Problem, ...]:
    """What a copy certainly says otherwise: a problem for each such answer, in the copy's order. What the copy
    lacks, or says beside the form's questions, is no difference; nor is spacing, or how a line was broken."""
    questions = {answer.pointer: answer.question for answer in copy.answers}
    found: list[Problem] = []
    for place in _places(report.data, copy):
        if not is_same(place.original, place.value) and (place.original is not None or not _in_item(place)):
            question = questions.get(place.pointer) or questions.get(f"{place.pointer}/0", "")
            said = _ONLY_THERE if place.original is None else _SAID
            found.append(Problem(ProblemKind.DIFFERS, place.original_pointer, question, said))
    return tuple(found)


def _in_item(place: _Place) -> bool:
    """Whether it is in an item of a list, of which it is not certain enough that it is that item."""
    return any(part.isdecimal() for part in place.pointer.split("/"))


def is_contained(copy: Report, data: Mapping[str, Any]) -> bool:
    """Whether every answer that a copy certainly has is in `data` with the same value."""
    return all(is_same(place.original, place.value) for place in _places(data, copy))


@dataclass(frozen=True, slots=True)
class _Place:
    """An answer of a copy, and what the original has in its place (None: nothing)."""

    pointer: str
    value: Any
    original_pointer: str
    original: Any


def _places(data: Mapping[str, Any], copy: Report) -> Iterator[_Place]:
    """Every answer that a copy certainly has; several options of one question are one answer."""
    known = {answer.pointer for answer in copy.answers if answer.known} - copy.unfit
    read = {note.pointer for note in copy.notes if note.rule == READ_FROM}
    for place in _walk(data, copy.data, "", ""):
        is_list = isinstance(place.value, list)
        certain = f"{place.pointer}/0" in known if is_list else place.pointer in known
        if certain and (not read or place.pointer in read):
            yield place


def _walk(original: Any, copy: Any, original_pointer: str, pointer: str) -> Iterator[_Place]:
    if isinstance(copy, Mapping):
        for key, value in copy.items():
            step = f"/{escape(str(key))}"
            inner = original.get(key) if isinstance(original, Mapping) else None
            yield from _walk(inner, value, original_pointer + step, pointer + step)
    elif isinstance(copy, list) and copy and isinstance(copy[0], Mapping):
        items = original if isinstance(original, list) else []
        for number, (at, value) in enumerate(zip(_meant(items, copy), copy, strict=True)):
            inner = items[at] if at < len(items) else None
            yield from _walk(inner, value, f"{original_pointer}/{at}", f"{pointer}/{number}")
    else:
        yield _Place(pointer, copy, original_pointer, original)


def _meant(items: Sequence[Any], copies: Sequence[Any]) -> list[int]:
    """For each item of a copy the one that it is a copy of. A copy may lack items: those after it have other
    numbers then, and each is taken for the one with which it has most answers in common."""
    if len(items) == len(copies) or len(items) > _MOST_ITEMS:
        return list(range(len(copies)))
    found: list[int] = []
    for copy in copies:
        left = range(found[-1] + 1 if found else 0, len(items))
        common = {at: _in_common(items[at], copy) for at in left}
        found.append(max(common, key=lambda at: (common[at], -at)) if common else len(items) + len(found))
    return found


def _in_common(original: Any, copy: Any) -> int:
    return sum(is_same(place.original, place.value) for place in _walk(original, copy, "", ""))


def is_same(original: Any, value: Any) -> bool:
    """Whether two values are one answer. A printed time has no seconds, and may be in British time."""
    if isinstance(original, list) and isinstance(value, list):
        return sorted(map(_plain, original)) == sorted(map(_plain, value))
    if _plain(original) == _plain(value):
        return True
    moments = (_minutes(original), _minutes(value))
    return bool(moments[0] & moments[1])


def _plain(value: Any) -> str:
    """A value without white space, which wrapping changes."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return re.sub(r"\s+", "", text)


def _minutes(value: Any) -> set[datetime]:
    """The minutes that a date with a time may mean: without an offset, in UTC or in British time."""
    moment = parse_moment(value) if isinstance(value, str) else None
    if moment is None:
        return set()
    zones = (UTC,) if _OFFSET.search(value) else (UTC, _BRITAIN)
    meant = [moment if len(zones) == 1 else moment.replace(tzinfo=zone) for zone in zones]
    return {each.astimezone(UTC).replace(second=0, microsecond=0) for each in meant}
