"""The names that texts of a page give (`js/names.js`), and which of them is meant (`rpa/browser/names.py`)."""

from __future__ import annotations

import html

import pytest

from rpa.browser.values import Confirmed, ConfirmedTable, Region, Wanted
from rpa.errors import TargetError
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


BUTTONS = {
    ("Save record", "save  RECORD"): True,
    ("Save (draft)", "save (DRAFT)"): True,
    ("Save [draft].+$", "save [draft].+$"): True,
    ("C:\\files + more?", "c:\\Files + More?"): True,
    ("Stra\u00dfe", "Stra\u00dfe"): True,
    ("STRASSE", "Stra\u00dfe"): True,
    ("Stra\u00dfe", "STRASSE"): True,
    ("\ufb01nd \u1e9e", "FIND SS"): True,
    ("Stra\u00dfe", "Strase"): False,
    ("\u00c9tat \u0141\u00f3d\u017a", "\u00e9tat \u0142\u00d3D\u0179"): True,
    ("Save record", "Save.record"): False,
    ("Save records", "Save record"): False,
    ("Resave", "save"): False,
    ("Save and go on", "SAVE"): True,
    ("Save", "Save and go on"): False,
}
"""(what a button says, what it is called by) -> whether that is it."""


@pytest.mark.parametrize(("says", "called"), BUTTONS)
async def test_the_browser_tests_names_as_python_has_them(show: Open, says: str, called: str) -> None:
    """Whatever stands in a name stands for itself, in any case; a button may go on after its name."""
    tab = await show(f"<button onclick=\"document.title = 'pressed'\">{html.escape(says)}</button>")
    if BUTTONS[says, called]:
        await tab.press(PAGE, called)
        assert await said(tab) == "pressed"
    else:
        with pytest.raises(TargetError, match="0 buttons are called"):
            await tab.press(PAGE, called)


SEVERAL = [letter for letter in map(chr, range(0x80, 0x10000)) if len(letter.casefold()) > 1]


@pytest.mark.parametrize("on_the_page", ["the letter", "the several"])
async def test_letters_that_stand_for_several(show: Open, on_the_page: str) -> None:
    """Every letter that is several letters when case does not matter gives the same name as these, either way."""
    letters = {
        f"No {number} {letter}": f"No {number} {letter.casefold()}" for number, letter in enumerate(SEVERAL)
    }
    if on_the_page == "the several":
        letters = {several: letter for letter, several in letters.items()}
    tab = await show("".join(f"<p><label>{text} <input></label></p>" for text in letters))
    found = await tab.wait_for_controls(PAGE, [Wanted(called) for called in letters.values()], 5)
    assert len(found.controls) == len(SEVERAL) > 100


TABLES = "".join(
    f"<table><caption>{name}</caption><thead><tr><th>Name</thead><tr><td>{name}</table>"
    for name in ("People seen", "People *")
)
DIALOGS = "".join(
    f"<div role=dialog aria-label='{name}'><label>{name} <input></label></div>"
    for name in ("Find a person", "Find (required)")
)


async def test_tables_and_dialogs_are_found_by_the_same_rule(show: Open) -> None:
    """A table and a dialog are those of exactly that name, in any case, and not the first that begins with it; so
    is what is compared before a press."""
    tab = await show(f"{TABLES}{DIALOGS}<button>Go on</button>")
    people = Region(grid="PEOPLE")
    assert await tab.table(people) == ({"Name": "People *"},)
    confirmed = Confirmed(await tab.document(), tables=(ConfirmedTable(people, await tab.table(people)),))
    assert await tab.press_confirmed(PAGE, "GO ON", confirmed) == ""
    (control,) = await survey(tab, Region(dialog="find"))
    assert control.captions == ("Find",)
    assert not await tab.has(Region(dialog="Fin"))


async def test_what_is_waited_for_is_found_by_the_same_rule(show: Open) -> None:
    """A heading, a control and the group that it stands in are waited for by their names in any case."""
    tab = await show(
        "<h1>People seen</h1><h2>People:</h2>"
        "<fieldset><legend>Home *</legend><label>Town <input></label></fieldset>"
    )
    for heading, seen in {"PEOPLE": "there", "Peop": ""}.items():
        there = {"path": None, "heading": heading, "text": None, "css": None}
        assert await tab.current_condition({"there": there}) == seen
    assert (await tab.wait_for_controls(PAGE, [Wanted("TOWN", "HOME")], 2)).controls
    for wanted in (Wanted("Tow"), Wanted("Town", "Hom")):
        with pytest.raises(TargetError, match="did not respond in time"):
            await tab.wait_for_controls(PAGE, [wanted], 0.1)


async def test_a_long_run_of_marks_takes_no_time(show: Open) -> None:
    """A caption with a hundred thousand marks is read at once, wherever in it they stand."""
    marks = " *:" * 30_000 + " (required)" * 10_000
    tab = await show(f"<label>Surname{marks} <input></label><label>x{marks}y <input></label>", 5)
    assert [each.caption for each in await survey(tab)] == ["Surname", f"x{marks}y"]
