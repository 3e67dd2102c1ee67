"""Every fault that an analyst can plant in a definition is found, with its file, line, place and remedy."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from rpa.check import check
from rpa.errors import DefinitionError, Fault
from rpa.forms import load_forms
from tests.worlds import FORMS, MAPPINGS, ROOT, all_forms

SCREENS, OCR = "mappings/chs/screens.toml", "mappings/chs/ocr.toml"


@dataclass(frozen=True)
class Plant:
    """One fault: `old` in `file` becomes `new`; it is found `at` the line that holds this text (in `found_in`),
    under `place`, and its message holds `says`. `also` names further lines where it is rightly found too."""

    file: str
    old: str
    new: str
    at: str
    place: str
    says: str
    found_in: str = ""
    also: tuple[tuple[str, str], ...] = ()


PERSON = "screen / Person reporting"

PLANTS = {
    # ---- a mapping beside the profile
    "a control that the screen does not have": Plant(
        OCR,
        '"Forename" = "personReporting.firstName"',
        '"Fornames" = "personReporting.firstName"',
        '"Fornames"',
        f"{PERSON} / Fornames",
        "no such control",
    ),
    "a screen that the profile does not have": Plant(
        OCR,
        '[screen."Witnesses"]\n"Any',
        '[screen."Bystanders"]\n"Any',
        '[screen."Bystanders"]',
        "screen / Bystanders",
        "no such screen",
    ),
    "a grid that the screen does not have": Plant(
        OCR,
        'grid = "Suspects"',
        'grid = "Offenders"',
        'grid = "Offenders"',
        "screen / Suspects / rows / 0 / grid",
        "no grid 'Offenders'",
    ),
    "a column that the grid does not have": Plant(
        OCR,
        '"VIN" = "vehicleVin"',
        '"Chassis" = "vehicleVin"',
        '"Chassis"',
        "screen / Vehicles / rows / 0 / columns / Chassis",
        "no such control",
    ),
    "a required control that nothing is mapped to": Plant(
        OCR,
        '"Origin" = { value = "Online form" }\n',
        "",
        '[screen."Contact and origin"]',
        "screen / Contact and origin",
        "requires 'Origin'",
    ),
    "a required column that nothing is mapped to": Plant(
        OCR,
        '"Involvement" = { value = "Stolen" }\n',
        "",
        '[[screen."Vehicles".rows]]',
        "screen / Vehicles / rows / 0",
        "requires 'Involvement'",
    ),
    "a fixed value that the target does not offer": Plant(
        OCR,
        '{ value = "Online form" }',
        '{ value = "Web form" }',
        '"Web form"',
        "screen / Contact and origin / Origin",
        "no option 'Web form'",
    ),
    "a date control without `as`": Plant(
        OCR,
        '"Date of birth" = { from = "personReporting.dateOfBirth", as = "date" }',
        '"Date of birth" = { from = "personReporting.dateOfBirth" }',
        '"Date of birth" = { from = "personReporting.dateOfBirth" }',
        f"{PERSON} / Date of birth",
        "needs as = 'date'",
    ),
    "a date from what is no date": Plant(
        OCR,
        'from = "incidentDetails.incidentDateRange.dateTo"',
        'from = "incidentDetails.locationDescription"',
        '"Date to"',
        "screen / Incident / Date to",
        "is not a date",
    ),
    "a checkbox from a text": Plant(
        OCR,
        '"High harm" = "highHarmFlag"',
        '"High harm" = "forceIdentifier"',
        '"High harm"',
        "screen / Contact and origin / High harm",
        "is not a yes or no",
    ),
    "options from free text": Plant(
        OCR,
        '"Transport type" = "incidentDetails.publicTransportDetails.publicTransportType"',
        '"Transport type" = "incidentDetails.locationDescription"',
        '"Transport type"',
        "screen / Location / Transport type",
        "free text",
    ),
    "a look-up that lacks a part": Plant(
        OCR,
        '"Forename" = "personReporting.firstName"\n"Date of birth" = { from',
        '"Date of birth" = { from',
        '[screen."Person reporting"."Person record".parts]',
        f"{PERSON} / Person record",
        "needs the part 'Forename'",
    ),
    "ticks for an option that is not there": Plant(
        OCR,
        '"Bullying" = "victim',
        '"Bullied" = "victim',
        '"Vulnerability factors".ticks]',
        "screen / Victim / Vulnerability factors",
        "no option 'Bullied'",
    ),
    "a tick from what is no yes or no": Plant(
        OCR,
        '"Bullying" = "victim.riskOfBeingBullied"',
        '"Bullying" = "victim.surname"',
        '"Bullying"',
        "screen / Victim / Vulnerability factors / ticks / Bullying",
        "no yes-or-no question",
    ),
    "a value from two places": Plant(
        OCR,
        '"Origin" = { value = "Online form" }',
        '"Origin" = { value = "Online form", from = "forceIdentifier" }',
        '"Origin"',
        "screen / Contact and origin / Origin",
        "exactly one of",
    ),
    "a narrative control that is not there": Plant(
        OCR,
        'control = "Entry"',
        'control = "Entries"',
        'control = "Entries"',
        "narrative / control",
        "'Entries'",
    ),
    "a narrative grid that is not there": Plant(
        OCR, 'grid = "Log entries"', 'grid = "Log"', 'grid = "Log"', "narrative / grid", "'Log'"
    ),
    "a file control that is none": Plant(
        OCR, 'file = "File"', 'file = "Description"', 'file = "Desc', "attachments / file", "'Description'"
    ),
    "a file's description that is not there": Plant(
        OCR, 'describe = "Description"', 'describe = "Notes"', '"Notes"', "attachments / describe", "'Notes'"
    ),
    "a question about files that is not there": Plant(
        OCR,
        'described_by = "mediaUploadDescription"',
        'described_by = "mediaUploadDetails"',
        '"mediaUploadDetails"',
        "attachments / described_by",
        "no question of the form is there",
    ),
    "no control for our reference": Plant(
        OCR,
        '"Source reference" = { fact = "reference" }',
        '"Source reference" = { value = "online" }',
        '[screen."Contact and origin"]',
        "screen",
        "no control holds our reference",
    ),
    "a control too short for our reference": Plant(
        SCREENS,
        '"Source reference" = { kind = "text", max = 40',
        '"Source reference" = { kind = "text", max = 10',
        '"Source reference"',
        "screen / Contact and origin / Source reference",
        "our reference has 15 characters",
        found_in=OCR,
    ),
    "parts for what is no look-up": Plant(
        OCR,
        '"Town or city" = "incidentDetails.currentAddress.townOrCity"',
        '"Town or city" = { parts = { "Town" = "incidentDetails.currentAddress.townOrCity" } }',
        '"Town or city" = { parts',
        "screen / Location / Town or city",
        "a look-up takes parts",
    ),
    "a fixed value that is too long": Plant(
        OCR,
        '"Force identifier" = "forceIdentifier"',
        '"Force identifier" = { value = "Exampleshire" }',
        '"Force identifier"',
        "screen / Contact and origin / Force identifier",
        "takes 5 characters",
    ),
    "a checkbox that is neither true nor false": Plant(
        OCR,
        '"High harm" = "highHarmFlag"',
        '"High harm" = { value = "Yes" }',
        '"High harm"',
        "screen / Contact and origin / High harm",
        "true or false",
    ),
    # ---- a mapping beside the form
    "a form that is not there": Plant(
        OCR, 'form = "ocr"', 'form = "crime"', 'form = "crime"', "form", "no form 'crime'"
    ),
    "a version that is not there": Plant(
        OCR, "versions = [1]", "versions = [1, 7]", "versions = [1, 7]", "versions", "no version 7"
    ),
    "an expression that finds no question": Plant(
        OCR,
        '"Occupation" = "personReporting.occupation"',
        '"Occupation" = "personReporting.profession"',
        '"personReporting.profession"',
        f"{PERSON} / Occupation",
        "no question of the form is there",
    ),
    "rows for a part that is not there": Plant(
        OCR,
        'each = "anyWitnesses.witness"',
        'each = "anyWitnesses.bystander"',
        'each = "anyWitnesses.bystander"',
        "screen / Witnesses / rows / 0 / each",
        "no question of the form is there",
    ),
    "a name that stands for nothing": Plant(
        OCR,
        'business = "howInvolvedInCrime.victimIsBusiness"',
        'business = "howInvolvedInCrime.victimIsBusiness"\nshop = "howInvolvedInCrime.shop"',
        "shop =",
        "named / shop",
        "no question of the form is there",
    ),
    "a name that the form itself uses": Plant(
        OCR,
        "[named]\n",
        '[named]\nsuspect = "suspect.known"\n',
        'suspect = "suspect.known"',
        "named / suspect",
        "the form itself",
    ),
    "a condition about a question that is not there": Plant(
        OCR,
        '"it is a vehicle" = "stolenItemType == \'SITP_0006\'"',
        '"it is a vehicle" = "stolenItemTyp == \'SITP_0006\'"',
        'when = "it is a vehicle"',
        "screen / Vehicles / rows / 0 / when",
        "the condition 'it is a vehicle': no question of the form is there",
    ),
    "a condition that nobody has defined": Plant(
        OCR,
        'when = "it is a vehicle"',
        'when = "it is a lorry"',
        'when = "it is a lorry"',
        "screen / Vehicles / rows / 0 / when",
        "no condition called 'it is a lorry'",
    ),
    "left out, but the form does not ask it": Plant(
        OCR, '"/userAgent" =', '"/userAgents" =', '"/userAgents"', "left_out / /userAgents", "no question"
    ),
    "left out without a reason": Plant(
        OCR,
        '"/userAgent" = "technical detail of the browser, kept with the original"',
        '"/userAgent" = " "',
        '"/userAgent"',
        "left_out / /userAgent",
        "no reason",
    ),
    # ---- code lists
    "a code list that is not there": Plant(
        OCR,
        'codes = "english-fluency"',
        'codes = "fluency"',
        'codes = "fluency"',
        f"{PERSON} / English fluency",
        "no such code list",
    ),
    "a code list that is not total": Plant(
        "mappings/chs/codes/place-type.toml",
        'BLDT_0005 = "Shed"\n',
        "",
        '"Place type"',
        "screen / Location / Place type",
        "codes/place-type.toml has no entry for BLDT_0005",
        found_in=OCR,
    ),
    "a code list with an identifier that the form does not know": Plant(
        "mappings/chs/codes/place-type.toml",
        'BLDT_0005 = "Shed"\n',
        'BLDT_0005 = "Shed"\nBLDT_0055 = "Shed"\n',
        '"Place type"',
        "screen / Location / Place type",
        "codes/place-type.toml knows BLDT_0055",
        found_in=OCR,
    ),
    "a code list with an option that the target does not offer": Plant(
        "mappings/chs/codes/place-type.toml",
        'BLDT_0005 = "Shed"',
        'BLDT_0005 = "Hut"',
        '"Place type"',
        "screen / Location / Place type",
        "no option 'Hut'",
        found_in=OCR,
    ),
    "a code list with a key that means nothing": Plant(
        "mappings/chs/codes/place-type.toml",
        "[abstain]",
        "[leave]",
        "[leave]",
        "leave",
        "no such key",
    ),
    # ---- syntax
    "a mapping that is not TOML": Plant(
        OCR, '"Alias" = "personReporting.alias"', '"Alias" = personReporting', '"Alias" =', "file", "not TOML"
    ),
    "an expression that is not JMESPath": Plant(
        OCR,
        '"Alias" = "personReporting.alias"',
        '"Alias" = "personReporting.[alias"',
        '"Alias"',
        f"{PERSON} / Alias / from",
        "not a JMESPath expression",
    ),
    "a mapping with a key that means nothing": Plant(
        OCR,
        '{ from = "personReporting.gender", codes = "gender" }',
        '{ from = "personReporting.gender", code = "gender" }',
        'code = "gender"',
        f"{PERSON} / Gender / code",
        "no such key",
    ),
    "a profile that is not TOML": Plant(
        SCREENS, 'name = "Log"', "name = Log", "name = Log", "file", "not TOML"
    ),
    "a profile with a key that means nothing": Plant(
        SCREENS,
        '"Customer reference" = { kind = "text", max = 30 }',
        '"Customer reference" = { kind = "text", maximum = 30 }',
        "maximum = 30",
        "screen / 0 / controls / Customer reference / maximum",
        "no such key",
    ),
    "a kind of control that there is not": Plant(
        SCREENS,
        '"Customer reference" = { kind = "text"',
        '"Customer reference" = { kind = "texts"',
        '"texts"',
        "screen / 0 / controls / Customer reference / kind",
        "input should be",
    ),
    # ---- a profile in itself
    "two screens of one name": Plant(
        SCREENS,
        '[[screen]]\nname = "Review"',
        '[[screen]]\nname = "Review"\n\n[[screen]]\nname = "Review" # again',
        "# again",
        "screen / 12 / name",
        "2 screens are called 'Review'",
    ),
    "a control after one that is not there": Plant(
        SCREENS,
        '"Victim surname" = { kind = "text", max = 35, after = "Victim is" }',
        '"Victim surname" = { kind = "text", max = 35, after = "Victim" }',
        '"Victim surname"',
        "screen / 2 / controls / Victim surname",
        "`after` names 'Victim'",
    ),
    "controls that wait for each other": Plant(
        SCREENS,
        '"Category" = { kind = "select", required = true,',
        '"Category" = { kind = "select", required = true, after = "Opening code",',
        '"Category"',
        "screen / 4 / controls / Category",
        "in a circle",
        also=(('"Opening code" =', "screen / 4 / controls / Opening code"),),
    ),
    "a look-up that does not say how to search": Plant(
        SCREENS,
        'press = "Search addresses"\n',
        "",
        '[screen.controls."Gazetteer"]',
        "screen / 3 / controls / Gazetteer",
        "a look-up needs `press`",
    ),
    "a date format that writes no date": Plant(
        SCREENS,
        '"Date from" = { kind = "date", format = "%d/%m/%Y" }',
        '"Date from" = { kind = "date", format = "dd/mm/yyyy" }',
        '"Date from"',
        "screen / 4 / controls / Date from",
        "writes no part of a date",
    ),
    "boxes for what is no date": Plant(
        SCREENS,
        '"Date reported" = { kind = "date"',
        '"Date reported" = { kind = "text"',
        '"Date reported"',
        "screen / 0 / controls / Date reported",
        "`boxes` are for dates",
    ),
    "a limit of nothing": Plant(
        SCREENS,
        '"UPRN" = { kind = "text", max = 12 }',
        '"UPRN" = { kind = "text", max = 0 }',
        "max = 0",
        "screen / 3 / controls / UPRN",
        "takes nothing",
    ),
    "options for what has none": Plant(
        SCREENS,
        '"Origin" = { kind = "select"',
        '"Origin" = { kind = "text"',
        '"Origin"',
        "screen / 0 / controls / Origin",
        "a text has no options",
    ),
    "an option that stands there twice": Plant(
        SCREENS,
        '["Bus", "Train", "Tram", "Other"]',
        '["Bus", "Train", "Tram", "Other", "Bus"]',
        '"Transport type"',
        "screen / 3 / controls / Transport type",
        "'Bus' stands there twice",
    ),
    "a list whose file is missing": Plant(
        SCREENS,
        'options = "titles"',
        'options = "honorifics"',
        '"honorifics"',
        "screen / 1 / controls / Title",
        "no list 'honorifics'",
    ),
    "a grid that does not say how a row is kept": Plant(
        SCREENS,
        'keep = "Keep suspect"\n',
        "",
        '[screen.grids."Suspects"]',
        "screen / 5 / grids / Suspects",
        "needs `keep`",
    ),
    "several screens and no way on": Plant(
        SCREENS, 'next = "Save and continue"\n', "", "[journey]", "journey", "several screens and no `next`"
    ),
    "a step that fills in nothing": Plant(
        SCREENS,
        '{ fill = "User name", with = "account" }',
        '{ fill = "User name" }',
        "steps = [",
        "session / steps / 1",
        "belong together",
    ),
    "a reference that is no pattern": Plant(
        SCREENS,
        "reference = 'CHS-\\d{4}-\\d{7}'",
        "reference = 'CHS-(\\d{4}'",
        "reference = 'CHS-(",
        "journey / reference",
        "not a regular expression",
    ),
    "a time zone that there is not": Plant(
        SCREENS, 'timezone = "Europe/London"', 'timezone = "Europe/Londn"', "Londn", "timezone", "time zone"
    ),
    "a narrative control too small for a question": Plant(
        SCREENS,
        '"Entry" = { kind = "lines", max = 2000',
        '"Entry" = { kind = "lines", max = 200',
        'control = "Entry"',
        "narrative / control",
        "takes 200 characters",
        found_in=OCR,
    ),
    # ---- forms, through the same proof
    "a form whose schema is missing": Plant(
        "forms/ocr/form.toml",
        "v1.schema.json",
        "v2.schema.json",
        "",
        "file",
        "no such file",
        found_in="forms/ocr/v2.schema.json",
    ),
    "a form with an expression that is none": Plant(
        "forms/ocr/form.toml",
        'code = "OCR"',
        'code = "OCR"\ncolour = "blue"',
        'colour = "blue"',
        "colour",
        "no such key",
    ),
}


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
    """A planted fault is found once, in its file, on its line, under its place, with a remedy."""
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
    """One proof tells of every fault, not of the first."""
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
    """A mapping of two versions may ask for what only one of them has; what neither has is a fault, once."""
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
