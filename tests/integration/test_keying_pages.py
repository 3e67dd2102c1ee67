"""Controls as web pages have them, each keyed by its caption on a page made for the purpose; what the page then
holds is asked of the page itself."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from rpa.browser.tab import Tab
from rpa.browser.values import Region
from rpa.plan import ControlValue, Value
from rpa.targets.form_region import FormRegion
from rpa.targets.keying import KeyedScreen, key_entries
from rpa.targets.profile import Control
from tests.integration.pages import Open, page

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def keyed(tab: Tab, controls: dict[str, dict[str, Any]], **values: Value) -> KeyedScreen:
    """Key values into controls given as in a profile."""
    made = {name: Control(**given) for name, given in controls.items()}
    form_region = FormRegion(tab, Region(), "Screen", made, {"photo.png": b"content"})
    return await key_entries(form_region, [ControlValue(name, value) for name, value in values.items()])


async def asked(tab: Tab, script: str) -> Any:
    """What the page itself says."""
    return await tab._page.evaluate(script)


class Case(NamedTuple):
    """A page with a control captioned `It`, as the profile has it, the planned value, what the page then holds."""

    body: str
    control: dict[str, Any]
    value: Value
    script: str
    holds: Any


def own(kind: str, type_: str, value: str, holds: str, **more: Any) -> Case:
    """One of the browser's own inputs."""
    body = f"<label>It <input type={type_}></label>"
    return Case(body, {"kind": kind, **more}, value, "document.querySelector('input').value", holds)


INPUT = "document.querySelector('input').value"

CASES: dict[str, Case] = {
    "the browser's own date": own("date", "date", "2026-07-04", "2026-07-04"),
    "the browser's own date, whatever the format": own(
        "date", "date", "2026-07-04", "2026-07-04", format="%m/%d/%Y"
    ),
    "the browser's own time": own("time", "time", "07:05", "07:05"),
    "the browser's own date and time": own(
        "datetime", "datetime-local", "2026-07-04T07:05", "2026-07-04T07:05"
    ),
    "the browser's own number": own("text", "number", "12.5", "12.5"),
    "a date and time in one box": own("datetime", "text", "2026-07-04T07:05", "04/07/2026 07:05"),
    "a date and time in two boxes": Case(
        page("two-boxes"),
        {"kind": "datetime", "boxes": {"Date": "%Y-%m-%d", "Time": "%H:%M"}},
        "2026-07-04T07:05",
        "[...document.querySelectorAll('input')].map(each => each.value).join(' ')",
        "2026-07-04 07:05",
    ),
    "a date and time in two boxes that nothing holds together": Case(
        "<div><b>It:</b><p>Date: <input><br>Time: <input></p></div>",
        {"kind": "datetime", "boxes": {"Date": "%Y-%m-%d", "Time": "%H:%M"}},
        "2026-07-04T07:05",
        "[...document.querySelectorAll('input')].map(each => each.value).join(' ')",
        "2026-07-04 07:05",
    ),
    "a date in a combobox": Case(
        "<label>It <input role=combobox aria-haspopup=dialog></label>",
        {"kind": "date"},
        "2026-07-04",
        INPUT,
        "04/07/2026",
    ),
    "several in a native list": Case(
        "<label>It <select multiple><option>Red<option selected>Green<option>Blue</select></label>",
        {"kind": "select_many"},
        ("Red", "Blue"),
        "[...document.querySelector('select').selectedOptions].map(each => each.text)",
        ["Red", "Blue"],
    ),
    "several in two lists": Case(
        page("dual"),
        {"kind": "select_many"},
        ("Red", "Blue"),
        "[...document.getElementById('t').options].map(each => each.text)",
        ["Red", "Blue"],
    ),
    "several chips": Case(
        page("chips"),
        {"kind": "select_many"},
        ("Red", "Blue"),
        "[...document.querySelectorAll('b')].map(each => each.firstChild.textContent)",
        ["Red", "Blue"],
    ),
    "several in a listbox": Case(
        page("aria-listbox"),
        {"kind": "select_many"},
        ("Red", "Blue"),
        "[...document.querySelectorAll('[aria-selected=true]')].map(each => each.textContent)",
        ["Red", "Blue"],
    ),
    "a phone number with a mask": Case(
        page("phone"), {"kind": "text"}, "07700 900123", INPUT, "(07700) 900123"
    ),
    "a mask that takes figures alone": Case(
        page("strict-mask"), {"kind": "date"}, "2026-07-04", INPUT, "04/07/2026"
    ),
    "a number in groups": Case(page("grouped"), {"kind": "text"}, "1234567", INPUT, "1,234,567"),
    "a closed list that opens by a click": Case(
        page("span-combobox"), {"kind": "select"}, "Shed", "document.getElementById('c').textContent", "Shed"
    ),
    "a read-only input that opens a list": Case(page("readonly"), {"kind": "select"}, "Shed", INPUT, "Shed"),
    "a choice shown outside its input": Case(
        page("outside"), {"kind": "combobox"}, "Shed", "document.querySelector('.chosen').textContent", "Shed"
    ),
    "a native list behind a script's own": Case(
        page("enhanced"), {"kind": "select"}, "Shed", "document.querySelector('select').value", "Shed"
    ),
    "a native list whose script needs its own control": Case(
        page("stale"), {"kind": "select"}, "Shed", "document.querySelector('span').textContent", "Shed"
    ),
    "an autocomplete that takes free text": Case(
        page("free-text"), {"kind": "text"}, "Example Street", INPUT, "Example Street"
    ),
    "an autocomplete that demands a choice": Case(
        page("suggests"), {"kind": "combobox"}, "Shed", INPUT, "Shed"
    ),
    "a component": Case(
        page("shadow"),
        {"kind": "text"},
        "Example",
        "document.querySelector('x-field').shadowRoot.querySelector('input').value",
        "Example",
    ),
    "a component with a name of its own": Case(
        page("host-named"),
        {"kind": "lines"},
        "One\nTwo",
        "document.querySelector('x-box').shadowRoot.querySelector('textarea').value",
        "One\nTwo",
    ),
    "a frame": Case(
        "<iframe srcdoc='<label>It <input></label>'></iframe>",
        {"kind": "text"},
        "Example",
        "document.querySelector('iframe').contentDocument.querySelector('input').value",
        "Example",
    ),
    "a switch": Case(
        page("switch"), {"kind": "checkbox"}, True, "document.querySelector('button').ariaChecked", "true"
    ),
    "radios of ARIA": Case(
        page("aria-radios"),
        {"kind": "radio"},
        "No",
        "document.querySelector('[aria-checked=true]').textContent",
        "No",
    ),
    "spin buttons": Case(
        page("spinbuttons"),
        {"kind": "date", "boxes": {"Day": "%d", "Month": "%m", "Year": "%Y"}},
        "2026-07-04",
        "document.querySelector('[role=group]').innerText.replace(/\\s/g, '')",
        "04/07/2026",
    ),
    "a text box of ARIA": Case(
        "<div role=textbox contenteditable aria-label=It></div>",
        {"kind": "text"},
        "Example",
        "document.querySelector('div').innerText",
        "Example",
    ),
    "an editor with tabs in its text": Case(
        "<div contenteditable aria-label=It></div>",
        {"kind": "rich_text"},
        "One\tand\ttwo\nthree",
        "document.querySelector('div').innerText.replace(/\\s+/g, ' ').trim()",
        "One and two three",
    ),
    "a file behind a button": Case(
        page("hidden-file"),
        {"kind": "file"},
        "photo.png",
        "document.querySelector('input').files[0].text()",
        "content",
    ),
    "a control named by a selector": Case(
        "<div><input id=a><input id=b></div>",
        {"kind": "text", "css": "#b"},
        "Example",
        "document.getElementById('b').value",
        "Example",
    ),
}


@pytest.mark.parametrize("what", CASES)
async def test_control_is_keyed(what: str, show: Open) -> None:
    """Whatever a control is made of, it is found by its caption, keyed, and seen to hold what the page holds."""
    case = CASES[what]
    tab = await show(case.body)
    done = await keyed(tab, {"It": case.control}, It=case.value)
    assert [str(change) for change in done.changes] == []
    assert [each.found for each in done.held] == [case.value]
    assert await asked(tab, case.script) == case.holds


async def test_enter_never_sends_a_form(show: Open) -> None:
    """The Enter key that ends a token neither sends the form that it stands in nor presses a button."""
    tab = await show(page("token-in-a-form"))
    done = await keyed(tab, {"It": {"kind": "tokens"}}, It=("Red", "Blue"))
    assert done.changes == ()
    assert await asked(tab, "document.title") == "Page"


async def test_two_lists_without_buttons_are_two_controls(show: Open) -> None:
    """Two lists of several choices that merely stand side by side are keyed each for itself."""
    one = "<div><label>{} <select multiple><option>{}<option>Other</select></label></div>"
    tab = await show(f"<div>{one.format('Motives', 'Gain')}{one.format('Factors', 'Drink')}</div>")
    kinds = {"Motives": {"kind": "select_many"}, "Factors": {"kind": "select_many"}}
    done = await keyed(tab, kinds, Motives=("Gain",), Factors=("Drink",))
    assert done.changes == ()
    assert await asked(tab, "[...document.querySelectorAll('select')].map(each => each.value)") == [
        "Gain",
        "Drink",
    ]
