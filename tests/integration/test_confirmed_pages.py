"""The page that save is pressed on is the page that was confirmed, and one that the browser would send (P3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rpa.browser import clock
from rpa.browser.tab import Tab
from rpa.browser.values import Confirmed, ControlToKey
from rpa.errors import Cause, NotSent, PageReplaced, ReportError, TargetChanged
from rpa.plan import ControlValue, PagePlan, Plan, SavedRecord
from rpa.targets.form_region import FormRegion
from rpa.targets.journey import SavingTime, save
from rpa.targets.keying import key_entries
from rpa.targets.profile import Control, Profile
from rpa.targets.replacements import answers_in
from rpa.targets.saving import ready_to_save
from tests.integration.counting_server import REFERENCE, Counting
from tests.integration.pages import PAGE, Open, said, survey
from tests.integration.saving_world import PROFILE, SCOPE, Opening
from tests.worlds import meanwhile

pytestmark = pytest.mark.asyncio(loop_scope="session")

EMPTY = Plan("CR-1", "ocr", "counting", (PagePlan("Review"),), ())
CHANGED = {
    "a value that a script changes": "document.forms[0].town.value = 'Elsewhere'",
    "a value that a script takes away": "document.forms[0].reset()",
    "a form that a script draws anew": "document.forms[0].outerHTML = document.forms[0].outerHTML",
    "another control in its place": "document.forms[0].town.type = 'checkbox'",
    "another caption": "document.querySelector('label').firstChild.data = 'Work town '",
    "another section": "const box = document.createElement('fieldset');"
    " const town = document.forms[0].town.parentNode; town.before(box);"
    " box.innerHTML = '<legend>Work address</legend>'; box.append(town)",
    "a second button": "const more = document.querySelector('button').cloneNode(true); more.name = 'draft';"
    " document.forms[0].append(more)",
    "a button that is renamed": "document.querySelector('button').textContent = 'Send'",
    "a button that is disabled": "document.querySelector('button').disabled = true",
    "something in front of it": "const box = document.createElement('dialog'); document.body.append(box);"
    " box.open = true; box.style = 'position: fixed; inset: 0; width: 100%; height: 100%'",
    "a page that reloads": "location.reload()",
    "another page": "location.assign('/other')",
}


async def confirmed_town(tab: Tab) -> Confirmed:
    """Key the town; what the page holds then."""
    (town, *_) = await survey(tab, SCOPE)
    await tab.key([ControlToKey(town.handle, "text", "Exampleton")])
    (town, *_) = await survey(tab, SCOPE)
    return Confirmed(await tab.document(), (town,))


LEAVING = ("a page that reloads", "another page")


@pytest.mark.parametrize("how", CHANGED)
async def test_nothing_else_is_pressed(how: str, server: Counting, opening: Opening) -> None:
    """Between the last look and the press something changes: save is not pressed, nothing leaves, and that is
    certain."""
    server.form("/save/plain")
    server.form("/save/other", path="/other")
    tab = await opening(server)
    confirmed = await confirmed_town(tab)
    if how in LEAVING:
        async with tab._page.expect_navigation():
            await tab._page.evaluate(CHANGED[how])
    else:
        await tab._page.evaluate(CHANGED[how])
    with pytest.raises(NotSent):
        await save(tab, PROFILE, confirmed, SavingTime(clock.now() + 5, 0.5))
    assert [each for each in server.arrived if each.method == "POST"] == []


async def test_a_frame_that_reloads_is_not_pressed_on(show: Open) -> None:
    """A control in a frame that has loaded its page anew since is not the one that was confirmed."""
    tab = await show(
        "<iframe srcdoc='<label>Town <input></label>'></iframe>"
        "<button onclick='this.textContent=\"Pressed\"'>Save</button>"
    )
    await tab.wait_until_complete()
    (town,) = await survey(tab)
    await tab.key([ControlToKey(town.handle, "text", "Exampleton")])
    confirmed = Confirmed(await tab.document(), tuple(await survey(tab)))
    assert [each.holds for each in confirmed.controls] == ["Exampleton"]
    await tab._page.evaluate(
        "() => new Promise(done => { const frame = document.querySelector('iframe'); frame.onload = done;"
        " frame.srcdoc = frame.srcdoc; })"
    )
    assert "do not hold what was confirmed" in await tab.press_confirmed(PAGE, "Save", confirmed)


RELABELLED = {
    "radios": (
        "<fieldset><legend>Hurt</legend><label><input type=radio checked>Yes</label></fieldset>",
        "document.querySelector('legend').textContent = 'Arrested'",
    ),
    "a hidden list behind a script's own": (
        "<div><select hidden><option>Red</select><b role=combobox aria-label=Colour>Red</b></div>",
        "document.querySelector('[role=combobox]').ariaLabel = 'Roof colour'",
    ),
    "a control that a selector chooses": (
        "<input class=town value=Exampleton>",
        "document.querySelector('input').className = 'county'",
    ),
}


@pytest.mark.parametrize("what", RELABELLED)
async def test_a_control_that_is_called_otherwise_is_not_pressed_on(what: str, show: Open) -> None:
    """Whatever holds what was confirmed, and is another control to a person by now, keeps a button from being
    pressed: the one that saves and the one that goes on. Called as it was, it does not."""
    controls, change = RELABELLED[what]
    tab = await show(f"{controls}<button onclick='document.title = \"pressed\"'>Go on</button>")
    where = replace(PAGE, selectors=(".town",))
    (control,) = await survey(tab, where)
    confirmed = Confirmed(await tab.document(), (control,))
    await tab._page.evaluate(change)
    assert await tab.press_confirmed(PAGE, "Go on", confirmed) == "1 controls do not hold what was confirmed"
    with pytest.raises(PageReplaced, match="the page lost what was keyed"):
        await tab.press(PAGE, "Go on", confirmed)
    assert await said(tab) == "Page"
    (control,) = await survey(tab, where)
    await tab.press(PAGE, "Go on", Confirmed(await tab.document(), (control,)))
    assert await said(tab) == "pressed"


async def test_a_text_beside_a_control_may_go_on_changing(show: Open) -> None:
    """A control that nothing ties a caption to is known by the one that the profile calls it by: another text
    beside it, such as a clock, may change until the button is pressed."""
    tab = await show(
        "<main id=content><p>Session ends in <b>10</b> minutes</p><div><p>Town</p><p><input></p></div>"
        "<button onclick='document.title = \"pressed\"'>Go on</button></main>"
    )
    screen = {"Town": {"kind": "text"}}
    form_region = FormRegion(
        tab, SCOPE, "Person", {n: Control.model_validate(c) for n, c in screen.items()}, {}
    )
    done = await key_entries(form_region, [ControlValue("Town", "Exampleton")])
    assert done.confirmed is not None
    await tab._page.evaluate("document.querySelector('b').textContent = '9'")
    assert (await survey(tab))[0].captions == ("Town", "Session ends in 9 minutes")
    await tab.press(SCOPE, "Go on", done.confirmed)
    assert await said(tab) == "pressed"


async def test_what_was_confirmed_is_sent(server: Counting, opening: Opening) -> None:
    """A page that stayed as it was confirmed is pressed on, and what was keyed is what arrives."""
    server.form("/save/plain")
    tab = await opening(server)
    confirmed = await confirmed_town(tab)
    assert await save(tab, PROFILE, confirmed, SavingTime(clock.now() + 5, 5)) == REFERENCE
    assert server.posts("/save/plain")[0].body == b"town=Exampleton"


SHOWN = (
    "<table><caption>People</caption><thead><tr><th>Name<th>Role</thead>"
    "<tbody><tr><td>Example<td>Victim</tbody></table><dl><dt>Town<dd>Exampleton</dl>"
)
AS_SHOWN = {
    "a row": (
        {"grids": {"People": {"row": "dialog", "columns": {"Name": {"kind": "text"}}}}},
        PagePlan("Review", rows={"People": ((ControlValue("Name", "Example"),),)}),
        "document.querySelector('td').textContent = 'Sample'",
    ),
    "a row more": (
        {"grids": {"People": {"row": "dialog", "columns": {"Name": {"kind": "text"}}}}},
        PagePlan("Review", rows={"People": ((ControlValue("Name", "Example"),),)}),
        "const row = document.querySelector('tbody tr'); row.after(row.cloneNode(true))",
    ),
    "a value of the review": (
        {"review": {"scope": "dl"}, "controls": {"Town": {"kind": "text"}}},
        PagePlan("Review", (ControlValue("Town", "Exampleton"),)),
        "document.querySelector('dd').textContent = 'Elsewhere'",
    ),
}


@pytest.mark.parametrize("what", AS_SHOWN)
async def test_what_the_page_shows_besides_is_what_was_confirmed(
    what: str, server: Counting, opening: Opening
) -> None:
    """A row or a value of the review that changes after the last look keeps save from being pressed; a page that
    shows what it showed is saved. However much there is to compare, the event loop goes on."""
    screen, page, change = AS_SHOWN[what]
    given = PROFILE.model_dump(exclude_unset=True, by_alias=True)
    profile = Profile.model_validate({**given, "screen": [{"name": "Review", **screen}]})
    plan = Plan("CR-1", "ocr", "counting", (page,), ())
    server.form("/save/plain")
    server.pages["/form"] = (
        server.pages["/form"]
        .replace("<label>", f"{SHOWN}<label>")
        .replace("<input name=town>", "<input name=town value=Exampleton>")
    )
    tab = await opening(server)
    confirmed = await ready_to_save(tab, profile, plan, (), SavedRecord(before=meanwhile(())))
    await tab._page.evaluate(change)
    with pytest.raises(NotSent, match="does not show what was confirmed"):
        await save(tab, profile, confirmed, SavingTime(clock.now() + 5, 0.5))
    assert server.posts("/save/plain") == []
    tab = await opening(server)
    confirmed = await ready_to_save(tab, profile, plan, ())
    assert await save(tab, profile, confirmed, SavingTime(clock.now() + 5, 5)) == REFERENCE


async def test_a_page_that_came_again_is_not_gone_on_from(server: Counting, opening: Opening) -> None:
    """Between screens, too, nothing is pressed on a page that came again since it was confirmed, though it holds
    the same."""
    server.form("/save/plain")
    tab = await opening(server)
    confirmed = Confirmed(await tab.document(), await survey(tab, SCOPE))
    await tab.go("/form")
    await tab.survey(SCOPE)
    with pytest.raises(PageReplaced, match="the page was replaced: pressing"):
        await tab.press(SCOPE, "Save record", confirmed)
    assert server.posts("/save/plain") == []


NOT_READY = {
    "covered": (
        "<div style='position:fixed;inset:0'>Busy</div>",
        TargetChanged,
        "the button 'Save record' is covered or disabled",
    ),
    "twice": (
        "<button name=draft>Save record</button>",
        TargetChanged,
        "2 buttons 'Save record' can be pressed",
    ),
    "required": (
        "<label>Beat code <input required></label>",
        ReportError,
        "Beat code has no value and needs one",
    ),
    "pattern": (
        "<label>Postcode <input pattern='[A-Z]+' value='1'></label>",
        ReportError,
        "Postcode does not match",
    ),
    "number": (
        "<label>Age <input type=number max=5 value=9></label>",
        ReportError,
        "Age is above its greatest value",
    ),
    "email": (
        "<label>E-mail <input type=email value=x></label>",
        ReportError,
        "E-mail is not of its type",
    ),
    "own rule": (
        "<label>Date <input id=d></label><script>d.setCustomValidity('Example 07700 900123')</script>",
        ReportError,
        "Date is refused by the page",
    ),
}


@pytest.mark.parametrize("how", NOT_READY)
async def test_a_page_that_would_not_send(how: str, server: Counting, opening: Opening) -> None:
    """What keeps save from being pressed, or the browser from sending, is told by control and rule before anything
    is made durable, and without what was typed."""
    more, error, words = NOT_READY[how]
    server.form("/save/plain")
    server.pages["/form"] = server.pages["/form"].replace("</form>", f"{more}</form>")
    tab = await opening(server)
    with pytest.raises(error, match=words) as raised:
        await ready_to_save(tab, PROFILE, EMPTY, (), settling=0.2)
    assert "07700" not in str(raised.value)


INSTEAD = {
    "one": ("<button>Submit record</button><button type=button>Cancel</button>", ("Submit record",)),
    "no sender": ("<a href=#>Home</a><div role=button>Submit record</div>", ("Submit record",)),
    "several": ("<button>Submit</button><button>Keep draft</button>", ("Submit", "Keep draft")),
    "an answer's": ("<button>Remove Robin</button><button>Submit</button>", ("Submit",)),
    "a part of an answer": ("<button>Example Street</button>", ()),
    "an answer's that is not planned any more": ("<button>Call Alexis</button>", ()),
    "in a list": ("<ul><li><button>Alex Person</button></ul><button>Born 1992</button>", ()),
}


@pytest.mark.parametrize("how", INSTEAD)
async def test_a_button_of_another_name(how: str, server: Counting, opening: Opening) -> None:
    """Where save is called otherwise, what can be pressed instead is proposed: what sends the form first, and
    nothing in which an answer may stand. The message has none of it."""
    body, instead = INSTEAD[how]
    server.form("/save/plain")
    server.pages["/form"] = server.pages["/form"].replace("<button>Save record</button>", body)
    entries = (ControlValue("Town", "1 Example Street"), ControlValue("Forename", "Robin"))
    plan = replace(EMPTY, pages=(PagePlan("Person", entries), *EMPTY.pages))
    tab = await opening(server)
    with pytest.raises(TargetChanged) as raised:
        await ready_to_save(tab, PROFILE, plan, (), settling=0.2, answers=answers_in(["Alexis"]))
    assert str(raised.value) == raised.value.place == "Review: no button 'Save record' can be pressed"
    assert (raised.value.proposals, raised.value.cause) == (instead, Cause.ON_THE_WAY)


async def test_a_caption_that_repeats_an_answer(server: Counting, opening: Opening) -> None:
    """What the browser refuses is told without a caption into which the page has put an answer."""
    server.form("/save/plain")
    more = "<label>Robin<input required></label>"
    server.pages["/form"] = server.pages["/form"].replace("</form>", f"{more}</form>")
    plan = replace(EMPTY, pages=(PagePlan("Person", (ControlValue("Forename", "Robin"),)), *EMPTY.pages))
    tab = await opening(server)
    with pytest.raises(ReportError, match="would not send this: a control has no value and needs one"):
        await ready_to_save(tab, PROFILE, plan, (), settling=0.2)


async def test_a_button_that_is_covered_for_a_moment(server: Counting, opening: Opening) -> None:
    """A list that is still closing in front of the button is waited for."""
    server.form("/save/plain")
    cover = "<div id=list style='position:fixed;inset:0'>Closing</div>"
    closing = "<script>setTimeout(() => document.querySelector('#list').remove(), 400)</script>"
    server.pages["/form"] = server.pages["/form"].replace("</form>", f"</form>{cover}{closing}")
    assert (await ready_to_save(await opening(server), PROFILE, EMPTY, ())).controls == ()


async def test_a_form_that_is_not_validated(server: Counting, opening: Opening) -> None:
    """Where the page asks the browser not to validate, nothing is held against it."""
    server.form("/save/plain", "novalidate")
    server.pages["/form"] = server.pages["/form"].replace("</form>", "<input required></form>")
    tab = await opening(server)
    assert (await ready_to_save(tab, PROFILE, EMPTY, ())).controls == ()
