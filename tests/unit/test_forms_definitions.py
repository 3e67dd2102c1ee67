"""A form definition that is wrong is refused, with the file, the line and the place of every fault."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rpa.errors import DefinitionError, Fault
from rpa.forms import load_forms, understand
from rpa.forms.schema_faults import in_one_piece
from rpa.report import ProblemKind, Submission
from tests.strategies import FORMS

FORM, SCHEMA, LIST = "form.toml", "v1.schema.json", "lists/gender.json"


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """A copy of the forms, to change."""
    shutil.copytree(FORMS, tmp_path / "forms", ignore=shutil.ignore_patterns("samples"))
    return tmp_path / "forms"


def change(file: Path, old: str, new: str) -> int:
    """Replace the first `old` by `new`. Returns its line."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(forms: Path) -> tuple[Fault, ...]:
    """What is wrong with the forms."""
    with pytest.raises(DefinitionError) as caught:
        load_forms(forms)
    return caught.value.faults


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (FORM, 'title = "Report a crime"', 'title = "Report a crime', "not TOML"),
        (FORM, 'code = "OCR"', "code = 12", "a text"),
        (FORM, "minutes_to_key = 60", "minutes_to_key = 0", "greater than 0"),
        (FORM, "minutes_to_key = 60", "minutes_to_kee = 60", "no such key"),
        (FORM, 'when = "highHarmFlag"', 'when = "highHarmFlag ||"', "not a JMESPath expression"),
        (FORM, 'when = "highHarmFlag"', 'when = "loud(highHarmFlag)"', "no function loud()"),
        (
            FORM,
            'into = "personReporting"',
            'into = "personReportin"',
            "no version of the form has personReportin",
        ),
        (
            FORM,
            "incidentDateRange.dateFrom",
            "incidentDateRange.from",
            "has incidentDetails.incidentDateRange.from",
        ),
        (FORM, 'schema = "v1.schema.json"', 'schema = "../v1.json"', "match pattern"),
        (SCHEMA, '"firstName": {', '"firstName" {', "delimiter"),
        (SCHEMA, '"type": "boolean"', '"type": "bool"', "not JSON Schema 2020-12"),
        (SCHEMA, '"type": "boolean"', '"type": ["boolean", "string"]', "one type"),
        (SCHEMA, '"maxLength": 35', '"maxLenght": 35', "unknown keyword maxLenght"),
        (SCHEMA, '"maxLength": 35', '"maxLength": 35, "x-former-titles": "Forename"', "not a list of titles"),
        (SCHEMA, '"maxLength": 35', '"maxLength": 35, "x-former-titles": [" "]', "not a list of titles"),
        (SCHEMA, '"format": "postcode"', '"format": "postcod"', "unknown format postcod"),
        (SCHEMA, '"maxLength": 35', r'"maxLength": 35, "pattern": "(\\w+\\s?)*x"', "a group is repeated"),
        (SCHEMA, '"maxLength": 35', r'"maxLength": 35, "pattern": "(\\w"', "not a regular expression"),
        (SCHEMA, "lists/titleList.json", "lists/titles.json", "lists/titles.json leads nowhere"),
        (SCHEMA, "#/$defs/residence", "#/$defs/home", "#/$defs/home leads nowhere"),
        (LIST, '"const": "GNDR_0002"', '"const": "GNDR_0001"', "GNDR_0001 is listed twice"),
        (LIST, '"title": "Male"', '"title": "female"', "'female' is already another option"),
        (LIST, '"title": "Male"', '"title": "Male", "x-same-as": "GNDR_9"', "names no option before it"),
        (LIST, "lists/gender.json", "lists/sex.json", "$id does not end with the file's name"),
        (LIST, '"oneOf": [', '"oneOf": {', "Expecting"),
    ],
)
def test_a_fault_is_named_with_its_line(forms: Path, file: str, old: str, new: str, said: str) -> None:
    """For one wrong word, the fault names the file and the line, and says what is wrong and what to do."""
    line = change(forms / "ocr" / file, old, new)
    found = next(fault for fault in faults(forms) if said in fault.message)
    assert found.file.endswith(f"ocr/{file}")
    assert abs(found.line - line) <= (1 if "not TOML" in found.message or file != FORM else 0)
    assert found.remedy
    assert str(found).startswith(f"{found.file}:{found.line}: ")


def test_a_question_without_a_title_or_a_type(forms: Path) -> None:
    """Nobody could be asked it, and nothing could check it."""
    change(
        forms / "ocr" / SCHEMA,
        '"category": {"title": "Category", "type": "string"',
        '"category": {"description": "?"',
    )
    assert {fault.message for fault in faults(forms)} == {
        "the question has no title",
        "the question has no type",
    }


def test_a_bare_value_for_a_question_that_is_not_there(forms: Path) -> None:
    """x-bare names a question of its own part."""
    change(forms / "ocr" / SCHEMA, '"x-bare": "dateFrom"', '"x-bare": "from"')
    assert "x-bare names no question of the part: from" in {fault.message for fault in faults(forms)}


def test_all_faults_are_collected(forms: Path) -> None:
    """An analyst sees all faults at once."""
    change(forms / "ocr" / LIST, "GNDR_0002", "GNDR_0001")
    change(forms / "ocr" / "lists/accent.json", "ACNT_0002", "ACNT_0001")
    change(forms / "ocr" / SCHEMA, '"format": "postcode"', '"format": "x"')
    shutil.copytree(forms / "ocr", forms / "copy")
    change(forms / "copy" / FORM, "minutes_to_key = 60", "minutes_to_key = true")
    assert len(faults(forms)) >= 4


def test_a_missing_schema_and_a_missing_list(forms: Path) -> None:
    """The fault names the missing file, or the reference that leads nowhere."""
    (forms / "ocr" / "lists/accent.json").unlink()
    assert "lists/accent.json leads nowhere" in faults(forms)[0].message
    (forms / "ocr" / SCHEMA).unlink()
    assert faults(forms)[0].file.endswith(SCHEMA)


def test_two_forms_with_one_code(forms: Path) -> None:
    """Two forms with one code are refused, as a report could be either."""
    shutil.copytree(forms / "ocr", forms / "other")
    assert [fault.message for fault in faults(forms)] == ["the form ocr also has the code OCR"]


def test_the_same_version_twice(forms: Path) -> None:
    """A version has one schema."""
    file = forms / "ocr" / FORM
    entry = '\n[[versions]]\nnumber = 1\nschema = "v1.schema.json"\nrecognise = "`true`"\n'
    file.write_text(file.read_text(encoding="utf-8") + entry, encoding="utf-8")
    assert [fault.message for fault in faults(forms)] == ["version 1 is given twice"]


def test_no_forms(tmp_path: Path) -> None:
    """A folder without forms is refused, as it is most likely the wrong one."""
    assert "no forms" in faults(tmp_path)[0].message


def test_another_form_is_another_folder(forms: Path) -> None:
    """Two files and a list make a form of another type and shape; no program changes."""
    folder = forms / "lost"
    (folder / "lists").mkdir(parents=True)
    (folder / "form.toml").write_text(
        """
title = "Lost property"
code = "LP"
description = "Modelled for a test"
minutes_to_key = 240
recognise = "kind == 'lost-property'"
[envelope]
under = "meta"
submission_id = "ref"
submitted_at = "sent"
[[versions]]
number = 2
schema = "v2.schema.json"
recognise = "`true`"
[[due]]
when = "item == 'PASS'"
minutes = 60
why = "A passport"
""",
        encoding="utf-8",
    )
    (folder / "v2.schema.json").write_text(
        """{"$id": "https://forms.invalid/lost/v2.schema.json", "title": "Lost property", "type": "object",
        "required": ["item"], "properties": {
          "kind": {"title": "Kind", "type": "string"}, "ref": {"title": "Reference", "type": "string"},
          "sent": {"title": "Sent", "type": "string", "format": "date-time"},
          "item": {"title": "What was lost?", "$ref": "lists/item.json"},
          "when": {"title": "When?", "type": "string", "format": "date"}}}""",
        encoding="utf-8",
    )
    (folder / "lists" / "item.json").write_text(
        """{"$id": "https://forms.invalid/lost/lists/item.json", "title": "Items", "type": "string",
        "oneOf": [{"const": "PASS", "title": "Passport"}, {"const": "KEYS", "title": "Keys"}]}""",
        encoding="utf-8",
    )
    document = {
        "meta": {"kind": "lost-property", "ref": "LP-0001234"},
        "item": "passport",
        "when": "1/2/2026",
    }
    report = understand(document, load_forms(forms), submission=Submission(b"", "folder", "x"))
    assert (report.form, report.form_version, report.minutes_to_key, report.problems) == ("lost", 2, 60, ())
    assert [answer.text for answer in report.answers][-2:] == ["Passport", "1 February 2026"]
    report = understand(
        {"kind": "lost-property"}, load_forms(forms), submission=Submission(b"", "folder", "x")
    )
    assert [(one.kind, one.pointer) for one in report.problems] == [(ProblemKind.UNANSWERED, "/item")]


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        {"type": 5},
        {"type": ["string", "string"]},
        {"properties": {"a": {"type": "texd"}}},
        {"properties": {"a": 5}},
        {"items": [{"type": "string"}]},
        {"allOf": []},
        {"anyOf": [{"not": {"minLength": -1}}]},
        {"if": {"properties": {"a": {"const": 1}}}, "then": 5},
        {"required": "a"},
        {"dependentRequired": {"a": "b"}},
        {"$defs": {"a": {"uniqueItems": 1}}, "$ref": 5},
        {"pattern": 5, "title": 5, "maxItems": 1.5},
    ],
)
def test_the_meta_schema_in_one_piece_says_the_same(wrong: Any) -> None:
    """Of every wrong schema, place by place and word by word; and nothing of one that is right."""
    official = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    quick = Draft202012Validator(in_one_piece())

    def said(validator: Draft202012Validator, schema: Any) -> set[tuple[str, str]]:
        return {(each.json_path, each.message) for each in validator.iter_errors(schema)}

    assert said(quick, wrong) == said(official, wrong) != set()
    right = json.loads((FORMS / "ocr" / SCHEMA).read_text(encoding="utf-8"))
    assert said(quick, right) == set()
