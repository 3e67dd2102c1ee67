"""Words of a target's pages: proposals quote no answer, wherever it was given, and no message has any (P8)."""

from __future__ import annotations

import pytest

from rpa.errors import TargetChanged
from rpa.plan import ControlValue, PagePlan, Place, Plan, Recorded, SavedRecord, Unavailable
from rpa.targets.filling import Filling
from rpa.targets.profile import Profile
from rpa.targets.saving import ready_to_save
from tests.integration.counting_server import Counting
from tests.integration.saving_world import PROFILE, Opening

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME, NOTES = ControlValue("Name", "Jane Example"), ControlValue("Notes", "Heard a window break")
MISSING = ControlValue("Relationship", "Neighbour")
GIVEN: dict[str, tuple[tuple[ControlValue, ...], str]] = {
    "by an earlier screen": ((NAME,), ""),
    "by the record as it was": ((), "Jane Example"),
    "by nothing": ((), ""),
}


def profile(*screens: dict[str, object]) -> Profile:
    """The counting server as a target with these screens."""
    given = PROFILE.model_dump(exclude_unset=True, by_alias=True)
    given["journey"] |= {"steps": [{"go": "/person"}], "next": "Next"}
    return Profile.model_validate({**given, "screen": list(screens)})


def controls(*names: str) -> dict[str, object]:
    """Text fields of these names."""
    return {name: {"kind": "text"} for name in names}


@pytest.mark.parametrize("given", GIVEN)
async def test_a_caption_that_quotes_what_another_page_was_given(
    given: str, server: Counting, opening: Opening
) -> None:
    """Where a control is gone, a caption into which the page has put an answer is not proposed, whichever screen
    or saved record the answer was given to. One that quotes nothing is, and the message has neither."""
    entries, before = GIVEN[given]
    target = profile(
        {"name": "Person", "controls": controls("Name")},
        {"name": "Review", "controls": controls("Relationship", "Notes")},
    )
    server.pages["/person"] = (
        "<!doctype html><h1>Person</h1><main id=content><label>Name <input></label><a href=/form>Next</a></main>"
    )
    server.form("/save/plain")
    labels = "<label>Relationship to JANE EXAMPLE <input></label><label>Notes <input></label>"
    server.pages["/form"] = server.pages["/form"].replace("<label>Town <input name=town></label>", labels)

    def plan_without(unavailable: Unavailable) -> Plan:
        review = PagePlan("Review", (MISSING, NOTES)).without({name for _, name in unavailable})
        return Plan("CR-1", "ocr", "counting", (PagePlan("Person", entries), review), ())

    recorded = (Recorded(Place("Person", "Name"), before),) if before else ()
    filling = Filling(target, plan_without, {}, SavedRecord(before=recorded))
    await filling.fill(await opening(server))
    (change,) = filling.changes.values()
    assert change.proposals == (("Relationship to JANE EXAMPLE",) if given == "by nothing" else ())
    assert str(change) == "Review / Relationship: no such control on the page"


async def test_a_table_that_the_page_names(server: Counting, opening: Opening) -> None:
    """A review that shows a table of none of the profile's grids is refused without the words of its caption."""
    target = profile({"name": "Review", "review": {"scope": "#content"}})
    server.form("/save/plain")
    table = "<table><caption>Calls of Jane Example</caption><thead><tr><th>At</thead><tr><td>Noon</table>"
    server.pages["/form"] = server.pages["/form"].replace("<form", f"{table}<form")
    tab = await opening(server)
    with pytest.raises(TargetChanged) as raised:
        await ready_to_save(tab, target, Plan("CR-1", "ocr", "counting", (PagePlan("Review"),), ()), ())
    shows = "the review page shows something in an unknown table that nobody keyed"
    assert str(raised.value) == f"record: {shows}"
