"""What is seen on a page and asked of it, as values: regions, controls, jobs, records.

What the page script returns is validated against these shapes, once, where it comes in (`functions.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Holds: TypeAlias = str | bool | tuple[str, ...]
"""What a control holds: text, a tick, or several choices."""
Cells: TypeAlias = Mapping[str, str]
"""The cells of one row: column heading -> text."""


@dataclass(frozen=True, slots=True)
class PageDocument:
    """One document that a tab has shown: its identity, and the origin the browser loaded it from."""

    identity: str
    origin: str


@dataclass(frozen=True, slots=True)
class Handle:
    """One control of one survey of one document. The page script refuses it once another survey was taken."""

    document: str
    survey: int
    index: int


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page: by CSS, and inside it by the caption of an open dialog, or of a table and its row.

    `selectors`: CSS by which a profile names controls that have no caption.
    """

    css: str = "body"
    dialog: str | None = None
    grid: str | None = None
    row: int | None = None
    selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of what a page lists: its text, its cells by their heading, and the texts of cells and links."""

    text: str
    cells: Cells
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One control as the survey found it.

    `captions`: the one tied to it, or every text that a person may read as its caption. `options` are captions
    too; `holds` is what it holds now.
    """

    handle: Handle
    kind: str
    captions: tuple[str, ...]
    within: tuple[str, ...]
    holds: Holds
    options: tuple[str, ...]
    shown: bool
    enhanced: bool  # a native control hidden behind a script's own
    writable: bool
    option_handles: tuple[Handle, ...] = ()  # radios: one for each option
    widget: Handle | None = None  # the script's own control that a native list is hidden behind
    tied: bool = True  # the page itself ties its caption to it
    chosen_by: tuple[str, ...] = ()  # those of the region's selectors that choose it

    @property
    def caption(self) -> str:
        """The likeliest caption."""
        return self.captions[0] if self.captions else ""


@dataclass(frozen=True, slots=True)
class Survey:
    """Every control of a region, in one document. Its handles are good until the next survey of that document."""

    document: PageDocument
    controls: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """More about one control: its limit in characters, whether it is required, the options of a list, and a CSS
    selector that chooses it alone, independent of a caption."""

    limit: int | None
    required: bool
    options: tuple[str, ...]
    selector: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A control that has to be there before keying goes on: by caption or CSS, in a group, with an option."""

    label: str
    within: str | None = None
    option: str | None = None
    css: str | None = None


@dataclass(frozen=True, slots=True)
class ControlToKey:
    """One control to be keyed by the page script."""

    handle: Handle
    kind: Literal["text", "select", "select_many", "check", "editor"]
    value: Holds


@dataclass(frozen=True, slots=True)
class Keyed:
    """What came of jobs: the places (from 0) of those that could not be tried, and what is there afterwards."""

    refused: tuple[int, ...]
    survey: tuple[Found, ...] | None


@dataclass(frozen=True, slots=True)
class Rest:
    """When a page is at rest: it has built nothing for `quiet` milliseconds, or `at_most` are over."""

    quiet: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the browser's window, in CSS pixels."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Press:
    """Whether a button can be pressed: how many of its name can, and the captions of the controls that the
    browser's own validation holds against it, each with the rule in words. `there`: whether there is one at all;
    `instead`: where there is none, the names of those that can be pressed."""

    number: int
    invalid: tuple[tuple[str, str], ...] = ()
    there: bool = False
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """How a page lays a record out, in CSS: the record, the headings of its sections and groups, its captions,
    each item of several, and single values (`places`)."""

    css: str
    section: str | None
    group: str | None
    caption: str
    item: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One caption of a record, with the headings it stands under and the value beside it."""

    section: str
    group: str
    caption: str
    value: Holds


@dataclass(frozen=True, slots=True)
class ShownGrid:
    """One table of a record."""

    section: str
    name: str
    rows: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record's page as a person sees it. `placed`: the values of each of the layout's `places`."""

    values: tuple[ShownValue, ...]
    grids: tuple[ShownGrid, ...] = ()
    placed: Mapping[str, tuple[Holds, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfirmedTable:
    """A table, and the rows that it was seen to have."""

    region: Region
    rows: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class ConfirmedReview:
    """A page of review, and what it was seen to show."""

    layout: RecordLayout
    page: ShownRecord


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a page was seen to hold before save: in which document, which controls, tables and review."""

    document: PageDocument
    controls: tuple[Found, ...] = ()
    tables: tuple[ConfirmedTable, ...] = ()
    review: ConfirmedReview | None = None
