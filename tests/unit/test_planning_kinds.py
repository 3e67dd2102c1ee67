"""What the planner makes of controls that take several answers, one file, or our reference among other text."""

from __future__ import annotations

from typing import Any

import pytest

from rpa.checks.profiles import remarks
from rpa.plan import Disposed, Place, Plan
from tests.ticket_desk import FOLDER, SCREEN, with_control
from tests.worlds import Case, Definitions, case, definitions, document, sample


def value(plan: Plan, name: str) -> object:
    """What a control of the screen is planned to hold; None for nothing."""
    return next((entry.value for entry in plan.pages[0].entries if entry.control == name), None)


def one(content: dict[str, Any], given: Definitions) -> Case:
    """A plain report with other content, for a target."""
    return case(document("07-phone-snatch.json") | content, given)


MOMENTS = {
    "one moment": ({"submitTime": "2026-07-14T23:30:00Z"}, "submitTime", "2026-07-15T00:30"),
    "a date and a time": ({"day": "2026-07-14", "hour": "23:30"}, "[hour, day]", "2026-07-14T23:30"),
    "a date alone": ({"day": "2026-07-14"}, "[day, hour]", None),
    "two dates": ({"day": "2026-07-14", "hour": "2026-07-15"}, "[day, hour]", None),
}


@pytest.mark.parametrize("what", MOMENTS)
def test_moment_is_made_of_one_answer_or_of_two(what: str) -> None:
    """A control for a day and a time takes one moment, by the target's clock, or a date and a time that were asked
    separately; anything less goes into the narrative."""
    content, expression, expected = MOMENTS[what]
    given = with_control("Seen at", {"kind": "datetime"}, {"from": expression, "as": "datetime"})
    assert value(one(content, given).plan(), "Seen at") == expected


def test_our_reference_may_be_joined_with_other_text() -> None:
    """A fixed value may name our reference, which takes the place of the name."""
    given = with_control("Source", {"kind": "text"}, {"value": "Online report {reference} ({form})"})
    planned = one({}, given)
    text = f"Online report {planned.report.reference} ({planned.report.form_title})"
    assert value(planned.plan(), "Source") == text
    doubled = one({}, with_control("Source", {"kind": "text"}, {"value": "{{online}} {reference}"}))
    assert value(doubled.plan(), "Source") == f"{{online}} {planned.report.reference}"


def test_one_file_goes_into_a_control_of_the_screen() -> None:
    """Without a grid one file is attached in the one control for it; the narrative carries the others, and the
    one file too if its control is not certain."""
    rule = {"answers": ["*/mediaUpload"], "screen": SCREEN, "file": "Picture"}
    reported = sample("18-with-media.json", with_control("Picture", {"kind": "file"}, None, attachments=rule))
    plan = reported.plan()
    assert value(plan, "Picture") == "garage-door.png"
    ends = {end.kind: end for end in plan.dispositions if end.pointer.endswith("mediaUpload")}
    assert ends[Disposed.ATTACHED].where == (Place(SCREEN, "Picture"),)
    assert ends[Disposed.NARRATIVE].reason == "Picture takes 1"
    around = reported.plan({(SCREEN, "Picture")})
    assert value(around, "Picture") is None
    assert around.counts.get("attached") is None


def test_last_resorts_are_said() -> None:
    """`rpa check` remarks on a control that is named by a selector, and on one that is never read back."""
    given = with_control("Box", {"kind": "text", "css": "#b", "read_back": False}, None)
    said = [line for line in remarks(FOLDER / "screens.toml", given.profile) if "Box" in line]
    assert ["a last resort" in line for line in said] == [True, False]
    assert ["not verified" in line for line in said] == [False, True]


def test_condition_of_a_row_needs_no_reason() -> None:
    """An item for which `when` is false makes no row, whether or not the mapping gives `otherwise`."""
    chs = definitions()
    mapped = chs.mapping.model_dump(by_alias=True)
    for group in mapped["mapping"]["screen"]["Witnesses"]["rows"]:
        group["otherwise"] = ""
    given = Definitions("chs", chs.profile, type(chs.mapping).model_validate(mapped))
    plan = one({"anyWitnesses": {"witness": [{"surname": "Example"}]}}, given).plan()
    assert [page.rows["Witnesses"] for page in plan.pages if "Witnesses" in page.rows] == [()]
    (end,) = [end for end in plan.dispositions if end.pointer == "/anyWitnesses/witness/0/surname"]
    assert (end.kind, end.reason) == (Disposed.NARRATIVE, "the target has no control for it")
