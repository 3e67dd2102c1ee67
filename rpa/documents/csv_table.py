"""A table as text (CSV) -> its rows, labels with their values."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from rpa.documents.decoded import decode
from rpa.documents.pdf.characters import clean
from rpa.documents.size import MOST_BLOCKS, Unreadable, unreadable
from rpa.documents.size import check_text as check
from rpa.documents.tables import records_of
from rpa.documents.written import Block, Field, Written

_DELIMITERS = ",;\t|"
_LOOKED_AT = 20  # lines
_DAMAGED = "The table cannot be taken apart. Open it to read it."
_NOTHING = "The table is empty. Ask the sender what was to be in it."

Row = list[str]


def read(content: bytes) -> Written:
    """A table of two columns holds a label and a value in each row; any other has the labels in its first row, and
    each row below is one set of values, under a heading of its own where there are several. A formula is text.

    Raises `Unreadable` for what is empty, no text, or more than anybody writes.
    """
    text, notes = decode(content)
    with unreadable(_DAMAGED):
        rows = list(_rows(text))
    if not rows:
        raise Unreadable(_NOTHING)
    parts = tuple(_parts(rows))
    check(f"{part.label}{part.value}" if isinstance(part, Field) else part.text for part in parts)
    return Written(parts, notes=notes)


def _parts(rows: Sequence[Row]) -> Iterator[Block | Field]:
    """The parts of a table whose cells are text."""
    widest = max(at for row in rows for at, cell in enumerate(row, 1) if cell)
    rows = [row[:widest] for row in rows]
    if widest == 1 or len(rows) == widest == 2:  # two by two can be either
        yield from (Block(cell) for row in rows for cell in row if cell)
    elif widest == 2 and not _has_header(rows):
        yield from (
            Field(row[0], row[1]) if len(row) > 1 and row[0] else Block(" ".join(row).strip()) for row in rows
        )
    else:
        yield from records_of(rows[0], rows[1:])


def _has_header(rows: Sequence[Row]) -> bool:
    """Whether two columns are two questions, not questions and answers: the same rows have no label twice."""
    labels = [row[0] for row in rows]
    return len(rows) > 2 and len(set(labels)) < len(labels) / 2


def _rows(text: str) -> Iterator[Row]:
    csv.field_size_limit(1_000_000)
    cells = 0
    for row in csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=_delimiter(text)):
        cells += len(row)
        if cells > 2 * MOST_BLOCKS:
            raise Unreadable(f"The table has more than {2 * MOST_BLOCKS:,} cells. Open it to read it.")
        cleaned = [clean(cell) for cell in row]
        if any(cleaned):
            yield cleaned


def _delimiter(text: str) -> str:
    """The sign that is in most of the first lines, and as often in each."""
    lines = [line for line in text[:65_536].splitlines() if line.strip()][:_LOOKED_AT]
    best, most = ",", (0, 0)
    for sign in _DELIMITERS:
        counted = Counter(line.count(sign) for line in lines if sign in line)
        if counted:
            often, lines_with = counted.most_common(1)[0]
            best, most = max((best, most), (sign, (lines_with, often)), key=lambda one: one[1])
    return best
