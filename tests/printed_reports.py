"""A small report, its prints in several styles, and what is read of them."""

from __future__ import annotations

from typing import Any

from rpa.documents.written import Written
from rpa.forms import understand_written
from rpa.report import Report, Submission
from tests.printed_forms import rows_of, written_of
from tests.worlds import all_forms

STYLES = ("emphasis", "fields", "column", "flat", "paths", "inline", "lines")
PLAIN = ("inline", "lines")


def submission() -> Submission:
    """Bytes that stand for the document."""
    return Submission(b"a document", "folder", "report.pdf")


def understood(written: Written) -> Report:
    """The report that a document is the print of."""
    report = understand_written(written, all_forms(), submission=submission(), file="report.pdf")
    assert report is not None
    return report


def printed(data: dict[str, Any], style: str) -> Report:
    """A report as it is read from its print."""
    rows = rows_of(all_forms()["ocr"].versions[1].node, data)
    return understood(written_of("Report a crime", rows, style))


def at(report: Report, pointer: str) -> Any:
    """The answer at a JSON Pointer; None if there is none."""
    found: Any = report.data
    for part in pointer.split("/")[1:]:
        if isinstance(found, list):
            found = found[int(part)] if int(part) < len(found) else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def everything(report: Report) -> str:
    """All text of a report."""
    return " ".join(f"{answer.question} {answer.text}" for answer in report.answers)


REPORT: dict[str, Any] = {
    "submissionId": "5d0c8bb8-7f5e-4a52-9f66-2b5f0c6a7d10",
    "category": "OCR",
    "howInvolvedInCrime": {"howInvolvedInCrime": "IVLD_0001"},
    "personReporting": {
        "firstName": "Alex",
        "surname": "Example",
        "dateOfBirth": "1980-02-01",
        "nationalityList": ["NLTY_0026", "NLTY_0001"],
        "currentAddress": {"streetName": "Example Street", "postcode": "EX1 1AA"},
        "permanentResidence": True,
    },
    "incidentDetails": {
        "incidentDescription": "My bicycle was taken from the shed.",
        "incidentStillHappening": False,
        "incidentStartTime": "14:15",
        "currentAddress": {"streetName": "Sample Road", "postcode": "EX2 2BB"},
    },
    "stolenItem": [
        {"stolenItemType": "SITP_0002", "bicycleMake": "Example", "bicycleApproxValue": 450},
        {"stolenItemType": "SITP_0005", "otherItemDescription": "A lamp", "otherItemApproxValue": 30},
    ],
}


def printed_rows() -> list[Any]:
    """What is printed of `REPORT`."""
    return rows_of(all_forms()["ocr"].versions[1].node, REPORT)
