"""What makes a submission the same one again: its own id, where that can tell one from another."""

from __future__ import annotations

from typing import Any

import pytest

from rpa.report import ProblemKind
from tests.unit.test_forms import SUBMISSION, understood


@pytest.mark.parametrize(
    "submission_id",
    ["00000000-0000-0000-0000-000000000000", "x" * 101, "1", "v1", "N/A", "unknown", "Größe-123", [1], True],
)
def test_a_submission_id_that_identifies_nothing_is_not_used(submission_id: Any) -> None:
    """In that case the bytes are the identity, so that two reports never become one, and a problem says so."""
    report = understood(submissionId=submission_id)
    assert (report.identity, report.submission_id) == (SUBMISSION.sha256, None)
    told = [each for each in report.problems if each.question == "Submission id"]
    assert [(each.kind, each.pointer) for each in told] == [(ProblemKind.UNFIT, "")]


@pytest.mark.parametrize("submission_id", ["", "  ", None])
def test_a_submission_without_an_id_has_its_bytes(submission_id: Any) -> None:
    """A form need not give an id: that is not a problem."""
    report = understood(submissionId=submission_id)
    assert (report.identity, report.submission_id, report.problems) == (SUBMISSION.sha256, None, ())


@pytest.mark.parametrize(
    ("submission_id", "identity"),
    [
        ("abc-1", "abc-1"),
        (48213, "48213"),
        ("LST/2026/0001", "lst/2026/0001"),
        ("abcdefgh", "abcdefgh"),
        (
            " ABC  12345 ",
            "abc%2012345",
        ),  # an identity has no space: what follows one is not the sender's
    ],
)
def test_a_submission_id_is_taken_as_it_is(submission_id: Any, identity: str) -> None:
    """The same submission in other bytes is the same report, however its sender numbers submissions."""
    report = understood(submissionId=submission_id)
    assert (report.identity, report.submission_id) == (identity, " ".join(str(submission_id).split()))
    assert report.problems == ()
