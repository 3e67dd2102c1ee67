"""A page that is not to be trusted, and a browser that does not answer: what the robot believes, and how long
it waits."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
from collections.abc import Iterator

import psutil
import pytest

from rpa.browser.launch import Browser, Route, can_be_sandboxed, launch
from rpa.browser.tab import TALLEST, WIDEST
from rpa.browser.values import ControlToKey
from rpa.errors import PageReplaced, TargetError
from tests.integration.counting_server import Counting, counting
from tests.integration.pages import PAGE, Open, Pages, named, said, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "Example-Secret-Answer"


@pytest.fixture
def elsewhere() -> Iterator[Counting]:
    """Another origin, which counts what reaches it."""
    with counting() as server:
        yield server


# ---- the page's own scripts

LIES = """
<label>Town <input id=town></label>
<script>
  window[Symbol.for('rpa')] = { survey: () => [], keyAndSurvey: () => [[], []] };
  Object.defineProperty(HTMLInputElement.prototype, 'value', { get: () => 'Exampleton', set: () => {} });
  Element.prototype.getClientRects = () => [1];
  Element.prototype.checkVisibility = () => true;
  JSON.stringify = () => '"lies"';
  Array.prototype.map = Array.prototype.filter = () => [];
  document.querySelectorAll = () => [];
</script>"""


async def test_a_page_cannot_make_the_robot_believe(show: Open) -> None:
    """A page that replaces what it can, the robot's own functions and the browser's included, changes nothing in
    what the robot sees and keys."""
    tab = await show(LIES)
    town = await named(tab, "Town")
    assert (town.holds, town.shown) == ("", True)
    await tab.key([ControlToKey(town.handle, "text", "Elsewhere")])
    assert (await named(tab, "Town")).holds == "Elsewhere"


async def test_a_page_does_not_see_the_robot(show: Open) -> None:
    """The page script is not there for the page's own scripts to find or replace."""
    tab = await show("<button onclick=\"document.title = String(window[Symbol.for('rpa')])\">Look</button>")
    await tab.press(PAGE, "Look")
    assert await said(tab) == "undefined"


LONG = 30_000_000  # characters


async def test_a_page_cannot_fill_the_robots_memory(show: Open) -> None:
    """What the page script returns is bounded: a page that holds more is the target's error, and its text goes
    nowhere."""
    fill = f"document.querySelector('textarea').value = 'x'.repeat({LONG})"
    tab = await show(f"<textarea style='display:none'></textarea><script>{fill}</script>")
    with pytest.raises(TargetError, match="the page has more than 20,000,000 characters: surveying the page"):
        await tab.survey(PAGE)


async def test_numbers_do_not_outlive_their_page(show: Open, pages: Pages) -> None:
    """A control surveyed in a page that has made way for another is not keyed by its number in the next."""
    tab = await show("<label>Town <input></label>")
    town = await named(tab, "Town")
    await tab.go(pages.show("<label>Surname <input></label>", "/next"))
    for work in (
        tab.key([ControlToKey(town.handle, "text", SECRET)]),
        tab.type_text(town.handle, SECRET),
        tab.pick(town.handle, SECRET, 0.1),
        tab.set_file(town.handle, SECRET, b""),
    ):
        with pytest.raises(PageReplaced):
            await work
    assert [each.holds for each in await survey(tab)] == [""]


# ---- other origins


@pytest.mark.parametrize("how", ["redirect", "script", "link", "form", "address"])
async def test_the_robot_goes_nowhere_else(
    how: str, browser: Browser, pages: Pages, elsewhere: Counting
) -> None:
    """A redirect, script, link, form or address that leads the page to another origin is stopped before anything
    reaches it, and said."""
    away = f"{elsewhere.base}/steal"
    pages.moved["/moved"] = away
    bodies = {
        "script": f"<script>location.assign('{away}')</script>",
        "link": f"<a href='{away}'>Next</a>",
        "form": f"<form method=post action='{away}'><input name=a value='{SECRET}'><button>Next</button></form>",
    }
    tab = await browser.open_tab(pages.base, 2)

    async def led_away() -> None:
        await tab.go("/moved" if how == "redirect" else away if how == "address" else pages.show(bodies[how]))
        if how in ("link", "form"):
            await tab.press(PAGE, "Next")
        await tab.wait_for_condition({"never": {"heading": "Never"}}, "arriving", 1)

    with pytest.raises(TargetError, match=f"leads to another origin: {elsewhere.base}"):
        await led_away()
    assert elsewhere.arrived == []
    await tab.close()


async def test_where_sign_in_may_lead(browser: Browser, pages: Pages, elsewhere: Counting) -> None:
    """An origin that the settings name for signing in may be gone to, and back."""
    elsewhere.pages["/sign-in"] = f"<h1>Sign in</h1><a href='{pages.base}/page'>Back</a>"
    pages.moved["/start"] = f"{elsewhere.base}/sign-in"
    pages.show("<h1>Home</h1>")
    tab = await browser.open_tab(pages.base, 5, Route(origins=(elsewhere.base,)))
    await tab.go("/start")
    await tab.wait_for_condition({"there": {"heading": "Sign in"}}, "arriving")
    await tab.press(PAGE, "Back")
    assert await tab.wait_for_condition({"home": {"heading": "Home"}}, "arriving") == "home"
    await tab.close()


async def test_nothing_is_keyed_into_another_origin(browser: Browser, elsewhere: Counting) -> None:
    """A document of another origin, however it came into the tab, is not keyed or pressed in."""
    elsewhere.pages["/form"] = "<label>Town <input></label><button>Next</button>"
    tab = await browser.open_tab("http://127.0.0.1:9", 5, Route(origins=(elsewhere.base,)))
    await tab.go(f"{elsewhere.base}/form")
    town = await named(tab, "Town")
    tab._origins = frozenset({"http://127.0.0.1:9"})
    for work in (tab.key([ControlToKey(town.handle, "text", SECRET)]), tab.press(PAGE, "Next")):
        with pytest.raises(TargetError, match="not the target's own"):
            await work
    await tab.close()


# ---- what a page opens beside itself


async def test_there_are_no_pop_ups_and_no_downloads(show: Open) -> None:
    """A page opens nothing beside itself, and what it would put on this machine is not taken."""
    tab = await show(
        "<button onclick=\"document.title = String(window.open('/beside'))\">Open</button>"
        "<a download=x.txt href='data:text/plain,x'>Take</a><h1>Here</h1>"
    )
    context = tab._page.context
    await tab.press(PAGE, "Open")
    assert await said(tab) == "null"
    async with tab._page.expect_download() as taken:
        await tab.press(PAGE, "Take")
    assert await (await taken.value).failure()
    assert context.pages == [tab._page]
    assert await tab.current_condition({"here": {"heading": "Here"}})


async def test_a_page_that_asks_before_it_is_left(show: Open, pages: Pages) -> None:
    """A page that asks whether it may be left is left."""
    tab = await show(
        "<label>Town <input></label><script>addEventListener('beforeunload', (event) => event.preventDefault())"
        "</script>"
    )
    town = await named(tab, "Town")
    await tab.type_text(town.handle, "Exampleton")  # a person did something, or the browser would not ask
    await tab.go(pages.show("<h1>Next</h1>", "/next"))
    assert await tab.current_condition({"next": {"heading": "Next"}})


async def test_a_tab_that_is_worn(show: Open) -> None:
    """A page that fills its memory wears its tab, which is then made anew."""
    tab = await show("<button onclick='window.much = new Array(4e7).fill(1.5)'>Fill</button>", 20)
    assert not await tab.needs_replacing()
    await tab.press(PAGE, "Fill")
    assert await tab.needs_replacing()


async def test_a_picture_of_a_page_without_end(show: Open) -> None:
    """The picture of a page that goes on for ever is as large as a picture may be."""
    tab = await show("<div style='width: 50000px; height: 200000px'>Long</div>")
    width, height = struct.unpack(">II", (await tab.picture())[16:24])  # where PNG says it
    assert (width, height) == (WIDEST, TALLEST)


# ---- a browser that does not answer

HANGS = {
    "a script without an end": "<button onclick='while (true) {}'>Next</button>",
    "a script at load": "<h1>Here</h1><script>setTimeout(() => { while (true) {} }, 0)</script>",
}


@pytest.mark.parametrize("how", HANGS)
async def test_a_page_that_hangs(how: str, pages: Pages) -> None:
    """A page whose script never ends is given up in its time, and its tab is closed in time too."""
    async with launch() as browser:
        tab = await browser.open_tab(pages.base, 1)

        async def at_work() -> None:
            await tab.go(pages.show(HANGS[how]))
            await tab.press(PAGE, "Next")
            await tab.wait_for_condition({"never": {"heading": "Never"}}, "arriving", 1)

        with pytest.raises(TargetError):
            await asyncio.wait_for(at_work(), 15)
        await asyncio.wait_for(tab.close(), 15)
        assert await browser.responds(5)


async def test_a_browser_that_stands_still(pages: Pages) -> None:
    """Every call into a browser that stands still ends in its time; the browser is found not to answer, and can be
    ended."""
    async with launch() as browser:
        tab = await browser.open_tab(pages.base, 1)
        await tab.go(pages.show("<label>Town <input></label><button>Next</button>"))
        town = await named(tab, "Town")
        os.killpg(browser._group, signal.SIGSTOP)
        calls = {
            "go": lambda: tab.go("/page"),
            "survey": lambda: tab.survey(PAGE),
            "key": lambda: tab.key([ControlToKey(town.handle, "text", "x")]),
            "press": lambda: tab.press(PAGE, "Next"),
            "wait": lambda: tab.wait_for_condition({"never": {"heading": "Never"}}, "x", 1),
            "picture": tab.picture,
            "close": tab.close,
        }
        for name, call in calls.items():
            with pytest.raises(TargetError, match=r".") as raised:
                await asyncio.wait_for(call(), 15)
            assert "in time" in str(raised.value), name
        with pytest.raises(TargetError):
            await asyncio.wait_for(browser.open_tab(pages.base, 1), 40)
        assert not await browser.responds(1)
        browser.kill()


async def test_the_sandbox_is_off_for_root_only(browser: Browser) -> None:
    """Chromium's own sandbox is on for everybody but root, who cannot set it up."""
    assert can_be_sandboxed() == (os.geteuid() != 0)
    assert ("--no-sandbox" in psutil.Process(browser._group).cmdline()) != can_be_sandboxed()
