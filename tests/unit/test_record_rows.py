"""Rows of a record that were there before an update: found again wherever they stand, in little time."""

from __future__ import annotations

from collections.abc import Sequence
from time import process_time

import pytest

from rpa.browser.values import Cells, ShownGrid, ShownRecord
from rpa.errors import TargetError
from rpa.targets.profile import Control, Grid, Kind, Screen
from rpa.targets.record_page import RecordPage, record_page
from rpa.targets.record_rows import MOST_COMPARED, Table, without
from tests.worlds import definitions

KINDS = {"What": Kind.TEXT, "When": Kind.DATE, "Colours": Kind.SELECT_MANY}
FEW_SECONDS = 10  # of work: each row with each other takes many minutes


def page(*rows: Cells, name: str = "Things", others: Sequence[ShownGrid] = ()) -> RecordPage:
    """A record's page with one table of these columns."""
    columns = {name: Control(kind=kind) for name, kind in KINDS.items()}
    screen = Screen(name="Screen", grids={name: Grid(row="inline", columns=columns)})
    profile = definitions().profile.model_copy(update={"screens": (screen,)})
    return record_page(profile, profile.record, ShownRecord((), (ShownGrid("", name, rows), *others)))


def numbered(number: int, when: str = "2026-03-04") -> Cells:
    """One row of many."""
    return {"What": f"Thing {number}", "When": when}


def test_many_rows_in_another_order() -> None:
    """Rows that were there before are found again in any order, in a time that grows with their number only."""
    rows = [numbered(number) for number in range(5_000)]
    had, began = tuple(page(*rows).recorded()), process_time()
    assert page(*rows[::-1], numbered(-1)).tables(had) == {"things": Table((numbered(-1),), 0)}
    assert process_time() - began < FEW_SECONDS


def test_many_tables() -> None:
    """A page of many tables is compared in a time that grows with their number only."""
    others = [ShownGrid("", f"Table {number}", ()) for number in range(10_000)]
    had, began = tuple(page(*map(numbered, range(10_000)), others=others).recorded()), process_time()
    tables = page(others=others).tables(had)
    assert tables["things"].lost == 10_000
    assert process_time() - began < FEW_SECONDS


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ({"What": "A", "When": "2026-03-04"}, {"What": "A", "When": "04/03/2026"}, 0),
        ({"What": "A", "When": "2026-03-04"}, {"What": "A", "When": "05/03/2026"}, 1),
        ({"What": "A", "When": "2026-03-04"}, {"What": "A"}, 0),
        ({"What": "A"}, {"What": "A", "When": ""}, 0),
        ({"What": "0800 123456"}, {"What": "0800123456"}, 0),
    ],
)
def test_the_same_row_in_another_form(before: Cells, after: Cells, lost: int) -> None:
    """A row is the same if it means the same in the columns that the page has now."""
    had = tuple(page(before, numbered(1)).recorded())
    assert page(numbered(1), after).tables(had)["things"] == Table((after,) * lost, lost)


def test_equal_rows_count_each() -> None:
    """Of three equal rows where there were two, one is new."""
    had = tuple(page(numbered(1), numbered(1)).recorded())
    assert page(*[numbered(1)] * 3).tables(had)["things"] == Table((numbered(1),), 0)


def test_too_many_other_rows() -> None:
    """Rows of which too many are others than before are not compared one by one: a person looks."""
    number = int(MOST_COMPARED**0.5) + 1
    had = tuple(page(*map(numbered, range(number))).recorded())
    changed = page(*(numbered(each, "05/03/2026") for each in range(number)))
    with pytest.raises(TargetError, match="too many rows are others than before"):
        changed.tables(had)
    assert changed.tables(()) == {"things": Table(changed.grids["things"], 0)}


def of_columns(number: int, text: str) -> dict[str, str]:
    """A row in other columns than any other number's."""
    return {f"Column {place}": text for place in range(13) if number >> place & 1}


def test_too_many_rows_of_other_columns() -> None:
    """Rows that each have other columns are not looked for in each of those: a person looks, and soon."""
    numbers, began = range(1, 4_000), process_time()
    texts, had = ([of_columns(number, text) for number in numbers] for text in ("now", "before"))
    with pytest.raises(TargetError, match="too many rows have other columns than others"):
        without([{}] * len(texts), texts, had, {})
    assert process_time() - began < FEW_SECONDS
