"""A printed report is read by the titles of its form: what is certain, what is not, and that nothing is lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from rpa.documents.written import Block, Field, Written
from rpa.forms import corrected
from rpa.forms.labels.answers import OTHER_TEXT
from rpa.forms.labels.report import AS_READ, BY_MACHINE, READ_FROM, understand_written
from rpa.report import Change, ProblemKind
from tests.printed_forms import rows_of, text_of, written_of
from tests.printed_reports import (
    PLAIN,
    REPORT,
    STYLES,
    at,
    everything,
    printed,
    printed_rows,
    submission,
    understood,
)
from tests.worlds import all_forms


@pytest.mark.parametrize("style", STYLES)
def test_titles_that_many_parts_have(style: str) -> None:
    """A title that many parts of the form have means the question of the part that it stands in."""
    report = printed(REPORT, style)
    data = {key: value for key, value in report.data.items() if key != OTHER_TEXT}
    assert data == REPORT


@pytest.mark.parametrize("style", STYLES)
def test_where_an_answer_was_read(style: str) -> None:
    """Each answer has a note of the file, the page and the label that it was read from."""
    report = printed(REPORT, style)
    notes = {note.pointer: note for note in report.notes if note.rule == READ_FROM}
    said = json.loads(notes["/incidentDetails/currentAddress/postcode"].before)
    assert said["file"] == "report.pdf"
    assert said["label"].endswith("Postcode")
    assert json.loads(notes["/incidentDetails/currentAddress/postcode"].after) == "EX2 2BB"
    known = {re.sub(r"(?<=List)/[0-9]+$", "", answer.pointer) for answer in report.answers if answer.known}
    assert known <= notes.keys()


def test_what_is_no_report() -> None:
    """A letter that has a few words of a form in it is no report of that form."""
    letter = [Block("Dear Sir or Madam"), Block("Surname: Example"), Block("Postcode: EX1 1AA")]
    assert understand_written(Written(tuple(letter)), all_forms(), submission=submission(), file="x") is None
    assert understand_written(Written(()), all_forms(), submission=submission(), file="x") is None


def test_written_in_other_ways() -> None:
    """Dates, times, money and options are understood as people write them."""
    parts = [
        Block("Report a crime", heading=1),
        Block("About you", heading=2),
        Field("Date of birth", "14 March 1976"),
        Field("Nationality", "british; Afghan"),
        Block("What happened", heading=2),
        Field("Time it started", "2:15pm"),
        Field("Time it ended", "3 pm"),
        Field("Is it still happening?", "NO"),
        Block("Stolen item 1", heading=2),
        Field("What kind of item was stolen?", "bicycle"),
        Field("Approximate value (£)", "£1,450"),
    ]
    report = understood(Written(tuple(parts)))
    assert at(report, "/personReporting/dateOfBirth") == "1976-03-14"
    assert at(report, "/personReporting/nationalityList") == ["NLTY_0026", "NLTY_0001"]
    assert at(report, "/incidentDetails/incidentStartTime") == "14:15"
    assert at(report, "/incidentDetails/incidentEndTime") == "15:00"
    assert at(report, "/incidentDetails/incidentStillHappening") is False


@pytest.mark.parametrize("said", ["", "-", "Not answered", "No answer", "\u2014"])
def test_no_answer(said: str) -> None:
    """What a form prints for a question without an answer is none."""
    parts = list(written_of("Report a crime", printed_rows(), "fields").parts)
    surname = next(n for n, part in enumerate(parts) if isinstance(part, Field) and part.label == "Surname")
    parts.insert(surname, Field("Second middle name", said))
    report = understood(Written(tuple(parts)))
    assert "Second middle name" not in everything(report)


# ---- what is not certain


def test_unknown_question() -> None:
    """A question that the form does not know is kept under its label, in its part."""
    parts = list(written_of("Report a crime", printed_rows(), "emphasis").parts)
    after = next(n for n, part in enumerate(parts) if isinstance(part, Block) and part.text == "Surname")
    parts[after:after] = [Block("Favourite Colour (UK)", emphasised=True, left=40), Block("Blue", left=40)]
    report = understood(Written(tuple(parts)))
    new = next(answer for answer in report.answers if answer.text == "Blue")
    assert (new.section, new.question, new.known) == (("About you",), "Favourite Colour (UK)", False)
    assert at(report, "/personReporting/surname") == "Example"


def test_part_that_the_form_does_not_know() -> None:
    """Under a heading that the form does not know, no title means one of the form's questions."""
    parts = list(written_of("Report a crime", printed_rows(), "emphasis").parts)
    parts += [Block("About your neighbour", heading=2, left=40)]
    parts += [Block("Second middle name", emphasised=True, left=40), Block("Neighbourly", left=40)]
    report = understood(Written(tuple(parts)))
    new = next(answer for answer in report.answers if answer.text == "Neighbourly")
    assert (new.section, new.question, new.known) == (("About your neighbour",), "Second middle name", False)


def test_two_answers_to_one_question() -> None:
    """A question with two different answers gets neither; both are in the report, and a problem says so."""
    parts = list(written_of("Report a crime", printed_rows(), "fields").parts)
    at_surname = next(
        n for n, part in enumerate(parts) if isinstance(part, Field) and part.label == "Surname"
    )
    parts.insert(at_surname + 1, Field("Surname", "Specimen"))
    report = understood(Written(tuple(parts)))
    assert at(report, "/personReporting/surname") is None
    assert {"Example", "Specimen"} <= {answer.text for answer in report.answers if not answer.known}
    told = [each for each in report.problems if each.pointer == "/personReporting/surname"]
    assert ProblemKind.UNFIT in {each.kind for each in told}


def test_same_answer_twice() -> None:
    """A question with the same answer twice has that answer."""
    parts = list(written_of("Report a crime", printed_rows(), "fields").parts)
    born = next(
        n for n, part in enumerate(parts) if isinstance(part, Field) and part.label == "Date of birth"
    )
    parts.insert(born + 1, Field("Date of birth", "01/02/1980"))
    assert at(understood(Written(tuple(parts))), "/personReporting/dateOfBirth") == "1980-02-01"


COPIES = {
    "one line": "I ran after him.\nPostcode: ZZ9 9ZZ\nThen I rang.",
    "own lines": "I ran after him.\nPostcode\nZZ9 9ZZ\nThen I rang.",
    "earlier part": "This is me:\nAbout you\nFirst name: Robin\nSurname: Wrong\nPostcode: ZZ9 9ZZ",
    "later part": "It was:\n\nStolen items 1\n\nWhat kind of item was stolen?: Vehicle\nMake: Wrong\n\nThat is.",
    "later part at the end": "It was:\n\nStolen items 1\n\nWhat kind of item was stolen?: Vehicle",
    "own part": "So.\nIs it still happening?: Yes\nTime it started: 01:01\nThat is all.",
    "next part": "So.\n\nWhere did it happen?\n\nStreet: Wrong Street\nPostcode: ZZ9 9ZZ\n\nThat is all.",
    "at the end of it": "So.\nIs it still happening?: Yes",
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", COPIES)
def test_answer_that_repeats_the_form(style: str, name: str) -> None:
    """What an answer repeats of the form is in no question but its own: it is that answer, or in the narrative."""
    data = REPORT | {"incidentDetails": REPORT["incidentDetails"] | {"incidentDescription": COPIES[name]}}
    report = printed(data, style)
    for answer in report.answers:
        original = at(replace(report, data=data), re.sub(r"(?<=List)/[0-9]+$", "", answer.pointer))
        if answer.known:
            found = at(report, re.sub(r"(?<=List)/[0-9]+$", "", answer.pointer))
            assert _plain(found) == _plain(original), answer.pointer
    for word in re.findall(r"\w+", COPIES[name]):
        assert word in everything(report)
    if style not in PLAIN:
        assert _plain(at(report, "/incidentDetails/incidentDescription")) == _plain(COPIES[name])


def _plain(value: Any) -> str:
    return re.sub(r"\s+", "", json.dumps(value).replace("\\n", ""))


def test_two_columns() -> None:
    """Labels beside each other, with the values below: each value belongs to the label above it."""
    parts: list[Block | Field] = [
        Block("Report a crime", heading=1, left=40),
        Block("About you", heading=2, left=40),
    ]
    for left, right in (("First name", "Surname"), ("Age", "Occupation")):
        parts += [Block(left, emphasised=True, left=40), Block(right, emphasised=True, left=300)]
        parts += [Block(f"{left} 1", left=40), Block(f"{right} 1", left=300)]
    parts += [
        Block("Visa number", emphasised=True, left=40),
        Block("Passport issue number", emphasised=True, left=300),
    ]
    parts += [Block("7", left=300)]
    report = understood(Written(tuple(parts)))
    person = at(report, "/personReporting")
    assert (person["firstName"], person["surname"]) == ("First name 1", "Surname 1")
    assert (person["occupation"], person["ageDetails"]) == ("Occupation 1", "Age 1")
    assert (person.get("passportVisaNumber"), person["passportIssueNumber"]) == (None, "7")


def test_rows_without_places() -> None:
    """Several labels and after them as many values, without a place on the page, are not certain."""
    parts: list[Block | Field] = list(written_of("Report a crime", printed_rows(), "flat").parts)
    parts = [replace(part, left=0) if isinstance(part, Block) else part for part in parts]
    parts += [Block("Evidence", emphasised=True)]
    parts += [Block("Link to your recording", emphasised=True), Block("Who has them?", emphasised=True)]
    parts += [Block("Robin"), Block("Jo")]
    report = understood(Written(tuple(parts)))
    assert at(report, "/evidence/detailsOfOtherParty") is None
    assert {"Robin", "Jo"} <= set(re.findall(r"\w+", everything(report)))


def test_wrapped_label() -> None:
    """A label that is cut in two, by its column or by the end of a page, is one label."""
    parts: list[Block | Field] = list(written_of("Report a crime", printed_rows(), "emphasis").parts)
    parts += [Block("How you came to us", heading=2, page=1, left=40)]
    parts += [Block("What did you do before coming", emphasised=True, page=1, left=40)]
    parts += [Block("I called 101", page=1, left=200)]
    parts += [Block("to the website?", emphasised=True, page=2, left=40)]
    parts += [Block("What would you have done", emphasised=True, page=2, left=40)]
    parts += [
        Block("without the website?", emphasised=True, page=2, left=40),
        Block("Called 101", page=2, left=200),
    ]
    report = understood(Written(tuple(parts)))
    assert at(report, "/channelShift/firstTimeFollowUp") == "FTFU_0001"
    assert at(report, "/channelShift/beforeWebsite") is not None


def test_title_that_a_part_has_twice() -> None:
    """Where a part has a title twice, the kind of item that was chosen says which question is meant."""
    report = printed(REPORT, "emphasis")
    assert at(report, "/stolenItem/1/otherItemDescription") == "A lamp"
    assert at(report, "/stolenItem/1/otherItemApproxValue") == 30


# ---- machine-read, provenance, copies


def test_read_by_machine() -> None:
    """Text that was recognised in a picture is keyed, every answer says so, and a person is told."""
    written = replace(written_of("Report a crime", printed_rows(), "emphasis"), machine_read=True)
    report = understood(written)
    marked = {note.pointer for note in report.notes if note.rule == BY_MACHINE}
    assert "/personReporting/surname" in marked
    assert at(report, "/personReporting/surname") == "Example"
    assert "/personReporting/surname" not in report.unfit
    assert AS_READ in {problem.question for problem in report.problems}


def test_corrected_report_is_still_one_that_was_read() -> None:
    """A correction keeps the form of a report that only its print names, and what is to be said of how it was
    read; a question that it answers is settled."""
    data = {key: value for key, value in REPORT.items() if key not in ("category", "incidentDetails")}
    parts = list(
        written_of("Report a crime", rows_of(all_forms()["ocr"].versions[1].node, data), "fields").parts
    )
    born = next(
        n for n, part in enumerate(parts) if isinstance(part, Field) and part.label == "Date of birth"
    )
    parts[born:born] = [Field("Surname", "Specimen"), Field("First name", "Robin")]
    report = understood(Written(tuple(parts), machine_read=True))
    changes = [Change("/personReporting/surname", "Example")]
    again = corrected(report, changes, all_forms(), submission())
    assert (again.form, again.form_version) == ("ocr", 1)
    assert at(again, "/personReporting/surname") == "Example"
    told = [problem.pointer for problem in again.problems if problem.kind is ProblemKind.UNFIT]
    assert "" in told
    assert "/personReporting/firstName" in told
    assert "/personReporting/surname" not in told


def test_notes_of_the_document() -> None:
    """What a person is to know of the document itself stands in front of them."""
    written = replace(written_of("Report a crime", printed_rows(), "fields"), notes=("Page 3 was not read.",))
    assert "Page 3 was not read." in {problem.message for problem in understood(written).problems}


def with_person(**answers: Any) -> dict[str, Any]:
    """The report with other answers of the person reporting."""
    return REPORT | {"personReporting": REPORT["personReporting"] | answers}


def with_incident(**answers: Any) -> dict[str, Any]:
    """The report with other answers about the incident; None takes one out."""
    incident = REPORT["incidentDetails"] | answers
    return REPORT | {"incidentDetails": {key: one for key, one in incident.items() if one is not None}}


def test_unknown_part_inside_a_known_one() -> None:
    """A heading inside a part of the form, with no part of its own there, keeps its labels from that part."""
    parts = list(written_of("Report a crime", printed_rows(), "emphasis").parts)
    surname = next(n for n, part in enumerate(parts) if isinstance(part, Block) and part.text == "Surname")
    for heading in (
        Block("Your partner", heading=3, left=40),
        Block("Your partner", emphasised=True, left=40),
    ):
        said = [heading, Block("Second middle name", emphasised=True, left=40), Block("Robin", left=40)]
        report = understood(Written((*parts[:surname], *said, *parts[surname:])))
        assert at(report, "/personReporting/middleName2") is None
        assert "Robin" in everything(report)


@pytest.mark.parametrize("style", PLAIN)
def test_line_before_its_place(style: str) -> None:
    """In plain text, a line with the title of an earlier question is a line of the answer that it stands in."""
    said = "He wore a hat.\nAge: 77" if style == "inline" else "He wore a hat.\nAge\n77"
    report = printed(with_person(personNotes=said), style)
    assert at(report, "/personReporting/ageDetails") is None
    assert _plain(at(report, "/personReporting/personNotes")) == _plain(said)


@pytest.mark.parametrize("said", ["So.\nWhy do you think it was a hate crime?: No idea", "So."])
def test_answer_in_sentences_that_comes_twice(said: str) -> None:
    """In plain text, a question that comes again with another answer has none, nor has the answer before it."""
    real = with_incident(incidentDescription=said, subjectedToHateCrimeDetails="He said so")
    report = printed(real, "inline")
    found = at(report, "/incidentDetails/subjectedToHateCrimeDetails")
    assert found == ("He said so" if said == "So." else None)
    assert at(report, "/incidentDetails/incidentDescription") == ("So." if said == "So." else None)
    assert "He said so" in everything(report)


def test_answer_that_goes_on_after_a_title() -> None:
    """In plain text, an answer that goes on after a line with a title was not answering that question."""
    said = "So.\nIs it still happening?: Yes\nThen he said: stop"
    report = printed(with_incident(incidentDescription=said, incidentStillHappening=None), "inline")
    assert at(report, "/incidentDetails/incidentStillHappening") is None
    assert "Then he said" in everything(report)


def test_heading_without_answers() -> None:
    """In plain text, the heading of a part without answers is no line of the short answer before it."""
    node = all_forms()["ocr"].versions[1].node
    text = text_of("Report a crime", rows_of(node, with_person(insuranceCompany="Acme")))
    text = text.replace("company: Acme\n", "company: Acme\nNext of kin's address\nNone was given.\n")
    blocks = tuple(Block(part) for part in text.split("\n\n") if part.strip())
    report = understood(Written(blocks))
    assert at(report, "/personReporting/insuranceCompany") == "Acme"
    assert "Next of kin's address" in everything(report)
