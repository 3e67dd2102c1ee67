"""Fields and forms by the names of what a page's elements have: a field called `matches` hides its form's own."""

from __future__ import annotations

import pytest

from rpa.browser.values import Confirmed, ControlToKey, RecordLayout, Region, Rest, ShownValue
from tests.integration.pages import PAGE, Open, named, said, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

OF_A_FORM = """
    children parentElement childNodes matches closest elements id name title innerText textContent
    querySelectorAll querySelector getClientRects checkVisibility nodeType localName ownerDocument
    shadowRoot attributes getAttribute contains isConnected nextElementSibling
    previousElementSibling parentNode style labels form type value disabled hasAttribute
    getBoundingClientRect isContentEditable action method submit length noValidate control caption
    rows host assignedSlot tagName firstChild classList dataset hidden contentEditable cells
    getRootNode nodeName focus blur click dispatchEvent scrollIntoView ariaLabelledByElements
    readOnly tHead defaultView"""
OF_A_DOCUMENT = """
    forms body querySelectorAll querySelector documentElement readyState activeElement defaultView
    fonts title getElementById createElement addEventListener removeEventListener elementFromPoint
    createRange host nodeType designMode childNodes parentNode getSelection"""
RECORD = RecordLayout("form", "h2", None, "dt", "li", ("form dd",))
FORM = """

<form name="{form}" method=post onsubmit="document.title = 'saved'; return false" role=group aria-label=Group>
  <h2>Section</h2><label>Town <input name=town></label><label>Odd <input name="{field}"></label>
  <span id=list-name>List</span><select aria-labelledby=list-name name=list><option>A<option>B</select>
  <label><input type=checkbox> Tick</label>
  <dl><dt>Street<dd>High Street</dl>
  <table><caption>Things</caption><thead><tr><th>What</thead><tbody><tr><td>Lamp</table>
  <section>Rich<div contenteditable aria-label=Rich>Text</div></section>
  <button>Save</button>
</form>
<form name="{form}" contenteditable aria-label=Editor>Text<input name="{field}" type=hidden></form>"""
CAPTIONS = ["Town", "Odd", "List", "Tick", "Rich", "Editor"]


async def _is_worked_on(show: Open, field: str, form: str) -> None:
    tab = await show(FORM.format(field=field, form=form))
    assert [each.caption for each in await survey(tab)] == CAPTIONS
    town, odd, choice = [await named(tab, each) for each in ("Town", "Odd", "List")]
    assert (town.within, odd.within) == (("Group",), ("Group",))
    town, odd, choice, *_ = await survey(tab)
    jobs = [
        ControlToKey(town.handle, "text", "T"),
        ControlToKey(odd.handle, "text", "O"),
        ControlToKey(choice.handle, "select", "B"),
    ]
    refused, seen = await tab.key_and_survey(jobs, PAGE, Rest(0, 500))
    assert not refused
    assert seen is not None
    assert [each.holds for each in seen.controls] == ["T", "O", "B", False, "Text", "Text"]
    await tab.type_text(seen.controls[1].handle, "Odder")
    assert (await tab.details(seen.controls[0].handle)).selector == '[name="town"]'
    read = await tab.record(RECORD)
    assert read.values == (ShownValue("Section", "", "Street", "High Street"),)
    assert await tab.table(Region(grid="Things")) == ({"What": "Lamp"},)
    assert [row.text for row in await tab.rows("tbody tr")] == ["Lamp"]
    assert await tab.texts("form h2") == ("Section",)
    assert await tab.current_condition({"there": {"heading": "Section"}}) == "there"
    press = await tab.pressable(PAGE, "Save", 0.5)
    assert (press.number, press.invalid) == (1, ())
    held = await tab.survey(PAGE)
    assert held is not None
    assert await tab.press_confirmed(PAGE, "Save", Confirmed(held.document, held.controls)) == ""
    if form != "title":
        assert await said(tab) == "saved"


@pytest.mark.parametrize("name", OF_A_FORM.split())
async def test_a_field_by_the_name_of_what_a_form_has(name: str, show: Open) -> None:
    """A form is surveyed, keyed, read and saved whatever its fields are called."""
    await _is_worked_on(show, name, "form")


@pytest.mark.parametrize("name", OF_A_DOCUMENT.split())
async def test_a_form_by_the_name_of_what_a_document_has(name: str, show: Open) -> None:
    """A page is worked on whatever its forms are called."""
    await _is_worked_on(show, "field", name)
