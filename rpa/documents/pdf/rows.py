"""Paragraphs -> the order in which they are read: row by row, and in a row from left to right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rpa.documents.pdf.paragraphs import Paragraph

Column = list[Paragraph]
Row = list[Column]

_MOST_RUN = 50  # rows that are looked at together
_SHARED = 0.3  # of the height of the lower one of two that stand in one row


def rows_of(paragraphs: Sequence[Paragraph]) -> list[Row]:
    """The rows of a page, from top to bottom, each with its columns from left to right."""
    return [_columns(row) for row in _rows(paragraphs)]


def in_order(rows: Sequence[Row], is_heading: Callable[[Paragraph], bool]) -> list[Paragraph]:
    """A label is followed by its value: beside it, or below it where several stand side by side."""
    ordered: list[Paragraph] = []
    at = 0
    while at < len(rows):
        run = _run(rows, at, is_heading)
        columns = _together(rows[at : at + run]) if run > 1 else []
        if not _each_has_its_own(columns):
            columns, run = rows[at], 1
        ordered.extend(each for column in columns for each in column)
        at += run
    return ordered


def _rows(paragraphs: Sequence[Paragraph]) -> Iterator[list[Paragraph]]:
    row: list[Paragraph] = []
    bottom = 0.0
    for stack in sorted(_stacks(paragraphs), key=lambda one: (one[0].top, one[0].left)):
        top, lowest = stack[0].top, stack[-1].bottom
        if row and bottom - top < _SHARED * min(lowest - top, bottom - row[0].top):
            yield row
            row = []
        bottom = max(bottom, lowest) if row else lowest
        row.extend(stack)
    if row:
        yield row


def _stacks(paragraphs: Sequence[Paragraph]) -> list[list[Paragraph]]:
    """Those that follow each other in one row of their column."""
    stacks: dict[int, list[Paragraph]] = {}
    for each in paragraphs:
        stack = stacks.pop(id(each.after), []) if each.after else []
        stack.append(each)
        stacks[id(each)] = stack
    return list(stacks.values())


def _columns(row: Sequence[Paragraph]) -> Row:
    columns: Row = []
    right = 0.0
    for each in sorted(row, key=lambda one: one.left):
        if not columns or each.left >= right:
            columns.append([])
        columns[-1].append(each)
        right = max(right, each.right)
    return [sorted(column, key=lambda one: (one.top, one.left)) for column in columns]


def _run(rows: Sequence[Row], start: int, is_heading: Callable[[Paragraph], bool]) -> int:
    """How many rows from here on have the same columns, side by side."""
    if len(rows[start]) < 2:
        return 1
    lefts = [column[0].left for column in rows[start]]
    run = sure = 1
    for row in rows[start + 1 : start + _MOST_RUN]:
        if not _fits(row, lefts) or any(is_heading(each) for column in row for each in column):
            break
        run += 1
        # A row with one column only is part of them where it goes on with a value, and not with the next label.
        if len(row) > 1 or (sure == run - 1 and not _is_label(row[0][0], rows[start])):
            sure = run
    return sure


def _fits(row: Row, lefts: Sequence[float]) -> bool:
    places = [
        next((at for at, left in enumerate(lefts) if abs(left - column[0].left) < 2), -1) for column in row
    ]
    ends = [lefts[at + 1] if at + 1 < len(lefts) else float("inf") for at in places if at >= 0]
    return -1 not in places and all(
        each.right <= end for column, end in zip(row, ends, strict=True) for each in column
    )


def _is_label(one: Paragraph, labels: Row) -> bool:
    return one.style == labels[0][0].style


def _together(rows: Sequence[Row]) -> Row:
    """The columns of several rows, each from top to bottom."""
    lefts = [column[0].left for column in rows[0]]
    columns: Row = [[] for _ in lefts]
    for row in rows:
        for column in row:
            place = next(at for at, left in enumerate(lefts) if abs(left - column[0].left) < 2)
            columns[place].extend(column)
    return columns


def _each_has_its_own(columns: Row) -> bool:
    """Whether each column has labels and values of its own: they look different, and the first is a label. Where
    one label is above several values in each, they are a table, which is read row by row."""
    if not columns or not all(columns):
        return False
    label = columns[0][0].style
    looks = [[each.style == label for each in column] for column in columns]
    if not all(column[0] and not all(column) for column in looks):
        return False
    return not all(column.count(True) == 1 and column.count(False) > 1 for column in looks)
