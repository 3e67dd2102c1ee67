"""The line in a definition file of a TOML key path or of a JSON Pointer.

It only shows people where a fault is, so both functions return a line for any text: for a path that does not
exist, the line of the nearest place above it. Line 1 means the whole file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import yaml

KeyPath: TypeAlias = tuple[str | int, ...]
"""The path of a key in a TOML document, from the top."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*(?P<keys>[^#]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*(\.|=)?""")


def toml_line(text: str, path: KeyPath) -> int:
    """The line (from 1) of a key path in a TOML text.

    Path parts are keys, and numbers for the tables of an array: ("screen", "Property", "rows", 0). What
    is inside an inline value has the line of its key.
    """
    best, line = 0, 1
    for place, number in _toml_places(text):
        shared = _shared(place, path)
        if shared > best:
            best, line = shared, number
    return line


def spoken(document: Mapping[str, Any], path: KeyPath) -> tuple[str, ...]:
    """A key path as people say it: a table of an array by its `name`, where it has one, and the controls of a
    screen by the screen: ("screen", 0, "controls", "Email") is ("New incident", "Email")."""
    said: list[str] = []
    here: Any = document
    for part in path:
        here = _inside(here, part)
        if isinstance(part, int) and isinstance(here, Mapping) and "name" in here:
            said[-1:] = [str(here["name"])]
        elif not (part == "controls" and len(said) == 1):
            said.append(str(part))
    return tuple(said)


def _inside(here: Any, part: str | int) -> Any:
    try:
        return here[part]
    except (KeyError, IndexError, TypeError):
        return None


def json_line(text: str, pointer: str) -> int:
    """The line (from 1) on which the value at a JSON Pointer (RFC 6901) begins in a JSON text."""
    node, line = _composed(text), 1
    for part in pointer.split("/")[1:]:
        found = _step(node, part.replace("~1", "/").replace("~0", "~"))
        if found is None:
            break
        node, line = found
    return line


@lru_cache(maxsize=8)
def _composed(text: str) -> yaml.Node | None:
    """JSON is YAML, and YAML's reader keeps the lines; None for a text that is neither."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None


def _step(node: yaml.Node | None, part: str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, int(key.start_mark.line) + 1
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        child = node.value[int(part)]
        return child, int(child.start_mark.line) + 1
    return None


def _shared(place: KeyPath, path: KeyPath) -> int:
    count = 0
    for ours, theirs in zip(place, path, strict=False):
        if ours != theirs:
            break
        count += 1
    return count


@lru_cache(maxsize=8)
def _toml_places(text: str) -> tuple[tuple[tuple[str | int, ...], int], ...]:
    """Read once for all the faults of a file."""
    return tuple(_walked(text))


def _walked(text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Every table header and key of a TOML text, with its full path and its line."""
    table: tuple[str | int, ...] = ()
    arrays: dict[tuple[str | int, ...], int] = {}
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        header = _HEADER.match(lines[number])
        if header and "=" not in _unquoted(lines[number]):
            table = _open_table(_keys(header["keys"]), header[1] == "[[", arrays)
            yield table, number + 1
            number += 1
            continue
        keys, taken = _keys(lines[number]), _value_lines(lines, number)
        if keys:
            yield table + keys, number + 1
        number += taken


def _open_table(
    keys: tuple[str, ...], in_array: bool, arrays: dict[tuple[str | int, ...], int]
) -> tuple[str | int, ...]:
    """The full path of a table header: in each array on the way, the latest table."""
    path: tuple[str | int, ...] = ()
    for position, key in enumerate(keys):
        path += (key,)
        if in_array and position == len(keys) - 1:
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path += (arrays[path],)
    return path


def _keys(text: str) -> tuple[str, ...]:
    """The dotted key that a line or a header begins with; () for a blank line or a comment."""
    keys: list[str] = []
    position = 0
    while match := _KEY.match(text, position):
        part = match[1]
        keys.append(part[1:-1] if part[0] in "\"'" else part)
        position = match.end()
        if match[2] != ".":
            break
    return tuple(keys)


def _value_lines(lines: list[str], start: int) -> int:
    """How many lines the key's value takes: the fewest that are valid TOML by themselves, or one if none are."""
    if "=" not in lines[start]:
        return 1
    for end in range(start + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[start:end]))
        except (
            ValueError,
            RecursionError,
        ):  # a number that is too long, or text that is nested too deeply
            if _complete(lines[start]):
                return 1
            continue
        return end - start
    return 1


def _complete(line: str) -> bool:
    """Whether a line opens nothing that a later line could close."""
    return not ({"[", "{"} & set(_unquoted(line)) or '"""' in line or "'''" in line)


def _unquoted(line: str) -> str:
    return re.sub(r""""(?:[^"\\]|\\.)*"|'[^']*'|#.*""", "", line)
