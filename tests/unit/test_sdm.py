"""A report in the Standard Data Model is understood as the same report in the website's own format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from rpa.forms.sdm.conversion import is_sdm
from rpa.plan import Plan
from rpa.reading import read
from rpa.report import Change, ProblemKind, Report, Submission
from tests.sdm_documents import add, as_sdm, incident, relate, texts, understood
from tests.worlds import Case, all_forms, definitions

SAMPLES = Path(__file__).parents[2] / "forms" / "ocr" / "samples"
RAW = [path for path in sorted(SAMPLES.glob("*.json")) if not is_sdm(json.loads(path.read_bytes()))]


def planned(report: Report) -> Plan:
    """The plan of a report for the practice CHS."""
    return Case(report, definitions()).plan()


def without_tags(value: Any) -> Any:
    """The same data without the tags of the website's own format, which say nothing about the report."""
    if isinstance(value, Mapping):
        return {key: without_tags(each) for key, each in value.items() if key != "_metaData"}
    return [without_tags(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_both_formats_make_the_same_report_and_plan(path: Path) -> None:
    """Raw and in the Standard Data Model, a submission makes equal data, problems and plans."""
    raw = json.loads(path.read_bytes())
    one, other = understood(without_tags(raw)), understood(as_sdm(deepcopy(raw)))
    assert other.data == one.data
    assert set(other.problems) == set(one.problems)
    assert (other.reference, other.form, other.minutes_to_key) == (
        one.reference,
        one.form,
        one.minutes_to_key,
    )
    assert planned(other) == planned(one)


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_one_person_may_have_both_relationships(path: Path) -> None:
    """A person reporting who is the victim may be one entity with both relationships: the report is the same."""
    raw = without_tags(json.loads(path.read_bytes()))
    mine = raw.get("howInvolvedInCrime", {}).get("victimDetailsImTheVictim") or {}
    for key in mine:  # asked of both in the website's format, it cannot be told apart where both are one
        raw["personReporting"].pop(key, None)
    one, other = understood(raw), understood(as_sdm(deepcopy(raw), one_person=True))
    assert other.data == one.data
    assert planned(other) == planned(one)


def test_one_who_saw_it_and_reports_it_is_one_person() -> None:
    """A witness who reports is the person reporting, and not one of the other witnesses."""
    document = incident()
    relate(document["data"], "witness", document["included"][1])
    add(document, "person", "witness", surname="Sample")
    report = understood(document)
    assert texts(report)["/howInvolvedInCrime/howInvolvedInCrime"] == "I witnessed a crime taking place"
    assert [each["surname"] for each in report.data["anyWitnesses"]["witness"]] == ["Sample"]  # type: ignore[index]


def test_a_second_suspect_is_never_mixed_with_the_first() -> None:
    """The form asks for one suspect: a second is kept apart, whole, options in words, and keyed into nothing."""
    document = incident(incidentInvolvement="IVLD_0001")
    add(document, "person", "knownSuspect", surname="Placeholder")
    second = add(document, "person", "knownSuspect", gender="GNDR_0003", alias="Leo")
    add(document, "location", "currentAddress", second, street="Sample Road")
    report = understood(document)
    said = texts(report)
    assert report.data["suspect"]["known"] == {"surname": "Placeholder"}  # type: ignore[index]
    assert said["/knownSuspect 2/gender"] == "Male"
    assert said["/knownSuspect 2/alias"] == "Leo"
    assert "Known suspect 2" in {each.question for each in report.problems}
    assert said["/knownSuspect 2/currentAddress/street"] == "Sample Road"


def test_several_vehicles_each_have_their_place() -> None:
    """A stolen, a damaged and a suspect's vehicle are three answers; a second damaged one is kept apart."""
    document = incident()
    add(document, "vehicle", "stolen", vehicleVRM="AB12 CDE")
    add(document, "vehicle", "damaged", vehicleVRM="AB13 CDE")
    add(document, "vehicle", "damaged", vehicleVRM="AB14 CDE", vehicleColour="PCLR_0010")
    suspect = add(document, "person", "unknownSuspect", personDescription="Tall")
    add(document, "vehicle", "driverOf", suspect, vehicleVRM="AB15 CDE")
    said = texts(understood(document))
    assert said["/stolenItem/0/vehicleRegistrationNumber"] == "AB12CDE"
    assert said["/damagedVehicle/vehicleRegistrationNumber"] == "AB13CDE"
    assert said["/damaged 2/vehicleVRM"] == "AB14 CDE"
    assert said["/suspect/unknown/vehicle/vehicleRegistrationNumber"] == "AB15CDE"


def test_kin_never_answer_for_the_person() -> None:
    """What is said of next of kin beyond the questions about them is kept under their own name."""
    document = incident()
    person = document["included"][1]
    kin = add(document, "person", "nextOfKin", person, surname="Specimen", dateOfBirth="1950-01-01")
    add(document, "telephone", "personalTelephone", kin, telephoneNumber="07700 900167")
    said = texts(understood(document))
    assert said["/personReporting/nextOfKinPhoneNumber"] == "+447700900167"
    assert "/personReporting/dateOfBirth" not in said
    assert "/personReporting/phoneNumber" not in said
    assert said["/personReporting/nextOfKin/dateOfBirth"] == "1950-01-01"


def test_what_is_not_known_is_kept_under_its_name() -> None:
    """Types, attributes and relationships that no table names end as questions that the form does not know."""
    document = incident(moonPhase="Full")
    document["meta"] = {"traceId": "T-1"}
    add(document, "drone", "sightedFrom", model="Example 4")
    add(document, "ghost", "", seen="twice")
    report = understood(document)
    said = texts(report)
    assert said["/incidentDetails/moonPhase"] == "Full"
    assert said["/sightedFrom/model"] == "Example 4"
    assert said["/ghost/seen"] == "twice"
    assert said["/meta/traceId"] == "T-1"
    assert "Ghost" in {each.question for each in report.problems}


def test_a_relationship_that_leads_nowhere_is_told() -> None:
    """An entity that is not there is told, in a circle it is only named, and neither stops the report."""
    document = incident()
    person = document["included"][1]
    document["data"]["relationships"]["witness"] = {"data": [{"id": "99", "type": "person"}]}
    friend = add(document, "person", "friend", person, surname="Sample")
    relate(friend, "friend", person)
    report = understood(document)
    said = texts(report)
    assert said["/witness person"] == "person 99"
    assert said["/personReporting/friend/friend"] == "person 2 (Person reporting)"
    told = [each for each in report.problems if each.question == "Witness person"]
    assert [each.kind for each in told] == [ProblemKind.UNFIT]


def test_which_of_two_with_one_number_is_meant_is_not_guessed() -> None:
    """Two persons with the same id: neither is taken for the suspect, both are kept, and it is told."""
    document = incident()
    add(document, "person", "knownSuspect", surname="Placeholder")
    document["included"].append(document["included"][-1] | {"attributes": {"surname": "Sample"}})
    report = understood(document)
    assert "suspect" not in report.data
    assert {"Placeholder", "Sample"} <= set(texts(report).values())
    assert any("several entries with the same number" in each.message for each in report.problems)


def test_two_answers_to_what_decides_everything_stop_the_report_until_one_is_removed() -> None:
    """The same fact under two names with different answers waits for a person, whose correction settles it."""
    document = incident(howInvolvedInCrime="IVLD_0001", incidentInvolvement="IVLD_0002")
    content = Submission(json.dumps(document).encode(), "test", "report.json")
    report = read(content, all_forms())
    second = "/howInvolvedInCrime/howInvolvedInCrime (2)"
    assert [p.pointer for p in report.problems if p.kind is ProblemKind.INVALID] == [
        "/howInvolvedInCrime/howInvolvedInCrime"
    ]
    settled = read(content, all_forms(), [[Change(second, None)]])
    assert not [p for p in settled.problems if p.kind is ProblemKind.INVALID]


def test_the_same_answer_under_two_names_is_one() -> None:
    """Equal answers, as an identifier and as text, are one answer."""
    report = understood(incident(howInvolvedInCrime="IVLD_0001", incidentInvolvement="I&#39;m a victim"))
    assert texts(report)["/howInvolvedInCrime/howInvolvedInCrime"] == "I'm a victim"
    assert not [p for p in report.problems if p.kind is ProblemKind.INVALID]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            {"dateFrom": "2026-03-14", "dateTo": "2026-03-15"},
            "16:00:00",
            ("2026-03-14", "2026-03-15", None, "16:00"),
        ),
        ("2026-03-14T22:10:00+00:00", "2026-03-15T01:00:00", ("2026-03-14", "2026-03-15", "22:10", "01:00")),
        ("2026-03-14", "2026-03-15", ("2026-03-14", "2026-03-15", None, None)),
        ("22:10", None, (None, None, "22:10", None)),
    ],
    ids=["range and time", "moments", "dates", "time alone"],
)
def test_when_it_happened_is_read_in_every_shape(start: Any, end: Any, expected: tuple[Any, ...]) -> None:
    """Dates come as a range, as a moment or alone, and times of day alone."""
    details: Any = understood(incident(incidentStartDateTime=start, incidentEndDateTime=end)).data.get(
        "incidentDetails"
    )
    dates = details.get("incidentDateRange", {})
    found = (
        dates.get("dateFrom"),
        dates.get("dateTo"),
        details.get("incidentStartTime"),
        details.get("incidentEndTime"),
    )
    assert found == expected


def test_answers_beyond_the_published_limits_are_kept() -> None:
    """A longer text than the published model allows is told, and all of it kept."""
    report = understood(incident(incidentDescription="x" * 5_000))
    assert len(texts(report)["/incidentDetails/incidentDescription"]) == 5_000


def test_a_form_that_is_not_ours_keeps_every_entity() -> None:
    """Where no form has a table, entities keep their own names, and the submission's id is the report's."""
    document = incident(incidentDescription="Paint on a wall")
    document["included"][0]["attributes"]["category"] = "NOT-OURS"
    report = understood(document)
    assert report.form is None
    assert report.submission_id == "6f1c2c2e-0b1e-4c59-9d4e-0c3f5c7a1b20"
    assert texts(report)["/personReporting/surname"] == "Example"


def test_a_second_victim_is_never_mixed_with_the_person_reporting() -> None:
    """Where the person reporting is a victim, what is said of another victim is kept apart, in any order."""
    for first in (True, False):
        document = incident(incidentInvolvement="IVLD_0001")
        person = document["included"][1]
        person["attributes"]["victimSupport"] = True
        if first:
            relate(document["data"], "victim", person)
        add(document, "person", "victim", surname="Sample", disability=True)
        if not first:
            relate(document["data"], "victim", person)
        report = understood(document)
        mine = report.data["howInvolvedInCrime"]["victimDetailsImTheVictim"]  # type: ignore[index]
        assert mine == {"victimSupport": True}
        assert texts(report)["/victim 2/surname"] == "Sample"


def test_a_household_shares_its_address() -> None:
    """An address that several persons have is the answer of each of them."""
    document = incident()
    home = add(document, "location", "", street="Sample Road")
    for number in range(8):
        relate(add(document, "person", "witness", surname=f"Sample {number}"), "currentAddress", home)
    said = texts(understood(document))
    assert all(
        said[f"/anyWitnesses/witness/{n}/currentAddress/streetName"] == "Sample Road" for n in range(8)
    )
