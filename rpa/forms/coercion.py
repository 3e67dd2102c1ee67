"""One answer, as it arrived -> the answer its question asks for, by steps that each have a name.

A step that is not certain what was meant returns the answer unchanged, and the validator reports it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from rpa.forms.formats import FORMATS
from rpa.forms.schema import Node

Scalar: TypeAlias = str | int | float | bool | None
Step: TypeAlias = Callable[[Node, Scalar], Scalar]

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BREAK = re.compile(r"\r\n?|[\x0b\x0c]")
_NUMBER = re.compile(r"£?\s*(-?(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.[0-9]{1,10})?)")
_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "yes": True, "false": False, "no": False}


def coerce(node: Node, value: Scalar) -> Iterator[tuple[str, Scalar]]:
    """Every change on the way from `value` to what the question `node` asks for: (rule, the answer after it).

    Yields nothing for an answer that is right already. Blank text becomes "".
    """
    for rule, step in _STEPS:
        changed = step(node, value)
        if changed != value or type(changed) is not type(value):
            value = changed
            yield rule, value


def _decoded(_: Node, value: Scalar) -> Scalar:
    if isinstance(value, str) and "&" in value:
        return _ENTITY.sub(_character, value)
    return value


@lru_cache(maxsize=2048)
def _unescaped(entity: str) -> str:
    return html.unescape(entity)


def _character(entity: re.Match[str]) -> str:
    return _unescaped(entity[0])


def _printable(_: Node, value: Scalar) -> Scalar:
    return _CONTROL.sub("", value) if isinstance(value, str) else value


def _line_ends(_: Node, value: Scalar) -> Scalar:
    return _BREAK.sub("\n", value) if isinstance(value, str) else value


def _trimmed(_: Node, value: Scalar) -> Scalar:
    return value.strip() if isinstance(value, str) else value


def _boolean(node: Node, value: Scalar) -> Scalar:
    if node.type == "boolean" and isinstance(value, str):
        return _BOOLEANS.get(value.casefold(), value)
    return value


def _number(node: Node, value: Scalar) -> Scalar:
    """Whole numbers as int, so that 450, 450.0, "450" and "£450.00" are one answer."""
    if node.type not in ("integer", "number") or isinstance(value, bool):
        return value
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        return _plain(Decimal(match[1].replace(",", ""))) if match else value
    return _plain(Decimal(repr(value))) if isinstance(value, float) else value


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _said(node: Node, value: Scalar) -> Scalar:
    """A number or a boolean where text is expected, as the person would have written it."""
    if node.type != "string" or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return format(_plain(Decimal(repr(value))), "")
    return str(value) if isinstance(value, int) else value


def _option(node: Node, value: Scalar) -> Scalar:
    if node.codes is not None and isinstance(value, str):
        return node.codes.identify(value) or value
    return value


def _formatted(node: Node, value: Scalar) -> Scalar:
    if node.format and node.format in FORMATS and isinstance(value, str) and value:
        return FORMATS[node.format].tidy(value)
    return value


_STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("html-decoded", _decoded),
    ("line-ends", _line_ends),
    ("control-characters-removed", _printable),
    ("trimmed", _trimmed),
    ("boolean-from-text", _boolean),
    ("number-tidied", _number),
    ("text-from-value", _said),
    ("option-from-text", _option),
    ("format-tidied", _formatted),
)
