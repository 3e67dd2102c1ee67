"""Tables of two rows and two columns in a document: by themselves they can be read either way, with the titles of
a form one way only, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from rpa.documents.written import Block, Field, Written
from rpa.forms.labels.index import Index, title_key

Part = Block | Field


def with_pairs(written: Written, index: Index) -> Written:
    """The document with such tables as labels and values, where two cells are titles, and the others are not."""
    found: list[Part] = []
    for plain, run in groupby(written.parts, _is_plain):
        parts = list(run)
        found += list(_pairs(parts, index)) if plain else parts
    return replace(written, parts=tuple(found))


def _is_plain(part: Part) -> bool:
    return isinstance(part, Block) and not part.heading and not part.emphasised


def _pairs(parts: Sequence[Part], index: Index) -> Iterator[Part]:
    blocks = [part for part in parts if isinstance(part, Block)]
    cells = [list(same) for _, same in groupby(blocks, key=lambda block: block.left)]
    left, right = (cells[0][0].left, cells[1][0].left) if len(cells) > 3 else (0, 0)
    tables = len(cells) % 4 == 0 and left < right and not blocks[0].page
    if not tables or any(cell[0].left != (left, right)[at % 2] for at, cell in enumerate(cells)):
        yield from parts
        return
    for at in range(0, len(cells), 4):
        yield from _table(cells[at : at + 4], index)


def _table(cells: Sequence[Sequence[Block]], index: Index) -> Iterator[Part]:
    texts = ["\n".join(block.text for block in cell) for cell in cells]
    titles = [title_key(text) in index.questions for text in texts]
    if titles == [True, False, True, False]:
        order = (0, 1, 2, 3)
    elif titles == [True, True, False, False]:
        order = (0, 2, 1, 3)
    else:
        yield from (block for cell in cells for block in cell)
        return
    for label, value in (order[:2], order[2:]):
        yield Field(texts[label], texts[value], cells[0][0].page)
