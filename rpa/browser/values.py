"""What is seen on a page and asked of it, as values: regions, controls, jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Holds: TypeAlias = str | bool | tuple[str, ...]
"""What a control holds: text, a tick, or several choices."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document that a tab has shown: its identity, and the origin the browser loaded it from."""

    identity: str
    origin: str


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
    cells: Mapping[str, str]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One control as the survey found it.

    `index`: its number, for as long as its document lasts. `captions`: the one tied to it, or every text that a
    person may read as its caption. `options` are captions too; `holds` is what it holds now.
    """

    index: int
    kind: str
    captions: tuple[str, ...]
    within: tuple[str, ...]
    holds: Holds
    options: tuple[str, ...]
    shown: bool
    dressed: bool  # a native control hidden behind a script's own
    writable: bool
    marks: tuple[int, ...] = ()  # radios: the number of each option
    dress: int = -1  # the number of the script's own control that a native list is hidden behind
    tied: bool = True  # the page itself ties its caption to it
    chosen_by: tuple[str, ...] = ()  # those of the region's selectors that choose it

    @property
    def caption(self) -> str:
        """The likeliest caption."""
        return self.captions[0] if self.captions else ""


@dataclass(frozen=True, slots=True)
class Details:
    """What a page says of one control besides: its limit in characters, whether it is required, what it offers,
    and a selector that chooses it alone, for want of a caption."""

    limit: int | None
    required: bool
    options: tuple[str, ...]
    selector: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One control to be keyed in the page: `kind` is text, select, select_many, check or editor."""

    index: int
    kind: str
    value: Holds


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
class Confirmed:
    """What a page was seen to hold before save: in which document, which controls, and what the page script
    answered besides, each as (its function, what it was given, its answer)."""

    document: Document
    controls: tuple[Found, ...] = ()
    answers: tuple[tuple[str, Mapping[str, object], Any], ...] = ()


def as_found(seen: Any) -> tuple[Found, ...] | None:
    """What a survey answered, as values; None when there was no such region."""
    if seen is None:
        return None
    return tuple(Found(**{name: _frozen(value) for name, value in each.items()}) for each in seen)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
