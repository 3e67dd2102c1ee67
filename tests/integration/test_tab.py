"""What a robot does in a page, in a real browser: key, press, wait, send once, read a record."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from rpa.browser.launch import Browser
from rpa.browser.values import ControlToKey, RecordLayout, ShownGrid, ShownValue
from rpa.errors import PageReplaced, TargetError
from rpa.targets.steps import condition
from rpa.targets.widgets import pick_by_real_input
from tests.integration.pages import PAGE, Open, Pages, named, page, said, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "Example-Secret-Answer"


# ---- keying

EVENTS = """
<label>Town <input></label><output></output><script>
window.seen = [];
for (const type of ["focus", "input", "change", "blur"])
  document.querySelector("input").addEventListener(type, (event) => {
    seen.push(`${type} ${event.target.value}`);
    document.querySelector("output").textContent = seen.join(", ");
  });
</script>"""


async def test_keying_is_heard_by_the_page(show: Open) -> None:
    """A key is focus, input, change and blur to the page, in that order, with the value there at input."""
    tab = await show(EVENTS)
    await tab.key([ControlToKey((await named(tab, "Town")).handle, "text", "Exampleton")])
    heard = "focus , input Exampleton, change Exampleton, blur Exampleton"
    assert await tab.texts("output") == (heard,)


CONTROLLED = """
<label>Town <input></label><output aria-label=State></output><script>
const input = document.querySelector("input");
const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
let tracked = "";  // as frameworks do: what is set on the element itself is remembered, and then no news
Object.defineProperty(input, "value", { configurable: true, get() { return own.get.call(this); },
  set(text) { tracked = text; own.set.call(this, text); } });
input.addEventListener("input", () => {
  if (own.get.call(input) === tracked) return;
  tracked = own.get.call(input);
  document.querySelector("output").textContent = tracked;
});
</script>"""


async def test_keying_reaches_a_framework(show: Open) -> None:
    """A page that keeps its own state from what it sees typed takes up what is keyed."""
    tab = await show(CONTROLLED)
    await tab.key([ControlToKey((await named(tab, "Town")).handle, "text", "Exampleton")])
    assert (await named(tab, "State")).holds == "Exampleton"


MASKED = """
<label>Time <input></label><script>
document.querySelector("input").addEventListener("input", ({ target }) => {
  const figures = target.value.replace(/[^0-9]/g, "").slice(0, 4);
  target.value = figures.length > 2 ? `${figures.slice(0, 2)}:${figures.slice(2)}` : figures;
});</script>"""
KEYSTROKES = """
<label>Code <input></label><script>
let typed = "";
const input = document.querySelector("input");
input.addEventListener("keydown", (event) => { if (event.key.length === 1) typed += event.key; });
input.addEventListener("input", () => { input.value = typed; });
</script>"""


async def test_masked_input_holds_what_its_mask_makes(show: Open) -> None:
    """An input with a mask is keyed in one trip where the mask agrees; one that believes keys alone is typed."""
    tab = await show(MASKED)
    await tab.key([ControlToKey((await named(tab, "Time")).handle, "text", "09:30")])
    assert (await named(tab, "Time")).holds == "09:30"
    tab = await show(KEYSTROKES)
    await tab.key([ControlToKey((await named(tab, "Code")).handle, "text", "AB12")])
    code = await named(tab, "Code")
    assert code.holds == ""
    await tab.type_text(code.handle, "AB12")
    assert (await named(tab, "Code")).holds == "AB12"


# ---- buttons


async def test_buttons_are_pressed_by_name(show: Open) -> None:
    """A button is the one of exactly that name, else the only one whose name begins so; two are none."""
    tab = await show(
        "<script>const say = (text) => { document.title = text; }</script>"
        "<button onclick=\"say('draft')\">Save record as draft</button>"
        "<button onclick=\"say('save')\">Save record</button>"
        "<button onclick=\"say('find')\">Find person (opens a dialog)</button>"
        "<button onclick=\"say('add')\"><i aria-hidden=true>+</i> Add item</button>"
        "<button>Remove</button><button>Remove</button><button hidden>Ghost</button>"
        "<input type=submit value=Search onclick=\"say('search')\">"
        "<a href='#x' aria-label='Next page'>&rsaquo;</a>"
    )
    for name, words in {
        "Save record": "save",
        "Find person": "find",
        "Add item": "add",
        "search": "search",
    }.items():
        await tab.press(PAGE, name)
        assert await said(tab) == words
    await tab.press(PAGE, "Next page")
    for name, number in {"Remove": 2, "Ghost": 0, "Nothing": 0}.items():
        with pytest.raises(TargetError, match=f"{number} buttons are called '{name}'"):
            await tab.press(PAGE, name)


async def test_components_are_part_of_the_page(show: Open) -> None:
    """Headings, texts, elements and buttons inside components with an open shadow root are seen like any other."""
    tab = await show(page("component"))
    assert await tab.current_condition({"yes": condition(heading="Home", text="Welcome back", css=".note")})
    await tab.press(PAGE, "Start")
    assert await said(tab) == "pressed"


async def test_the_same_button_twice_is_one(show: Open) -> None:
    """Links to one address, and buttons that send one form in one way, are one however often they stand there."""
    form = "<form action='#sent'><button>Save</button><input name=a><button>Save</button></form>"
    tab = await show(f"<a href='/page#x'>Next</a><a href='/page#x'>Next</a>{form}")
    await tab.press(PAGE, "Next")
    await tab.press(PAGE, "Save")
    tab = await show("<form><button name=a value=1>Save</button><button name=a value=2>Save</button></form>")
    with pytest.raises(TargetError, match="2 buttons are called 'Save'"):
        await tab.press(PAGE, "Save")


async def test_no_press_is_lost_without_a_word(show: Open, pages: Pages) -> None:
    """On a page that goes on loading itself anew, a press that is answered was made, and any other is told."""
    tab = await show(
        '<button onclick="localStorage.pressed = 1 + Number(localStorage.pressed || 0)">Next</button><script>'
        "setTimeout(() => location.reload(), 15)</script>"
    )
    answered, lost = 0, 0
    for _ in range(60):
        await tab.wait_until_complete()
        try:
            await tab.press(PAGE, "Next")
        except PageReplaced:
            lost += 1
        else:
            answered += 1
    pages.show("<script>document.title = localStorage.pressed || 0</script>", "/counted")
    pages.show("", "/left")
    for path in (
        "/left",
        "/counted",
    ):  # the last reload that the page asked for may still meet the first of them
        await tab.go(path)
    assert lost
    assert answered <= int(await said(tab)) <= answered + lost


# ---- waiting


async def test_wait_goes_on_in_the_next_page(show: Open, pages: Pages) -> None:
    """A wait that begins on a page that then goes away is answered by the page that comes."""
    pages.show("<h1>Arrived</h1>", "/next")
    tab = await show("<h1>Leaving</h1><script>setTimeout(() => location.assign('/next'), 200)</script>")
    conditions = {"there": condition(heading="Arrived"), "refused": condition(css=".errors")}
    assert await tab.wait_for_condition(conditions, "arriving") == "there"


async def test_wait_sees_what_is_built_later(show: Open) -> None:
    """What a script puts on the page later is seen when it comes; an empty box for errors is none."""
    tab = await show(
        "<div class=errors></div><script>setTimeout(() => document.body.insertAdjacentHTML('beforeend',"
        " '<h2>Ready</h2>'), 150)</script>"
    )
    assert (
        await tab.wait_for_condition(
            {"refused": condition(css=".errors"), "there": condition(heading="Ready")}, "x"
        )
        == "there"
    )


async def test_sight_needs_every_part(show: Open) -> None:
    """A condition of several parts holds when all of them do; its path is a glob over the address."""
    tab = await show("<h1>Home</h1><p>Welcome</p>")
    assert await tab.current_condition(
        {"yes": condition(path="/pa*", heading="home", text="Welcome", css="p")}
    )
    assert not await tab.current_condition({"no": condition(path="/pa*", heading="Home", text="Goodbye")})
    assert not await tab.current_condition({"no": condition(path="/pa")})
    assert not await tab.current_condition({"no": condition(heading="Hom")})


async def test_wait_gives_up(show: Open) -> None:
    """A wait for what never comes ends with the target's error in its time, and says what it waited for."""
    tab = await show("<h1>Here</h1>", 0.5)
    with pytest.raises(TargetError, match="did not respond in time: arriving at Nowhere"):
        await tab.wait_for_condition({"there": condition(heading="Nowhere")}, "arriving at Nowhere")


async def test_page_that_is_not_there(browser: Browser) -> None:
    """A target that nobody answers for is the target's error."""
    tab = await browser.open_tab("http://127.0.0.1:9", 2)
    with pytest.raises(TargetError, match="opening a page"):
        await tab.go("/")
    await tab.close()


async def test_questions_of_the_page_are_dismissed(show: Open) -> None:
    """A page that stops to ask ("Are you sure?") is answered with no, and does not hold a robot up."""
    tab = await show("<button onclick=\"document.title = String(confirm('Sure?'))\">Ask</button>")
    await tab.press(PAGE, "Ask")
    assert await said(tab) == "false"


async def test_errors_tell_nothing_that_was_typed(show: Open) -> None:
    """An error says what was being done, and nowhere, down to its causes, what was typed (P8)."""
    tab = await show("<input disabled><input><iframe srcdoc='x'></iframe>", 0.5)
    disabled, text = await survey(tab)
    gone = replace(text.handle, index=7)
    doing: dict[str, Callable[[], Awaitable[object]]] = {
        "typing into what is disabled": lambda: tab.type_text(disabled.handle, SECRET),
        "choosing in what is disabled": lambda: pick_by_real_input(tab, disabled, SECRET, 0.2),
        "a key where it is disabled": lambda: tab.press_key(disabled.handle, "Enter"),
        "a file where there is nothing": lambda: tab.set_file(gone, SECRET, b""),
        "typing into what is not there": lambda: tab.type_text(gone, SECRET),
        "a token where there is nothing": lambda: tab.enter(gone, [SECRET]),
        "an option where nothing is offered": lambda: tab.wait_for_option(text.handle, SECRET, 0.2),
    }
    for what, work in doing.items():
        with pytest.raises(TargetError) as raised:
            await work()
        assert SECRET not in "".join(traceback.format_exception(raised.value)), what


# ---- records

RECORD = """
<section id=r><h2>Person</h2><dl><dt>Surname:</dt><dd>Example</dd></dl><h3>Home</h3>
<div class=k>Street</div><div class=v>Example Street\nExampleton</div>
<div class=k>Tags</div><div><span class=chip>One</span><span class=chip>Two</span></div>
<h2>Items</h2><table><caption>Property</caption><thead><tr><th>Kind</th></tr></thead><tr><td>Bicycle</td></tr></table>
<table><tr><th scope=row>Made by</th><td>robot01</td></tr></table></section>"""


async def test_record_is_read_by_its_layout(show: Open) -> None:
    """A record is read as captions with values under their headings, and tables of rows, however it is made."""
    tab = await show(RECORD)
    read = await tab.record(RecordLayout("#r", "h2", "h3", "dt, .k, th[scope=row]", ".chip"))
    assert read.values == (
        ShownValue("Person", "", "Surname", "Example"),
        ShownValue("Person", "Home", "Street", "Example Street\nExampleton"),
        ShownValue("Person", "Home", "Tags", ("One", "Two")),
        ShownValue("Items", "", "Made by", "robot01"),
    )
    assert read.grids == (ShownGrid("Items", "Property", ({"Kind": "Bicycle"},)),)
