"""A report and a copy of it in another form, such as its PDF: what the copy certainly says otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rpa.forms.formats import parse_moment
from rpa.report import Answer, Problem, ProblemKind, Report

_BRITAIN = ZoneInfo("Europe/London")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_SAID = "The copy of this report in another form, such as a PDF, has another answer."
_READ_FROM = "read-from"


def differences(report: Report, copy: Report) -> tuple[Problem, ...]:
    """What a copy certainly says otherwise: a problem for each such answer, in the copy's order. What the
    copy lacks, or says beside the form's questions, is no difference; nor is spacing, or how a line was
    broken."""
    unfit = copy.unfit
    certain = {note.pointer for note in copy.notes if note.rule == _READ_FROM}
    found: dict[str, Problem] = {}
    for pointer, question, value in _answers(copy):
        if pointer in unfit or (certain and pointer not in certain):
            continue
        original = _at(report.data, pointer)
        if original is not None and not _same(original, value):
            found.setdefault(pointer, Problem(ProblemKind.DIFFERS, pointer, question, _SAID))
    return tuple(found.values())


def is_contained(copy: Report, data: Mapping[str, Any]) -> bool:
    """Whether every answer that a copy certainly has is in `data` with the same value."""
    certain = {note.pointer for note in copy.notes if note.rule == _READ_FROM}
    for pointer, _, value in _answers(copy):
        if pointer in copy.unfit or (certain and pointer not in certain):
            continue
        if not _same(_at(data, pointer), value):
            return False
    return True


def _answers(copy: Report) -> Iterator[tuple[str, str, Any]]:
    """(pointer, question, value) of what is certain; several options of one question together."""
    lists: dict[str, list[Answer]] = {}
    for answer in copy.answers:
        if not answer.known:
            continue
        above, _, last = answer.pointer.rpartition("/")
        if last.isdecimal() and isinstance(_at(copy.data, above), list):
            lists.setdefault(above, []).append(answer)
        else:
            yield answer.pointer, answer.question, answer.value
    for pointer, answers in lists.items():
        yield pointer, answers[0].question, [answer.value for answer in answers]


def _same(original: Any, value: Any) -> bool:
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


def _at(data: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, Mapping):
            data = data.get(key)
        else:
            data = (
                data[int(key)]
                if isinstance(data, list) and key.isdecimal() and int(key) < len(data)
                else None
            )
    return data
