"""The screens of the record journey as values, read from `screens.toml` and `lists/`.

Everything else (templates, validation, review, the saved record) is driven by these values; no other module knows
a caption, a limit or an option.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BOX_SUFFIXES = ("_d", "_m", "_y")


class Kind(StrEnum):
    """What a control looks like and how it is keyed."""

    TEXT = "text"
    TIME = "time"
    TIME_MASKED = "time-masked"
    DATE = "date"
    DATE_BOXES = "date-boxes"
    TEXTAREA = "textarea"
    RICH_TEXT = "rich-text"
    SELECT = "select"
    SELECT_DRESSED = "select-dressed"
    SELECT_DEPENDENT = "select-dependent"
    COMBOBOX = "combobox"
    COMBOBOX_FETCHED = "combobox-fetched"
    RADIOS = "radios"
    CHECKBOX = "checkbox"
    CHECKBOXES = "checkboxes"
    TOKENS = "tokens"
    LOOKUP = "lookup"


class GridStyle(StrEnum):
    """How rows get into a grid."""

    DIALOG = "dialog"
    INLINE = "inline"
    ATTACHMENTS = "attachments"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `code` is what the page posts, `text` what people see and what is stored."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a screen or one column of a grid."""

    label: str
    name: str
    kind: Kind
    limit: int | None = None
    required: bool = False
    options: tuple[Option, ...] = ()
    list_name: str = ""
    find: str = ""
    dependent: str = ""
    key: str = ""

    @property
    def anchor(self) -> str:
        """The id of the element an error link leads to."""
        if self.kind is Kind.DATE_BOXES:
            return self.name + BOX_SUFFIXES[0]
        if self.kind in (Kind.RADIOS, Kind.CHECKBOXES):
            return f"{self.name}_{self.options[0].code}"
        return {
            Kind.RICH_TEXT: self.name + "_frame",
            Kind.LOOKUP: self.name + "_find",
            Kind.TOKENS: self.name + "_entry",
        }.get(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Panel:
    """The condition a section is shown under: the named control holds this value."""

    control: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """Controls that stand together."""

    controls: tuple[Control, ...]
    legend: str = ""
    panel: Panel | None = None
    collapsed: str = ""
    table: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that rows are added to."""

    label: str
    name: str
    style: GridStyle
    add: str
    limit: int
    columns: tuple[Control, ...]
    dialog: str = ""
    keep: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """One page of the journey; the last one, without controls, is the review."""

    title: str
    slug: str
    sections: tuple[Section, ...] = ()
    grids: tuple[Grid, ...] = ()

    def controls(self) -> Iterator[Control]:
        """Every control outside the grids, in page order."""
        for section in self.sections:
            yield from section.controls


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of the controls that the banner, search and the people register are fed from."""

    source_reference: str
    person_record: str
    surname: str
    forename: str
    date_of_birth: str
    address: tuple[str, ...]


@cache
def read_list(name: str) -> tuple[str, ...]:
    """The lines of `lists/<name>.txt`."""
    return tuple((HERE / "lists" / f"{name}.txt").read_text(encoding="utf-8").splitlines())


def make_options(texts: tuple[str, ...]) -> tuple[Option, ...]:
    """Options coded by their place, from 1."""
    return tuple(Option(str(place), text) for place, text in enumerate(texts, start=1))


@cache
def opening_codes() -> Mapping[str, tuple[Option, ...]]:
    """The opening codes offered for each category; the code is the first three digits of the text."""
    with (HERE / "lists" / "opening-codes.toml").open("rb") as file:
        return {
            category: tuple(Option(text[:3], text) for text in texts)
            for category, texts in tomllib.load(file).items()
        }


def _make_control(raw: Mapping[str, Any], legend: str = "") -> Control:
    texts = tuple(raw["options"]) if "options" in raw else ()
    list_name = raw.get("list", "")
    return Control(
        label=raw["label"],
        name=raw["name"],
        kind=Kind(raw["kind"]),
        limit=raw.get("max"),
        required=raw.get("required", False),
        options=make_options(read_list(list_name) if list_name else texts),
        list_name=list_name,
        find=raw.get("find", ""),
        dependent=raw.get("dependent", ""),
        key=f"{legend} / {raw['label']}" if legend else raw["label"],
    )


def _make_section(raw: Mapping[str, Any]) -> Section:
    legend = raw.get("legend", "")
    return Section(
        controls=tuple(_make_control(control, legend) for control in raw["controls"]),
        legend=legend,
        panel=Panel(**raw["panel"]) if "panel" in raw else None,
        collapsed=raw.get("collapsed", ""),
        table=raw.get("table", False),
    )


def _make_grid(raw: Mapping[str, Any]) -> Grid:
    return Grid(
        label=raw["label"],
        name=raw["name"],
        style=GridStyle(raw["style"]),
        add=raw["add"],
        limit=raw["max"],
        columns=tuple(_make_control(column) for column in raw["columns"]),
        dialog=raw.get("dialog", ""),
        keep=raw.get("keep", ""),
    )


@cache
def _definition() -> dict[str, Any]:
    with (HERE / "screens.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def roles() -> Roles:
    """The names of the controls whose meaning the server uses."""
    raw = _definition()["roles"]
    return Roles(**{**raw, "address": tuple(raw["address"])})


def _make_screens(part: str) -> tuple[Screen, ...]:
    return tuple(
        Screen(
            title=screen["title"],
            slug=screen["slug"],
            sections=tuple(_make_section(section) for section in screen.get("section", ())),
            grids=tuple(_make_grid(grid) for grid in screen.get("grid", ())),
        )
        for screen in _definition()[part]
    )


@cache
def standard_screens() -> tuple[Screen, ...]:
    """The journey as shipped, in order."""
    return _make_screens("screen")


@cache
def amendment_screens() -> tuple[Screen, ...]:
    """The screens that only an amendment has, in order; the last is its review."""
    return _make_screens("amendment")


def every_screen() -> tuple[Screen, ...]:
    """All screens as shipped."""
    return standard_screens() + amendment_screens()
