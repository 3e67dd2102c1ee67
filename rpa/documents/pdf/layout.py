"""Words on pages -> blocks in the order in which a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rpa.documents.pdf.columns import Columns
from rpa.documents.pdf.paragraphs import Paragraph, paragraphs_of
from rpa.documents.pdf.rows import Row, in_order, rows_of
from rpa.documents.pdf.running import without_running
from rpa.documents.pdf.segments import Segment, Style, most, segments_of
from rpa.documents.pdf.words import Page
from rpa.documents.written import Block, Field

_LARGER = 1.15  # than the text, in its size
_LONGEST_HEADING = 200  # characters
_LEVELS = 6


def parts_of(pages: Sequence[Page]) -> tuple[tuple[Block | Field, ...], tuple[str, ...]]:
    """The blocks and fields of all pages, and what stands at the head or foot of them, each once."""
    segments = [segments_of(page.words, number) for number, page in enumerate(pages, 1)]
    rest, running = without_running(segments, pages)
    style = _body(rest)
    levels = _levels(rest, style[0])
    paragraphs = paragraphs_of(rest, [page.rules for page in pages])

    def level(each: Paragraph) -> int:
        return levels.get(each.style[0], 0) if len(each.text) <= _LONGEST_HEADING else 0

    rows = _across_pages(list(map(rows_of, paragraphs)), Columns(rest, [page.rules for page in pages]))
    found = in_order(rows, lambda each: level(each) > 0)
    return _without_labels([_part(each, level(each), style) for each in found]), running


def _without_labels(parts: Sequence[Block | Field]) -> tuple[Block | Field, ...]:
    """A label beside a field that has the same label of its own is there once."""
    return tuple(
        each
        for each, after in zip_longest(parts, parts[1:])
        if not (isinstance(each, Block) and isinstance(after, Field) and _same(each.text, after.label))
    )


def _same(one: str, other: str) -> bool:
    return one.casefold().strip(" :*") == other.casefold().strip(" :*")


def _part(each: Paragraph, level: int, body: Style) -> Block | Field:
    word = each.first.words[0]
    if word.box and word.label:
        return Field(word.label, word.text, each.first.page)
    emphasised = each.style[1] or (each.style[2] >= 0 and each.style[2] != body[2])
    return Block(each.text, each.first.page, level, emphasised, round(each.first.left, 1))


def _body(pages: Sequence[Sequence[Segment]]) -> Style:
    return most([((0.0, False, 0), 0), *((each.style, len(each.text)) for page in pages for each in page)])


def _levels(pages: Sequence[Sequence[Segment]], body: float) -> dict[float, int]:
    sizes = sorted({each.size for page in pages for each in page if each.size > _LARGER * body}, reverse=True)
    return {size: min(level, _LEVELS) for level, size in enumerate(sizes, 1)}


def _across_pages(pages: Sequence[Sequence[Row]], columns: Columns) -> list[Row]:
    """The rows of all pages. Text that goes on at the top of the next page is one paragraph; a row goes on in all
    that it has there, or it is another row."""
    found: list[Row] = []
    ends: dict[int, Paragraph] = {}  # the last of each column of a page, by its left edge
    for page in pages:
        first = [each for column in page[0] for each in column] if page else []
        before = [(each, ends.get(round(each.left))) for each in first]
        joined: list[Paragraph] = []
        if all(one is not None and _goes_on(one, each, columns) for each, one in before):
            for each, one in before:
                if one is not None:
                    one.lines.extend(each.lines)
                    joined.append(one)
        rest = page[1:] if joined else page
        found.extend(rest)
        stands = [*joined, *(each for row in rest for column in row for each in column)]
        lowest = max((each.last.bottom for each in stands), default=0.0)
        ends = {round(each.left): each for each in stands if each.last.bottom > lowest - 3 * each.last.size}
    return found


def _goes_on(before: Paragraph, after: Paragraph, columns: Columns) -> bool:
    return (
        abs(before.last.left - after.first.left) <= 1
        and before.last.style == after.first.style
        and columns.is_full(before.last, after.first)
        and not before.text.rstrip().endswith((".", ":", "?", "!"))
    )
