"""The leaves of a normalised report, in the form's own order, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rpa.forms.formats import FORMATS
from rpa.forms.normalise import words
from rpa.forms.schema import UNKNOWN, Node, escape
from rpa.report import Answer


def answers(node: Node, value: Any, pointer: str = "", section: tuple[str, ...] = ()) -> Iterator[Answer]:
    """Every leaf below `value`, once: known questions in the form's order, unknown ones last in their part."""
    if isinstance(value, Mapping):
        yield from _part(node, value, pointer, section)
    elif isinstance(value, list):
        yield from _repeated(node, value, pointer, section)
    else:
        known = node.type not in ("any", "object", "array")
        yield Answer(pointer, section, node.title, value, read(node, value), known)


def read(node: Node, value: str | int | float | bool) -> str:
    """An answer as a person reads it: the option's text, Yes or No, "1 February 1980"."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str) and node.codes is not None:
        return node.codes.options.get(value, value)
    if isinstance(value, str) and node.format and node.format in FORMATS:
        return FORMATS[node.format].read(value)
    return str(value)


def _part(node: Node, value: Mapping[str, Any], pointer: str, section: tuple[str, ...]) -> Iterator[Answer]:
    known = [key for key in node.properties if key in value]
    for key in [*known, *(key for key in value if key not in node.properties)]:
        child = node.properties.get(key) or Node(words(key), "any")
        inner = value[key]
        inside = section
        if isinstance(inner, Mapping):
            inside = (*section, child.title)
        yield from answers(child, inner, f"{pointer}/{escape(key)}", inside)


def _repeated(node: Node, value: list[Any], pointer: str, section: tuple[str, ...]) -> Iterator[Answer]:
    item = node.items or Node(node.title, "any")
    for position, inner in enumerate(value):
        inside = section
        if isinstance(inner, Mapping):
            inside = (*section, f"{item.title or node.title} {position + 1}")
        yield from answers(item, inner, f"{pointer}/{position}", inside)


def question(node: Node, pointer: str) -> str:
    """The question at a JSON Pointer: its title, or its key in words when the form does not know it."""
    last = ""
    for part in pointer.split("/")[1:]:
        node, last = node.step(part), part if not part.isdigit() else last
    return node.title if node is not UNKNOWN and node.title else words(last)
