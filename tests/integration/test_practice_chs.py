"""The practice CHS over HTTP: what it saves and what it shows of it again."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpa.practice_chs.screens import standard_screens
from tests.integration.practice_chs_page import Node, Page
from tests.integration.practice_chs_visitor import FIRST, Given, RunningChs, Visitor

pytest_plugins = ["tests.integration.practice_chs_fixtures"]

WHOLE: dict[str, Given] = {
    "Contact and origin": {
        **FIRST,
        "Customer reference": "TYA-1-23-0100-000",
        "Force identifier": "42",
        "Preferred contact": "Phone",
        "High harm": True,
        "Reported before": "No",
        "Earlier reference": "E" * 50,
        "Contacted police before": "Called 101",
    },
    "Person reporting": {
        "Person record": "P-000143",
        "Title": "Professor",
        "Surname": "O'Example <b>&amp;",
        "Date of birth": "1/2/1980",
        "Gender": "Non-binary",
        "Ethnicity (self-defined)": "B2 African",
        "Email": "example@example.com",
        "Mobile phone": "07700 900123",
        "Current address / Street": "Example Street",
        "Current address / Country": "Côte d'Ivoire",
        "Nationality": "British",
        "First language": "Welsh",
        "Disability categories": ["Mental health", "Sensory"],
        "Communication needs": "One line\r\n\r\n  and another",
    },
    "Victim": {
        "Victim is": "A business",
        "Business name": "Example & Sons",
        "Business address / Street": "Sample Road",
        "Vulnerable": False,
        "Vulnerability factors": ["Under 18"],
    },
    "Location": {
        "Gazetteer": "100012345678",
        "Street": "High Example",
        "Place type": "Shed",
        "On public transport": True,
        "Location description": "Behind the “sheds”",
    },
    "Incident": {
        "Category": "Crime",
        "Opening code": "003 Burglary Dwelling",
        "Date from": "1/1/2026",
        "Time from": "23:59",
        "Method": "M" * 300,
        "Description": "D" * 4000,
        "Weapons": ["Kukri | Metal bar", "Stick"],
        "Hate crime": "No",
    },
    "Suspects": {"Suspect known": "Can be described", "Suspect description": "Tall"},
    "Witnesses": {"Any witnesses": "Yes"},
}
ROWS = {
    "Suspects": [
        {"Surname": "Sample", "Date of birth": "9/8/1990", "Build": "Slim", "Hair colour": "Dark Brown"},
        {"Alias": "Nobody", "Ethnic appearance": "Not Known"},
    ],
    "Property": [{"Type": "Bicycle", "Status": "Stolen", "Colour": "Two Tone", "Value": "£1,200"}],
    "Vehicles": [{"Involvement": "Used by suspect", "Registration": "AB12 CDE", "Fuel": "Electric"}],
    "Witnesses": [{"Surname": "Specimen", "Consents to contact": "Not asked"}],
    "Log": [
        {"Entry type": "Narrative", "Entry": "Part 1\n\nof 2"},
        {"Entry type": "Note", "Entry": "n" * 2000},
    ],
}
NOT_GIVEN = "\N{EN DASH}"


def shown(page: Page) -> dict[str, dict[str, str | list[str]]]:
    """The record page read back: `{screen: {key: text or texts}}`."""
    record: dict[str, dict[str, str | list[str]]] = {}
    for part in page.root.all("section", class_="part"):
        fields = record.setdefault(part.one("h2").text(), {})
        prefix = ""
        for child in (part_ for part_ in part.parts if isinstance(part_, Node)):
            if child.tag == "h3":
                prefix = child.text() + " / "
            for pair in child.all("div") if child.tag == "dl" else ():
                value = pair.one("dd")
                texts = [item.text() for item in value.all("li")]
                fields[prefix + pair.one("dt").text()] = texts or value.text()
    return record


def shown_rows(page: Page) -> dict[str, list[dict[str, str]]]:
    """The grids of the record page: `{caption: [{heading: cell}]}`, without the cells not given."""
    grids = {}
    for table in page.root.one("main").all("table"):
        headings = [cell.text() for cell in table.all("th")]
        rows = [[cell.text() for cell in row.all("td")] for row in table.one("tbody").all("tr")]
        grids[table.one("caption").text()] = [
            {heading: cell for heading, cell in zip(headings, row, strict=True) if cell != NOT_GIVEN}
            for row in rows
        ]
    return grids


def test_a_whole_record_is_saved_once_and_shown_as_given(chs: RunningChs, visitor: Visitor) -> None:
    """Every kind of control and every grid reaches the ledger and the record page exactly as given."""
    reference = visitor.save(WHOLE, **ROWS)
    (record,) = chs.records("REF-1")
    assert record["chs_reference"] == reference
    assert record["account"] == "robot01"
    assert datetime.fromisoformat(record["saved_at"]).tzinfo == UTC
    fields = record["fields"]
    assert fields["Contact and origin"]["Date reported"] == "03/02/2026"
    assert fields["Contact and origin"]["High harm"] is True
    assert fields["Person reporting"]["Person record"] == "P-000143 SPECIMEN Taylor 11/10/1990"
    assert fields["Person reporting"]["Surname"] == "O'Example <b>&amp;"
    assert fields["Person reporting"]["Date of birth"] == "01/02/1980"
    assert fields["Person reporting"]["Communication needs"] == "One line\n\n  and another"
    assert fields["Person reporting"]["Disability categories"] == ["Mental health", "Sensory"]
    assert fields["Person reporting"]["Current address / Country"] == "Côte d'Ivoire"
    assert "Forename" not in fields["Person reporting"]
    assert fields["Victim"]["Business address / Street"] == "Sample Road"
    assert fields["Victim"]["Vulnerable"] is False
    assert fields["Location"]["Gazetteer"] == "100012345678 10 Example Street EXAMPLETON EX1 1AA"
    assert fields["Incident"]["Opening code"] == "003 Burglary Dwelling"
    assert fields["Incident"]["Weapons"] == ["Kukri | Metal bar", "Stick"]
    assert record["rows"]["Suspects"][0]["Date of birth"] == "09/08/1990"
    assert record["rows"]["Log entries"] == ROWS["Log"]

    page = visitor.open(f"/records/{reference}")
    assert page.heading == f"Record {reference}"
    as_text = {
        screen: {
            key: {True: "Yes", False: "No"}.get(value, value) if isinstance(value, bool) else value
            for key, value in controls.items()
        }
        for screen, controls in fields.items()
    }
    given_only = {
        screen: {key: value for key, value in controls.items() if value != NOT_GIVEN}
        for screen, controls in shown(page).items()
    }
    assert {screen: controls for screen, controls in given_only.items() if controls} == as_text
    assert {grid: rows for grid, rows in shown_rows(page).items() if rows} == record["rows"]


def test_every_control_and_grid_has_a_place_on_the_record_page(visitor: Visitor) -> None:
    """A record shows each caption of the journey, given or not, and a dash for what was not given."""
    page = visitor.open(f"/records/{visitor.save()}")
    fields = shown(page)
    for screen in standard_screens()[:-1]:
        assert set(fields[screen.title]) == {control.key for control in screen.controls()}
    assert set(shown_rows(page)) == {grid.label for screen in standard_screens() for grid in screen.grids}
    assert fields["Person reporting"]["Surname"] == NOT_GIVEN


def test_a_blank_row_is_no_row(chs: RunningChs, visitor: Visitor) -> None:
    """A row added and left empty is not saved."""
    visitor.save({}, Property=[{}, {"Type": "Other", "Status": "Lost"}, {}])
    assert chs.records()[0]["rows"] == {"Property": [{"Type": "Other", "Status": "Lost"}]}


def test_a_panel_not_chosen_is_not_saved(chs: RunningChs, visitor: Visitor) -> None:
    """What was typed for another person is dropped once the victim is the person reporting."""
    review = visitor.to_review({"Victim": {"Victim is": "Another person", "Victim surname": "Sample"}})
    page = visitor.open(review.link("Victim"))
    page = visitor.save_screen(page, {"Victim is": "The person reporting", "Victim surname": "Sample"})
    visitor.press(visitor.open(page.link("Review")))
    assert chs.records()[0]["fields"]["Victim"] == {"Victim is": "The person reporting", "Vulnerable": False}


def test_the_same_draft_posted_twice_is_two_records(chs: RunningChs, visitor: Visitor) -> None:
    """The target does not protect anybody from a save that is repeated."""
    review = visitor.to_review()
    first, second = visitor.press(review), visitor.press(review)
    assert first.answer.url != second.answer.url
    assert len(chs.records("REF-1")) == 2


def test_template_and_discard_make_no_record(chs: RunningChs, visitor: Visitor) -> None:
    """The buttons beside Save record save nothing; a template starts another record with the same values."""
    home = visitor.press(visitor.to_review(), "template")
    assert home.heading == "Home"
    assert "No record was made" in home.root.one("main").text()
    page = visitor.open(home.link("Start from template 1"))
    assert page.control("Source reference").attrs["value"] == "REF-1"
    review = visitor.to_review()
    assert visitor.press(review, "discard").heading == "Home"
    assert visitor.press(review).answer.status_code == 409
    assert chs.records() == []


def test_search_finds_by_source_reference_and_by_our_own(visitor: Visitor) -> None:
    """Both search boxes find the record and link to it; what is not there is said not to be."""
    reference = visitor.save()
    found = visitor.open("/search?ctl20_src=REF-1")
    assert found.heading == "Search records"
    cells = [cell.text() for cell in found.root.one("tbody").all("td")]
    assert [cells[0], cells[1], cells[3]] == [reference, "REF-1", "robot01"]
    assert visitor.open(found.link(reference)).heading == f"Record {reference}"
    assert visitor.open(f"/search?ctl20_qck={reference.lower()}").link(reference)
    for query in ("ctl20_src=REF", "ctl20_qck=CHS-1999-0000001", "ctl20_qck=nonsense"):
        assert "No records found" in visitor.open(f"/search?{query}").root.one("main").text()
    assert visitor.open("/home").link(reference)
    assert visitor.open("/records/CHS-2026-9999999").answer.status_code == 404


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), min_size=1, max_size=300)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_any_text_is_kept_whole(visitor: Visitor, text: str) -> None:
    """Whatever is typed into a box of several lines comes back to the last character."""
    page = visitor.save_screen(visitor.open("/record/contact-and-origin"), FIRST)
    page = visitor.save_screen(visitor.open(page.link("Location")), {"Location description": text})
    page = visitor.open(page.link("Location"))
    kept = page.control("Location description").text().removeprefix("\n")
    assert kept == (text if text.strip() else "")
