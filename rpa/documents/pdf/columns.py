"""The columns of a document: where each begins, and how far its lines may reach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from rpa.documents.pdf.segments import Segment, Style
from rpa.documents.pdf.words import Rule

FARTHEST = 2.2  # from line to line of a paragraph, in sizes of the letters
_FILLED = 0.75  # of the way to the next column: as far as the lines of a column reach at least
_WIDE = 0.6  # of the way to the edge of the page: a column that reaches as far is known by its own lines
_WIDEST = 2_000.0  # points


class Columns:
    """What is known of the columns of a document."""

    def __init__(self, pages: Sequence[Sequence[Segment]], rules: Sequence[Sequence[Rule]]) -> None:
        self._next: dict[int, float] = {}  # by the identity of a segment: where the column beside it begins
        self._reach: dict[tuple[int, int], float] = {}
        for page in pages:
            self._find_next(page)
        every = [each for page in pages for each in page]
        self._find_usual(every)
        for each in every:
            column = self._column(each)
            self._reach[column] = max(self._reach.get(column, 0), each.right)
        drawn = (rule.right - 8 for page in rules for rule in page if rule.right < _WIDEST)
        self._edge = max((*self._reach.values(), *drawn), default=0.0)

    def _find_next(self, page: Sequence[Segment]) -> None:
        above: dict[int, Segment] = {}
        for at, each in enumerate(page):
            before = above.get(round(each.left))
            if at + 1 < len(page) and page[at + 1].line == each.line:
                self._next[id(each)] = page[at + 1].left
            elif before is not None and each.base - before.base < FARTHEST * each.size:
                following = self._next.get(
                    id(before), 0.0
                )  # it may be the next line of what has a value beside it
                if each.right < following:
                    self._next[id(each)] = following
            above[round(each.left)] = each

    def _find_usual(self, every: Sequence[Segment]) -> None:
        """Beside a label of several lines its value may stand on none of them, but between two: the next column is
        where it is beside others that look the same."""
        counted: dict[tuple[int, Style], Counter[float]] = defaultdict(Counter)
        for each in every:
            if (following := self._next.get(id(each))) is not None:
                counted[round(each.left), each.style][following] += 1
        usual = {place: known.most_common(1)[0][0] for place, known in counted.items()}
        for each in every:
            following = usual.get((round(each.left), each.style), 0.0)
            if id(each) not in self._next and following > each.right:
                self._next[id(each)] = following

    def _column(self, segment: Segment) -> tuple[int, int]:
        return round(segment.left), round(self._next.get(id(segment), 0))

    def is_full(self, segment: Segment, after: Segment) -> bool:
        """Whether the first word of what follows would have had no room on this line."""
        word = after.words[0]
        return segment.right + 0.2 * segment.size + word.right - word.left > self._limit(segment) - 0.5

    def _limit(self, segment: Segment) -> float:
        """How far a line may reach: to the next column, or as far as others do."""
        left, following = segment.left, self._next.get(id(segment))
        reach = self._reach[self._column(segment)]
        if following is not None:
            return max(reach, left + _FILLED * (following - left))
        return reach if reach - left > _WIDE * (self._edge - left) else self._edge
