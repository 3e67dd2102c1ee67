"""Half a character (a lone surrogate), which no text may hold: on a page it is a difference, not a breakdown."""

from __future__ import annotations

import pytest

from rpa.browser.values import Confirmed, ControlToKey, RecordLayout, Rest, ShownGrid, ShownValue
from tests.integration.pages import PAGE, Open, named, said, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

INSTEAD = "ab\ufffd"  # how a person sees it
HALF = r"'ab\ud83d'"
RECORD = f"""
<h1>Record</h1><dl><dt>Town<dd id=town></dd><dt id=caption></dt><dd>High Street</dl>
<table><caption>Things</caption><thead><tr><th id=head></thead><tr><td id=cell></table>
<script>for (const each of document.querySelectorAll('[id]')) each.textContent = {HALF};</script>"""
FORM = f"""
<form method=post action=/save><label id=label>Town <input id=town name=town></label>
<label for=list>List</label><select id=list><option>One<option id=option selected></select>
<label for=lines>Lines</label><textarea id=lines></textarea>
<label for=rich>Rich</label><div id=rich contenteditable aria-label=Rich>Text</div>
<button type=button onclick="document.title = 'saved'">Save</button></form>
<script>
  document.querySelector('#town').value = document.querySelector('#lines').value = {HALF};
  document.querySelector('#option').textContent = document.querySelector('#rich').textContent = {HALF};
  document.querySelector('#label').title = document.querySelector('#town').placeholder = {HALF};
</script>"""


async def test_a_record(show: Open) -> None:
    """A record that shows half a character is read, with the sign that a person sees in its place."""
    tab = await show(RECORD)
    read = await tab.record(RecordLayout("body", None, None, "dt", "li", ("#town",)))
    assert read.values == (ShownValue("", "", "Town", INSTEAD), ShownValue("", "", INSTEAD, "High Street"))
    assert read.grids == (ShownGrid("", "Things", ({INSTEAD: INSTEAD},)),)
    assert read.placed == {"#town": (INSTEAD,)}
    assert await tab.texts("dd") == (INSTEAD, "High Street")
    assert [row.text for row in await tab.rows("tbody tr")] == [INSTEAD]


async def test_a_form(show: Open) -> None:
    """Controls that hold half a character are found, keyed, confirmed and saved as any other."""
    tab = await show(FORM)
    assert [each.holds for each in await survey(tab)] == [INSTEAD] * 4
    await tab.key([ControlToKey((await named(tab, "Town")).handle, "text", "Exampleton")])
    seen = await tab.settled(PAGE, Rest(0, 100))
    assert [each.holds for each in seen.controls] == ["Exampleton", *[INSTEAD] * 3]
    assert await tab.press_confirmed(PAGE, "Save", Confirmed(seen.document, seen.controls)) == ""
    assert await said(tab) == "saved"


async def test_the_names_of_buttons_and_files(show: Open) -> None:
    """What a button, a chip or a choice is called may hold half a character too."""
    tab = await show(
        "<label for=tags>Tags</label><div><span></span><input id=tags role=combobox></div>"
        "<form><button></button></form>"
        f"<script>for (const each of document.querySelectorAll('span, button')) each.textContent = {HALF}</script>"
    )
    assert await tab.tokens((await named(tab, "Tags")).handle) == {INSTEAD}
    assert (await tab.pressable(PAGE, "Save", 0.1)).instead == (INSTEAD,)
