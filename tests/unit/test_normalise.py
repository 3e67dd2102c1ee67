"""The irregularities of real material, each by name, and the rules that settle them."""

from __future__ import annotations

from typing import Any

import pytest

from rpa.report import ProblemKind
from tests.least_report import rules, understood, value

# ---- the ten irregularities


def test_irregularity_1_a_range_where_a_date_time_stands_and_a_bare_time_for_an_end() -> None:
    """A range under incidentStartDateTime and "16:00:00" under incidentEndDateTime answer the form's questions."""
    report = understood(
        "incidentDetails",
        incidentStartDateTime={"dateFrom": "2026-03-14", "dateTo": "2026-03-15"},
        incidentEndDateTime="16:00:00",
    )
    assert report.problems == ()
    assert value(report, "/incidentDetails/incidentDateRange/dateFrom") == "2026-03-14"
    assert value(report, "/incidentDetails/incidentDateRange/dateTo") == "2026-03-15"
    assert value(report, "/incidentDetails/incidentEndTime") == "16:00"
    assert {"key-renamed", "format-tidied"} <= rules(report)


@pytest.mark.parametrize(
    ("sent", "date", "time"),
    [
        ("2026-03-14T15:30:00+00:00", "2026-03-14", "15:30"),
        ("2026-07-14T15:30:00Z", "2026-07-14", "16:30"),  # summer: the British clock is an hour on
        ("2026-07-13T23:00:00Z", "2026-07-14", None),  # midnight on a British clock
        ("2026-03-14T00:00:00.000Z", "2026-03-14", None),
        ("2026-03-14", "2026-03-14", None),
        ("14/03/2026", "2026-03-14", None),
    ],
)
def test_irregularity_1_a_date_time_where_a_range_stands(sent: str, date: str, time: str | None) -> None:
    """A bare date or date-time is the beginning of the range, its time of day the time it started."""
    report = understood("incidentDetails", incidentDateRange=sent)
    assert report.problems == ()
    assert value(report, "/incidentDetails/incidentDateRange/dateFrom") == date
    assert value(report, "/incidentDetails/incidentStartTime") == time


def test_irregularity_1_a_range_where_one_date_stands() -> None:
    """A range of one day is that day; a longer one cannot be, and is told to a person."""
    same = {"dateFrom": "2020-05-01", "dateTo": "2020-05-01"}
    report = understood("personReporting", dateMovedIn=same)
    assert (value(report, "/personReporting/dateMovedIn"), report.problems) == ("2020-05-01", ())
    report = understood("personReporting", dateMovedIn=same | {"dateTo": "2020-06-01"})
    assert [problem.kind for problem in report.problems] == [ProblemKind.UNFIT]
    assert value(report, "/personReporting/dateMovedIn/dateTo") == "2020-06-01"


@pytest.mark.parametrize(
    ("sent", "meant"), [("true", True), ("FALSE", False), ("Yes", True), (" no ", False), (True, True)]
)
def test_irregularity_2_booleans_as_text(sent: Any, meant: bool) -> None:
    """True and false, yes and no, in any case, are booleans."""
    assert value(understood("incidentDetails", hadWeapon=sent), "/incidentDetails/hadWeapon") is meant


def test_irregularity_3_the_same_fact_under_two_names_is_merged() -> None:
    """Two names, one answer as text and one as identifier: they are one answer, and it is noted."""
    report = understood(incidentInvolvement="I'm a victim")
    assert report.problems == ()
    assert value(report, "/howInvolvedInCrime/howInvolvedInCrime") == "IVLD_0001"
    assert "same-answer-twice" in rules(report)
    assert not any("incidentInvolvement" in answer.pointer for answer in report.answers)


def test_irregularity_3_two_names_that_differ_are_reported_by_name() -> None:
    """The problem names both; both answers are there."""
    report = understood(incidentInvolvement="IVLD_0004")
    assert [problem.pointer for problem in report.problems] == ["/howInvolvedInCrime/howInvolvedInCrime"]
    assert "incidentInvolvement" in report.problems[0].message
    assert "howInvolvedInCrime" in report.problems[0].message
    assert {"IVLD_0001", "IVLD_0004"} <= {answer.value for answer in report.answers}


@pytest.mark.parametrize(
    ("part", "sent", "pointer"),
    [
        ("personReporting", {"dateofBirthKnown": True}, "/personReporting/dateOfBirthKnown"),
        ("", {"UserAgent": "Example/1.0"}, "/userAgent"),
        ("", {"useragent": "Example/1.0"}, "/userAgent"),
        ("personReporting", {"currentAddress": {"UPRN": "1"}}, "/personReporting/currentAddress/osUprn"),
        (
            "personReporting",
            {"currentAddress": {"locationUPRN": "1"}},
            "/personReporting/currentAddress/osUprn",
        ),
        ("incidentDetails", {"incidentEventsPreceding": "x"}, "/incidentDetails/incidentEventsPreceeding"),
        ("personReporting", {"habitsMannerismsDetails": "x"}, "/personReporting/habitsMannersismsDetails"),
        ("personReporting", {"instagramUsername": "x"}, "/personReporting/instragramUsername"),
    ],
)
def test_irregularity_4_key_spelling(part: str, sent: dict[str, Any], pointer: str) -> None:
    """Other spellings of a key are renamed, and noted."""
    report = understood(part, **sent)
    assert value(report, pointer) is not None
    assert "key-renamed" in rules(report)
    assert all(answer.known for answer in report.answers)


@pytest.mark.parametrize("sent", [42, "42", 42.0])
def test_irregularity_5_force_as_number_or_text(sent: Any) -> None:
    """Either way it is the text."""
    assert value(understood(forceIdentifier=sent), "/forceIdentifier") == "42"


def test_irregularity_6_a_postcode_that_is_none() -> None:
    """The sample's "CBC 123M13 3SX" is reported at its place and kept as it came."""
    report = understood("personReporting", currentAddress={"postcode": "CBC 123M13 3SX"})
    assert {problem.pointer for problem in report.problems} == {"/personReporting/currentAddress/postcode"}
    assert value(report, "/personReporting/currentAddress/postcode") == "CBC 123M13 3SX"


@pytest.mark.parametrize(
    "sent", [7700900123, 447700900123, "07700 900123", "+44 7700 900123", "(07700) 900-123"]
)
def test_irregularity_7_phones_as_numbers_and_texts(sent: Any) -> None:
    """All are the one E.164 number."""
    report = understood("personReporting", phoneNumber=sent)
    assert (value(report, "/personReporting/phoneNumber"), report.problems) == ("+447700900123", ())


@pytest.mark.parametrize(
    ("sent", "meant"), [("1", "1"), ("000012345678", "12345678"), (100012345678, "100012345678"), (7, "7")]
)
def test_irregularity_8_uprns_of_any_length(sent: Any, meant: str) -> None:
    """A UPRN has 1 to 12 digits, without leading zeros; more are reported."""
    report = understood("personReporting", currentAddress={"osUprn": sent})
    assert (value(report, "/personReporting/currentAddress/osUprn"), report.problems) == (meant, ())
    assert understood("personReporting", currentAddress={"osUprn": "1234567890123"}).problems


@pytest.mark.parametrize("sent", ["Kukri | Metal bar", "kukri", "Metal  bar", "WTLT_0029", "wtlt_0029"])
def test_irregularity_9_merged_rows(sent: str) -> None:
    """Both texts of a merged row, and the row's own, are its identifier."""
    report = understood("incidentDetails", weaponTypeList=[sent])
    assert (value(report, "/incidentDetails/weaponTypeList/0"), report.problems) == ("WTLT_0029", ())


@pytest.mark.parametrize("sent", ["Dark Brown", "Dark brown", "DARK BROWN"])
def test_irregularity_9_duplicate_rows(sent: str) -> None:
    """Rows that differ in case alone are one option to the public; both identifiers stay accepted."""
    report = understood("personReporting", hairColourList=sent)
    assert value(report, "/personReporting/hairColourList") == "HCLT_0006"
    assert understood("personReporting", hairColourList="HCLT_0007").problems == ()


def test_irregularity_9_html_entities() -> None:
    """They are decoded, in options and in free text; what only looks like one is left alone."""
    report = understood(channelShift={"firstTimeFollowUp": "I wouldn&#39;t have done anything"})
    assert value(report, "/channelShift/firstTimeFollowUp") == "FTFU_0003"
    report = understood("personReporting", occupation="Salt &amp; pepper &copy=1 &lt")
    assert value(report, "/personReporting/occupation") == "Salt & pepper &copy=1 &lt"


@pytest.mark.parametrize(
    ("part", "key", "limit"),
    [
        ("incidentDetails", "incidentDescription", 4000),
        ("incidentDetails", "incidentInfluencedByDrugsOrAlcoholDetails", 2000),
        ("personReporting", "surname", 35),
        ("personReporting", "alias", 40),
        ("incidentDetails", "incidentReportedAlreadyReference", 50),
        ("stolenFrom", "forcedEntryDetail", 300),
    ],
)
def test_irregularity_10_limits(part: str, key: str, limit: int) -> None:
    """An answer as long as its limit is right, one character more is a problem."""
    assert understood(part, **{key: "x" * limit}).problems == ()
    assert [problem.pointer for problem in understood(part, **{key: "x" * (limit + 1)}).problems] == [
        f"/{part}/{key}"
    ]
