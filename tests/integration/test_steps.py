"""Steps on the way, one after the other: what follows a press is done on the page that the press brings, once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence

import pytest

from rpa.browser.tab import Tab
from rpa.errors import Cause, SessionEnded, TargetAway, TargetChanged, TargetError
from rpa.targets.profile import Profile
from rpa.targets.steps import perform
from tests.integration.pages import Open, Pages, named, said
from tests.integration.test_finding import profile

pytestmark = pytest.mark.asyncio(loop_scope="session")

FACTS = {"source_reference": "CR-T675PLR5U27N", "reference": "REC-0001"}


@pytest.fixture(autouse=True)
def _counted_anew(pages: Pages) -> None:
    pages.gets.clear()


def way(*steps: Mapping[str, object], **session: object) -> Profile:
    """A profile whose journey has these steps; its forms, where it has any, are in `main`."""
    given = profile().model_dump(by_alias=True, mode="json", exclude_none=True)
    given["journey"] |= {"steps": steps, "scope": "main"}
    given["session"] |= session
    return Profile.model_validate(given)


async def walked(tab: Tab, given: Profile) -> None:
    """The steps of the journey, done."""
    await perform(tab, given, given.journey.steps, FACTS, "new record")


def linked(heading: str, *links: str) -> str:
    """A page with a heading and links, each `Name /path`."""
    found = (link.rpartition(" ") for link in links)
    return f"<h1>{heading}</h1>" + "".join(f"<a href='{path}'>{name}</a> " for name, _, path in found)


# ---- a press after a press


async def test_one_link_after_another(show: Open, pages: Pages) -> None:
    """On plain pages, without a wait: each link is followed, and followed once."""
    tab = await show("")
    pages.show(linked("Home", "Incidents /incidents"))
    pages.show(linked("Incidents", "New incident /new"), "/incidents")
    pages.show("<h1>New</h1>", "/new")
    given = way({"go": "/page"}, {"press": "Incidents"}, {"press": "New incident"})
    for time in range(1, 6):
        await walked(tab, given)
        assert (pages.gets["/incidents"], pages.gets["/new"]) == (time, time)
        assert await tab.current_condition({"new": {"heading": "New"}})


@pytest.mark.parametrize("sent", ["link", "form", "script", "loading"])
async def test_a_page_that_leaves_is_not_pressed(sent: str, show: Open, pages: Pages) -> None:
    """A slow page leaves the one before it standing, with a link of the same name: it is not pressed again."""
    ways = {
        "link": "<a href='/slow'>Next</a>",
        "form": "<form action='/slow'><button>Next</button></form>",
        "loading": "<a href='/slow'>Next</a><img src='/picture'>",
        "script": "<button onclick=\"setTimeout(() => location.assign('/slow'), 0)\">Next</button>",
    }
    tab = await show("")
    pages.show(f"<main>{ways[sent]}</main>")
    pages.show(f"<main>{linked('Slow', 'Next /last')}</main>", "/slow")
    pages.show(linked("Last"), "/last")
    pages.held["/slow"] = pages.held["/slow?"] = threading.Event()
    pages.held["/picture"] = threading.Event()
    asyncio.get_running_loop().call_later(1, pages.held["/picture"].set)
    asyncio.get_running_loop().call_later(4, pages.held["/slow"].set)
    await walked(tab, way({"go": "/page"}, {"press": "Next"}, {"press": "Next"}))
    assert (pages.gets["/slow"], pages.gets["/last"]) == (1, 1)


async def test_a_control_is_filled_on_the_page_that_comes(show: Open, pages: Pages) -> None:
    """What is filled after a press stands on the page that the press brought, and leaves with its form."""
    form = "<form action='{}'><label>Reference <input name=q></label><button>{}</button></form>"
    tab = await show("")
    pages.show(form.format("/search", "Search incidents"))
    pages.show(form.format("/results", "Search"), "/search")
    pages.show("<h1>Results</h1><script>document.title = location.search</script>", "/results")
    await walked(
        tab,
        way(
            {"go": "/page"},
            {"press": "Search incidents"},
            {"fill": "Reference", "with": "source_reference"},
            {"press": "Search"},
        ),
    )
    assert await said(tab) == f"?q={FACTS['source_reference']}"


async def test_a_press_that_leads_nowhere(show: Open, pages: Pages) -> None:
    """A press that opens a menu, goes to a part of the page, takes a file or is answered with nothing new: the
    next step is done on the same page."""
    tab = await show("")
    pages.moved["/nothing"] = "mailto:nobody@example.org"
    pages.show(
        "<button onclick='more.hidden = false'>Menu</button><a href='#more'>Part</a><a href='/nothing'>Mail</a>"
        "<a download href='data:text/plain,x'>File</a><div id=more hidden><a href='/new'>New</a></div>"
    )
    pages.show("<h1>New</h1>", "/new")
    presses = [{"press": name} for name in ("Menu", "Part", "Mail", "File", "New")]
    await walked(tab, way({"go": "/page"}, *presses))
    assert await tab.current_condition({"new": {"heading": "New"}})
    assert pages.gets["/new"] == 1


async def test_what_a_script_puts_there_a_moment_later(show: Open, pages: Pages) -> None:
    """A page that draws itself by script has a moment for the next button and the next control."""
    tab = await show("")
    pages.show(
        "<button onclick=\"setTimeout(() => { document.body.innerHTML = '<button onclick=ask()>Find</button>' },"
        ' 400)">Incidents</button><script>function ask() { setTimeout(() => { document.body.innerHTML ='
        " '<label>Reference <input></label>' }, 400) }</script>"
    )
    steps = [{"press": "Incidents"}, {"press": "Find"}, {"fill": "Reference", "with": "source_reference"}]
    await walked(tab, way({"go": "/page"}, *steps))
    assert (await named(tab, "Reference")).holds == FACTS["source_reference"]


async def test_a_page_that_goes_on_by_itself(show: Open, pages: Pages) -> None:
    """A page that leads on by a script of its own, as after sign-in, is followed: nothing is pressed twice."""
    tab = await show("")
    pages.show(linked("Home", "Incidents /between"))
    pages.show("<h1>One moment</h1><script>location.replace('/incidents')</script>", "/between")
    pages.show(linked("Incidents", "New incident /new"), "/incidents")
    pages.show("<h1>New</h1>", "/new")
    await walked(tab, way({"go": "/page"}, {"press": "Incidents"}, {"press": "New incident"}))
    assert (pages.gets["/between"], pages.gets["/new"]) == (1, 1)


async def test_a_page_that_goes_while_its_button_is_waited_for(show: Open, pages: Pages) -> None:
    """A step that had no effect yet is done on the page that took the place of the one it began on."""
    tab = await show("")
    pages.show(
        "<body><script>const time = sessionStorage.time = 1 + Number(sessionStorage.time || 0);"
        "if (time < 4) setTimeout(() => location.reload(), 200);"
        'else document.body.innerHTML = "<label>Reference <input></label><a href=/new>New</a>"</script>'
    )
    pages.show("<h1>New</h1>", "/new")
    await walked(tab, way({"go": "/page"}, {"press": "New"}))
    assert pages.gets["/new"] == 1
    await walked(tab, way({"go": "/page"}, {"fill": "Reference", "with": "source_reference"}))
    assert (await named(tab, "Reference")).holds == FACTS["source_reference"]


# ---- what is said


STEPS: Sequence[Mapping[str, object]] = ({"go": "/page"}, {"press": "{reference}"})


async def test_a_button_that_is_not_there(show: Open) -> None:
    """Said in the profile's own words, so that it is one change however many records are opened."""
    tab = await show("<h1>Home</h1>")
    for body, why in {
        "": "no button or link of that name",
        "<button>REC-0001</button>" * 2: "2 buttons",
    }.items():
        tab = await show(body)
        with pytest.raises(TargetChanged, match=why) as raised:
            await walked(tab, way(*STEPS))
        assert (raised.value.screen, raised.value.control) == ("new record", "{reference}")
        assert raised.value.cause is Cause.ON_THE_WAY


async def test_a_page_of_maintenance_has_a_status(show: Open, pages: Pages) -> None:
    """A page of maintenance is told as one, also with a status of 503; any other is told by its status."""
    tab = await show("")
    pages.show("<h1>We are closed</h1>", "/closed")
    pages.status["/closed"] = 503
    with pytest.raises(TargetAway, match="new record: the target shows its maintenance page"):
        await walked(tab, way({"go": "/closed"}, maintenance={"heading": "We are closed"}))
    for session in ({}, {"maintenance": {"heading": "Another"}}):
        with pytest.raises(
            TargetError, match=r"step 1 of \[journey\], go '/closed': the target responds with status 503"
        ):
            await walked(tab, way({"go": "/closed"}, **session))


async def test_a_session_that_ended_on_the_way(show: Open, pages: Pages) -> None:
    """Where a press leads to the sign-in page, that is said, and not that the next button is missing."""
    pages.show("<h1>Sign in</h1>", "/login")
    tab = await show(linked("Home", "REC-0001 /login"))
    with pytest.raises(SessionEnded):
        await walked(tab, way(*STEPS, {"press": "Next"}))


async def test_a_page_that_never_comes(show: Open, pages: Pages) -> None:
    """The step is named by its number and section."""
    pages.held["/slow"] = threading.Event()
    tab = await show(linked("Home", "REC-0001 /slow"), 1)
    with pytest.raises(
        TargetError, match=r"step 2 of \[journey\], press '\{reference\}': .*in time"
    ) as raised:
        await walked(tab, way(*STEPS))
    assert not isinstance(raised.value, TargetChanged)
    pages.held["/slow"].set()


async def test_a_page_that_never_rests(show: Open, pages: Pages) -> None:
    """A page that makes way for itself for ever is told with a remedy."""
    tab = await show("<h1>Home</h1><script>setTimeout(() => location.reload(), 30)</script>", 2)
    remedy = r"step 2 of \[journey\], press '\{reference\}': .*put \{ wait = \.\.\. \} before it"
    with pytest.raises(TargetError, match=remedy):
        await walked(tab, way(*STEPS))
