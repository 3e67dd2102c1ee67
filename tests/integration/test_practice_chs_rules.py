"""What the practice CHS refuses, and how it says so."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpa.practice_chs.rules import tidy_date
from tests.integration.practice_chs_visitor import FIRST, RunningChs, Visitor

pytest_plugins = ["tests.integration.practice_chs_fixtures"]


def test_what_is_missing_is_named_and_nothing_is_lost(visitor: Visitor) -> None:
    """An empty first screen names each required control; what was typed beside them stays."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), {"Force identifier": "42"})
    required = ("Source reference", "Origin", "Date reported", "Time reported", "Reported as")
    assert page.errors == [f"{label} must be given" for label in required]
    assert page.inline_errors == page.errors
    assert page.root.one("div", class_="error-summary").attrs["role"] == "alert"
    assert page.root.one("div", class_="error-summary").one("h2").text() == "There is a problem"
    for link in page.root.one("div", class_="error-summary").all("a"):
        assert page.root.all(id=link.attrs["href"].removeprefix("#"))
    assert page.control("Force identifier").attrs["value"] == "42"


@pytest.mark.parametrize(
    ("screen", "wrong", "message"),
    [
        (
            "Contact and origin",
            {"Source reference": "x" * 41},
            "Source reference must be 40 characters or fewer",
        ),
        ("Contact and origin", {"Date reported": "31/02/2026"}, "Date reported must be a real date"),
        ("Contact and origin", {"Date reported": "1//2026"}, "Date reported must be a real date"),
        ("Contact and origin", {"Time reported": "24:00"}, "Time reported must be a time such as 14:05"),
        ("Contact and origin", {"Origin": "77"}, "Origin must be chosen from its list"),
        ("Person reporting", {"Title": "Wizard"}, "Title must be chosen from its list"),
        (
            "Person reporting",
            {"Current address / Country": "Utopia"},
            "Current address: Country must be chosen",
        ),
        ("Person reporting", {"Alias": "x" * 41}, "Alias must be 40 characters or fewer"),
        ("Person reporting", {"Nationality": "999"}, "Nationality must be chosen from its list"),
        ("Victim", {"Victim is": []}, "Victim is must be given"),
        ("Location", {"Street": "x" * 161}, "Street must be 160 characters or fewer"),
        (
            "Incident",
            {"Category": "Crime", "Opening code": "900"},
            "Opening code must be chosen from its list",
        ),
        ("Incident", {"Date from": "2026-01-01"}, "Date from must be a real date"),
        ("Incident", {"Time to": "9:00"}, "Time to must be a time such as 14:05"),
        ("Incident", {"Description": "x" * 4001}, "Description must be 4000 characters or fewer"),
        ("Incident", {"Weapons": ["ok", "x" * 61]}, "Weapons must be 60 characters or fewer"),
    ],
)
def test_a_wrong_value_is_refused_by_name(
    visitor: Visitor, screen: str, wrong: dict[str, str], message: str
) -> None:
    """Each rule of each kind of control is held on the server, and the error names the control, not the value."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    page = visitor.open(page.link(screen))
    least = {"Victim is": "A business"} if screen == "Victim" else {}
    page = visitor.save_screen(page, {**least, **wrong})
    assert page.heading == screen
    assert any(error.startswith(message) for error in page.errors)


@pytest.mark.parametrize(
    ("screen", "rows", "message"),
    [
        (
            "Suspects",
            [{"Alias": "A", "Date of birth": "30/02/2000"}],
            "Suspects, row 1: Date of birth must be",
        ),
        ("Suspects", [{"Alias": "A"}] * 21, "Suspects can have at most 20 rows"),
        ("Property", [{"Make": "Example"}], "Property, row 1: Type must be given"),
        ("Vehicles", [{"Involvement": "Stolen"}, {"VIN": "1"}], "Vehicles, row 2: Involvement must be given"),
        ("Witnesses", [{"Forename": "Sam"}], "Witnesses, row 1: Surname must be given"),
        (
            "Log",
            [{"Entry type": "Note", "Entry": "x" * 2001}],
            "Log entries, row 1: Entry must be 2000 characters",
        ),
    ],
)
def test_a_wrong_row_is_refused_and_kept(
    visitor: Visitor, screen: str, rows: list[dict[str, str]], message: str
) -> None:
    """Rows are held to their columns' rules and their grid's limit; the rows typed stay on the screen."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    page = visitor.save_screen(visitor.open(page.link(screen)), {}, rows)
    assert page.heading == screen
    assert any(error.startswith(message) for error in page.errors)
    assert len(page.root.one("div", class_="grid").one("tbody").all("tr")) == len(rows)


def test_save_names_what_other_screens_still_need(chs: RunningChs, visitor: Visitor) -> None:
    """Going straight to the review and saving names the missing controls with their screens, and saves nothing."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    page = visitor.press(visitor.open(page.link("Review")))
    assert page.errors == [
        "Victim: Victim is must be given",
        "Incident: Category must be given",
        "Incident: Opening code must be given",
    ]
    assert chs.records() == []


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_any_real_date_is_tidied(day: date) -> None:
    """A date typed without leading noughts is stored as dd/mm/yyyy, and only real dates are."""
    assert tidy_date(f"{day.day}/{day.month}/{day.year}") == day.strftime("%d/%m/%Y")
    assert tidy_date(f"{day.day}/13/{day.year}") is None
