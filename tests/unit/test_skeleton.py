"""Skeletons: the marking, the text, and what travels with it."""

from __future__ import annotations

import pytest

from rpa.documents import skeleton
from rpa.documents.size import Unreadable
from rpa.documents.written import Block, Field
from rpa.forms.labels.answers import OTHER_TEXT
from rpa.forms.labels.report import understand_skeleton
from rpa.report import Report, Submission
from tests.printed_forms import rows_of, text_of
from tests.printed_reports import REPORT, at
from tests.worlds import all_forms

STARS = "*" * 30
MARKINGS = (
    f"{STARS}\nOFFICIAL - SENSITIVE\n{STARS}\n",
    f"\n{STARS}\n*   OFFICIAL - SENSITIVE   *\n{STARS}\n\n",
    "********** OFFICIAL - SENSITIVE **********\n",
    f"{STARS}OFFICIAL - SENSITIVE{STARS}\r\n{STARS}\r\n",
)
ENVELOPE = {
    "submissionId": "0c7c9a44-0d3b-4bb4-8a0b-0a9b1b0f3c55",
    "submitTime": "2026-03-16T09:12:44+00:00",
    "category": "OCR",
    "customerReferenceNumber": "TYA-1-26-0100-000",
    "forceIdentifier": 42,
    "externalReferenceId": None,
}


def text() -> str:
    """The text of a report's answers, without what travels with them."""
    data = {key: value for key, value in REPORT.items() if key not in ENVELOPE}
    return text_of("Report a crime", rows_of(all_forms()["ocr"].versions[1].node, data))


def understood(content: str, envelope: dict[str, object]) -> Report | None:
    """The report of a skeleton."""
    submission = Submission(content.encode(), "api", "incident.json")
    return understand_skeleton(skeleton.read(content), all_forms(), submission=submission, envelope=envelope)


@pytest.mark.parametrize("marking", MARKINGS)
def test_marking(marking: str) -> None:
    """The marking between the asterisks is a field of its own, and the rest the text."""
    written = skeleton.read(f"{marking}Report a crime\n\nAbout you\nSurname: Example\n")
    assert written.parts == (
        Field("Protective marking", "OFFICIAL - SENSITIVE"),
        Block("Report a crime"),
        Block("About you\nSurname: Example"),
    )


@pytest.mark.parametrize(
    "start", ["Report\n", "*\n", f"{STARS}\n", f"{STARS}\n\n\n\n\n\n\n{STARS}\n", "**" + "x" * 300]
)
def test_no_marking(start: str) -> None:
    """A text without a marking keeps every line of it."""
    written = skeleton.read(f"{start}Surname: Example")
    assert not any(isinstance(part, Field) for part in written.parts)
    said = "".join(part.text for part in written.parts if isinstance(part, Block))
    assert "".join(said.split()) == "".join(f"{start}Surname: Example".split())


@pytest.mark.parametrize("content", ["", " \r\n ", "x" * 1_000_001])
def test_nothing_to_read(content: str) -> None:
    """A text that is empty, or far too long, is not read."""
    with pytest.raises(Unreadable):
        skeleton.read(content)


def test_answers_and_what_travels_with_them() -> None:
    """A skeleton becomes the report that the same answers make as JSON, with what travels with them."""
    report = understood(MARKINGS[0] + text(), ENVELOPE)
    assert report is not None
    assert report.submission_id == ENVELOPE["submissionId"]
    assert report.submitted_at is not None
    assert report.data["forceIdentifier"] == "42"
    answers = {key: value for key, value in REPORT.items() if key not in ENVELOPE}
    assert {key: report.data[key] for key in answers} == answers
    assert report.data["Protective marking"] == "OFFICIAL - SENSITIVE"
    assert OTHER_TEXT not in report.data


def test_text_that_no_form_knows() -> None:
    """Where the text says nothing that the form asks, the form is the one of the category, and nothing is lost."""
    report = understood(MARKINGS[0] + "Somebody took my bicycle.\nIt was red.", ENVELOPE)
    assert report is not None
    assert report.form == "ocr"
    assert str(report.data[OTHER_TEXT]).split() == ["Somebody", "took", "my", "bicycle.", "It", "was", "red."]
    assert understood("Somebody took my bicycle.", ENVELOPE | {"category": "NONE"}) is None


def test_envelope_decides() -> None:
    """What travels with the text decides over what the text says of the same."""
    report = understood(
        f"Report a crime\n\nSubmission reference: 123456789\nCategory: RTI\n\n{text()}", ENVELOPE
    )
    assert report is not None
    assert (report.form, report.submission_id) == ("ocr", ENVELOPE["submissionId"])
    assert {"RTI", "123456789"} <= {answer.text for answer in report.answers if not answer.known}
    assert at(report, "/personReporting/surname") == "Example"
