"""The way to a terminal: what reports, files and pages bring with them is shown, and never obeyed.

A terminal obeys escape sequences, and turns text around where a character says so. Whatever steers a terminal or
cannot be seen is written as the escape that JSON has for it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

_KEPT = frozenset("\n\t")


def visible(text: str) -> str:
    """The text with every character that steers a terminal, or cannot be seen, as an escape."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(letter: str) -> str:
    seen = letter.isprintable() or letter in _KEPT or unicodedata.category(letter) == "Zs"
    return letter if seen else json.dumps(letter)[1:-1]


def say(text: str, *, err: bool = False) -> None:
    """Write a line to standard output, or to standard error."""
    typer.echo(visible(text), err=err)


class Terminal(Console):
    """A console of rich that shows what it would otherwise hand on to the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Each piece of text, made visible."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(visible(piece.text), piece.style)
