"""From a document to a report: recognised, understood, its problems in plain words."""

from __future__ import annotations

import json
import time
import tomllib
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rpa.documents.files import find, read_file
from rpa.forms import load_forms, understand
from rpa.report import ProblemKind, Report, Submission
from rpa.unpacking import unpack
from tests.strategies import FORMS
from tests.worlds import all_forms

SAMPLES = FORMS / "ocr" / "samples"
EXPECTED = tomllib.loads((SAMPLES / "expected.toml").read_text(encoding="utf-8"))
SUBMISSION = Submission(b"the bytes", "folder", "report.json")
forms = all_forms()


STOPPING = {ProblemKind.UNREADABLE, ProblemKind.INVALID, ProblemKind.CHANGED}


def sample(name: str) -> Report:
    """A sample, as it is read on receipt."""
    return unpack([read_file(SAMPLES / name)], forms).unpacked[0].report


def document(**parts: Any) -> dict[str, Any]:
    """The smallest valid report, with some of its parts replaced."""
    least = {
        "category": "OCR",
        "submissionId": "7f1d3f2e-0000-4000-8000-000000000001",
        "submitTime": "2026-03-14T16:00:00+00:00",
        "howInvolvedInCrime": {"howInvolvedInCrime": "IVLD_0001"},
        "personReporting": {"firstName": "Alex", "surname": "Example"},
        "incidentDetails": {
            "incidentDescription": "My bag was taken.",
            "incidentApproximateDate": "Last week",
        },
    }
    return deepcopy(least | parts)


def understood(**parts: Any) -> Report:
    """The report that `document(**parts)` makes."""
    return understand(document(**parts), forms, submission=SUBMISSION)


def problems(report: Report) -> dict[str, str]:
    """Pointer -> sentence."""
    return {problem.pointer: problem.message for problem in report.problems}


# ---- the samples


def test_every_sample_is_expected_and_every_expectation_has_a_sample() -> None:
    """expected.toml and the folder name the same files."""
    assert {path.name for path in find([SAMPLES])} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_gives_what_is_expected(name: str) -> None:
    """A sample is recognised by its form, and has exactly the expected problems."""
    expected, report = EXPECTED[name], sample(name)
    assert report.form == expected["form"]
    assert {problem.pointer for problem in report.problems} == set(expected.get("problems", ()))
    assert expected["state"] == "attention" or not {each.kind for each in report.problems} & STOPPING
    assert [media.name for media in read_file(SAMPLES / name).media] == expected.get("media", [])


def test_a_second_delivery_is_the_same_report() -> None:
    """Other bytes with the same submissionId have the same reference; every other sample has its own."""
    again = EXPECTED["16-bicycle-theft-again.json"]["same_as"]
    first, second = sample(again), sample("16-bicycle-theft-again.json")
    assert (SAMPLES / again).read_bytes() != (SAMPLES / "16-bicycle-theft-again.json").read_bytes()
    assert (first.reference, first.data, first.answers) == (second.reference, second.data, second.answers)
    assert len({sample(name).reference for name in EXPECTED}) == len(EXPECTED) - 1


def test_the_samples_cover_every_branch() -> None:
    """The samples have every involvement, kind of suspect, kind of item and way of contact, and exact and rough
    times."""
    reports = [sample(name) for name in EXPECTED]
    values = {
        answer.value for report in reports for answer in report.answers if isinstance(answer.value, str)
    }
    for prefix, number in {"IVLD": 4, "SKWN": 3, "SITP": 6, "CPNC": 3}.items():
        assert {f"{prefix}_000{position}" for position in range(1, number + 1)} <= values
    exact = {answer.value for report in reports for answer in report.answers if "ExactTime" in answer.pointer}
    assert exact == {True, False}


def test_unknown_questions_are_answers_of_their_own() -> None:
    """A question that the form does not know is not a problem: it is an answer, with its key in words as the
    question."""
    report = sample("14-new-question.json")
    unknown = {answer.pointer: answer for answer in report.answers if not answer.known}
    assert unknown["/personReporting/bestTimeForVideoCall"].question == "Best time for video call"
    assert unknown["/incidentDetails/doorbellCameraNearby"].text == "Yes"
    assert unknown["/whatMattersMost/wantsUpdates/1"].section == ("What matters most",)
    own = [answer.known for answer in report.answers if answer.pointer.startswith("/incidentDetails/")]
    assert own == sorted(own, reverse=True)


# ---- recognising


def test_the_envelope_gives_identity_time_and_limit() -> None:
    """The report has submissionId, submitTime and the form's minutes."""
    report = understood()
    assert report.identity == report.submission_id == "7f1d3f2e-0000-4000-8000-000000000001"
    assert report.submitted_at == datetime(2026, 3, 14, 16, tzinfo=UTC)
    assert (report.form, report.form_version, report.minutes_to_key) == ("ocr", 1, 60)


def test_the_envelope_may_stand_under_submission() -> None:
    """It is moved to the top, and noted once."""
    inner = {key: document()[key] for key in ("category", "submissionId", "submitTime")}
    report = understood(category=None, submissionId=None, submitTime=None, submission=inner)
    assert (report.submission_id, report.problems) == (inner["submissionId"], ())
    assert [note.rule for note in report.notes] == ["envelope-lifted"]


def test_an_envelope_in_two_places_that_differ_is_reported() -> None:
    """Neither is lost, and a person looks at both."""
    report = understood(submission={"customerReferenceNumber": "B"}, customerReferenceNumber="A")
    assert list(problems(report)) == ["/submission/customerReferenceNumber"]
    assert {answer.value for answer in report.answers} >= {"A", "B"}


@pytest.mark.parametrize("parts", [{"category": "XYZ"}, {"category": "", "howInvolvedInCrime": None}])
def test_an_unknown_form_keeps_every_answer(parts: dict[str, Any]) -> None:
    """The report waits for an administrator, with its identity, its time and every answer."""
    report = understood(**parts, extra={"a": [1, {"b": " c "}]})
    assert (report.form, report.form_version) == (None, None)
    assert [(problem.kind, problem.pointer) for problem in report.problems] == [(ProblemKind.CHANGED, "")]
    assert report.submission_id
    assert report.submitted_at
    assert {"Alex", "c", 1} <= {answer.value for answer in report.answers}
    assert not any(answer.known for answer in report.answers)


def test_an_unknown_version_is_a_change() -> None:
    """The form is named, and the new version is not guessed."""
    report = understood(formVersion="9.1")
    assert (report.form, report.form_title) == (None, "Report a crime")
    assert [problem.kind for problem in report.problems] == [ProblemKind.CHANGED]


@pytest.mark.parametrize("value", [[], "text", 1, None, True, [{"category": "OCR"}]])
def test_a_document_that_is_no_object_is_unreadable(value: Any) -> None:
    """It becomes a report with one problem."""
    report = understand(value, forms, submission=SUBMISSION)
    assert [problem.kind for problem in report.problems] == [ProblemKind.UNREADABLE]
    assert report.identity == SUBMISSION.sha256


# ---- branches


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"howInvolvedInCrime": {"howInvolvedInCrime": "IVLD_0002"}}, "victimDetailsFromWitness"),
        ({"howInvolvedInCrime": {"howInvolvedInCrime": "IVLD_0003"}}, "victimDetailsReportedOnBehalfOf"),
        ({"howInvolvedInCrime": {"howInvolvedInCrime": "IVLD_0004"}}, "victimIsBusiness"),
        ({"howInvolvedInCrime": {"victimIsBusiness": {"businessName": "Example Ltd"}}}, "howInvolvedInCrime"),
        ({"suspect": {"suspectKnown": "SKWN_0002"}}, "unknown"),
        ({"suspect": {"suspectKnown": "SKWN_0003"}}, "known"),
        ({"stolenItem": [{"otherItemQuantity": 1}]}, "stolenItemType"),
        ({"stolenItem": [{"stolenItemType": "SITP_0001"}]}, "0"),
        ({"stolenItem": [{"stolenItemType": "SITP_0002"}]}, "0"),
        ({"stolenItem": [{"stolenItemType": "SITP_0003"}]}, "0"),
        ({"stolenItem": [{"stolenItemType": "SITP_0004"}]}, "0"),
        ({"stolenItem": [{"stolenItemType": "SITP_0005"}]}, "otherItemDescription"),
        ({"stolenItem": [{"stolenItemType": "SITP_0006"}]}, "0"),
        (
            {"incidentDetails": {"incidentDescription": "x", "incidentExactTimeKnown": True}},
            "incidentDateRange",
        ),
        (
            {"incidentDetails": {"incidentDescription": "x", "incidentExactTimeKnown": False}},
            "incidentDetails",
        ),
        ({"incidentDetails": {"incidentApproximateDate": "x"}}, "incidentDescription"),
        ({"personReporting": {"firstName": "Alex"}}, "surname"),
        (
            {"personReporting": {"firstName": "A", "surname": "B", "contactPreference": "CPNC_0001"}},
            "personReporting",
        ),
        (
            {"personReporting": {"firstName": "A", "surname": "B", "contactPreference": "CPNC_0002"}},
            "personReporting",
        ),
        (
            {"personReporting": {"firstName": "A", "surname": "B", "contactPreference": "CPNC_0003"}},
            "personReporting",
        ),
        ({"personReporting": None}, "personReporting"),
    ],
)
def test_what_a_branch_cannot_do_without_is_asked_for(parts: dict[str, Any], expected: str) -> None:
    """One problem, at the missing answer or the part it belongs to, in a sentence of its own."""
    found = problems(understood(**parts))
    assert [pointer.rpartition("/")[2] for pointer in found] == [expected]
    assert next(iter(found.values())).startswith(("Give", "Say", "Describe"))


def test_every_problem_is_collected() -> None:
    """Every problem is reported, not only the first, each with its question and a sentence without the answer in
    it."""
    report = understood(
        personReporting={"dateOfBirth": "1983-02-30", "phoneNumber": "ring the bell", "highlight": 1},
        stolenItem=[
            {
                "stolenItemType": "SITP_0006",
                "vehicleRegistrationNumber": "not a plate",
                "vehicleNumberOfDoors": -1,
            }
        ],
        incidentDetails={
            "incidentDescription": "x" * 4001,
            "incidentApproximateDate": "May",
            "hadWeapon": "perhaps",
        },
    )
    assert set(problems(report)) == {
        "/personReporting/firstName",
        "/personReporting/surname",
        "/personReporting/dateOfBirth",
        "/personReporting/phoneNumber",
        "/stolenItem/0/vehicleRegistrationNumber",
        "/stolenItem/0/vehicleNumberOfDoors",
        "/incidentDetails/incidentDescription",
        "/incidentDetails/hadWeapon",
    }
    for problem in report.problems:
        assert problem.question
        assert problem.message.endswith(".")
        assert "plate" not in problem.message
    assert "4000" in problems(report)["/incidentDetails/incidentDescription"]


def test_an_unknown_option_is_a_change_of_the_form() -> None:
    """It is not the public's mistake: an administrator checks whether the list has grown. The answer stays."""
    report = understood(suspect={"suspectKnown": "SKWN_0009"})
    assert [(problem.kind, problem.question) for problem in report.problems] == [
        (ProblemKind.CHANGED, "Do you know who did it?")
    ]
    assert "SKWN_0009" in {answer.text for answer in report.answers}
    assert report.problems[0].message.startswith("This answer is not one of the options we know: ")


def test_a_postcode_abroad_is_not_a_british_one() -> None:
    """An address in another country has that country's code."""
    address = {"postcode": "75001", "country": "CRTY_FRA"}
    person = {"firstName": "A", "surname": "B", "currentAddress": address}
    assert understood(personReporting=person).problems == ()
    assert understood(personReporting=person | {"currentAddress": {"postcode": "75001"}}).problems != ()


# ---- urgency


@pytest.mark.parametrize(
    ("parts", "minutes"),
    [
        ({}, 60),
        ({"highHarmFlag": False}, 60),
        ({"highHarmFlag": "true"}, 15),
        ({"threatAbuseOrAssault": {"physicallyAssaulted": "Yes"}}, 15),
        ({"threatAbuseOrAssault": {"subjectedToThreatAbuseOrAssault": True}}, 30),
        ({"personReporting": {"firstName": "A", "surname": "B", "riskOfSelfHarm": True}}, 15),
        ({"personReporting": {"firstName": "A", "surname": "B", "personUnder18": True}}, 30),
    ],
)
def test_risk_brings_a_report_forward(parts: dict[str, Any], minutes: int) -> None:
    """The smallest number of minutes of the rules that hold, over the normalised answers."""
    assert understood(**parts).minutes_to_key == minutes


# ---- answers as people read them


def test_answers_are_readable() -> None:
    """Options by their text, yes and no, dates in words; sections are the titles above."""
    report = understood(
        personReporting={
            "firstName": "Alex",
            "surname": "Example",
            "dateOfBirth": "1980-02-01",
            "gender": "GNDR_0003",
        },
        stolenItem=[
            {"stolenItemType": "SITP_0005", "otherItemDescription": "Bag"},
            {"stolenItemType": "SITP_0006", "vehicleMonthOfFirstRegistration": "2019-03", "vehicleVin": "V1"},
        ],
        suspect={"suspectKnown": "SKWN_0001"},
        highHarmFlag=False,
    )
    texts = {answer.pointer: answer.text for answer in report.answers}
    assert texts["/personReporting/dateOfBirth"] == "1 February 1980"
    assert texts["/personReporting/gender"] == "Male"
    assert texts["/stolenItem/1/vehicleMonthOfFirstRegistration"] == "March 2019"
    assert texts["/submitTime"] == "14 March 2026, 16:00"
    assert texts["/highHarmFlag"] == "No"
    sections = {answer.pointer: answer.section for answer in report.answers}
    assert sections["/stolenItem/1/stolenItemType"] == ("Stolen item 2",)
    assert sections["/personReporting/surname"] == ("About you",)


def test_answers_come_in_the_order_of_the_form() -> None:
    """The answers are in the form's order, whatever the order of the document."""
    parts = dict(reversed(document().items()))
    report = understand(parts, forms, submission=SUBMISSION)
    assert report.answers == understood().answers


# ---- speed


def test_understanding_is_quick() -> None:
    """A full sample takes well under 50 ms of processor time, forms under 1.5 s to load."""
    full = json.loads((SAMPLES / "10-known-suspect.json").read_text(encoding="utf-8"))
    started = time.process_time()
    for _ in range(5):
        understand(full, forms, submission=SUBMISSION)
    assert (time.process_time() - started) / 5 < 0.05
    started = time.process_time()
    load_forms(FORMS)
    assert time.process_time() - started < 1.5


def test_the_samples_name_no_real_person() -> None:
    """Phone numbers and addresses are from the ranges reserved for fiction."""
    text = "".join(path.read_text(encoding="utf-8") for path in Path(SAMPLES).glob("*.json"))
    assert "@example.com" in text
    assert "@gmail" not in text
