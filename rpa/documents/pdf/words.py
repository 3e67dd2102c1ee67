"""Words where they stand on a page, as a PDF or the recognition of a picture gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Word:
    """One word. Measures are points from the upper left corner of the page as it is read; `base`: of the line it
    stands on. `colour`: any number that is another for another colour.

    `apart`: away from the word before it without a space between. A field of a form is one word, whatever it
    holds: `box` is its upper and lower edge, `label` what the form calls it, and its colour, below 0, is its own.
    """

    text: str = field(repr=False)
    left: float
    right: float
    base: float
    size: float
    bold: bool = False
    colour: int = 0
    box: tuple[float, float] | None = None
    label: str = field(default="", repr=False)
    apart: bool = False

    @property
    def style(self) -> tuple[float, bool, int]:
        """What it looks like: words of one label look the same."""
        return round(self.size, 1), self.bold, self.colour

    @property
    def top(self) -> float:
        """The upper edge of its letters, or of its box."""
        return self.box[0] if self.box else self.base - 0.75 * self.size

    @property
    def bottom(self) -> float:
        """The lower edge of its letters, or of its box."""
        return self.box[1] if self.box else self.base + 0.22 * self.size


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line, or an edge of a box."""

    left: float
    right: float
    height: float


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on one page. `tall`: its height. `rules`: what is drawn across it."""

    words: Sequence[Word]
    tall: float
    rules: Sequence[Rule] = ()
