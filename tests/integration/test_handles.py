"""A control is keyed by the handle of the survey that found it, and of no other (P3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest

from rpa.browser.tab import Tab
from rpa.browser.values import ControlToKey, Found, Handle
from rpa.errors import PageReplaced, SurveyOutdated
from tests.integration.pages import PAGE, Open, keyed, named, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE = "<label for=one>Town</label><input id=one>"
REDRAWN = f"{ONE}<button onclick=\"document.querySelector('label').textContent = 'Postcode'\">Redraw</button>"
LISTS = "<label>Place <select><option>Shed<option>Hut</select></label><input type=file>"

USES: Mapping[str, Callable[[Tab, Handle], Awaitable[object]]] = {
    "keying": lambda tab, handle: tab.key([ControlToKey(handle, "text", "Exampleton")]),
    "typing": lambda tab, handle: tab.type_text(handle, "Exampleton"),
    "typing in an editor": lambda tab, handle: tab.type_in_editor(handle, "Exampleton"),
    "a key": lambda tab, handle: tab.press_key(handle, "Enter"),
    "a click": lambda tab, handle: tab.click(handle),
    "tokens": lambda tab, handle: tab.enter(handle, ["Exampleton"]),
    "choosing": lambda tab, handle: tab.pick(handle, "Exampleton", 0.2),
    "a file": lambda tab, handle: tab.set_file(handle, "photo.jpg", b"content"),
    "opening a list": lambda tab, handle: tab.note_texts(handle, "Exampleton"),
    "waiting for options": lambda tab, handle: tab.wait_for_options(handle, "Exampleton", 5),
    "reading tokens": lambda tab, handle: tab.tokens(handle),
    "looking closer": lambda tab, handle: tab.details(handle),
}


@pytest.mark.parametrize("use", USES)
async def test_a_handle_of_an_earlier_survey_is_refused(use: str, show: Open) -> None:
    """A page makes another control of the same box, and it is surveyed again: whatever goes by a handle of the
    first survey is refused, and nothing is keyed."""
    tab = await show(REDRAWN)
    town = await named(tab, "Town")
    await tab.press(PAGE, "Redraw")
    postcode = await named(tab, "Postcode")
    assert postcode.handle.index == town.handle.index
    with pytest.raises(SurveyOutdated, match="of an earlier survey"):
        await USES[use](tab, town.handle)
    assert (await named(tab, "Postcode")).holds == ""


async def test_one_outdated_handle_refuses_all(show: Open) -> None:
    """Of several controls to be keyed in one trip none is, when one of them was found by an earlier survey."""
    tab = await show("<label>Town <input></label><label>Street <input></label>")
    town, _ = await survey(tab)
    _, street = await survey(tab)
    with pytest.raises(SurveyOutdated):
        await tab.key(
            [
                ControlToKey(street.handle, "text", "High Street"),
                ControlToKey(town.handle, "text", "Exampleton"),
            ]
        )
    assert [each.holds for each in await survey(tab)] == ["", ""]


async def test_a_handle_of_another_document_is_refused(show: Open) -> None:
    """In the document that took the place of the surveyed one a handle is refused, though the new one was surveyed
    as often."""
    tab = await show(ONE)
    town = await named(tab, "Town")
    await tab.go("/page")
    again = await named(tab, "Town")
    assert (again.handle.survey, again.handle.index) == (town.handle.survey, town.handle.index)
    with pytest.raises(PageReplaced):
        await tab.key([ControlToKey(town.handle, "text", "Exampleton")])
    assert (await named(tab, "Town")).holds == ""


async def test_a_handle_is_good_until_the_next_survey(show: Open) -> None:
    """One survey is enough for several acts, and for a control whose element has gone nothing is keyed."""
    tab = await show(ONE + LISTS)
    town, place, _ = await survey(tab)
    refused = await tab.key(
        [ControlToKey(town.handle, "text", "Exampleton"), ControlToKey(place.handle, "select", "Hut")]
    )
    await tab.type_text(town.handle, "Elsewhere")
    town, place, _ = await survey(tab)
    assert (refused, town.holds, place.holds) == ((), "Elsewhere", "Hut")
    await tab._page.evaluate("document.querySelector('input').remove()")
    job = ControlToKey(town.handle, "text", "Nowhere")
    assert (await keyed(tab, [job]))[0] == (job,)


async def test_what_is_held_is_compared_in_its_own_document(show: Open) -> None:
    """A handle with another number than any control has is one that is not there."""
    tab = await show(ONE)
    town: Found = await named(tab, "Town")
    job = ControlToKey(replace(town.handle, index=99), "text", "Exampleton")
    assert await tab.key([job]) == (job,)
