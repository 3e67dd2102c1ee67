"""What stands under a label -> the value that its question asks for, where that is certain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rpa.forms.codes import CodeList
from rpa.forms.coercion import coerce
from rpa.forms.formats import FORMATS
from rpa.forms.labels.index import LONG_TEXT
from rpa.forms.schema import Node

_NO_ANSWERS = frozenset(
    {"", "-", "\u2013", "\u2014", "not answered", "no answer", "(not answered)", "(no answer)"}
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL = re.compile(r"[^@\s:]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_HOUR = re.compile(r"(1[0-2]|0?[1-9])\s?([ap]\.?m\.?)", re.IGNORECASE)
_MONTH = re.compile(r"([A-Za-z]{3,9})\.?,?\s+([0-9]{4})")
_MOMENT = re.compile(
    r"(\S[^:]{5,30}?),?\s+(?:at\s+)?([0-9]{1,2}[:.][0-9]{2}(?:\s?[ap]\.?m\.?)?)", re.IGNORECASE
)
_MOST_PIECES = 50  # of a list of options in one text
_MOST_OPTION = 500  # characters


def is_no_answer(text: str) -> bool:
    """Whether a printed form says with it that there is no answer."""
    return text.strip().casefold() in _NO_ANSWERS


def value_of(node: Node, text: str) -> Any:
    """The value for a question: a list of options where it takes several and each is one, else the text, with
    the line breaks and spaces gone that only a narrow column made."""
    text = text.strip()
    if node.items is not None:
        item = node.items
        options = _options(item.codes, text) if item.codes else None
        return options or [_one(item, text)]
    return _one(node, text)


def fits(node: Node, value: Any) -> bool:
    """Whether a value is what its question asks for: an option, a date, a number, text of its length."""
    if node.items is not None:
        return isinstance(value, list) and all(fits(node.items, each) for each in value)
    changes = [value, *(changed for _, changed in coerce(node, value))]
    settled = changes[-1]
    if node.codes is not None:
        return settled in node.codes.options
    match node.type:
        case "boolean":
            return isinstance(settled, bool)
        case "integer" | "number":
            return isinstance(settled, int | float) and not isinstance(settled, bool)
    if not isinstance(settled, str):
        return False
    if node.format and node.format in FORMATS and not FORMATS[node.format].check(settled):
        return False
    return node.max_length is None or len(settled) <= node.max_length


def _written(node: Node, text: str) -> str:
    """A time, a month or a date with a time in the forms in which people write them and data does not."""
    if node.format == "time" and (match := _HOUR.fullmatch(text)):
        return FORMATS["time"].tidy(f"{match[1]}:00{match[2]}")
    if node.format == "month" and (match := _MONTH.fullmatch(text)):
        day = FORMATS["date"].tidy(f"1 {match[1]} {match[2]}")
        return day[:7] if FORMATS["date"].check(day) else text
    if node.format == "date-time" and (match := _MOMENT.fullmatch(text)):
        day, time = FORMATS["date"].tidy(match[1]), FORMATS["time"].tidy(match[2])
        return f"{day}T{time}" if FORMATS["date"].check(day) and FORMATS["time"].check(time) else text
    return text


def _one(node: Node, text: str) -> str:
    wrapped = "\n" not in text
    typed = node.codes is not None or node.format is not None or node.type != "string"
    if typed or (node.max_length or LONG_TEXT) < LONG_TEXT:
        text = _written(node, " ".join(text.split()))
    squeezed = "".join(text.split()) if len(text) < _MOST_OPTION else text
    if wrapped and (_UUID.fullmatch(squeezed) or (node.format == "email" and _EMAIL.fullmatch(squeezed))):
        return squeezed
    return text


def _options(codes: CodeList, text: str) -> list[str] | None:
    """The options that a text lists, if there is exactly one way to read it as options only."""
    if codes.identify(" ".join(text.split())):
        return [" ".join(text.split())]
    for separator in ("\n", ";", ","):
        parts = [part.strip() for part in text.split(separator)]
        if 1 < len(parts) <= _MOST_PIECES and (found := _joined(codes, parts, separator)):
            return found
    return None


def _joined(codes: CodeList, parts: Sequence[str], separator: str) -> list[str] | None:
    """Options may have the separator in them: neighbours are joined where only that makes all of them
    options."""
    ways: list[list[list[str]]] = [[[]]]
    for end in range(1, len(parts) + 1):
        here: list[list[str]] = []
        for start in range(max(0, end - 4), end):
            if not ways[start]:
                continue
            for glue in {f"{separator} ", " "} if end - start > 1 else {""}:
                option = glue.join(parts[start:end]).strip()
                if option and len(option) <= _MOST_OPTION and codes.identify(option):
                    here += [[*way, option] for way in ways[start]]
        ways.append(here[:2])
    return ways[-1][0] if len(ways[-1]) == 1 else None
