"""TOML files that people write: read and parsed. A fault names the file, line and key, and never a value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rpa.errors import DefinitionError, Fault
from rpa.source_lines import spoken, toml_line

MOST_DEPTH = 50  # tables and arrays within one another
MOST_FAULTS = 50  # of one file that are named one by one

_LIST, _WHOLE, _NUMBER = 'a list is needed, such as ["..."]', "a whole number is needed", "a number is needed"
_TRUTH, _TABLE = "true or false is needed", "a table is needed"
PLAIN = {
    "extra_forbidden": "there is no such key",
    "missing": "it is missing",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "string_type": 'a text in quotation marks is needed, such as "..."',
    "dict_type": _TABLE,
    "model_type": _TABLE,
}
_SUBJECT = re.compile(r"^\w+ should (?=be|have|match)")  # "Input should be ...": how pydantic begins

Shape = TypeVar("Shape", bound=BaseModel)


def load(path: Path, shape: type[Shape], remedy: str) -> Shape:
    """The file at `path` in `shape`. Raises `DefinitionError` with a fault for every wrong key."""
    text = read(path)
    try:
        return shape.model_validate(parsed(path, text))
    except ValidationError as error:
        raise DefinitionError(*faults(error, path, text, remedy)) from error


def read(path: Path, remedy: str = "Add it, or name another.") -> str:
    """The text of a file. Raises `DefinitionError` when there is none (with that remedy), or it is no text, or no
    regular file: a pipe would be waited for, a device read without end."""
    if path.exists() and not path.is_file():
        said = "it is not a regular file"
        raise DefinitionError(
            Fault(str(path), 1, "file", said, "Put the file itself there, or a link to it.")
        )
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DefinitionError(Fault(str(path), 1, "file", "there is no such file", remedy)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "cannot be read"
        raise DefinitionError(
            Fault(str(path), 1, "file", f"the file {reason}", "Correct the file.")
        ) from None


def parsed(path: Path, text: str) -> dict[str, Any]:
    """The document in a text. Raises `DefinitionError` with the line that is not TOML, or when it is nested too
    deep or a number in it is too long."""
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(path) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        message = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise DefinitionError(
            Fault(str(path), line, "file", f"not TOML: {message}", "Correct the syntax.")
        ) from None
    except ValueError:
        said = "a number has too many figures to be read"
        raise DefinitionError(
            Fault(str(path), 1, "file", said, "Look for the longest, and shorten it.")
        ) from None
    if _deeper_than(MOST_DEPTH, document):  # what is made of it would give up on it in its own way
        raise _too_deep(path)
    return document


def _too_deep(path: Path) -> DefinitionError:
    said = f"its tables or arrays are nested more than {MOST_DEPTH} deep"
    return DefinitionError(Fault(str(path), 1, "file", said, "Look for a row of brackets or dots."))


def _deeper_than(most: int, document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(most + 1):
        parts = [each.values() if isinstance(each, dict) else each for each in level]
        level = [child for part in parts for child in part if isinstance(child, dict | list)]
    return bool(level)


def faults(
    error: ValidationError, path: Path | None, text: str, remedy: str, between: str = " / "
) -> Iterator[Fault]:
    """A fault for each error of a document made from that text: where its key stands, what is wrong, what to do.

    Beyond the first fifty they are only counted. An error of the whole may name its place itself:
    `forms.ocr.target: there is no ...`. Never shows a value.
    """
    document = tomllib.loads(text)
    errors = iter(error.errors(include_url=False, include_input=False, include_context=False))
    for found in islice(errors, MOST_FAULTS):
        place = tuple(part for part in found["loc"] if not _is_pydantics(part))
        message = found["msg"].removeprefix("Value error, ")
        if not place and (named := re.match(r"([\w.-]+): (.*)", message)):
            place, message = tuple(named[1].split(".")), named[2]
        message = PLAIN.get(found["type"], _SUBJECT.sub("it must ", message[:1].lower() + message[1:]))
        key = between.join(spoken(document, place)) or "file"
        yield Fault(str(path or "settings"), toml_line(text, place), key, message, remedy)
    if more := sum(1 for _ in errors):
        yield Fault(
            str(path or "settings"), 1, "file", f"there are {more} more faults", "Correct these first."
        )


def _is_pydantics(part: str | int) -> bool:
    """Whether a part of an error's place is pydantic's own, and in no file."""
    return isinstance(part, str) and (part == "[key]" or part.startswith("function-"))
