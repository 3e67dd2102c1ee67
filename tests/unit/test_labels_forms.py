"""Which form a printed report is of."""

from __future__ import annotations

import json
from pathlib import Path

from rpa.documents.written import Block, Field, Written
from rpa.forms import load_forms, understand_written
from tests.printed_forms import written_of
from tests.printed_reports import printed_rows, submission
from tests.second_form import with_second_form


def test_form_among_others(tmp_path: Path) -> None:
    """A print is understood by the form that it is of, and not by another that asks some of the same."""
    directory = Path(with_second_form(tmp_path)["RPA_FORMS_DIR"])
    forms = load_forms(directory)
    said = [
        Block("Report lost property", heading=1),
        Field("Surname", "Example"),
        Field("What did you lose?", "A hat"),
        Field("When did you lose it?", "14 March 2026"),
    ]
    report = understand_written(Written(tuple(said)), forms, submission=submission(), file="x")
    assert report is not None
    assert (report.form, report.data["day"], report.data["surname"]) == ("lost", "2026-03-14", "Example")
    crime = understand_written(
        written_of("Report a crime", printed_rows(), "fields"), forms, submission=submission(), file="x"
    )
    assert crime is not None
    assert crime.form == "ocr"
    few = Written(tuple(said[1:]))
    assert understand_written(few, forms, submission=submission(), file="x") is None


def test_former_titles(tmp_path: Path) -> None:
    """A question or part is found by a title that it had before."""
    directory = Path(with_second_form(tmp_path)["RPA_FORMS_DIR"])
    path = directory / "lost" / "v1.schema.json"
    schema = json.loads(path.read_text())
    schema["properties"]["item"]["x-former-titles"] = ["Lost item", "What is missing?"]
    path.write_text(json.dumps(schema))
    said = [
        Block("Report lost property", heading=1),
        Field("Surname", "Example"),
        Field("What is missing?", "A hat"),
        Field("Where did you last see it?", "On the train"),
    ]
    report = understand_written(
        Written(tuple(said)), load_forms(directory), submission=submission(), file="x"
    )
    assert report is not None
    assert report.data["item"] == "A hat"
