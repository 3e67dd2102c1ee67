"""Rows of a saved record's table: which of them were there before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rpa.browser.values import Cells
from rpa.errors import TargetError
from rpa.targets.profile import Control
from rpa.targets.values import means

Text = str | tuple[str, ...]
Texts = Mapping[str, Text]
"""What a row shows: column -> text, in the columns that it has."""

MOST_COMPARED = 40_000
"""Pairs of rows that are compared column by column: a page must not hold a worker up."""
MOST_LOOKED_FOR = 200_000
"""Rows before times the sets of columns that rows have now: each row is looked for as it would be in each."""


@dataclass(frozen=True)
class Table:
    """The rows of a table that were not there before, and how many of those that were are changed or gone."""

    rows: Sequence[Cells]
    lost: int


def without(
    rows: Sequence[Cells], texts: Sequence[Texts], before: Sequence[Texts], columns: Mapping[str, Control]
) -> Table:
    """A table without the rows that were there `before`. `texts`: what each of its rows shows.

    1. Rows that show the same texts are the same: most are, and this takes time by their number only, as rows of a
       table have few sets of columns. Raises `TargetError` where those have too many.
    2. Each of the others is compared with each, by what they mean. Raises `TargetError` where those are too many.
    """
    left, changed = _others(texts, before)  # 1
    if len(left) * len(changed) > MOST_COMPARED:
        raise TargetError("too many rows are others than before to be compared with them")
    lost = 0
    for had in changed:  # 2
        same = next((place for place in left if _is_same(texts[place], had, columns)), None)
        if same is None:
            lost += 1
        else:
            del left[same]
    return Table(tuple(rows[place] for place in left), lost)


def _others(texts: Sequence[Texts], before: Sequence[Texts]) -> tuple[dict[int, None], list[Texts]]:
    """The places of rows, in order, and the rows before, that have none of the same texts on the other side."""
    places: dict[object, list[int]] = {}
    for place in reversed(range(len(texts))):
        places.setdefault(_key(texts[place], texts[place]), []).append(place)
    shapes = {tuple(each): None for each in texts}
    if len(shapes) * len(before) > MOST_LOOKED_FOR:
        raise TargetError("too many rows have other columns than others to be compared with those before")
    left, changed = dict.fromkeys(range(len(texts))), []
    for had in before:
        same = next((found for key in _keys(had, shapes) if (found := places.get(key))), None)
        if same:
            del left[same.pop()]
        else:
            changed.append(had)
    return left, changed


def _keys(had: Texts, shapes: Mapping[tuple[str, ...], None]) -> Iterator[object]:
    """A row as it would be if it had the columns of each of those shown."""
    return (_key(shape, had) for shape in shapes)


def _key(columns: Sequence[str] | Texts, texts: Texts) -> object:
    return tuple((name, texts.get(name, "")) for name in columns)


def _is_same(texts: Texts, had: Texts, columns: Mapping[str, Control]) -> bool:
    """Whether a row shows what another had, in the columns that it has."""
    return all(
        means(columns[name], had.get(name, ""), text, columns[name].shown) for name, text in texts.items()
    )
