"""A report and its copy: what is a difference, and what is none."""

from __future__ import annotations

from dataclasses import replace

from rpa.documents.written import Field, Written
from rpa.forms.copies import differences, is_contained
from rpa.report import ProblemKind
from tests.printed_forms import written_of
from tests.printed_reports import (
    REPORT,
    printed,
    printed_rows,
    understood,
)


def test_differences() -> None:
    """A copy with another answer differs there, and nowhere else; one that lacks answers does not."""
    original = printed(REPORT, "paths")
    other = REPORT | {"personReporting": REPORT["personReporting"] | {"surname": "Specimen"}}
    (difference,) = differences(original, printed(other, "emphasis"))
    assert (difference.kind, difference.pointer) == (ProblemKind.DIFFERS, "/personReporting/surname")
    assert "Specimen" not in difference.message
    less = {key: value for key, value in REPORT.items() if key != "stolenItem"}
    assert not differences(original, printed(less, "emphasis"))
    assert is_contained(printed(less, "emphasis"), original.data)
    assert not is_contained(printed(other, "emphasis"), original.data)
    assert not is_contained(original, less)


def test_printed_time() -> None:
    """A printed time of submission without seconds or zone is no difference; another hour is."""
    original = replace(printed(REPORT, "paths"), data=REPORT | {"submitTime": "2026-06-16T09:12:44+00:00"})
    for said, differs in (
        ("16 June 2026, 09:12", False),
        ("16 June 2026 at 10:12", False),
        ("16 June 2026, 11:12", True),
    ):
        parts = [*written_of("Report a crime", printed_rows(), "fields").parts]
        parts.insert(1, Field("Submitted at", said))
        assert bool(differences(original, understood(Written(tuple(parts))))) is differs, said


def test_copy_that_lacks_an_item() -> None:
    """An item that a copy lacks makes those after it no differences."""
    original = printed(REPORT, "paths")
    copy = printed(REPORT | {"stolenItem": REPORT["stolenItem"][1:]}, "emphasis")
    assert not differences(original, copy)
    assert is_contained(copy, original.data)
