"""A page that is larger than what is looked at: what is not seen may be what is meant, so nothing is done (P5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

import pytest

from rpa.browser.tab import Tab
from rpa.browser.values import RecordLayout, Region, Rest, Wanted
from rpa.errors import TargetError
from tests.integration.pages import PAGE, Open, named, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_CONTROLS, MOST_ELEMENTS, MOST_ROWS = 1_500, 20_000, 5_000
TOWN = "<label>Town <input></label>"
FIELDS = "<label>Other <input></label>"
RECORD = RecordLayout("body", None, None, "dt", "li")


async def test_more_controls_than_are_looked_at(show: Open) -> None:
    """A control whose second of the same caption stands behind all that are looked at is not taken for certain."""
    tab = await show(TOWN + FIELDS * (MOST_CONTROLS - 1))
    assert len(await survey(tab)) == MOST_CONTROLS
    tab = await show(TOWN + FIELDS * (MOST_CONTROLS - 1) + TOWN)
    waits: list[Callable[[], Awaitable[object]]] = [
        lambda: tab.survey(PAGE),
        lambda: tab.wait_for_survey(PAGE, "surveying"),
        lambda: tab.wait_for_controls(PAGE, [Wanted("Town")], 1),
        lambda: tab.settled(PAGE, Rest(0, 100)),
    ]
    for look in waits:
        with pytest.raises(TargetError, match=r"the page has more than 1,500 controls: "):
            await look()


LOOKS: dict[str, Callable[[Tab], Awaitable[object]]] = {
    "survey": lambda tab: tab.survey(PAGE),
    "button": lambda tab: tab.pressable(PAGE, "Save", 1),
    "press": lambda tab: tab.press(PAGE, "Save"),
    "texts": lambda tab: tab.texts("p"),
    "rows": lambda tab: tab.rows("li"),
    "record": lambda tab: tab.record(RECORD),
    "table": lambda tab: tab.table(Region(grid="Other things")),
    "heading": lambda tab: tab.current_condition({"there": {"heading": "Record"}}),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_more_elements_than_are_looked_at(look: str, show: Open) -> None:
    """The same for buttons, texts, rows, records, tables and headings of a page with components."""
    component = "<div><template shadowrootmode=open><slot></slot></template></div>"
    tab = await show(f"{component}<button>Save</button>{'<i></i>' * MOST_ELEMENTS}<p>Last</p><button>Save")
    with pytest.raises(TargetError, match=r"the page has more than 20,000 elements: "):
        await LOOKS[look](tab)


async def test_more_texts_than_are_looked_at(show: Open) -> None:
    """The same for texts and records of a page that the browser itself searches."""
    tab = await show("<dl>" + "<dt>A<dd>B" * (MOST_ELEMENTS // 2 + 1) + "</dl>")
    for look in (LOOKS["record"], lambda tab: tab.texts("dt, dd")):
        with pytest.raises(TargetError, match=r"the page has more than 20,000 elements: "):
            await look(tab)


async def test_more_rows_than_are_read(show: Open) -> None:
    """A table with more rows than are read is not read at all."""
    head = "<dl><dt>A<dd>B</dl><table><caption>Things</caption><thead><tr><th>What</thead><tbody>"
    tab = await show(head + "<tr><td>A" * MOST_ROWS)
    assert len(await tab.table(Region(grid="Things"))) == MOST_ROWS
    tab = await show(head + "<tr><td>A" * (MOST_ROWS + 1))
    for look in (LOOKS["record"], lambda tab: tab.table(Region(grid="Things"))):
        with pytest.raises(TargetError, match=r"the page has more than 5,000 rows in one table: "):
            await look(tab)


async def test_a_page_that_grows_while_it_is_waited_for(show: Open) -> None:
    """A page that becomes too large while something is waited for is named as such, at once."""
    grow = f"setTimeout(() => document.body.insertAdjacentHTML('beforeend', `{FIELDS * 1_501}`), 300)"
    tab, began = await show(f"<script>{grow}</script>"), monotonic()
    with pytest.raises(TargetError, match=r"the page has more than 1,500 controls: "):
        await tab.wait_for_controls(PAGE, [Wanted("Town")], 60)
    assert monotonic() - began < 30


async def test_a_page_that_takes_too_long_to_read(show: Open) -> None:
    """A survey that takes too long is not cut off in silence."""
    deep = "<div>" * 150 + f"{'<b role=option>x</b>' * 2_000}{'<div role=listbox id=a></div>' * 400}" + TOWN
    tab = await show(f"{'<input aria-controls=a>' * 1_000}{deep}")
    with pytest.raises(TargetError, match=r"the page has more than 3,000 milliseconds of controls to read: "):
        await tab.survey(PAGE)


async def test_captions_in_a_box_of_many(show: Open) -> None:
    """In a box of hundreds of controls, each has the caption beside it, before or after it, to the last."""
    floating = "".join(f"<input> Field {number} " for number in range(150))
    tab = await show(f"<form>{floating}</form>")
    assert [each.caption for each in await survey(tab)] == [f"Field {number}" for number in range(150)]
    ticks = "".join(f"<input type=checkbox> Tick {number} " for number in range(150))
    tab = await show(f"<form>Choose {ticks}</form>")
    assert [each.caption for each in await survey(tab)] == [f"Tick {number}" for number in range(150)]
    assert (await named(tab, "Tick 149")).captions == ("Tick 149",)
