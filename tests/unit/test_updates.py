"""The update of a saved record: what is keyed, what the record holds then, and what remains in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rpa.forms import corrected
from rpa.plan import ControlValue, Disposed, PagePlan, Place, Plan, Recorded
from rpa.planning import UpdatePlan, rows_there, update_of
from rpa.report import Change, Submission
from rpa.targets.profile import Profile
from rpa.targets.record_page import RecordPage
from rpa.targets.updating import left_to_key
from tests.strategies import reports
from tests.worlds import Case, all_forms, case, definitions, sample

ANY_SIZE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
CARD = "08-bank-card.json"
PROFILE = definitions().profile


def row(*values: str) -> tuple[ControlValue, ...]:
    """A row of named values."""
    return tuple(ControlValue(f"Column {number}", value) for number, value in enumerate(values))


def planned(*entries: ControlValue, rows: Any = ()) -> Plan:
    """A plan of one screen with one grid."""
    return Plan("CR-1", "ocr", "chs", (PagePlan("One", entries, {"Grid": tuple(rows)}),), ())


def ordered(after: dict[str, str]) -> Profile:
    """A profile of that screen: control -> the one that must be keyed before it."""
    names = sorted({"Gone", "Look-up", *after, *after.values()})
    controls = {name: {"kind": "text", "after": after.get(name)} for name in names}
    given = PROFILE.model_dump(exclude_unset=True, by_alias=True)
    return Profile.model_validate({**given, "screen": [{"name": "One", "controls": controls}]})


def revised(after: Plan, before: Plan, order: dict[str, str] | None = None) -> UpdatePlan:
    """The update from one plan of that screen to another."""
    return update_of(after, before, ordered(order or {}))


def update(*changes: Change, of: Case | None = None) -> tuple[UpdatePlan, Case]:
    """The update after a correction of a sample, and the corrected sample."""
    before = of or sample(CARD)
    report = corrected(before.report, changes, all_forms(), Submission(b"", "folder", CARD))
    after = replace(before, report=report)
    return update_of(after.plan(), before.plan(), PROFILE), after


def keyed(plan: Plan) -> dict[str, object]:
    """What a plan keys, by place."""
    return {str(place): entry.value for place, entry in plan.placed()}


def test_only_what_differs_is_keyed() -> None:
    """One corrected answer of a control of its own is one control."""
    made, after = update(Change("/personReporting/phoneNumber", "07700900199"))
    assert list(keyed(made.changes)) == ["Person reporting / Mobile phone"]
    assert keyed(made.whole) == keyed(after.plan())
    assert made.remains == ()


def test_an_answer_in_the_narrative_makes_a_new_row() -> None:
    """The narrative as it is now is a new row of the log; the one that was saved before remains, and is told."""
    made, _ = update(Change("/stolenItem/0/bankCardSortcode", "00-00-01"))
    (log,) = (page for page in made.changes.pages if page.rows)
    assert (log.screen, len(log.rows["Log entries"])) == ("Log", 1)
    assert {held.place.row for held in made.remains} == {0}
    assert {held.place.screen for held in made.remains} == {"Log"}


def test_a_row_that_is_there_is_matched_wherever_it_stands() -> None:
    """Rows are matched by what they hold, each once; those without a match are new, and none is keyed twice."""
    made = revised(planned(rows=[row("b"), row("c"), row("a"), row("a")]), planned(rows=[row("a"), row("b")]))
    assert keyed(made.changes) == {"One / Grid 1 / Column 0": "c", "One / Grid 2 / Column 0": "a"}
    assert list(keyed(made.whole).values()) == ["a", "b", "c", "a"]
    assert made.remains == ()


def test_what_cannot_be_taken_away_is_told() -> None:
    """A control to be emptied, and a row that is not in the revised report, remain with what they hold."""
    recorded = planned(
        ControlValue("Gone", "x"), ControlValue("Look-up", {"a": "1", "b": "2"}), rows=[row("r")]
    )
    made = revised(planned(), recorded)
    assert made.changes.size == 0
    assert [(str(held.place), held.expected, held.found) for held in made.remains] == [
        ("One / Gone", "", "x"),
        ("One / Look-up", "", "1, 2"),
        ("One / Grid 1 / Column 0", "", "r"),
    ]
    assert keyed(made.whole) == keyed(recorded)


def test_what_comes_after_a_corrected_control_is_keyed_again() -> None:
    """A target empties what depends on a control that is changed: what the plan has after it, at any distance, is
    keyed with it; what only stands beside it is not."""
    order = {"Model": "Make", "Trim": "Model", "Shade": "Colour"}
    same = [
        ControlValue("Model", "m"),
        ControlValue("Trim", "t"),
        ControlValue("Colour", "c"),
        ControlValue("Shade", "s"),
    ]
    made = revised(
        planned(ControlValue("Make", "b"), *same), planned(ControlValue("Make", "a"), *same), order
    )
    assert keyed(made.changes) == {"One / Make": "b", "One / Model": "m", "One / Trim": "t"}
    without_middle = [each for each in same if each.control != "Model"]
    made = revised(
        planned(ControlValue("Make", "b"), *without_middle), planned(ControlValue("Make", "a"), *same), order
    )
    assert keyed(made.changes) == {"One / Make": "b", "One / Trim": "t"}


def test_what_prevents_keying_the_revised_report_is_kept() -> None:
    """An update of a report that cannot be keyed says what it lacks."""
    made = revised(replace(planned(), missing=("Surname",)), planned())
    assert made.changes.missing == ("Surname",)


@pytest.mark.parametrize(
    "changes",
    [
        (Change("/personReporting/firstName", "Robin"),),
        (Change("/personReporting/gender", None),),
        (Change("/stolenItem/0/stolenItemType", None),),
        (Change("/stolenItem/0/bankCardExpiryDate", None), Change("/suspect/suspectKnown", None)),
        (Change("/personReporting/surname", "Otherwise"), Change("/channelShift/beforeWebsite", None)),
    ],
)
def test_every_answer_of_the_revised_report_is_accounted_for(changes: tuple[Change, ...]) -> None:
    """After the update each answer is where its disposition says, in the plan of the whole record (P4)."""
    made, after = update(*changes)
    ends = {each.pointer: each for each in made.whole.dispositions}
    assert ends.keys() == {answer.pointer for answer in after.report.answers}
    there = dict(made.whole.placed())
    for answer in after.report.answers:
        end = ends[answer.pointer]
        if end.kind is Disposed.KEYED:
            assert end.where
            assert all(answer.pointer in there[place].pointers for place in end.where)


@settings(max_examples=10, deadline=None, suppress_health_check=ANY_SIZE)
@given(reports(), reports())
def test_an_update_leads_to_the_revised_plan(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever two reports say: of the same one nothing is keyed; of another, everything that it plans is in the
    record then, and a second update keys nothing more."""
    before, after = case(one).plan(), replace(case(other).plan(), missing=())
    assert update_of(before, before, PROFILE).changes.size == 0
    made = update_of(after, before, PROFILE)
    there = dict(made.whole.placed())
    entries = [entry for place, entry in after.placed() if not place.grid]
    assert all(
        there[Place(page.screen, entry.control)].value == entry.value
        for page in after.pages
        for entry in page.entries
    )
    assert len(entries) == sum(len(page.entries) for page in after.pages)
    assert update_of(after, made.whole, PROFILE).changes.size == 0


def test_a_look_up_is_always_to_do() -> None:
    """What a dialog will offer is not known before it is used: a record that shows none holds no address."""
    profile = definitions().profile.for_update()
    assert profile is not None
    page = RecordPage(profile, profile.record, {("location", "", "gazetteer"): ["\u2013"]}, {}, {})
    address = ControlValue("Gazetteer", {"Building": "12", "Postcode": "AA1 1AA"})
    plan = Plan("CR-1", "ocr", "chs", (PagePlan("Location", (address,)),), ())
    assert left_to_key(page, plan) == plan


@pytest.mark.parametrize(
    ("entry", "shown", "there"),
    [
        ("Second", {"Entry type": "Note", "Entry": "Second"}, True),
        ("Second", {"Entry type": "Note", "Entry": "First"}, False),
        ("Second", {"Entry type": "Note"}, False),
        ("1  2", {"Entry type": "Note", "Entry": "1 2"}, True),
    ],
)
def test_a_planned_row_that_a_record_shows_already(entry: str, shown: dict[str, str], there: bool) -> None:
    """A row is found in the record by what it means, in every column that is planned; other grids do not count."""
    log = {"Log entries": ((ControlValue("Entry type", "Note"), ControlValue("Entry", entry)),)}
    added = Plan("CR-1", "ocr", "chs", (PagePlan("Log", rows=log),), ())
    cells = [Recorded(Place("Log", name, "log entries", 1), text) for name, text in shown.items()]
    before = [Recorded(Place("Log", "rows", "Log entries"), "2"), *cells]
    found = [Place("Log", "", "Log entries", 0)] if there else []
    assert list(rows_there(added, before, definitions().profile)) == found
    elsewhere = [replace(each, place=replace(each.place, grid="Vehicles")) for each in before]
    assert list(rows_there(added, elsewhere, definitions().profile)) == []


def test_what_the_record_shows_already_is_done() -> None:
    """Control by control: one whose value the record shows is left out of what is keyed, unless it comes after
    one that is keyed, which may empty it."""
    profile = PROFILE.for_update()
    assert profile is not None
    shown = {
        ("incident", "", "category"): ["Crime"],
        ("incident", "", "opening code"): ["005 Robbery"],
        ("incident", "", "weapons"): ["Bat"],
    }
    page = RecordPage(profile, profile.record, shown, {}, {})

    def left(*entries: ControlValue) -> list[str]:
        plan = Plan("CR-1", "ocr", "chs", (PagePlan("Incident", entries),), ())
        return [entry.control for _, entry in left_to_key(page, plan).placed()]

    code, weapons = ControlValue("Opening code", "005 Robbery"), ControlValue("Weapons", ("Bat",))
    assert left(ControlValue("Category", "Crime"), code, weapons) == []
    assert left(ControlValue("Category", "Online report"), code, weapons) == ["Category", "Opening code"]
    assert left(code, ControlValue("Weapons", ("Knife",))) == ["Weapons"]
