"""Segments -> paragraphs: the lines that were wrapped are put together again.

A line goes on in the one below it where both begin at the same place and look the same, they are as close as
the lines of a paragraph are in this document, nothing is drawn between them, and the next word had no room on the
first.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rpa.documents.pdf.columns import FARTHEST, Columns
from rpa.documents.pdf.segments import Segment, Style, most
from rpa.documents.pdf.words import Rule

_HYPHEN = re.compile(r"(?<=\w)-\n")  # a word with a hyphen that goes on on the next line
_CLOSEST = 0.8  # from line to line of a paragraph, in sizes of the letters
_SLACK = 1.06
_SAME_LEFT = 1.0  # points
_MANY = 0.3  # of what stands below each other in a column: its rows are apart where as much is


@dataclass
class Paragraph:
    """Lines that belong together. `after`: the one that it follows in the same row, after a line that ended."""

    lines: list[Segment] = field(default_factory=list)
    after: Paragraph | None = field(default=None, repr=False)

    @property
    def first(self) -> Segment:
        """Its first line."""
        return self.lines[0]

    @property
    def last(self) -> Segment:
        """Its last line."""
        return self.lines[-1]

    @property
    def text(self) -> str:
        """Its lines, joined."""
        return _HYPHEN.sub("-", "\n".join(line.text for line in self.lines)).replace("\n", " ")

    @cached_property
    def style(self) -> Style:
        """What most of its letters look like."""
        return most((line.style, len(line.text)) for line in self.lines)

    @cached_property
    def left(self) -> float:
        """Where it begins."""
        return min(line.left for line in self.lines)

    @cached_property
    def right(self) -> float:
        """Where its longest line ends."""
        return max(line.right for line in self.lines)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.first.top

    @cached_property
    def bottom(self) -> float:
        """Its lower edge, on the page where it begins."""
        return max(line.bottom for line in self.lines if line.page == self.first.page)


class Lines:
    """The segments of one page as they stand below each other."""

    def __init__(self, page: Sequence[Segment], rules: Sequence[Rule], columns: Columns) -> None:
        self._page, self._columns = page, columns
        self._rules = sorted(rules, key=lambda rule: rule.height)
        self._heights = [rule.height for rule in self._rules]
        self._beside: dict[int, list[Segment]] = defaultdict(list)
        self._ended: dict[tuple[int, int], set[int]] = {}
        for each in page:
            self._beside[each.line].append(each)

    def pairs(self) -> Iterator[tuple[Segment, Segment]]:
        """Every segment with the nearest one below it that could be its next line."""
        above: dict[int, list[Segment]] = {}
        for each in self._page:
            place = round(each.left)
            candidates = (one for by in (0, -1, 1) for one in above.get(place + by, ()))
            found = [one for one in candidates if self._may_follow(one, each)]
            if found:
                yield max(found, key=lambda one: one.base), each
            for left in {round(left) for left in each.continued_at}:
                same_line = above.get(left, [])[-1:]
                if same_line and same_line[0].line == each.line:
                    above[left].append(each)
                else:
                    above[left] = [each]

    def _may_follow(self, above: Segment, below: Segment) -> bool:
        near = any(abs(left - below.left) <= _SAME_LEFT for left in above.continued_at)
        pitch = (below.base - above.base) / (above.size or 1)
        return (
            near
            and below.line != above.line
            and above.style[1:] == below.style[1:]
            and abs(above.size - below.size) <= 0.05 * above.size
            and _CLOSEST <= pitch <= 2 * FARTHEST
        )

    def parted(self, above: Segment, below: Segment) -> bool:
        """Whether something is drawn between the two that is wider than the words above: not their underline."""
        first = bisect_left(self._heights, above.base + 0.05 * above.size)
        last = bisect_left(self._heights, below.base - 0.5 * below.size)
        return any(
            rule.left <= above.left - 0.8 and rule.right >= above.left + 0.5 * (above.right - above.left)
            for rule in self._rules[first : min(last, first + 200)]
        )

    def contradicted(self, above: Segment, below: Segment) -> bool:
        """Whether both lines have something in another column, too, that does not go on: two rows, perhaps."""
        lines = above.line, below.line
        if lines not in self._ended:
            self._ended[lines] = self._ends(*lines)
        return bool(self._ended[lines] - {round(above.left)})

    def _ends(self, upper: int, lower: int) -> set[int]:
        """Where the columns begin that have something on both lines that does not go on."""
        under = {round(each.left): each for each in self._beside[lower]}
        both = ((each, under.get(round(each.left))) for each in self._beside[upper])
        return {
            round(each.left)
            for each, after in both
            if after is not None
            and each.style[1:] == after.style[1:]
            and not self._columns.is_full(each, after)
        }


def paragraphs_of(
    pages: Sequence[Sequence[Segment]], rules: Sequence[Sequence[Rule]]
) -> list[list[Paragraph]]:
    """The paragraphs of each page, in the order of their first lines; those that go on on the next page do."""
    columns = Columns(pages, rules)
    lines = [Lines(page, drawn, columns) for page, drawn in zip(pages, rules, strict=True)]
    close = _closeness(lines, columns)
    return [_joined(page, each, columns, close) for page, each in zip(pages, lines, strict=True)]


class _Closeness:
    """How close the lines of a paragraph are: by the size of their letters, and whether rows are farther apart."""

    def __init__(self, usual: dict[float, float], apart: set[int]) -> None:
        self._usual, self._apart = usual, apart
        self._any = min(usual.values(), default=1.5)

    def most(self, size: float) -> float:
        """From one line to the next, in sizes of the letters."""
        return self._usual.get(round(size), self._any) * _SLACK + 0.02

    def rows_are_apart(self, left: float) -> bool:
        """Whether what begins here has rows that are farther apart than its lines."""
        return round(left) in self._apart


def _closeness(pages: Sequence[Lines], columns: Columns) -> _Closeness:
    usual: dict[float, float] = {}
    pitches: list[tuple[Segment, float]] = []
    for page in pages:
        for above, below in page.pairs():
            pitch = (below.base - above.base) / above.size
            pitches.append((above, pitch))
            if pitch <= FARTHEST and columns.is_full(above, below) and not page.contradicted(above, below):
                size = round(above.size)
                usual[size] = min(usual.get(size, FARTHEST), pitch)
    close = _Closeness(usual, set())
    every = Counter(round(above.left) for above, _ in pitches)
    farther = Counter(round(above.left) for above, pitch in pitches if pitch > close.most(above.size))
    return _Closeness(usual, {left for left, times in farther.items() if times >= _MANY * every[left]})


def _joined(page: Sequence[Segment], lines: Lines, columns: Columns, close: _Closeness) -> list[Paragraph]:
    above = {
        id(below): above
        for above, below in lines.pairs()
        if (below.base - above.base) / above.size <= close.most(above.size) and not lines.parted(above, below)
    }
    found: list[Paragraph] = []
    by_line: dict[int, Paragraph] = {}
    gone_on: set[int] = set()
    for each in page:
        before = above.get(id(each))
        apart = close.rows_are_apart(each.left)
        paragraph = Paragraph()
        if (
            before is not None
            and id(before) not in gone_on
            and (apart or not lines.contradicted(before, each))
        ):
            gone_on.add(id(before))
            if columns.is_full(before, each):
                paragraph = by_line[id(before)]
            elif apart and abs(before.left - each.left) <= _SAME_LEFT:
                paragraph.after = by_line[id(before)]
        if not paragraph.lines:
            found.append(paragraph)
        paragraph.lines.append(each)
        by_line[id(each)] = paragraph
    return found
