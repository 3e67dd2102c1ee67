"""Every fault that an analyst can plant in a definition is found, with its file, line, place and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rpa.checks import check, remarks
from rpa.errors import DefinitionError, Fault
from rpa.forms import load_forms
from tests.plants import IN_MAPPINGS, OCR, PERSON, Plant
from tests.plants_of_profiles import IN_PROFILES
from tests.worlds import FORMS, MAPPINGS, ROOT, all_forms

PLANTS = {**IN_MAPPINGS, **IN_PROFILES}


def planted(tmp_path: Path, plant: Plant) -> Path:
    """A copy of the shipped definitions with one fault in it; of the forms only if it is theirs."""
    for folder in (FORMS, MAPPINGS) if plant.file.startswith("forms") else (MAPPINGS,):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("samples"))
    file = tmp_path / plant.file
    text = file.read_text(encoding="utf-8")
    assert plant.old in text
    file.write_text(text.replace(plant.old, plant.new, 1), encoding="utf-8")
    return tmp_path


def faults_of(folder: Path) -> list[Fault]:
    """Every fault of the forms and mappings in a folder, as `rpa check` finds them."""
    try:
        forms = load_forms(folder / "forms") if (folder / "forms").exists() else all_forms()
    except DefinitionError as error:
        return list(error.faults)
    return check(forms, folder / "mappings")


def line_of(file: Path, text: str) -> int:
    """The number of the first line that holds a text; 1 for a file that is not there."""
    if not file.exists():
        return 1
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize("which", PLANTS)
def test_planted_fault_is_found(which: str, tmp_path: Path) -> None:
    """A planted fault is reported once, with its file, line, place and a remedy."""
    plant = PLANTS[which]
    folder = planted(tmp_path, plant)
    file = folder / (plant.found_in or plant.file)
    places = [(plant.at, plant.place), *plant.also]
    wanted = {(str(file), line_of(file, at), place) for at, place in places}
    found = faults_of(folder)
    assert {(fault.file, fault.line, fault.place) for fault in found} == wanted, "\n".join(map(str, found))
    assert len(found) == len(wanted)
    assert any(plant.says in fault.message for fault in found), "\n".join(map(str, found))
    assert all(fault.remedy.strip() for fault in found)


@pytest.mark.parametrize(
    "mappings", [MAPPINGS, ROOT / "tests" / "second_target" / "mappings"], ids=["shipped", "tests"]
)
def test_definitions_have_no_fault(mappings: Path) -> None:
    """The definitions we ship, and those of the second target, have no fault."""
    assert check(all_forms(), mappings) == []


def test_several_faults_are_all_found(tmp_path: Path) -> None:
    """One check reports every fault, not only the first."""
    chosen = [
        "a date control without `as`",
        "a look-up that does not say how to search",
        "a code list that is not total",
    ]
    folder = planted(tmp_path, PLANTS[chosen[0]])
    for name in chosen[1:]:
        file = folder / PLANTS[name].file
        file.write_text(
            file.read_text(encoding="utf-8").replace(PLANTS[name].old, PLANTS[name].new, 1), encoding="utf-8"
        )
    assert len(faults_of(folder)) == len(chosen)


def test_question_needs_to_be_in_one_version_only(tmp_path: Path) -> None:
    """A mapping of two versions may use a question that only one of them has. One that neither has is one
    fault."""
    folder = planted(tmp_path, PLANTS["a form whose schema is missing"])
    ocr = folder / "forms" / "ocr"
    first = (FORMS / "ocr" / "v1.schema.json").read_text(encoding="utf-8")
    second = first.replace("/v1.schema.json", "/v2.schema.json").replace('"occupation": {', '"profession": {')
    (ocr / "v2.schema.json").write_text(second, encoding="utf-8")
    shipped = (FORMS / "ocr" / "form.toml").read_text(encoding="utf-8")
    more = '[[versions]]\nnumber = 2\nschema = "v2.schema.json"\nrecognise = "formVersion == \'2\'"\n'
    (ocr / "form.toml").write_text(shipped + more, encoding="utf-8")
    mapping = folder / OCR
    text = mapping.read_text(encoding="utf-8").replace("versions = [1]", "versions = [1, 2]")
    both = "personReporting.[profession, occupation][] | [0]"
    mapping.write_text(text.replace("personReporting.occupation", both), encoding="utf-8")
    assert faults_of(folder) == []
    mapping.write_text(text, encoding="utf-8")
    assert faults_of(folder) == []
    mapping.write_text(text.replace("personReporting.occupation", "personReporting.job"), encoding="utf-8")
    (fault,) = faults_of(folder)
    assert fault.place == f"{PERSON} / Occupation"


def test_it_is_said_where_a_pattern_is_read_from() -> None:
    """The author of a profile is told in which part of the page the target's reference is searched for."""
    (said,) = remarks(MAPPINGS)
    assert said.endswith(
        "journey / reference: the pattern is read from everything in '#content' after save, "
        "and from column 'Reference' of '#content table tbody tr' after a search"
    )
    file = MAPPINGS / "chs" / "screens.toml"
    assert said.startswith(f"{file}:{line_of(file, 'reference = ')}:")
