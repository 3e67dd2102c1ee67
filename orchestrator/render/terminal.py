"""Output to a terminal: lines, and what rich draws, with no control sequence in them."""

from __future__ import annotations

from collections.abc import Iterable

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from rpa.visible import visible


def write(text: str, *, err: bool = False) -> None:
    """Write a line to standard output, or to standard error."""
    typer.echo(visible(text), err=err)


class Terminal(Console):
    """A console of rich that shows what it would otherwise hand on to the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Each piece of text, made visible."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else Segment(visible(piece.text), piece.style)
