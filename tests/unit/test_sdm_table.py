"""sdm.toml is validated with its form: every pointer is one of the form's, and a fault has its file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rpa.errors import DefinitionError
from rpa.forms import load_forms
from tests.worlds import FORMS

MISSING = "no version of the form has "


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The table of the crime form, in a copy of the forms."""
    shutil.copytree(FORMS, tmp_path / "forms", ignore=shutil.ignore_patterns("samples"))
    return tmp_path / "forms" / "ocr" / "sdm.toml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('surname = "/nextOfKinSurname"', 'surname = "/nextOfKinSurnam"', MISSING + "/nextOfKinSurnam"),
        ('{ at = "/suspect/known", fields', '{ at = "/suspect/knwon", fields', MISSING + "/suspect/knwon"),
        ('says = { "/suspect/suspectKnown" =', 'says = { "/suspect/known/x" =', MISSING + "/suspect/known/x"),
        ('sets = { "/stolenItemType" =', 'sets = { "/stolenItemTyp" =', MISSING + "/stolenItemTyp"),
        ('ESDD_A = "/ethnicityAsian"', 'ESDD_A = "/ethnicityAsia"', MISSING + "/ethnicityAsia"),
        ('beside = { "/permanentResidence"', 'beside = { "/permanent"', MISSING + "/permanent"),
        ('{ at = "/threatAbuseOrAssault"', '{ at = "/threat"', MISSING + "/threat"),
        ('fields = ["kin"]', 'fields = ["kim"]', "there are no fields kim"),
        (
            "[fields.weapon]",
            '[fields.unused]\nx = "/surname"\n\n[fields.weapon]',
            "no place names these fields",
        ),
        ("together = true", "togehter = true", "there is no such key"),
        ('related = ["weaponUsed"]', "related = []", "give either related or any_of"),
        ('surname = "/nextOfKinSurname"', 'surname = "nextOfKinSurname"', "match pattern"),
        ("[names]", "[names", "not TOML"),
    ],
)
def test_a_fault_has_its_line(table: Path, old: str, new: str, said: str) -> None:
    """Each fault of a table names the file, its line and what is wrong."""
    text = table.read_text(encoding="utf-8")
    assert old in text
    table.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_forms(table.parents[1])
    fault = next(each for each in caught.value.faults if said in each.message)
    assert fault.file == str(table)
    changed = text[: text.index(old)].count("\n") + 1
    assert abs(fault.line - changed) <= 4  # a table of an array has the line of its head


def test_a_form_needs_no_table(table: Path) -> None:
    """Without sdm.toml a form is loaded as before."""
    table.unlink()
    assert load_forms(table.parents[1])["ocr"].sdm is None
