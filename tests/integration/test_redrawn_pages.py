"""Pages that reload or redraw themselves while they are keyed, and what cannot be keyed on them."""

from __future__ import annotations

import pytest

from tests.integration.pages import Open, Pages, page
from tests.integration.test_keying_pages import asked, keyed

pytestmark = pytest.mark.asyncio(loop_scope="session")

VALUES = "[...document.querySelectorAll('input, select')].map(each => each.value)"
CONTROLS = {
    "Town": {"kind": "text"},
    "Place": {"kind": "select"},
    "Street": {"kind": "text", "after": "Place"},
}
WANTED = {"Town": "Exampleton", "Place": "Shed", "Street": "Example Street"}


@pytest.mark.parametrize("kept", ["", '"town", "street"'], ids=["loses all", "keeps all"])
async def test_postback_is_a_normal_event(kept: str, show: Open, pages: Pages) -> None:
    """A select that reloads the page is waited for; what the new page lost is keyed again, what it kept is not."""
    tab = await show(page("postback").replace("KEPT", kept))
    done = await keyed(tab, CONTROLS, **WANTED)
    assert done.changes == ()
    assert await asked(tab, VALUES) == ["Exampleton", "Shed", "Example Street"]


@pytest.mark.parametrize("delay", [0, 20])
async def test_redraw_is_a_normal_event(delay: int, show: Open) -> None:
    """A select upon which a script draws the form anew, blank, is a normal event: what is blank is keyed again."""
    tab = await show(page("redraw").replace("DELAY", str(delay)))
    done = await keyed(tab, CONTROLS, **WANTED)
    assert done.changes == ()
    assert await asked(tab, VALUES) == ["Exampleton", "Shed", "Example Street"]


async def test_what_holds_its_value_is_not_touched(show: Open) -> None:
    """Controls that hold their values already are confirmed and left alone."""
    tab = await show(page("touched"))
    controls = {"Town": {"kind": "text"}, "Place": {"kind": "select"}, "Vulnerable": {"kind": "checkbox"}}
    done = await keyed(tab, controls, Town="Exampleton", Place="Shed", Vulnerable=True)
    assert len(done.held) == 3
    assert await asked(tab, "document.title") == "Page"


async def test_controls_that_undo_each_other_come_to_an_end(show: Open) -> None:
    """Two controls of which each blanks the other are given up in the end, and nothing is left in them."""
    tab = await show(page("rivals"))
    done = await keyed(tab, {"One": {"kind": "text"}, "Two": {"kind": "text"}}, One="1", Two="2")
    assert done.changes
    held = {each.place.control: each.found for each in done.held}
    there = dict(zip(["One", "Two"], await asked(tab, VALUES), strict=True))
    assert not done.clean or {name: text for name, text in there.items() if text} == held


async def test_a_control_that_is_given_up_is_put_back(show: Open) -> None:
    """A control that does not come to hold its value stops only itself: it is put back, and told."""
    tab = await show(page("stubborn"))
    done = await keyed(
        tab, {"Code": {"kind": "text"}, "Town": {"kind": "text"}}, Code="EX123", Town="Exampleton"
    )
    assert [change.reason for change in done.changes] == ["typed 3 times; the page holds something else"]
    assert done.clean
    assert [each.found for each in done.held] == ["Exampleton"]
    assert await asked(tab, VALUES) == ["", "Exampleton"]


async def test_a_control_that_is_gone_does_not_stop_the_others(show: Open) -> None:
    """Everything else on a screen is keyed when one control is not there, and two of them are both told."""
    tab = await show("<label>Town <input></label><label>Sex <select><option>A</select></label>")
    controls = {"Town": {"kind": "text"}, "County": {"kind": "text"}, "Sex": {"kind": "select"}}
    done = await keyed(tab, controls, Town="Exampleton", County="Example", Sex="B")
    assert {change.control: change.reason for change in done.changes} == {
        "County": "no such control on the page",
        "Sex": "does not offer the option",
    }
    assert done.clean
    assert await asked(tab, VALUES) == ["Exampleton", "A"]
