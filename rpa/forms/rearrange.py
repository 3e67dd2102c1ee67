"""Answers that arrive in another place than the form has them: moved to where they belong, and noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rpa.forms.formats import split_moment
from rpa.forms.normalise import Findings, words
from rpa.forms.schema import escape
from rpa.report import Problem, ProblemKind

_BLANKS: tuple[object, ...] = (None, "", [], {})


def lift(document: Mapping[str, Any], under: str, findings: Findings) -> dict[str, Any]:
    """The document with the envelope part `under` lifted to its top.

    A key that is at the top too, with another value, stays below: we report it and do not choose between the two.
    """
    part = document.get(under)
    if not isinstance(part, Mapping):
        return dict(document)
    top = {key: value for key, value in document.items() if key != under}
    below: dict[str, Any] = {}
    for key, value in part.items():
        if key == under:  # the part's own name cannot be lifted: the part would take its place
            below[key] = value
        elif top.get(key) in _BLANKS or top[key] == value:
            top[key] = value
        elif value not in _BLANKS:
            below[key] = value
            message = (
                f"This was sent twice, at the top of the report and under {under}, and the two are different."
            )
            findings.problems.append(
                Problem(ProblemKind.INVALID, f"/{under}/{escape(key)}", words(key), message)
            )
    findings.note("envelope-lifted", f"/{under}", sorted(map(str, part)), under)
    return top | ({under: below} if below else {})


def move(
    document: dict[str, Any],
    keys: Iterable[str],
    places: Iterable[str],
    target: tuple[str, str | None],
    findings: Findings,
) -> None:
    """Move each of `keys` from a part in `places` ("" is the top) into the target part, where it has room.

    `target` is the part's key, and the question that a bare value in its place answers, if there is one. Only
    `document` itself is changed, not the parts in it: those are the sender's.
    """
    wanted = tuple(keys)
    into, bare = target
    if bare and isinstance(document.get(into), str | bool | int) and any(key in document for key in wanted):
        document[into] = {bare: document[into]}
    for place in places:
        for key in wanted:
            source = document.get(place) if place else document
            if (
                not isinstance(source, Mapping)
                or source.get(key) in _BLANKS
                or not _room(document, into, key)
            ):
                continue
            value = source[key]
            if place:
                document[place] = {name: one for name, one in source.items() if name != key}
            else:
                del document[key]
            document[into] = {**(document.get(into) or {}), key: value}
            findings.note("part-moved", f"/{into}/{key}", f"{place}/{key}", f"{into}/{key}")


def _room(document: Mapping[str, Any], into: str, key: str) -> bool:
    target = document.get(into)
    return target in _BLANKS or (isinstance(target, Mapping) and target.get(key) in _BLANKS)


def part_time(data: dict[str, Any], date: Sequence[str], time: Sequence[str], findings: Findings) -> None:
    """Split a date that arrived with a time of day. The time becomes the answer at `time`, unless another answer
    is there. In that case nothing changes, and the validator reports the date."""
    value, known = _at(data, date), _at(data, time)
    parts = split_moment(value) if isinstance(value, str) else None
    if parts is None or parts[1] is None or known not in (None, parts[1]):
        return
    _set(data, date, parts[0])
    _set(data, time, parts[1])
    findings.note("date-and-time-split", "/" + "/".join(date), value, [parts[0], parts[1]])


def _at(data: object, path: Sequence[str]) -> object:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _set(data: dict[str, Any], path: Sequence[str], value: str) -> None:
    for key in path[:-1]:
        data = data.setdefault(key, {})
    data[path[-1]] = value
