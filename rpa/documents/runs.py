"""Runs of letters, as they follow each other in a paragraph -> the blocks in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rpa.documents.pdf.characters import clean
from rpa.documents.ticks import without_boxes
from rpa.documents.written import Block, Field

_ENDS = re.compile("[\n\t]")


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that look the same. A line break is one that a person made; a tab is the way to the next column."""

    text: str = field(repr=False)
    bold: bool = False


def text_of(runs: Sequence[Run]) -> str:
    """The text of a paragraph, its columns joined."""
    return clean("".join(run.text for run in runs))


def is_bold(runs: Sequence[Run]) -> bool:
    """Whether all that can be seen is bold."""
    seen = [run.bold for run in runs if run.text.strip()]
    return bool(seen) and all(seen)


def parts_of(
    runs: Sequence[Run], page: int = 0, heading: int = 0, left: float = 0
) -> Iterator[Block | Field]:
    """The blocks of a paragraph: one, but for tabs, and for lines that begin with a label or look different."""
    if heading:
        if text := text_of(runs):
            yield Block(text, page, heading, is_bold(runs), left)
        return
    for text, bold in _joined(_pieces(runs)):
        yield from without_boxes(Block(text, page, 0, bold, left))


def _pieces(runs: Sequence[Run]) -> Iterator[tuple[str, list[Run]]]:
    """What is between tabs and line breaks, with what was before it."""
    before, piece = "\n", list[Run]()
    for run in runs:
        start = 0
        for end in _ENDS.finditer(run.text):
            piece.append(Run(run.text[start : end.start()], run.bold))
            yield from _label_first(before, piece)
            before, piece, start = end[0], [], end.end()
        piece.append(Run(run.text[start:], run.bold))
    yield from _label_first(before, piece)


def _label_first(before: str, piece: list[Run]) -> Iterator[tuple[str, list[Run]]]:
    """Bold letters before others that are not are a label before its value."""
    seen = [run for run in piece if run.text.strip()]
    plain = next((at for at, run in enumerate(seen) if not run.bold), 0)
    if plain and not any(run.bold for run in seen[plain:]):
        cut = next(at for at, run in enumerate(piece) if run is seen[plain])
        yield before, piece[:cut]
        yield "\t", piece[cut:]
    else:
        yield before, piece


def _joined(pieces: Iterator[tuple[str, list[Run]]]) -> Iterator[tuple[str, bool]]:
    """Lines that look the same are one block."""
    texts: list[str] = []
    was_bold = False
    for before, piece in pieces:
        text, bold = text_of(piece), is_bold(piece)
        if not text:
            continue
        if texts and (before == "\t" or bold != was_bold):
            yield "\n".join(texts), was_bold
            texts = []
        texts.append(text)
        was_bold = bold
    if texts:
        yield "\n".join(texts), was_bold
