"""The document as it arrived -> the document as the form's schema means it. Pure: data in, data and notes out.

Every change is noted, and nothing is lost: what does not fit the form's shape stays as it arrived, and the
validator reports it. Blanks (empty text, null, empty lists and objects) are not answers and are removed without a
note.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rpa.forms.coercion import coerce
from rpa.forms.schema import UNKNOWN, Node, escape
from rpa.report import Note, Problem, ProblemKind

BLANK: Final = object()  # the value of an empty answer; never part of the result


@dataclass
class Findings:
    """What normalising changed and what it could not settle."""

    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def note(self, rule: str, pointer: str, before: object, after: object) -> None:
        """Record one change."""
        self.notes.append(Note(rule, pointer, _json(before), _json(after)))


def normalise(node: Node, value: object, findings: Findings, pointer: str = "") -> Any:
    """`value` in the shape that `node` asks for, or BLANK; changes and conflicts are added to `findings`."""
    if node.type == "object":
        return _part(node, value, findings, pointer)
    if node.type == "array":
        return _repeated(node, value, findings, pointer)
    if isinstance(value, Mapping | list | tuple):
        return _unwrapped(node, value, findings, pointer)
    return _answer(node, value, findings, pointer)


_NUMBERED = re.compile(r"(\w{1,100}) (\d{1,3})")  # a part of which there is one more than the form has


def words(key: str) -> str:
    """A key split into words, to be the question of an answer that the form does not know: `petName` -> "Pet
    name". What has spaces is a label that was printed, and stays as it is."""
    if numbered := _NUMBERED.fullmatch(key):
        return f"{words(numbered[1])} {numbered[2]}"
    if " " in key.strip():
        said = " ".join(key.split())
        return said[:1].upper() + said[1:]
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-.]+", " ", key)
    text = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in spaced.split())
    return text[:1].upper() + text[1:] or "A question without a name"


def _part(node: Node, value: object, findings: Findings, pointer: str) -> Any:
    if isinstance(value, Mapping):
        return _object(node, value, findings, pointer)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
        findings.note("part-from-list", pointer, value, value[0])
        return _object(node, value[0], findings, pointer)
    if node.bare is not None and not isinstance(value, list):
        inner = normalise(node.properties[node.bare], value, findings, f"{pointer}/{escape(node.bare)}")
        if inner is not BLANK:
            findings.note("part-from-value", pointer, value, {node.bare: inner})
            return {node.bare: inner}
    return normalise(UNKNOWN, value, findings, pointer)


def _object(node: Node, value: Mapping[str, Any], findings: Findings, pointer: str) -> Any:
    """Known questions first, in the form's order, and after them the questions that the form does not know."""
    arrived: dict[str, list[str]] = {}
    for key in value:
        name = node.key(key)
        if name is not None:
            arrived.setdefault(name, []).append(key)
    result: dict[str, Any] = {}
    left = {key: value[key] for key in value if node.key(key) is None}
    for name, child in node.properties.items():
        if name in arrived:
            left |= _named(child, name, {key: value[key] for key in arrived[name]}, result, findings, pointer)
    for key, unknown in left.items():
        inner = normalise(UNKNOWN, unknown, findings, f"{pointer}/{escape(key)}")
        if inner is not BLANK:
            result[key] = inner
    return result or BLANK


def _named(
    child: Node,
    name: str,
    values: Mapping[str, object],
    result: dict[str, Any],
    findings: Findings,
    pointer: str,
) -> dict[str, object]:
    """Put the answer to one question into `result`. It may have arrived under several names: equal answers are
    merged. If answers differ, the one under the form's own name is kept, and the others are returned as a
    conflict."""
    place = f"{pointer}/{escape(name)}"
    keys = sorted(values, key=lambda key: key != name)
    conflicts: dict[str, object] = {}
    for key in keys:
        inner = normalise(child, values[key], findings, place)
        if inner is BLANK:
            continue
        if name not in result:
            result[name] = inner
            if key != name:
                findings.note("key-renamed", place, key, name)
        elif result[name] == inner:
            findings.note("same-answer-twice", place, [name, key], name)
        else:
            conflicts[key] = values[key]
            findings.problems.append(_conflict(child, name, key, place))
    return conflicts


def _conflict(child: Node, name: str, key: str, place: str) -> Problem:
    message = f"This was answered twice, under the names {name} and {key}, and the answers are different."
    return Problem(ProblemKind.INVALID, place, child.title or words(name), message)


def _repeated(node: Node, value: object, findings: Findings, pointer: str) -> Any:
    item = node.items or UNKNOWN
    if not isinstance(value, list | tuple):
        inner = normalise(item, value, findings, f"{pointer}/0")
        if inner is BLANK:
            return BLANK
        findings.note("list-from-single-value", pointer, value, [inner])
        return [inner]
    result: list[Any] = []
    for one in value:
        inner = normalise(item, one, findings, f"{pointer}/{len(result)}")
        if inner is not BLANK:
            result.append(inner)
    return result or BLANK


def _unwrapped(node: Node, value: Mapping[str, Any] | Sequence[Any], findings: Findings, pointer: str) -> Any:
    """A part or a list where one answer is expected: that answer if it holds just one, else the value as it
    arrived."""
    inner: Any = BLANK
    if isinstance(value, Mapping):
        result = {
            key: normalise(UNKNOWN, one, findings, f"{pointer}/{escape(key)}") for key, one in value.items()
        }
        kept: Any = {key: one for key, one in result.items() if one is not BLANK} or BLANK
        if (
            kept is not BLANK
            and set(kept) <= {"dateFrom", "dateTo"}
            and len(set(map(_json, kept.values()))) == 1
        ):
            inner = next(iter(kept.values()))
    else:
        kept = _repeated(Node("", "array", items=UNKNOWN), value, findings, pointer)
        if kept is not BLANK and len(kept) == 1:
            inner = kept[0]
    if inner is BLANK or node.type == "any" or isinstance(inner, Mapping | list):
        return kept
    findings.note("value-from-" + ("range" if isinstance(value, Mapping) else "list"), pointer, value, inner)
    return normalise(node, inner, findings, pointer)


def _answer(node: Node, value: Any, findings: Findings, pointer: str) -> Any:
    if value is None or value == "":
        return BLANK
    changes: list[tuple[str, Any, Any]] = []
    settled = value
    for rule, changed in coerce(node, value):
        changes.append((rule, settled, changed))
        settled = changed
    if settled == "":
        return BLANK
    for rule, before, after in changes:
        findings.note(rule, pointer, before, after)
    return settled


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
