"""The rule by which a text names a control, as the page script has it (`js/names.js`): its cases, once."""

from __future__ import annotations

import html

import pytest

from tests.integration.pages import PAGE, Open, said, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = {
    "Surname": "Surname",
    "Surname *": "Surname",
    "Surname:": "Surname",
    "Surname : *": "Surname",
    "Surname (required)": "Surname",
    "Surname (Optional):": "Surname",
    "Surname * (required) *": "Surname",
    "Surname (required) (optional)": "Surname",
    "  Family \n\u00a0 name  ": "Family name",
    "Sur\u200bname\ufeff": "Surname",
    "SURNAME": "SURNAME",
    "Surname (maiden)": "Surname (maiden)",
    "* Surname": "* Surname",
    "Required": "Required",
}
"""A text -> the name that it gives."""


async def test_a_caption_loses_its_marks(show: Open) -> None:
    """A control is called by its caption without white space to spare and without the marks at its end."""
    tab = await show("".join(f"<p><label>{html.escape(text)} <input></label></p>" for text in NAMES))
    assert [each.captions for each in await survey(tab)] == [(name,) for name in NAMES.values()]


async def test_marks_alone_are_no_caption(show: Open) -> None:
    """A text of nothing but marks names nothing."""
    tab = await show("<label>* (required): <input></label>")
    assert [each.caption for each in await survey(tab)] == [""]


async def test_names_are_the_same_without_regard_to_case(show: Open) -> None:
    """A button is pressed by its name in any case, its marks aside."""
    for text, name in NAMES.items():
        tab = await show(f"<button onclick=\"document.title = 'pressed'\">{html.escape(text)}</button>")
        await tab.press(PAGE, name.upper())
        assert await said(tab) == "pressed", text


async def test_a_long_run_of_marks_takes_no_time(show: Open) -> None:
    """A caption with a hundred thousand marks is read at once, wherever in it they stand."""
    marks = " *:" * 30_000 + " (required)" * 10_000
    tab = await show(f"<label>Surname{marks} <input></label><label>x{marks}y <input></label>", 5)
    assert [each.caption for each in await survey(tab)] == ["Surname", f"x{marks}y"]
