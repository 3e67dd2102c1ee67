"""The rules of normalising, one by one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from rpa.forms import understand
from rpa.forms.normalise import words
from rpa.report import ProblemKind, Submission
from tests.least_report import forms, rules, understood, value

# ---- the rules


@pytest.mark.parametrize("blank", ["", None, [], {}, "  \t", [""], [None, {}], {"a": ""}, "&nbsp;"])
def test_blanks_are_no_answers(blank: Any) -> None:
    """Blanks are removed everywhere, without a note."""
    report = understood(
        "personReporting", alias=blank, currentAddress=blank, nationalityList=blank, newThing=blank
    )
    assert report.answers == understood().answers
    assert (report.problems, report.notes) == ((), ())


def test_false_and_nought_are_answers() -> None:
    """Zero and false are answers, and only an empty value is blank."""
    report = understood("stolenFrom", forcedEntry=False)
    assert value(report, "/stolenFrom/forcedEntry") is False
    report = understood("damagedVehicle", vehicleApproxValue=0)
    assert value(report, "/damagedVehicle/vehicleApproxValue") == 0


@pytest.mark.parametrize(
    ("sent", "meant", "rule"),
    [
        ("  Leo ", "Leo", "trimmed"),
        ("L\x00eo\x07", "Leo", "control-characters-removed"),
        (12, "12", "text-from-value"),
        (True, "Yes", "text-from-value"),
        (1.5, "1.5", "text-from-value"),
        (["Leo"], "Leo", "value-from-list"),
    ],
)
def test_text(sent: Any, meant: str, rule: str) -> None:
    """A value that means a text becomes one, and the note says by which rule, from what to what."""
    report = understood("personReporting", alias=sent)
    assert (value(report, "/personReporting/alias"), report.problems) == (meant, ())
    assert rule in rules(report)


def test_line_ends_are_one_kind() -> None:
    """The line ends of Windows and old Macs become line ends."""
    report = understood("personReporting", personNotes="one\r\ntwo\rthree\n\nfour")
    assert value(report, "/personReporting/personNotes") == "one\ntwo\nthree\n\nfour"


@pytest.mark.parametrize(("sent", "meant"), [("£1,250.00", 1250), ("99.5", 99.5), (80.0, 80), ("0", 0)])
def test_numbers(sent: Any, meant: float) -> None:
    """Pound signs, commas and zero decimals are removed from a number."""
    report = understood("damagedVehicle", vehicleApproxValue=sent)
    assert (value(report, "/damagedVehicle/vehicleApproxValue"), report.problems) == (meant, ())


@pytest.mark.parametrize("sent", ["about 50", "1,2,3", "1e5", True, {"a": 1}, [1, 2]])
def test_what_is_no_number_stays_and_is_reported(sent: Any) -> None:
    """An uncertain answer is never guessed and never lost."""
    report = understood("damagedVehicle", vehicleApproxValue=sent)
    assert [problem.pointer for problem in report.problems] == ["/damagedVehicle/vehicleApproxValue"]
    assert report.data["damagedVehicle"]["vehicleApproxValue"] == sent


def test_one_value_for_a_list_and_one_part_for_many() -> None:
    """A single choice is a list of one, a single item is a list of one."""
    report = understood("incidentDetails", weaponTypeList="Axe")
    assert report.data["incidentDetails"]["weaponTypeList"] == ["WTLT_0002"]
    report = understood(stolenItem={"stolenItemType": "Other", "otherItemDescription": "Bag"})
    assert report.data["stolenItem"] == [{"stolenItemType": "SITP_0005", "otherItemDescription": "Bag"}]


def test_a_bare_value_for_a_part() -> None:
    """Where a part has one question at its head, a bare value answers that."""
    report = understood(suspect="SKWN_0001")
    assert report.data["suspect"] == {"suspectKnown": "SKWN_0001"}
    assert "part-from-value" in rules(report)


def test_parts_sent_elsewhere_are_moved() -> None:
    """A part found at the top belongs where the form has it."""
    report = understood(
        damagedProperty={"damagedPropertyDescription": "Fence"}, btpdetails={"btpincidentStation": "X"}
    )
    assert report.data["damagedVehicle"] == {"damagedProperty": [{"damagedPropertyDescription": "Fence"}]}
    assert value(report, "/incidentDetails/btpdetails/btpincidentStation") == "X"
    assert report.problems == ()


def test_the_document_itself_is_not_altered() -> None:
    """Understanding it again gives the same report."""
    inner = {
        "incidentInvolvement": "I'm a victim",
        "incidentDescription": " x ",
        "incidentDateRange": "2026-03-14T15:30",
    }
    document = {
        "category": "OCR",
        "submission": {"forceIdentifier": 42},
        "incidentDetails": inner,
        "witness": {"alias": "A"},
    }
    before = deepcopy(document)
    submission = Submission(b"", "folder", "x.json")
    first = understand(document, forms, submission=submission)
    assert document == before
    assert understand(document, forms, submission=submission) == first
    assert {"part-moved", "envelope-lifted", "date-and-time-split"} <= rules(first)


@pytest.mark.parametrize("sent", ["text", 7, [1, "two"], True])
def test_a_wrong_type_for_a_part_is_reported_and_kept(sent: Any) -> None:
    """The rest of the report is understood as usual."""
    report = understood(personReporting=sent)
    assert report.problems
    assert {problem.kind for problem in report.problems} == {ProblemKind.UNFIT}
    assert report.data["personReporting"] == sent
    assert value(report, "/incidentDetails/incidentDescription")


def test_notes_say_before_and_after_as_json() -> None:
    """The note keeps what the public wrote, so that an operator can see it."""
    note = next(
        note for note in understood("personReporting", surname=" Example ").notes if note.rule == "trimmed"
    )
    assert (note.pointer, note.before, note.after) == ("/personReporting/surname", '" Example "', '"Example"')


@pytest.mark.parametrize(
    ("key", "question"),
    [
        ("bestTimeForCall", "Best time for call"),
        ("osUPRN", "Os UPRN"),
        ("pet_name-2", "Pet name 2"),
        ("URLOfVideo", "URL of video"),
        ("", "A question without a name"),
        ("...", "A question without a name"),
    ],
)
def test_an_unknown_key_in_words(key: str, question: str) -> None:
    """A key becomes the question a person reads."""
    assert words(key) == question


def test_an_answer_under_the_name_of_the_envelope_is_kept() -> None:
    """In the envelope's own part, an answer called as that part is stays an answer."""
    envelope = {"submission": "a note", "category": "Other", "ipAddress": "192.0.2.1"}
    report = understand(
        {"category": "OCR", "submission": envelope}, forms, submission=Submission(b"", "", "")
    )
    assert report.data["submission"] == {"submission": "a note", "category": "Other"}
    assert report.data["ipAddress"] == "192.0.2.1"
