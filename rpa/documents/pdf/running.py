"""What stands at the head or foot of every page, such as its number: it is no part of what is written on it.

It is the same on all pages but for its digits, at the same place, and outside of where the text of any page
stands: the first line of every page of a report can be the same too, and is an answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rpa.documents.pdf.segments import Segment
from rpa.documents.pdf.words import Page

_MARGIN = 0.12  # of a page's height
_MANY = 4  # pages: of so many, one may be without
_DIGITS = re.compile(r"\d+")

_Line = list[Segment]
_Place = tuple[str, int, int]


def without_running(
    pages: Sequence[Sequence[Segment]], sizes: Sequence[Page]
) -> tuple[list[list[Segment]], tuple[str, ...]]:
    """The segments of each page without running text, and that text, each once."""
    lines = [_by_line(page) for page in pages]
    talls = [size.tall for size in sizes]
    counted = Counter(
        place
        for page, tall in zip(lines, talls, strict=True)
        for place in {_place(line, tall) for line in page if _in_margin(line, tall)}
    )
    enough = max(2, len(pages) - (len(pages) >= _MANY))
    repeated = {place for place, times in counted.items() if times >= enough}
    rest = [
        [line for line in page if _place(line, tall) not in repeated]
        for page, tall in zip(lines, talls, strict=True)
    ]
    head = min((page[0][0].top for page in rest if page), default=0.0)
    foot = min(
        (tall - page[-1][0].bottom for page, tall in zip(rest, talls, strict=True) if page), default=0.0
    )
    running: dict[_Place, str] = {}
    kept: list[list[Segment]] = []
    for page, tall in zip(lines, talls, strict=True):
        kept.append([])
        for line in page:
            place = _place(line, tall)
            outside = line[0].bottom < head or tall - line[0].top < foot
            if place in repeated and outside:
                running.setdefault(place, " ".join(each.text for each in line))
            else:
                kept[-1].extend(line)
    return kept, tuple(running.values())


def _by_line(page: Sequence[Segment]) -> list[_Line]:
    lines: dict[int, _Line] = {}
    for each in page:
        lines.setdefault(each.line, []).append(each)
    return list(lines.values())


def _in_margin(line: _Line, tall: float) -> bool:
    return not _MARGIN * tall < line[0].base < (1 - _MARGIN) * tall


def _place(line: _Line, tall: float) -> _Place:
    text = _DIGITS.sub("0", " ".join(each.text for each in line))
    at_foot = line[0].base > tall / 2
    return text, round(tall - line[0].base if at_foot else line[0].base), round(line[0].left / 4)
