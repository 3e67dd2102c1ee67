"""form.toml: what an analyst says about a form, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from rpa.toml_file import load

_GUIDE = "forms/README.md says what each key is for"


def _compile(text: object) -> ParsedResult:
    if not isinstance(text, str):
        raise ValueError("an expression is a text")  # noqa: TRY004 - pydantic's own protocol
    try:
        parsed = jmespath.compile(text.strip())
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {str(error).splitlines()[0]}") from error
    for name in _functions(parsed.parsed):
        if name not in Functions.FUNCTION_TABLE:
            raise ValueError(f"JMESPath has no function {name}()")
    return parsed


def _functions(syntax: Mapping[str, Any]) -> Iterator[str]:
    if syntax["type"] == "function_expression":
        yield syntax["value"]
    for child in syntax["children"]:
        yield from _functions(child) if isinstance(child, dict) else ()


Expression = Annotated[ParsedResult, BeforeValidator(_compile)]


class Table(BaseModel):
    """A table of a definition: nothing in it but what we know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Envelope(Table):
    """Where to find what is sent with the answers."""

    under: str
    submission_id: Expression
    submitted_at: Expression


class VersionEntry(Table):
    """One version of the form."""

    number: PositiveInt
    file: str = Field(alias="schema", pattern=r"^[\w.-]+\.json$")
    recognise: Expression


class Moved(Table):
    """Keys that are sometimes sent elsewhere and belong in the part `into`."""

    keys: tuple[str, ...] = Field(min_length=1)
    places: tuple[str, ...] = Field(alias="from", min_length=1)
    into: str


class Timed(Table):
    """A date whose time of day, if it arrives with one, answers another question. Dotted paths."""

    date: str
    time: str


class Due(Table):
    """A risk rule: when it holds, the report is due within `minutes`."""

    when: Expression
    minutes: PositiveInt
    why: str


class Ground(Table):
    """When nothing is sent to the person who reported, and why."""

    when: Expression
    why: str = Field(min_length=1)


class Contact(Table):
    """Where the person who reported can be written to, and when they never are.

    `email`: JSON Pointer of the question. `wanted`: must hold. `unsafe`: writing may put somebody at risk.
    `sensitive`: the report may be of a rape, another sexual offence, domestic abuse or stalking; nothing is sent
    for it unless `acknowledge_sensitive`. `words`: in any answer, they make it doubtful. `unknown`: in the key of
    a question that the form does not know, so do these.
    """

    email: str = Field(pattern=r"^(/[^/]+)+$")
    wanted: Expression
    unsafe: tuple[Ground, ...] = ()
    sensitive: tuple[Ground, ...] = Field(min_length=1)
    acknowledge_sensitive: bool = False
    words: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    unknown: tuple[Annotated[str, Field(min_length=2)], ...] = ()


class FormFile(Table):
    """form.toml, whole."""

    title: str = Field(min_length=1)
    code: str = Field(min_length=1)
    description: str
    minutes_to_key: PositiveInt
    recognise: Expression
    envelope: Envelope
    decides: tuple[str, ...] = ()
    versions: tuple[VersionEntry, ...] = Field(min_length=1)
    moved: tuple[Moved, ...] = ()
    timed: tuple[Timed, ...] = ()
    due: tuple[Due, ...] = ()
    contact: Contact | None = None


def read_form_file(path: Path) -> FormFile:
    """The form.toml at `path`; raises `DefinitionError` with a fault for every key that is wrong."""
    return load(path, FormFile, _GUIDE)
