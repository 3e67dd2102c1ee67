"""Words on a page -> segments: one column's part of one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rpa.documents.pdf.words import Word

_COLUMN_GAP = 1.2  # a gap this wide, in sizes of the letters, is one between columns
Style = tuple[float, bool, int]

_BULLET = re.compile(r"[•◦▪‣·*\u2013-]|\(?\w{1,2}[.)]")


@dataclass(frozen=True)
class Segment:
    """Words that stand together on a line. `line_left`: where the line it was cut from begins."""

    words: tuple[Word, ...]
    page: int
    line: int
    line_left: float

    @cached_property
    def text(self) -> str:
        """Its words."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def style(self) -> Style:
        """What most of its letters look like."""
        return most((word.style, len(word.text)) for word in self.words)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.words[0].left

    @cached_property
    def right(self) -> float:
        """Where it ends."""
        return max(word.right for word in self.words)

    @cached_property
    def base(self) -> float:
        """The line it stands on."""
        return max(self.words, key=lambda word: word.size).base

    @property
    def size(self) -> float:
        """Of its letters."""
        return self.style[0]

    @property
    def top(self) -> float:
        """The upper edge of its letters."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        """The lower edge of its letters."""
        return max(word.bottom for word in self.words)

    @property
    def continued_at(self) -> tuple[float, ...]:
        """Where its next line may begin: below it, below the line it was cut from, or below what follows a
        bullet."""
        if len(self.words) > 1 and _BULLET.fullmatch(self.words[0].text):
            return self.left, self.line_left, self.words[1].left
        return self.left, self.line_left


def most(weighed: Iterable[tuple[Style, int]]) -> Style:
    """The style with the greatest weight."""
    counted: Counter[Style] = Counter()
    for style, weight in weighed:
        counted[style] += weight
    return counted.most_common(1)[0][0]


def segments_of(words: Sequence[Word], page: int) -> list[Segment]:
    """The segments of a page, from top to bottom and from left to right."""
    found = [each for number, line in enumerate(_lines(words)) for each in _cut(line, page, number)]
    return _cut_where_others_begin(found)


def _lines(words: Sequence[Word]) -> Iterator[list[Word]]:
    line: list[Word] = []
    for word in sorted(words, key=lambda word: (word.base, word.left)):
        if line and word.base - line[0].base > 0.3 * max(word.size, line[0].size):
            yield sorted(line, key=lambda word: word.left)
            line = []
        line.append(word)
    if line:
        yield sorted(line, key=lambda word: word.left)


def _cut(line: Sequence[Word], page: int, number: int) -> Iterator[Segment]:
    start, right = 0, line[0].right
    for at in range(1, len(line)):
        apart = line[at].left - right > _COLUMN_GAP * max(line[at].size, line[at - 1].size)
        if apart or line[at].box or line[at - 1].box:
            yield from _label_first(line[start:at], page, number)
            start = at
        right = max(right, line[at].right)
    yield from _label_first(line[start:], page, number)


def _label_first(words: Sequence[Word], page: int, number: int) -> Iterator[Segment]:
    """Bold words before others that are not are a label before its value."""
    bold = next((at for at, word in enumerate(words) if not word.bold), 0)
    if bold and not any(word.bold for word in words[bold:]):
        yield Segment(tuple(words[:bold]), page, number, words[0].left)
        yield Segment(tuple(words[bold:]), page, number, words[0].left)
    else:
        yield Segment(tuple(words), page, number, words[0].left)


def _cut_where_others_begin(found: list[Segment]) -> list[Segment]:
    """A label that is as wide as its column comes close to its value: cut where the values of others begin."""
    begins = Counter(round(each.left) for before, each in pairwise(found) if each.line == before.line)
    columns = {left for left, times in begins.items() if times > 1}
    if not columns:
        return found
    return [piece for each in found for piece in _cut_at(each, columns)]


def _cut_at(segment: Segment, columns: set[int]) -> Iterator[Segment]:
    words, start = segment.words, 0
    gaps = [after.left - before.right for before, after in pairwise(words)]
    usual = sorted(gaps)[len(gaps) // 2] if len(gaps) > 2 else 0.28 * segment.size
    for at, gap in enumerate(gaps, 1):
        odd = words[at].apart or (gap > 0.1 and abs(gap - usual) > 0.45 * usual)
        if odd and round(words[at].left) in columns:
            yield Segment(words[start:at], segment.page, segment.line, segment.line_left)
            start = at
    yield Segment(words[start:], segment.page, segment.line, segment.line_left)
