"""The rules by which a plan is made: what is keyed, what is described, what goes into the narrative, and why."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from rpa.plan import Disposed, Disposition, Place, Plan
from rpa.targets.profile import Profile
from tests.worlds import MAPPINGS, ROOT, Case, Definitions, case, definitions, document, sample

CHS = definitions(MAPPINGS / "chs")
TICKETS = definitions(ROOT / "tests" / "second_target" / "mappings" / "tickets")
PLAIN = "07-phone-snatch.json"


def changed(**parts: dict[str, Any]) -> Case:
    """A plain report with some of its parts changed."""
    content = document(PLAIN)
    for name, answers in parts.items():
        content[name] = {**(content.get(name) or {}), **answers}
    return case(content)


def value(plan: Plan, screen: str, control: str) -> object:
    """What a control is planned to hold; None where nothing is planned."""
    (page,) = [page for page in plan.pages if page.screen == screen]
    return next((entry.value for entry in page.entries if entry.control == control), None)


def rows(plan: Plan, grid: str) -> list[dict[str, object]]:
    """The planned rows of a grid."""
    found = [page.rows[grid] for page in plan.pages if grid in page.rows]
    return [{entry.control: entry.value for entry in row} for group in found for row in group]


def end(plan: Plan, pointer: str) -> Disposition:
    """What became of an answer."""
    (found,) = [each for each in plan.dispositions if each.pointer == pointer]
    return found


def told(plan: Plan) -> str:
    """The whole narrative."""
    return "\n".join(str(row["Entry"]) for row in rows(plan, "Log entries"))


def narrower(profile: Profile, screen: str, grid: str, most: int) -> Profile:
    """The profile with fewer rows in one grid."""
    given = profile.model_dump(by_alias=True)
    (one,) = [each for each in given["screen"] if each["name"] == screen]
    one["grids"][grid]["max_rows"] = most
    return Profile.model_validate(given)


# ---- people


def test_male_suspect_is_described_not_keyed() -> None:
    """A suspect known only as "male" is written as a description, and no person of that name is keyed."""
    plan = sample("12-male-suspect.json").plan()
    assert rows(plan, "Suspects") == []
    assert "Male" in str(value(plan, "Suspects", "Suspect description"))


def test_suspect_who_can_be_told_apart_is_a_row() -> None:
    """A suspect with a surname and a forename is keyed as a person, and not described again."""
    plan = sample("10-known-suspect.json").plan()
    (row,) = rows(plan, "Suspects")
    assert row["Surname"]
    assert row["Forename"]
    assert value(plan, "Suspects", "Suspect description") is None


def test_witness_with_a_surname_alone_is_told_in_the_narrative() -> None:
    """A witness with too little to tell one person from another is carried in the narrative, and it says why."""
    one = changed(anyWitnesses={"incidentAnyWitnesses": True, "witness": [{"surname": "Example"}]})
    plan = one.plan()
    assert rows(plan, "Witnesses") == []
    witness = end(plan, "/anyWitnesses/witness/0/surname")
    assert (witness.kind, witness.reason) == (
        Disposed.NARRATIVE,
        "too little to tell one person from another",
    )


def test_look_up_is_given_the_parts_that_are_known() -> None:
    """A look-up gets what the report says; a part without an answer is omitted, so that the robot abstains."""
    known = {"surname": "Example", "firstName": "Robin", "dateOfBirth": "1992-02-29"}
    plan = changed(personReporting=known).plan()
    assert value(plan, "Person reporting", "Person record") == {
        "Surname": "Example",
        "Forename": "Robin",
        "Date of birth": "1992-02-29",
    }
    plan = changed(personReporting={**known, "dateOfBirth": ""}).plan()
    assert value(plan, "Person reporting", "Person record") == {"Surname": "Example", "Forename": "Robin"}


# ---- what a control cannot take


def test_too_long_is_carried_not_cut() -> None:
    """A text that is too long for its control is carried whole in the narrative, and the reason gives the
    limit."""
    story = "All of it matters. " * 40
    content = document(PLAIN)
    content["incidentDetails"]["incidentDescription"] = story
    plan = case(content, TICKETS).plan()
    assert value(plan, "New ticket", "Details") is None
    ended = end(plan, "/incidentDetails/incidentDescription")
    assert (ended.kind, ended.reason) == (Disposed.NARRATIVE, "its control takes 500 characters")


def test_length_counts_as_the_page_does() -> None:
    """Emoji count as two and line breaks as two, as a browser and a form count them."""
    content = document(PLAIN)
    content["incidentDetails"]["incidentDescription"] = "😀" * 250
    assert value(case(content, TICKETS).plan(), "New ticket", "Details") == "😀" * 250
    content["incidentDetails"]["incidentDescription"] = "😀" * 249 + "\n" + "x"
    assert value(case(content, TICKETS).plan(), "New ticket", "Details") is None


def test_rows_beyond_the_limit_are_carried() -> None:
    """Items beyond the rows that a grid takes go into the narrative, and the reason says how many it takes."""
    content = document(PLAIN)
    item = {"stolenItemType": "SITP_0005", "otherItemDescription": "A thing"}
    content["stolenItem"] = [item] * 53
    plan = case(content).plan()
    assert len(rows(plan, "Property")) == 50
    for number in (50, 51, 52):
        ended = end(plan, f"/stolenItem/{number}/otherItemDescription")
        assert (ended.kind, ended.reason) == (Disposed.NARRATIVE, "Property takes 50 rows")


def test_row_without_a_required_column_is_carried() -> None:
    """An item that cannot fill a column the target requires makes no row, and nothing of it is lost."""
    content = document(PLAIN)
    content["stolenItem"] = [{"otherItemDescription": "A thing of no kind"}]
    plan = case(content).plan()
    assert rows(plan, "Property") == []
    assert end(plan, "/stolenItem/0/otherItemDescription").reason == "Property needs Type"
    assert "A thing of no kind" in told(plan)


def test_narrative_longer_than_the_target_takes_is_a_persons() -> None:
    """A narrative of more parts than the log takes rows, or of more characters than its control takes, is never
    cut: the plan says what prevents it, and by how much."""
    reported = sample("13-long-story.json")
    short = Definitions("chs", narrower(CHS.profile, "Log", "Log entries", 1), CHS.mapping)
    assert reported.plan().missing == ()
    needed = len(rows(reported.plan(), "Log entries"))
    assert reported.on(short).plan().missing == (
        f"room for {needed} rows in Log / Log entries, which takes 1",
    )
    loaded = TICKETS.mapping
    rule = loaded.mapping.narrative.model_copy(update={"grid": None, "control": "Details", "fixed": {}})
    without_grid = loaded.model_copy(
        update={"mapping": loaded.mapping.model_copy(update={"narrative": rule})}
    )
    (way,) = reported.on(Definitions("tickets", TICKETS.profile, without_grid)).plan().missing
    said = re.fullmatch(
        r"room for the narrative, which has ([0-9,]+) characters: New ticket / Details takes 500; use a grid",
        way,
    )
    assert said
    assert int(said[1].replace(",", "")) > 5000


def test_required_control_without_a_value_is_missing() -> None:
    """A required control that the report has nothing for is named."""
    content = document(PLAIN)
    del content["howInvolvedInCrime"]
    assert case(content).plan().missing == (
        "Contact and origin / Reported as",
        "Victim / Victim is",
    )


def test_control_that_is_not_certain_is_planned_around() -> None:
    """An answer whose control was not certain is carried in the narrative; all others stay as they were."""
    one = changed(personReporting={"occupation": "Example maker"})
    whole, around = one.plan(), one.plan({("Person reporting", "Occupation")})
    assert value(whole, "Person reporting", "Occupation") == "Example maker"
    assert value(around, "Person reporting", "Occupation") is None
    assert end(around, "/personReporting/occupation").reason == "its control was not certain on the page"
    assert "Occupation: Example maker" in told(around)
    assert around.size == whole.size - 1


def test_column_that_is_not_certain_is_planned_around() -> None:
    """The same holds for a column of a grid: its rows are keyed without it."""
    reported = sample("02-burglary.json")
    plan = reported.plan({("Property", "Property / Description")})
    assert len(rows(plan, "Property")) == len(rows(reported.plan(), "Property"))
    assert all("Description" not in row for row in rows(plan, "Property"))


# ---- the target's words


def test_code_without_an_option_abstains_with_its_reason() -> None:
    """An identifier for which the target has no option is not keyed as another: the list's reason is given."""
    plan = changed(personReporting={"gender": "GNDR_0002"}).plan()
    assert value(plan, "Person reporting", "Gender") is None
    ended = end(plan, "/personReporting/gender")
    assert ended.kind is Disposed.NARRATIVE
    assert "no such gender" in ended.reason


@pytest.mark.parametrize(
    ("sent", "day", "time"),
    [
        ("2026-07-14T23:30:00Z", "2026-07-15", "00:30"),
        ("2026-01-14T23:30:00Z", "2026-01-14", "23:30"),
        ("2026-07-14T23:30:00+01:00", "2026-07-14", "23:30"),
        ("2026-03-29T00:59:00Z", "2026-03-29", "00:59"),
        ("2026-03-29T01:00:00Z", "2026-03-29", "02:00"),
    ],
)
def test_moments_are_keyed_by_the_clock_on_the_wall(sent: str, day: str, time: str) -> None:
    """A moment sent in any zone is keyed in the target's own, summer time and all."""
    plan = case(document(PLAIN) | {"submitTime": sent}).plan()
    assert value(plan, "Contact and origin", "Date reported") == day
    assert value(plan, "Contact and origin", "Time reported") == time


def test_ticks_are_those_that_hold() -> None:
    """Of several ticks those are planned whose answer is yes, and each answer counts as keyed; where none is yes,
    the answers go into the narrative."""
    welfare = {"riskOfBeingBullied": True, "riskOfSelfHarm": False}
    one = changed(howInvolvedInCrime={"victimDetailsImTheVictim": welfare})
    place = "/howInvolvedInCrime/victimDetailsImTheVictim"
    plan = one.plan()
    assert value(plan, "Victim", "Vulnerability factors") == ("Bullying",)
    assert end(plan, f"{place}/riskOfSelfHarm").where == (Place("Victim", "Vulnerability factors"),)
    one = changed(howInvolvedInCrime={"victimDetailsImTheVictim": {"riskOfSelfHarm": False}})
    assert value(one.plan(), "Victim", "Vulnerability factors") is None
    assert end(one.plan(), f"{place}/riskOfSelfHarm").kind is Disposed.NARRATIVE


def test_phone_goes_where_its_number_belongs() -> None:
    """Of two controls for one question, the one whose condition holds is keyed."""
    mobile = changed(personReporting={"phoneNumber": "07700 900123"}).plan()
    assert value(mobile, "Person reporting", "Mobile phone")
    assert value(mobile, "Person reporting", "Home phone") is None
    fixed = changed(personReporting={"phoneNumber": "020 7946 0123"}).plan()
    assert value(fixed, "Person reporting", "Mobile phone") is None
    assert value(fixed, "Person reporting", "Home phone")


# ---- everything else


def test_question_nobody_knows_yet_is_told() -> None:
    """A question that the form does not know is carried in the narrative, marked as new."""
    plan = case(document(PLAIN) | {"petName": "Rex"}).plan()
    ended = end(plan, "/petName")
    assert (ended.kind, ended.reason) == (Disposed.NARRATIVE, "the form does not have this question yet")
    assert "Pet name (new question): Rex" in told(plan)


def test_left_out_has_the_mappings_reason() -> None:
    """An answer that the mapping leaves out ends with the mapping's reason, and appears nowhere."""
    plan = case(document(PLAIN) | {"userAgent": "Example Browser 1.0"}).plan()
    ended = end(plan, "/userAgent")
    assert (ended.kind, ended.where) == (Disposed.LEFT_OUT, ())
    assert "browser" in ended.reason
    assert "Example Browser" not in told(plan)


def test_files_are_attached_once_each() -> None:
    """A file that came with the report is attached in one row, described by what the public wrote about it."""
    reported = sample("18-with-media.json")
    attached = rows(reported.plan(), "Attachments")
    assert [row["File"] for row in attached] == ["garage-door.png", "messages.txt"]
    assert [row["Description"] for row in attached] == [
        "The garage door this morning",
        "The messages, copied out",
    ]
    assert reported.plan().counts["attached"] == 2


def test_file_that_no_answer_names_is_attached_too() -> None:
    """A file that came beside the report, named by no answer, is not left behind."""
    reported = sample("18-with-media.json")
    with_another = replace(reported, files={**reported.files, "scan.pdf": b"%PDF"})
    attached = rows(with_another.plan(), "Attachments")
    assert attached[-1] == {"File": "scan.pdf", "Description": "Came with the online report"}
    assert with_another.plan().counts == reported.plan().counts


def test_file_that_did_not_arrive_is_told() -> None:
    """A file that the report names and that did not come is carried in the narrative, and the reason says so."""
    reported = sample("18-with-media.json")
    plan = Case(reported.report, reported.definitions).plan()
    assert rows(plan, "Attachments") == []
    reasons = {each.reason for each in plan.dispositions if each.pointer.endswith("mediaUpload")}
    assert reasons <= {"the file it names did not arrive"}
    assert "garage-door.png" in told(plan)


def test_files_beyond_the_limit_or_without_a_control_are_told() -> None:
    """Where the target takes fewer files, or its file control was not certain, the narrative carries the names."""
    reported = sample("18-with-media.json")
    short = Definitions("chs", narrower(CHS.profile, "Attachments", "Attachments", 1), CHS.mapping)
    plan = reported.on(short).plan()
    assert len(rows(plan, "Attachments")) == 1
    assert "messages.txt" in told(plan)
    plan = reported.plan({("Attachments", "Attachments / File")})
    assert rows(plan, "Attachments") == []
    assert "garage-door.png" in told(plan)
    plan = reported.plan({("Attachments", "Attachments / Description")})
    assert all(set(row) == {"File"} for row in rows(plan, "Attachments"))


def test_file_that_nobody_speaks_of_is_not_left_behind() -> None:
    """A file that no answer names is attached too; where the target takes no more, the plan says so."""
    reported = sample("18-with-media.json")
    more = Case(reported.report, reported.definitions, {**reported.files, "stray.txt": b"x"})
    assert [row["File"] for row in rows(more.plan(), "Attachments")][-1] == "stray.txt"
    assert more.plan().missing == ()
    short = Definitions("chs", narrower(CHS.profile, "Attachments", "Attachments", 2), CHS.mapping)
    assert more.on(short).plan().missing == ("room for 1 more file in Attachments / Attachments",)


# ---- our reference


@pytest.mark.parametrize("given", [CHS, TICKETS], ids=["required by the target", "not required"])
def test_our_reference_is_never_planned_around(given: Definitions) -> None:
    """Where the control of our reference is not certain the plan lacks it, whether or not the target needs it."""
    (place,) = given.mapping.mapping.holding_reference
    lenient = given.profile.model_dump(by_alias=True)
    for screen in lenient["screen"]:
        for control in screen["controls"].values():
            control["required"] = False
    one = sample(PLAIN, replace(given, profile=Profile.model_validate(lenient)))
    assert one.plan().missing == ()
    assert one.plan(frozenset({place})).missing == (" / ".join(place),)
