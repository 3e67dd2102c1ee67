"""The cells of a table -> labels with their values, where it is certain which is which; else row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rpa.documents.written import Block, Field

_RECORD = 6  # the level of the heading that is put above each row of values


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, lines as they stand in it, and whether it looks like a label."""

    text: str = field(default="", repr=False)
    emphasised: bool = False


Row = Sequence[Cell]
Part = Block | Field


def parts_of(rows: Sequence[Row], page: int = 0) -> Iterator[Part]:
    """The parts of a table. Two columns are labels and values, unless the first row looks like labels and the
    first column does not; so are pairs of columns that look it. A first row that looks like labels belongs to each
    row below. Two rows of two cells that all look the same can be either, and are read as they stand."""
    rows = [row for row in rows if any(cell.text for cell in row)]
    width = max((at for row in rows for at, cell in enumerate(row, 1) if cell.text), default=0)
    rows = [row[:width] for row in rows]
    if width > 1 and _has_header(rows):
        yield from records_of(
            [cell.text for cell in rows[0]], [[cell.text for cell in row] for row in rows[1:]], page
        )
    elif width == 2 and (len(rows) != 2 or _are_pairs(rows)):
        for row in rows:
            yield from _pair(row, page)
    elif width > 2 and width % 2 == 0 and _are_pairs(rows):
        for row in rows:
            for at in range(0, len(row), 2):
                yield from _pair(row[at : at + 2], page)
    else:
        for row in rows:
            yield from _as_it_stands(row, page)


def records_of(labels: Sequence[str], rows: Sequence[Sequence[str]], page: int = 0) -> Iterator[Part]:
    """Each row of values with the labels of its columns; below a heading of its own where there are several."""
    if not rows:
        yield from (Block(label, page) for label in labels if label)
    for number, row in enumerate(rows, 1):
        if len(rows) > 1:
            yield Block(f"Row {number}", page, heading=_RECORD)
        for at, value in enumerate(row):
            label = labels[at] if at < len(labels) else ""
            if label:
                yield Field(label, value, page)
            elif value:
                yield Block(value, page)


def _has_header(rows: Sequence[Row]) -> bool:
    first, rest = rows[0], rows[1:]
    looks = len(first) > 1 and all(cell.emphasised and cell.text for cell in first)
    return looks and bool(rest) and not all(row[0].emphasised for row in rest if row[0].text)


def _are_pairs(rows: Sequence[Row]) -> bool:
    labels = [cell.emphasised for row in rows for cell in row[::2] if cell.text]
    values = [cell.emphasised for row in rows for cell in row[1::2] if cell.text]
    return all(labels) and not any(values)


def _pair(row: Row, page: int) -> Iterator[Part]:
    if len(row) < 2 or not row[0].text or "\n" in row[0].text:
        yield from _as_it_stands(row, page)
    else:
        yield Field(row[0].text, row[1].text, page)


def _as_it_stands(row: Row, page: int) -> Iterator[Block]:
    for at, cell in enumerate(row):
        for line in filter(None, cell.text.split("\n")):
            yield Block(line, page, emphasised=cell.emphasised, left=at)
