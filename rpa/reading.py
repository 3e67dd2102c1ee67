"""Intake: bytes -> Submission -> Report, one module for each format.

`read` never decides what an answer means: `rpa.forms` does. It raises for no bytes: what cannot be read becomes a
report with one problem, so that a person looks at it and nothing is lost (P1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rpa.documents.json_document import Unreadable, parse
from rpa.forms import Form, understand, unreadable
from rpa.report import Report, Submission

__all__ = ["read"]


def read(submission: Submission, forms: Mapping[str, Form]) -> Report:
    """The report in a submission's bytes. Never raises: unreadable bytes are a report too, with one problem."""
    try:
        document = parse(submission.content)
    except Unreadable as error:
        return unreadable(submission, str(error))
    report = understand(document.value, forms, submission=submission)
    return replace(
        report,
        problems=(*document.problems, *report.problems),
        notes=(*document.notes, *report.notes),
    )
