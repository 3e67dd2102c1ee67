"""What is seen on a page and asked of it, as values: regions, controls, jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page: by CSS, and inside it by the caption of an open dialog, or of a table and its row."""

    css: str = "body"
    dialog: str | None = None
    grid: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of what a page lists: its text, its cells by their heading, and the texts of cells and links."""

    text: str
    cells: Mapping[str, str]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One control as the survey found it.

    `captions`: the one tied to it, or every text that a person may read as its caption. `options` are captions
    too; `holds` is what it holds now.
    """

    index: int
    kind: str
    captions: tuple[str, ...]
    within: tuple[str, ...]
    holds: str | bool
    options: tuple[str, ...]
    shown: bool
    dressed: bool  # a native list hidden behind a script's own
    writable: bool
    marks: tuple[int, ...] = ()  # radios: the number of each option

    @property
    def caption(self) -> str:
        """The likeliest caption."""
        return self.captions[0] if self.captions else ""


@dataclass(frozen=True, slots=True)
class Details:
    """What a page says of one control besides: its limit in characters, whether it is required, what it offers."""

    limit: int | None
    required: bool
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One control to be keyed in the page: `kind` is text, select, check or editor."""

    index: int
    kind: str
    value: str | bool


def as_found(seen: Any) -> tuple[Found, ...] | None:
    """What a survey answered, as values; None when there was no such region."""
    if seen is None:
        return None
    listed = ("captions", "within", "options", "marks")
    return tuple(Found(**{**each, **{name: tuple(each.get(name, ())) for name in listed}}) for each in seen)
