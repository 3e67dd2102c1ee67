"""The smallest valid report of the crime form with answers added, understood, and what became of them."""

from __future__ import annotations

from typing import Any

from rpa.forms import understand
from rpa.report import Report, Submission
from tests.worlds import all_forms

forms = all_forms()
LEAST = {
    "category": "OCR",
    "howInvolvedInCrime": {"howInvolvedInCrime": "IVLD_0001"},
    "personReporting": {"firstName": "Alex", "surname": "Example"},
    "incidentDetails": {"incidentDescription": "My bag was taken.", "incidentApproximateDate": "Last week"},
}


def understood(part: str = "", **answers: Any) -> Report:
    """The smallest valid report with answers added to one of its parts ("" is the top)."""
    document: dict[str, Any] = {
        key: dict(value) if isinstance(value, dict) else value for key, value in LEAST.items()
    }
    if part:
        document[part] = {**document.get(part, {}), **answers}
    else:
        document |= answers
    return understand(document, forms, submission=Submission(b"", "folder", "x.json"))


def value(report: Report, pointer: str) -> Any:
    """The answer at a pointer, or None."""
    return next((answer.value for answer in report.answers if answer.pointer == pointer), None)


def rules(report: Report) -> set[str]:
    """The rules that changed something."""
    return {note.rule for note in report.notes}
