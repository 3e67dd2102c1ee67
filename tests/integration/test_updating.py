"""A saved record is updated under the same save protocol as a new one is keyed, and read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rpa.errors import DefinitionError, ReportError, TargetChanged, TargetError
from rpa.plan import ControlValue, PagePlan, Plan, Unavailable, recorded_from_json, recorded_to_json
from rpa.targets.finding import CannotTell, InTarget
from tests.integration.updating_world import (
    DECISION,
    NOTE,
    PAGES,
    PLAN,
    PROFILE,
    ROWS,
    Opened,
    described,
    way,
    without,
)
from tests.worlds import Keeper, meanwhile

pytestmark = pytest.mark.asyncio(loop_scope="session")

# ---- keyed, saved, read back


async def test_a_record_is_updated(opened: Opened) -> None:
    """The plan is keyed over what is there and its rows beside those that are there, everything else is left as it
    is, and one request saves it; the record is read back without a difference."""
    keeper = Keeper()
    async with opened() as world:
        before = world.record
        keyed = await world.update(keeper=keeper)
        reading, picture = await world.robot.read(keyed.plan, {}, world.reference, keyed.before)
        assert await world.look_up(keyed) == InTarget((world.reference,))
        after = world.record
        assert world.applied == (1, 1)
    assert keeper.told == ["submitting", world.reference]
    assert keeper.keyed == keyed
    expected = {screen: dict(fields) for screen, fields in before["fields"].items()}
    expected["Person reporting"] |= {"Occupation": "Joiner", "Forename": "Robin"}
    expected["Incident"]["Weapons"] = ["Bat", "Knife"]
    expected["Decision"] = {"Outcome code": "Crime", "Rationale": "Enough\nto go on"}
    assert after["fields"] == expected
    assert after["rows"] == {
        "Suspects": [{"Surname": "Example", "Gender": "Male"}],
        "Vehicles": [*ROWS["Vehicles"], {"Involvement": "Damaged", "Make": "Other"}],
        "Log entries": [NOTE, {"Entry type": "Note", "Entry": "Second"}],
    }
    assert (reading.mismatches, reading.verified) == ((), PLAN.size)
    assert keyed.picture.startswith(b"\x89PNG")
    assert picture.startswith(b"\x89PNG")
    assert all(each.expected == each.found for each in keyed.held)


async def test_what_was_there_before_is_evidence(opened: Opened) -> None:
    """What the record showed before anything was keyed is kept with what was keyed, and can be stored."""
    async with opened() as world:
        shown = (await world.update(DECISION)).before
    assert recorded_from_json(json.loads(json.dumps(recorded_to_json(shown)))) == shown
    before = {str(each.place): each.value for each in shown}
    assert before["Person reporting / Occupation"] == "Baker"
    assert before["Incident / Weapons"] == ("Bat",)
    assert before["Log / Log entries 1 / Entry"] == "First"
    assert "Decision / Outcome code" not in before


async def test_nothing_to_do(opened: Opened) -> None:
    """A record that holds all that is planned is not opened for change, and nothing is saved."""
    keeper, plan = Keeper(), replace(PLAN, pages=PAGES[:1])
    async with opened() as world:
        await world.update(plan)
        assert await world.robot.update(without(plan), keeper, {}, world.reference) is None
        assert world.applied == (1, 1)
    assert keeper.told == []


async def test_rows_are_always_to_do(opened: Opened) -> None:
    """A row like one that is there already is a row more: two notes may say the same."""
    log = PagePlan(
        "Log",
        rows={"Log entries": ((ControlValue("Entry type", "Note"), ControlValue("Entry", "First")),)},
    )
    plan = replace(PLAN, pages=(log,))
    async with opened() as world:
        keyed = await world.update(plan)
        assert (await world.robot.read(plan, {}, world.reference, keyed.before))[0].mismatches == ()
        assert await world.look_up(keyed, plan) == InTarget((world.reference,))
        assert world.record["rows"]["Log entries"] == [NOTE, NOTE]


async def test_what_somebody_else_changes_is_a_difference(opened: Opened) -> None:
    """What nobody planned and was not there before is a difference: a value, another, a changed row."""
    async with opened() as world:
        keyed = await world.update(DECISION)
        visitor = world.visitor
        page = visitor.open(visitor.open(f"/records/{world.reference}").link("Amend record"))
        page = visitor.save_screen(visitor.open(page.link("Location")), {"Street": "Elsewhere"})
        page = visitor.save_screen(visitor.open(page.link("Person reporting")), {"Occupation": "Other"})
        page = visitor.open(page.link("Log"))
        data = page.form()
        data["gvL_c1"] = ["First, changed"]
        page = visitor.post(page, data)
        visitor.press(visitor.open(page.link("Review changes")))
        reading, _ = await world.robot.read(DECISION, {}, world.reference, keyed.before)
    assert {(str(each.place), each.expected, each.found) for each in reading.mismatches} == {
        ("Location / Street", "", "Elsewhere"),
        ("Person reporting / Occupation", "Baker", "Other"),
        ("record / log entries 1 / rows", "0", "1, and 1 changed or gone"),
    }


async def test_a_changed_control_is_planned_around(opened: Opened) -> None:
    """A control that is not as the profile says stops only itself: the rest of the update is keyed and saved."""
    async with opened() as world:
        world.chs.practice("POST", "layout", {"variant": "relabelled", "screen": "Person reporting"})
        keyed = await world.update()
        assert [(each.screen, each.control) for each in keyed.changes] == [("Person reporting", "Occupation")]
        assert world.record["fields"]["Person reporting"]["Forename"] == "Robin"
        assert world.applied == (1, 1)


async def test_a_control_that_the_record_shows_already_is_done(opened: Opened) -> None:
    """What somebody has corrected in the record meanwhile counts as done, though its control cannot be keyed: the
    rest is keyed and saved, and no change of the target is told."""
    async with opened() as world:
        world.chs.practice("POST", "layout", {"variant": "relabelled", "screen": "Person reporting"})
        plan = replace(
            PLAN,
            pages=(
                PagePlan(
                    "Person reporting",
                    (ControlValue("Occupation", "Baker"), ControlValue("Forename", "Robin")),
                ),
            ),
        )
        keyed = await world.update(plan)
        assert (keyed.changes, keyed.plan.size) == ((), 1)
        assert world.record["fields"]["Person reporting"]["Forename"] == "Robin"


GONE = replace(
    PLAN,
    pages=(
        PagePlan(
            "Victim", (ControlValue("Victim is", "Another person"), ControlValue("Business name", "Example"))
        ),
    ),
)


@pytest.mark.parametrize("required", [True, False])
async def test_a_control_that_a_correction_hides_is_no_change_of_the_target(
    opened: Opened, *, required: bool
) -> None:
    """What is not there because of what the report itself corrects says nothing of the target. Where the target
    does without, the rest is keyed; where it does not, that is the report's, which no other report waits for."""
    refused = ("Victim", "Business name")

    def plan_without(unavailable: Unavailable) -> Plan:
        missing = ("Business name",) if required and refused in unavailable else ()
        return replace(without(GONE)(unavailable), missing=missing)

    async with opened() as world:
        update = world.robot.update(plan_without, Keeper(), {}, world.reference)
        if required:
            with pytest.raises(ReportError, match="Victim / Business name: no such control on the page"):
                await update
            assert world.applied == (0, 0)
        else:
            keyed = await update
            assert keyed is not None
            assert keyed.changes == ()
            assert world.record["fields"]["Victim"]["Victim is"] == "Another person"


async def test_a_control_that_is_gone_of_itself_is_a_change_of_the_target(opened: Opened) -> None:
    """A required control that is gone, and comes after nothing that is corrected, is the target's change."""

    def plan_without(unavailable: Unavailable) -> Plan:
        return replace(without(PLAN)(unavailable), missing=("Occupation",) if unavailable else ())

    async with opened() as world:
        world.chs.practice("POST", "layout", {"variant": "relabelled", "screen": "Person reporting"})
        with pytest.raises(TargetChanged, match="Person reporting / Occupation: no such control"):
            await world.robot.update(plan_without, Keeper(), {}, world.reference)
        assert world.applied == (0, 0)


# ---- the right record


async def test_another_record_is_not_keyed_into(opened: Opened) -> None:
    """Where the way leads to another record, that is noticed before anything is keyed, and nothing is saved."""
    async with opened() as world:
        other = world.visitor.save({"Contact and origin": {"Source reference": "CR-OTHER"}})
        steps = [
            step.model_copy(update={"go": f"/records/{other}"}) if step.go else step for step in way().steps
        ]
        world.robot._target = replace(world.robot._target, profile=described(steps=tuple(steps)))
        with pytest.raises(TargetError, match="opened for change shows another record"):
            await world.update()
        assert world.applied == (0, 0)
        (untouched,) = world.chs.records("CR-OTHER")
        assert untouched["amendment_requests"] == 0


async def test_a_page_that_does_not_show_whose_record_it_is(opened: Opened) -> None:
    """A page that shows several references where the record's own should be, or none, is not keyed into."""
    async with opened(described(reference_in="nav")) as world:
        with pytest.raises(TargetError, match="shows 0 references in 'nav'"):
            await world.update()
        assert world.applied == (0, 0)


# ---- no clear result


async def test_a_record_that_holds_a_part_is_no_clear_result(opened: Opened) -> None:
    """A record that holds a part of an update, or was changed otherwise, is neither the one nor the other. However
    much there is to compare, the event loop goes on."""
    async with opened() as world:
        keyed = await world.update(replace(PLAN, pages=PAGES[:1]))
        assert await world.look_up(keyed) == CannotTell(
            "the record shows 2 of 11 values of the update, and has changed otherwise"
        )
        empty = replace(PLAN, pages=())
        told = await world.robot.find_update(empty, {}, world.reference, meanwhile(keyed.before))
        assert isinstance(told, CannotTell)


# ---- what cannot be updated


async def test_a_target_whose_profile_says_nothing_of_it(opened: Opened) -> None:
    """A target without [update] cannot be updated, and that names the profile."""
    async with opened(PROFILE.model_copy(update={"update": None})) as world:
        with pytest.raises(
            DefinitionError, match=r"chs/screens\.toml:1: update: the profile has no \[update\]"
        ):
            await world.update()


async def test_a_screen_that_the_update_does_not_visit(opened: Opened) -> None:
    """A plan for a screen that the update does not visit is refused before the target is opened."""
    async with opened(described(screens=("Log", "Review changes"))) as world:
        with pytest.raises(
            DefinitionError, match="the screen 'Person reporting' is keyed into, and not visited"
        ):
            await world.update()


async def test_what_the_target_refuses(opened: Opened) -> None:
    """A value that the target refuses is the report's, as when it is keyed."""
    async with opened() as world:
        world.chs.queue("refused-value", screen="Decision", control="Rationale")
        with pytest.raises(ReportError, match="Decision: the target refused a value"):
            await world.update()
        assert world.applied == (0, 0)
