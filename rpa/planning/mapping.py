"""Which answer goes to which control: load a mapping, apply it to a report.

Expressions are JMESPath over the report's data. `rpa.planning.provenance` tells which answers they choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from rpa.errors import DefinitionError, Fault
from rpa.placeholders import brace_faults
from rpa.source_lines import toml_line
from rpa.targets.profile import Definition
from rpa.toml_file import load


@lru_cache(maxsize=4096)
def compiled(expression: str) -> ParsedResult:
    """The compiled expression. Each expression is compiled once."""
    return jmespath.compile(expression)


def search(expression: str, data: Any) -> Any:
    """What an expression finds; None where an answer has a type that one of its functions does not accept."""
    try:
        return compiled(expression).search(data)
    except JMESPathError:
        return None


def _sound(expression: str) -> str:
    try:
        compiled(expression)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {error}") from error
    return expression


GUIDE = "See docs/writing-a-mapping.md"

Expression = Annotated[str, AfterValidator(_sound)]


Condition = str
"""The name of a condition, or a JMESPath expression; `load_mapping` checks that it is one of them."""


FACTS = frozenset({"reference", "form"})
"""The names that can be written in braces in a fixed value and in the title of a narrative."""


class Source(Definition):
    """Where one control's value comes from: answers (`from`), a fixed `value`, a `fact` of ours, the `parts` of
    a look-up, or `ticks` (option -> boolean answer)."""

    from_: Expression | None = Field(default=None, alias="from")
    value: str | bool | None = None
    fact: Literal["reference", "form"] | None = None
    parts: Mapping[str, Annotated[Source, BeforeValidator(lambda given: _source(given))]] | None = None
    ticks: Mapping[str, Expression] | None = None
    as_: Literal["text", "date", "time", "datetime", "questions"] = Field(default="text", alias="as")
    codes: str | Mapping[str, str] | None = None
    join: str = " "
    when: Condition | None = None


def _source(given: object) -> object:
    return {"from": given} if isinstance(given, str) else given


AnySource = Annotated[Source, BeforeValidator(_source)]


class Rows(Definition):
    """Rows of a grid: one for `each` part of the report for which `when` holds. The narrative carries the answers
    of the others, with `otherwise` as the reason."""

    grid: str
    each: Expression
    when: Condition | None = None
    otherwise: str = ""
    columns: Mapping[str, AnySource]


class ScreenMapping(BaseModel):
    """One screen: its controls by name, and under `rows` the rows of its grids in order."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, AnySource] = Field(init=False)

    rows: tuple[Rows, ...] = ()

    @property
    def controls(self) -> Mapping[str, Source]:
        """Source of each control."""
        return self.__pydantic_extra__


class Narrative(Definition):
    """Where the answers without a control are carried: rows of a grid, or one control."""

    screen: str
    control: str
    grid: str | None = None
    fixed: Mapping[str, str] = Field(default_factory=dict, alias="with")
    title: str


class Attachments(Definition):
    """Which answers name files (`answers`: globs over JSON Pointers), and the grid they are attached in. Without
    a grid, the one file control of the screen takes one file."""

    answers: tuple[str, ...]
    screen: str
    grid: str | None = None
    file: str
    describe: str | None = None
    described_by: str | None = None  # the question beside the file's name that says what the file shows


class FormMapping(Definition):
    """`mappings/<target>/<form>.toml`, whole.

    `named`: short name -> the part of the report that it means in every expression. `conditions`: name -> the
    expression that it means in `when`. `left_out`: glob over JSON Pointers -> the reason.
    """

    form: str
    versions: tuple[int, ...]
    named: Mapping[str, Expression] = Field(default_factory=dict)
    conditions: Mapping[str, Expression] = Field(default_factory=dict)
    screen: Mapping[str, ScreenMapping]
    narrative: Narrative
    attachments: Attachments | None = None
    left_out: Mapping[str, str] = Field(default_factory=dict)

    @property
    def holding_reference(self) -> frozenset[tuple[str, str]]:
        """(screen, control) of every control that our reference is keyed into, so that the record can be found."""
        return frozenset(
            (screen, control)
            for screen, mapped in self.screen.items()
            for control, source in mapped.controls.items()
            if source.fact == "reference"
        )

    def holds(self, when: Condition | None, data: object) -> bool:
        """Whether a condition holds for `data`, the report or one item of it. No condition always holds."""
        return when is None or bool(search(self.conditions.get(when, when), data))

    def why_left_out(self, pointer: str) -> str:
        """The reason why an answer is left out; empty for one that is not."""
        return next((why for glob, why in self.left_out.items() if fnmatchcase(pointer, glob)), "")

    def with_names(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """`data` with the named parts added to it."""
        return {**data, **{name: search(each, data) for name, each in self.named.items()}}


class Codes(Definition):
    """`codes/<name>.toml`: identifier -> option of the target; `abstain`: identifier without an option -> the
    reason. With `own_text`, the text of the form is used for the others; without it, the list must name them
    all."""

    option: Mapping[str, str] = Field(default_factory=dict)
    abstain: Mapping[str, str] = Field(default_factory=dict)
    own_text: bool = False


class LoadedMapping(Definition):
    """A mapping with the code lists it names."""

    path: str
    mapping: FormMapping
    codes: Mapping[str, Codes]

    def table(self, source: Source) -> Codes | None:
        """The code list of one source, named or inline."""
        if isinstance(source.codes, str):
            return self.codes[source.codes]
        return Codes(option=source.codes) if source.codes is not None else None


def load_mapping(folder: Path, form: str) -> LoadedMapping:
    """The mapping `folder`/<form>.toml and its code lists, or `DefinitionError`."""
    path = folder / f"{form}.toml"
    codes = {file.stem: load(file, Codes, GUIDE) for file in sorted((folder / "codes").glob("*.toml"))}
    loaded = LoadedMapping(path=str(path), mapping=load(path, FormMapping, GUIDE), codes=codes)
    faults = list(_loose_ends(loaded, path.read_text(encoding="utf-8")))
    if faults:
        raise DefinitionError(*faults)
    return loaded


def _loose_ends(loaded: LoadedMapping, text: str) -> Iterator[Fault]:
    """Names in a mapping that are not defined: of conditions, of code lists and of facts in braces."""
    mapping = loaded.mapping
    whens = [(place, source.when) for place, source, _ in sources(mapping)]
    whens += [
        (("screen", name, "rows", number, "when"), rows.when)
        for name, screen in mapping.screen.items()
        for number, rows in enumerate(screen.rows)
    ]
    found = [
        (place, f"there is no condition called {when!r}", "Add it under [conditions]")
        for place, when in whens
        if when is not None and when not in mapping.conditions and not _is_sound(when)
    ]
    found += [
        (place, f"no such code list: {source.codes!r}", f"Add codes/{source.codes}.toml")
        for place, source, _ in sources(mapping)
        if isinstance(source.codes, str) and source.codes not in loaded.codes
    ]
    fixed = [(place, source.value) for place, source, _ in sources(mapping) if isinstance(source.value, str)]
    fixed += [(("narrative", "with"), value) for value in mapping.narrative.fixed.values()]
    fixed += [(("narrative", "title"), mapping.narrative.title)]
    found += [fault for place, value in fixed for fault in brace_faults(place, value, FACTS)]
    for place, message, remedy in found:
        yield Fault(loaded.path, toml_line(text, place), " / ".join(map(str, place)), message, remedy)


def _is_sound(expression: str) -> bool:
    try:
        compiled(expression)
    except JMESPathError:
        return False
    return True


def sources(mapping: FormMapping) -> list[tuple[tuple[str | int, ...], Source, Rows | None]]:
    """Every source with its key path in the file, and the rows it belongs to."""
    found: list[tuple[tuple[str | int, ...], Source, Rows | None]] = []
    for name, screen in mapping.screen.items():
        for control, source in screen.controls.items():
            found.append((("screen", name, control), source, None))
        for number, rows in enumerate(screen.rows):
            for control, source in rows.columns.items():
                found.append((("screen", name, "rows", number, "columns", control), source, rows))
    parts = [
        ((*path, "parts", part), inner, rows)
        for path, source, rows in found
        for part, inner in (source.parts or {}).items()
    ]
    return found + parts
