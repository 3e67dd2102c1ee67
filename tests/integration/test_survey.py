"""What a page looks like to a robot: each kind of untidiness found, keyed and read in a real browser."""

from __future__ import annotations

from contextlib import suppress

import pytest

from rpa.browser.values import ControlToKey, Region, Wanted
from rpa.errors import TargetError
from rpa.targets.widgets import pick_by_real_input
from tests.integration.pages import PAGE, Open, keyed, named, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "Example-Secret-Answer"


# ---- radios and ticks

RADIOS = {
    "a fieldset with labels": "<fieldset><legend>Weapon used</legend>"
    "<label><input type=radio name=w>Yes</label><label><input type=radio name=w checked>No</label></fieldset>",
    "labels that name them": "<fieldset><legend>Weapon used</legend>"
    "<input type=radio name=w id=y><label for=y>Yes</label>"
    "<input type=radio name=w id=n checked><label for=n>No</label></fieldset>",
    "a radiogroup": "<div role=radiogroup aria-label='Weapon used'>"
    "<label><input type=radio name=w>Yes</label><label><input type=radio name=w checked>No</label></div>",
    "texts after them": "<div>Weapon used: "
    "<input type=radio name=w> Yes <input type=radio name=w checked> No</div>",
    "texts before them": "<fieldset><legend>Weapon used</legend>"
    "<div>Yes <input type=radio name=w> No <input type=radio name=w checked></div></fieldset>",
    "cells after them": "<fieldset><legend>Weapon used</legend>"
    "<table><tr><td><input type=radio name=w></td><td>Yes</td>"
    "<td><input type=radio name=w checked></td><td>No</td></tr></table></fieldset>",
    "the cell to their left": "<table><tr><td>Weapon used</td><td><label><input type=radio name=w>Yes</label>"
    "<label><input type=radio name=w checked>No</label></td></tr></table>",
    "hidden behind buttons": "<style>input{position:absolute;clip:rect(0,0,0,0)}</style>"
    "<fieldset><legend>Weapon used</legend>"
    "<input type=radio name=w id=y><label for=y>Yes</label>"
    "<input type=radio name=w id=n checked><label for=n>No</label></fieldset>",
    "not displayed at all": "<style>input{display:none}</style><fieldset><legend>Weapon used</legend>"
    "<label><input type=radio name=w>Yes</label><label><input type=radio name=w checked>No</label></fieldset>",
}


@pytest.mark.parametrize("how", RADIOS)
async def test_radios_are_one_control(how: str, show: Open) -> None:
    """Radios of one name are one control with their options, and each option is the one it says."""
    tab = await show(RADIOS[how])
    found = await named(tab, "Weapon used")
    assert (found.kind, found.options, found.holds, found.shown) == ("radio", ("Yes", "No"), "No", True)
    await tab.key([ControlToKey(found.option_handles[0], "check", value=True)])
    assert (await named(tab, "Weapon used")).holds == "Yes"


async def test_radios_of_two_forms_are_two_controls(show: Open) -> None:
    """Radios of one name in different forms do not mix, as they do not in a browser."""
    one = (
        "<form><fieldset><legend>{}</legend><label><input type=radio name=w {}>Yes</label></fieldset></form>"
    )
    tab = await show(one.format("First", "checked") + one.format("Second", ""))
    assert [(each.caption, each.holds) for each in await survey(tab)] == [("First", "Yes"), ("Second", "")]


async def test_ticks_have_captions_and_groups(show: Open) -> None:
    """Each checkbox is a control of its own, in its captioned group; a key changes only what is not so yet."""
    tab = await show(
        "<fieldset><legend>Factors</legend><label><input type=checkbox checked>Red</label>"
        "<span><input type=checkbox> Blue</span></fieldset>"
    )
    red, blue = await survey(tab)
    assert (red.caption, red.holds, red.within) == ("Red", True, ("Factors",))
    assert (blue.caption, blue.holds) == ("Blue", False)
    _, after = await keyed(tab, [ControlToKey(each.handle, "check", value=True) for each in (red, blue)])
    assert [each.holds for each in after] == [True, True]


# ---- lists, editors, tokens, files


async def test_list_and_its_options(show: Open) -> None:
    """A native list is chosen from by caption; its empty option holds nothing."""
    tab = await show(
        "<label>Place <select><option value=''>Choose<option value=7>A  shop<option>Shed</select></label>"
    )
    place = await named(tab, "Place")
    assert place.holds == ""
    refused, (place, *_) = await keyed(tab, [ControlToKey(place.handle, "select", "A shop")])
    assert (refused, place.holds) == ((), "A shop")
    castle = ControlToKey(place.handle, "select", "A castle")
    assert await tab.key([castle]) == (castle,)


async def test_option_that_is_there_twice_is_none(show: Open) -> None:
    """Of two options of one text that mean different things a robot chooses neither; twice the same is one."""
    tab = await show(
        "<label>Place <select><option>-<option value=1>Shed<option value=2>Shed<option>Hut<option>Hut"
    )
    (place,) = await survey(tab)
    shed = ControlToKey(place.handle, "select", "Shed")
    assert await tab.key([shed]) == (shed,)
    refused, (place, *_) = await keyed(tab, [ControlToKey(place.handle, "select", "Hut")])
    assert (refused, place.holds) == ((), "Hut")


async def test_a_list_that_a_script_enhances(show: Open) -> None:
    """A native list hidden behind a script's own is still found, as enhanced; one that is just hidden is not."""
    tab = await show(
        "<div><label for=s>Ethnicity</label>"
        "<select id=s style='display:none'><option>A</select><button>A</button></div>"
        "<div hidden><label>Other <select><option>A</select></label></div>"
    )
    enhanced, hidden = await survey(tab)
    assert (enhanced.caption, enhanced.shown, enhanced.enhanced) == ("Ethnicity", False, True)
    assert (hidden.caption, hidden.shown, hidden.enhanced) == ("Other", False, False)


async def test_editor_in_a_frame(show: Open) -> None:
    """A rich-text editor in a frame of its own is one control: keyed by script, by keyboard, and read back."""
    tab = await show(
        "<div>Description</div><div><iframe srcdoc='<body contenteditable>Old</body>'></iframe></div>"
    )
    await tab.wait_for_controls(PAGE, [Wanted("Description")], 5)
    found = await named(tab, "Description")
    assert (found.kind, found.holds) == ("rich_text", "Old")
    await tab.key([ControlToKey(found.handle, "editor", "One\n\nTwo <b>")])
    found = await named(tab, "Description")
    assert found.holds == "One\n\nTwo <b>"
    await tab.type_in_editor(found.handle, "By hand")
    assert (await named(tab, "Description")).holds == "By hand"


async def test_editor_in_the_page(show: Open) -> None:
    """An editor that is a part of the page itself is keyed and read the same way."""
    tab = await show("<div id=c>Story</div><div contenteditable=true aria-labelledby=c>Old</div>")
    await tab.key([ControlToKey((await named(tab, "Story")).handle, "editor", "New\nstory")])
    assert (await named(tab, "Story")).holds == "New\nstory"


TOKENS = """
<div class=tokens><div>Weapons</div><span id=chips></span><input></div><script>
document.querySelector("input").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const chip = document.createElement("b");
  chip.textContent = event.target.value;
  document.getElementById("chips").append(chip);
  event.target.value = "";
});</script>"""


async def test_tokens_are_entered_one_by_one(show: Open) -> None:
    """Tokens are entered with the Enter key, by script or by keyboard, and are read as the chips beside it."""
    tab = await show(TOKENS)
    found = (await survey(tab))[0]
    await tab.enter(found.handle, ["Kukri | Metal bar", "Stick"])
    await tab.type_text(found.handle, "Stone")
    await tab.press_key(found.handle, "Enter")
    assert {"Kukri | Metal bar", "Stick", "Stone"} <= await tab.tokens(found.handle)


COMBOBOX = """
<label>Country <input role=combobox aria-expanded=false></label><ul role=listbox></ul>
<button onclick="this.focus()">Elsewhere</button><script>
const box = document.querySelector("input"), list = document.querySelector("ul");
box.addEventListener("input", () => setTimeout(() => {
  const names = ["Chad", "China", "Chile", "Congo", "Congo"].filter((name) => name.startsWith(box.value));
  list.replaceChildren(...names.map((name) => {
    const option = document.createElement("li");
    option.role = "option";
    option.textContent = name;
    option.addEventListener("mousedown", () => {
      box.value = box.dataset.chosen = name;
      list.replaceChildren();
    });
    return option;
  }));
}, 100));
box.addEventListener("blur", () => { if (box.dataset.chosen !== box.value) box.value = ""; });
</script>"""


@pytest.mark.parametrize("for_real", [False, True])
async def test_combobox_is_chosen_from(for_real: bool, show: Open) -> None:
    """A combobox is typed into and the option of exactly that caption chosen, once it is offered; of none or two
    of them, nothing."""
    tab = await show(COMBOBOX)

    async def choose(text: str, seconds: float) -> None:
        found = await named(tab, "Country")
        if for_real:
            with suppress(TargetError):
                await pick_by_real_input(tab, found, text, seconds)
        else:
            await tab.pick(found.handle, text, seconds)

    assert (await named(tab, "Country")).kind == "combobox"
    for unsure in ("Chi", "Congo"):
        await choose(unsure, 0.5)
        await tab.press(PAGE, "Elsewhere")
        assert (await named(tab, "Country")).holds == ""
    await choose("China", 2.0)
    assert (await named(tab, "Country")).holds == "China"


async def test_file_is_chosen_under_its_name(show: Open) -> None:
    """A file is given under the name the report has for it, whatever that is."""
    tab = await show("<label>File <input type=file></label>")
    await tab.set_file((await named(tab, "File")).handle, "photo of the door (1).png", b"content")
    assert (await named(tab, "File")).holds == "photo of the door (1).png"


# ---- what is not there, or not for us


async def test_collapsed_part_is_not_shown_until_opened(show: Open) -> None:
    """A control in a collapsed part is not shown; pressing what opens it shows it."""
    tab = await show(
        "<details><summary>More about this person</summary><label>Alias <input></label></details>"
    )
    assert not (await named(tab, "Alias")).shown
    await tab.press(PAGE, "More about this person")
    assert (await named(tab, "Alias")).shown


async def test_disabled_and_read_only_are_not_written(show: Open) -> None:
    """What is disabled or read-only is found so, and refuses to be keyed."""
    tab = await show("<label>A <input disabled value=x></label><label>B <input readonly value=x></label>")
    found = await survey(tab)
    assert [each.writable for each in found] == [False, False]
    jobs = [ControlToKey(each.handle, "text", "y") for each in found]
    refused, after = await keyed(tab, jobs)
    assert refused == tuple(jobs)
    assert [each.holds for each in after] == ["x", "x"]


async def test_regions(show: Open) -> None:
    """A region is a part of the page, an open dialog, a grid or one of its rows; one that is not there is none."""
    tab = await show(
        "<div id=a><label>One <input></label></div>"
        "<dialog open aria-label='Find person'><label>Two <input></label></dialog>"
        "<table><caption>Items</caption><thead><tr><th>Kind</th><th>Make</th></tr></thead>"
        "<tr><td><input value=1></td><td></td></tr><tr><td><input value=2></td><td></td></tr></table>"
        "<ul aria-label=Comments><li><input placeholder=Comment></li></ul>"
    )
    assert [each.caption for each in await survey(tab, Region("#a"))] == ["One"]
    assert [each.caption for each in await survey(tab, Region(dialog="Find person"))] == ["Two"]
    assert [each.holds for each in await survey(tab, Region(grid="Items", row=1))] == ["2"]
    assert [each.caption for each in await survey(tab, Region(grid="Comments", row=0))] == ["Comment"]
    assert await tab.survey(Region("#nowhere")) is None
    assert await tab.survey(Region(dialog="Find address")) is None
    assert await tab.survey(Region(grid="Items", row=2)) is None


HEADS = "<thead><tr><th>Name</th><th>Born</th></tr></thead>"


async def test_tables_are_read_by_their_headings(show: Open) -> None:
    """A table is rows of texts by heading; the one wide cell of an empty table is no row."""
    tab = await show(
        f"<div id=a><table>{HEADS}<tr><td>Alex</td><td>1980</td></tr></table></div>"
        f"<div id=b><table>{HEADS}<tr><td colspan=2>None yet</td></tr></table></div>"
        "<div id=c role=table><div role=row><i role=columnheader>Name</i></div>"
        "<div role=row><i role=cell>Alex</i></div></div>"
    )
    assert await tab.table(Region("#a")) == ({"Name": "Alex", "Born": "1980"},)
    assert await tab.table(Region("#b")) == ()
    assert await tab.table(Region("#c")) == ({"Name": "Alex"},)
