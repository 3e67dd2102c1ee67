"""A JSON document, read strictly and within limits, from any bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rpa.documents.decoded import marked
from rpa.documents.sdm import is_sdm
from rpa.documents.size import FILE_CONTENT, Unreadable, check_size
from rpa.identifiers import is_identifier
from rpa.report import Note, Problem, ProblemKind

MOST_BYTES = 10 * 1024 * 1024  # without the files that stand in it
MOST_WITH_FILES = 40 * 1024 * 1024
MOST_DEPTH = 64
MOST_TWICE = 100
_MOST_FIGURES = 40

# A string is matched whole, closed or not: starting again at each of its quotes would take quadratic time.
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_FILE = re.compile(rb'"%s"\s*:\s*"[A-Za-z0-9+/=\\\s]*+"' % FILE_CONTENT.encode())
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Document:
    """The document, and what was noted while reading it."""

    value: Any
    problems: tuple[Problem, ...] = ()  # of the keys in `twice`, in their order
    notes: tuple[Note, ...] = ()
    twice: tuple[
        str, ...
    ] = ()  # keys with two answers that differ: the second stands under the key and a number


@dataclass
class _Twice:
    """Keys that were in one object twice."""

    same: set[str] = field(default_factory=set)
    different: list[str] = field(default_factory=list)


def is_json(content: bytes) -> bool:
    """Whether bytes are read as JSON whatever else they may be, by their first character. Where it is true no code
    that is not Python reads them."""
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] in (b"{", b"[") and not start.startswith(b"{\\rtf")


def parse(content: bytes) -> Document:
    """The document in `content` (UTF-8, or UTF-8/16/32 with a byte order mark; up to 10 MB, and 40 MB with the
    files that stand in it; 64 deep).

    Raises `Unreadable` with a plain sentence, and no other error, for everything else.
    """
    _check_bytes(content)
    text, notes = _decode(content)
    if not text.strip():
        raise Unreadable("The file is empty.")
    _check_depth(text)
    twice = _Twice()
    value = _parse(text, twice)
    check_size(value, files=is_sdm(value))
    _check_text(text, value)
    return Document(
        value,
        tuple(_duplicate(key) for key in twice.different),
        (
            *notes,
            *(Note("key-sent-twice", "", json.dumps(key), json.dumps(key)) for key in sorted(twice.same)),
        ),
        tuple(twice.different),
    )


def _check_bytes(content: bytes) -> None:
    if len(content) <= MOST_BYTES:
        return
    if len(content) > MOST_WITH_FILES:
        raise Unreadable(f"The file is larger than {MOST_WITH_FILES // 1024 // 1024} MB.")
    if len(content) - sum(len(each[0]) for each in _FILE.finditer(content)) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")


def _decode(content: bytes) -> tuple[str, list[Note]]:
    encoding, mark = marked(content) or ("utf-8", 0)
    try:
        text = content[mark:].decode(encoding)
    except UnicodeDecodeError as error:
        said = f"The file is not {encoding.upper()} text: it is invalid from byte {error.start + mark + 1}."
        raise Unreadable(said) from None
    if encoding == "utf-8":
        return text, []
    return text, [Note("encoding", "", json.dumps(encoding), json.dumps("utf-8"))]


def _check_depth(text: str) -> None:
    """Checked before parsing, as the parser fails on a deep document in its own way."""
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        if bracket[0] in "[{":
            depth += 1
            if depth > MOST_DEPTH:
                raise Unreadable(
                    f"The document is nested more than {MOST_DEPTH} deep.{_at(text, bracket.start())}"
                )
        elif bracket[0] in "]}":
            depth -= 1


def _parse(text: str, twice: _Twice) -> Any:
    try:
        return json.loads(
            text,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
            object_pairs_hook=lambda pairs: _object(pairs, twice),
        )
    except json.JSONDecodeError as error:
        cut = " It may have been cut off." if error.pos >= len(text.rstrip()) else ""
        raise Unreadable(f"The file is not JSON.{_at(text, error.pos)}{cut}") from None
    except RecursionError:
        raise Unreadable(f"The document is nested more than {MOST_DEPTH} deep.") from None


def _at(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f" Line {line}, column {column}."


def _whole(digits: str) -> int:
    if len(digits) > _MOST_FIGURES:
        raise Unreadable(f"The document has a number with more than {_MOST_FIGURES} digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    if len(digits) > _MOST_FIGURES:
        raise Unreadable(f"The document has a number with more than {_MOST_FIGURES} digits.")
    value = float(digits)
    if value in (float("inf"), float("-inf")) or (value == 0 and Decimal(digits) != 0):
        raise Unreadable("The document has a number that is too large or too small to store.")
    return value


def _constant(name: str) -> Any:
    raise Unreadable(f"The document contains {name}, which is not JSON.")


def _object(pairs: Iterable[tuple[str, Any]], twice: _Twice) -> dict[str, Any]:
    """An object that keeps a second answer under one key too, under the key with a number after it."""
    result: dict[str, Any] = {}
    numbers: dict[
        str, int
    ] = {}  # the last one tried for each key: trying all again would take quadratic time
    for key, value in pairs:
        if key not in result:
            result[key] = value
        elif result[key] == value and type(result[key]) is type(value):
            twice.same.add(key)
        elif len(twice.different) == MOST_TWICE:
            raise Unreadable(f"The document has two different answers in more than {MOST_TWICE} places.")
        else:
            twice.different.append(key)
            number = numbers.get(key, 1) + 1
            while f"{key} ({number})" in result:
                number += 1
            numbers[key] = number
            result[f"{key} ({number})"] = value
    return result


def _duplicate(key: str) -> Problem:
    shown = key if is_identifier(key) else "one of its questions"
    message = f"The document has two different answers to {shown} in the same part."
    return Problem(ProblemKind.INVALID, "", "The whole report", message)


def _check_text(text: str, value: Any) -> None:
    """Half a surrogate pair is not a character: it cannot be stored, shown or keyed."""
    if "\\u" not in text:
        return
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            pending.extend([*one.keys(), *one.values()])
        elif isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, str) and _LONE_SURROGATE.search(one):
            raise Unreadable("The document contains half a character (a lone surrogate).")
