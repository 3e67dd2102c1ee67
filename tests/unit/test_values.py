"""A planned value in the target's writing, as typed and as its record shows it, and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa.targets.profile import Control, Kind, Record
from rpa.targets.values import boxes, collapsed, read, shown, typed

RECORD = Record(steps=(), heading="Record", empty=("-", "not given"), yes="On", no="Off")


def control(kind: Kind, **more: Any) -> Control:
    """A control of a kind."""
    return Control(kind=kind, **more)


@pytest.mark.parametrize(
    ("one", "value", "text"),
    [
        (control(Kind.TEXT), "As it stands ", "As it stands "),
        (control(Kind.DATE), "2026-03-05", "05/03/2026"),
        (control(Kind.DATE, format="%Y-%m-%d"), "2026-03-05", "2026-03-05"),
        (control(Kind.TIME), "07:05", "07:05"),
        (control(Kind.TIME, format="%H%M"), "07:05", "0705"),
    ],
)
def test_typed(one: Control, value: str, text: str) -> None:
    """Dates and times are typed in the control's format; texts as they stand."""
    assert typed(one, value) == text


def test_boxes() -> None:
    """A date in boxes is one text a box, each in its own format."""
    one = control(Kind.DATE, boxes={"Day": "%d", "Month": "%B", "Year": "%Y"})
    assert boxes(one, "2026-03-05") == {"Day": "05", "Month": "March", "Year": "2026"}


@pytest.mark.parametrize(
    ("one", "value", "text"),
    [
        (control(Kind.CHECKBOX), True, "On"),
        (control(Kind.CHECKBOX), False, "Off"),
        (control(Kind.CHECKBOXES), ("b", "a"), ("a", "b")),
        (control(Kind.DATE, shown="%d %b %Y"), "2026-03-05", "05 Mar 2026"),
        (control(Kind.DATE, format="%Y-%m-%d"), "2026-03-05", "2026-03-05"),
        (control(Kind.LINES), "One \r\n  two", "One\ntwo"),
    ],
)
def test_shown(one: Control, value: Any, text: object) -> None:
    """A record shows yes and no in its own words, several values in any order, dates in its own format."""
    assert shown(one, value, RECORD) == text


@pytest.mark.parametrize("text", ["-", " not given ", ""])
def test_nothing_is_read_where_a_record_says_so(text: str) -> None:
    """What a record shows where nothing was given reads as nothing."""
    assert read(text, RECORD) == ""


def test_a_record_that_shows_several_reads_in_any_order() -> None:
    """Several values read the same in whatever order they are shown."""
    assert read(["b ", "a"], RECORD) == read(["a", " b"], RECORD) == ("a", "b")


@given(st.text())
def test_squeezing_changes_white_space_only(text: str) -> None:
    """What no page keeps is white space: the rest is the same, and squeezing twice changes nothing more."""
    once = collapsed(text)
    assert "".join(once.split()) == "".join(text.split())
    assert collapsed(once) == once


@given(st.dates())
def test_dates_come_back(day: Any) -> None:
    """Any date is typed and shown so that it can be told from every other."""
    one = control(Kind.DATE)
    assert typed(one, day.isoformat()) == f"{day.day:02}/{day.month:02}/{day.year:04}"
    assert shown(one, day.isoformat(), RECORD) == typed(one, day.isoformat())
