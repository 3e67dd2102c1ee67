"""The caption that a person would read beside a control, however it is tied to it, and the group it stands in."""

from __future__ import annotations

import pytest

from tests.integration.pages import Open, named, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

CAPTIONED = {
    "a label that names it": '<label for="a">Surname</label><input id="a" value="x">',
    "a label around it": '<label>Surname * <input value="x"></label>',
    "a label with a hint": '<label>Surname <input value="x"><button>?</button></label>',
    "aria-label": '<input aria-label="Surname" value="x">',
    "aria-labelledby": '<i id="p">Sur</i><i id="q">name</i><input aria-labelledby="p q" value="x">',
    "the table cell to its left": '<table><tr><td>Surname:</td><td><input value="x"></td></tr></table>',
    "a cell two to its left": '<table><tr><td>Surname</td><td> </td><td><input value="x"></td></tr></table>',
    "the heading of its column": "<table><thead><tr><th>No.</th><th>Surname</th></tr></thead>"
    '<tr><td>1</td><td><input value="x"></td></tr></table>',
    "a div above it": '<div><div>Surname</div><div><input value="x"></div></div>',
    "a text before it": '<div>Surname <input value="x"></div>',
    "a text before it and a break": '<p>Surname<br><input value="x"></p>',
    "a label that floats after it": '<div><div><input value="x"><span>Surname</span></div></div>',
    "a label that floats after its box": '<div><div><div><input value="x"></div><span>Surname</span></div></div>',
    "a placeholder alone": '<div><input placeholder="Surname" value="x"></div>',
    "a title alone": '<div><input title="Surname" value="x"></div>',
    "marks for required": '<label>Surname (required): <input value="x"></label>',
    "a label with a hidden input between": "<div><span class=l>Surname</span><div><input type=hidden value=1>"
    '<input value="x"></div></div>',
    "a fieldset without a legend": '<div><div>Surname</div><fieldset><input value="x"></fieldset></div>',
    "a remark in the source between": '<div>Surname <!-- Forename --><input value="x"></div>',
    "a label of the input that is hidden": "<div><label for=h>Surname</label><input type=hidden id=h>"
    '<input value="x"></div>',
    "a label tied from another component": "<b id=c>Surname</b><div id=d></div><script>"
    "const root = document.getElementById('d').attachShadow({mode: 'open'});"
    "root.innerHTML = '<input value=x>';"
    "root.querySelector('input').ariaLabelledByElements = [document.getElementById('c')];</script>",
    "a form whose fields hide what it is": "<form><input type=hidden name=parentNode>"
    "<input type=hidden name=assignedSlot><input type=hidden name=childNodes>"
    '<div>Surname</div><div><input value="x"></div></form>',
    "a hint below it": '<div><div>Surname</div><div><input value="x"><small>In full</small></div></div>',
}


@pytest.mark.parametrize("how", CAPTIONED)
async def test_caption_is_found(how: str, show: Open) -> None:
    """However a caption is tied to its control, or not at all, the control is found by it, with what it holds."""
    found = await named(await show(CAPTIONED[how]), "Sur name" if how == "aria-labelledby" else "Surname")
    assert (found.kind, found.holds, found.shown, found.writable) == ("text", "x", True, True)


BETWEEN = {
    "before": "<div>Surname <input value=1> Forename <input value=2> Town <input value=3></div>",
    "after": "<div><input value=1> Surname <input value=2> Forename <input value=3> Town</div>",
    "rows": "<table><tr><td>Surname</td><td><input value=1></td>"
    "<td>Forename</td><td><input value=2></td></tr></table>",
    "columns": "<table><tr><th>Surname</th><th>Forename</th></tr>"
    "<tr><td><input value=1></td><td><input value=2></td></tr></table>",
}


@pytest.mark.parametrize("how", BETWEEN)
async def test_caption_is_not_anothers(how: str, show: Open) -> None:
    """Where captions and controls take turns, each caption means one control, and not its neighbour."""
    tab = await show(BETWEEN[how])
    assert (await named(tab, "Surname")).holds == "1"
    assert (await named(tab, "Forename")).holds == "2"


async def test_caption_in_a_group(show: Open) -> None:
    """Captioned groups tell controls of one caption apart, innermost first."""
    tab = await show(
        "<section aria-label=Person>"
        "<fieldset><legend>Home</legend><label>Postcode <input value=1></label></fieldset>"
        "<div role=group aria-label=Work><label>Postcode <input value=2></label></div></section>"
    )
    assert [(each.within, each.holds) for each in await survey(tab)] == [
        (("Home", "Person"), "1"),
        (("Work", "Person"), "2"),
    ]


HELD = {
    "chips with buttons": "<span>Knife <button aria-label='Remove Knife'>x</button></span>",
    "chips": "<div><span>Knife</span><span>Stick</span></div>",
    "a list": "<ul><li>Knife</ul>",
    "what somebody wrote": "<blockquote>Knife</blockquote>",
}


@pytest.mark.parametrize("what", HELD)
async def test_what_a_control_holds_is_no_caption(what: str, show: Open) -> None:
    """Tokens that are there already, and what somebody wrote before, are not taken for the caption of an input."""
    (found,) = await survey(await show(f"<div><div>Weapons</div>{HELD[what]}<input></div>"))
    assert "Weapons" in found.captions
    assert "Knife" not in found.captions


TICKS = {
    "a text before them": "<div><div>Tags</div><div><label><input type=checkbox>Red</label>"
    "<label><input type=checkbox>Blue</label></div></div>",
    "aria-label": "<div aria-label=Tags><label><input type=checkbox>Red</label></div>",
    "a label that names their box": "<label for=b>Tags</label><div id=b><label><input type=checkbox>Red</label>"
    "<label><input type=checkbox>Blue</label></div>",
}


@pytest.mark.parametrize("how", TICKS)
async def test_ticks_without_a_legend_have_a_title(how: str, show: Open) -> None:
    """Ticks that no legend holds together are in the group that a person would call them by."""
    for each in await survey(await show(TICKS[how])):
        assert "Tags" in each.within


async def test_a_store_between_is_passed_over(show: Open) -> None:
    """A list that is neither shown nor enabled, in which a script keeps options, takes no caption."""
    store = "<select style='display:none' disabled><option>A</select>"
    tab = await show(f"<div><div>Surname</div><div>{store}<input value=x></div></div>")
    (found,) = [each for each in await survey(tab) if each.shown or each.enhanced]
    assert found.caption == "Surname"
