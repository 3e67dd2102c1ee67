"""Output to a terminal: lines, and what rich draws, with no control sequence in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from rpa.visible import one_line, visible


def write(text: str, *, err: bool = False) -> None:
    """Write a line, and no more than one, to standard output or to standard error."""
    typer.echo(one_line(text), err=err)


def visible_text(words: str, style: str = "") -> Text:
    """Words that may come from a report or a page, in a style.

    rich itself leaves out control characters, so that two texts that differ could look alike.
    """
    return Text(visible(words), style=style)


def marked(mark: str, *parts: str | Text, style: str = "") -> RenderableType:
    """A line with what people or targets wrote, without its line breaks. Marks are in one column, and what is
    longer than the line goes on to the right of it: so nothing that is written looks like a line of its own."""
    words = Text()
    for part in parts:
        words += _in_one_line(part) if isinstance(part, Text) else Text(one_line(part))
    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=1)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_row(Text(mark, style=style), words)
    return Padding(grid, (0, 0, 0, 2))


def _in_one_line(text: Text) -> Text:
    return Text(one_line(text.plain), style=text.style)


class Terminal(Console):
    """A console of rich that shows text as it is: also what would steer the terminal, or be read as a style."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """A plain text, made visible."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Each piece of text, made visible."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(visible(piece.text), piece.style)
