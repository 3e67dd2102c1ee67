"""A save leaves this machine once, in time or not at all, whatever the target answers and whatever we do (P2).

A real browser, and a server that counts what reached it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio

from rpa.browser import clock
from rpa.browser.gate import Gate
from rpa.browser.launch import Browser, Way, _page_script, launch
from rpa.browser.seen import Confirmed, Job, Region
from rpa.browser.tab import Tab
from rpa.errors import NotSent, ReportError, SubmissionUncertain, TargetChanged, TargetError
from rpa.plan import PagePlan
from rpa.targets.journey import SavingTime, save
from rpa.targets.profile import Profile
from rpa.targets.saving import ready_to_save
from tests.integration.counting_server import REFERENCE, UNTIDY, Counting, Secured, counting, secured
from tests.integration.proxy import proxying
from tests.leaving import Trial, robot_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROFILE = Profile.model_validate(
    {
        "title": "Counting server",
        "session": {"steps": [], "done": {"heading": "Home"}, "ended": {"path": "/sign-in*"}},
        "journey": {
            "steps": [],
            "scope": "#content",
            "errors": ".errors",
            "save": "Save record",
            "saved": {"heading": "Record saved", "css": ".reference"},
            "reference": r"CHS-\d{4}-\d{7}",
        },
        "find": {"steps": [], "found": {"css": "td"}, "none": {"text": "None"}},
        "record": {"steps": [], "heading": "Record"},
        "screen": [{"name": "Review"}],
    }
)
SCOPE = Region("#content")
Opening = Callable[..., Awaitable[Tab]]


@pytest.fixture
def server() -> Iterator[Counting]:
    """A counting server over plain HTTP."""
    with counting() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def opening(browser: Browser) -> AsyncIterator[Opening]:
    """Opens a tab at a path of a server."""
    opened: list[Tab] = []

    async def at(server: Counting, path: str = "/form", way: Way | None = None) -> Tab:
        tab = await browser.open_tab(server.base, 5, way)
        opened.append(tab)
        await tab.go(path)
        return tab

    yield at
    for tab in opened:
        await tab.close()


async def saved(tab: Tab, seconds: float = 5, answer: float = 5) -> str:
    """Save what the tab shows, with so many seconds for the right to save and for its answer."""
    await tab.survey(SCOPE)
    return await save(tab, PROFILE, Confirmed(tab.surveyed), SavingTime(clock.now() + seconds, answer))


# ---- the request leaves once, and its answer is understood


@pytest.mark.parametrize("how", UNTIDY)
async def test_untidy_answers_are_understood(how: str, server: Counting, opening: Opening) -> None:
    """Whatever HTTP the answer is written in, the record's reference is read from it, and one request was made."""
    server.form(f"/save/{how}")
    assert await saved(await opening(server)) == REFERENCE
    assert len(server.posts(f"/save/{how}")) == 1


FETCHED = """<script>
document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const send = () => fetch(%s);
  const answers = await Promise.allSettled([%s]);
  const good = answers.find((each) => each.value?.ok);
  document.querySelector('#content').innerHTML = good ? await good.value.text() : '<p class=errors>Failed</p>';
});</script>"""
POST = "'/save/direct', {method: 'POST', body: new FormData(event.target)}"


async def test_a_save_by_script(server: Counting, opening: Opening) -> None:
    """A page whose script sends the record and shows the answer is saved in like any other."""
    server.form("/save/direct", script=FETCHED % (POST, "send()"))
    assert await saved(await opening(server)) == REFERENCE
    assert len(server.posts("/save/direct")) == 1


async def test_a_save_that_asks_first(server: Counting, opening: Opening) -> None:
    """A page that asks the target for something before it sends gets its answer, and then sends once."""
    first = "fetch('/saved').then(() => send())"
    server.form("/save/direct", script=FETCHED % (POST, first))
    assert await saved(await opening(server)) == REFERENCE
    assert len(server.posts("/save/direct")) == 1


@pytest.mark.parametrize("address", ["'/save/direct'", "`/save/direct?${Math.random()}`"])
async def test_a_script_that_presses_twice(address: str, server: Counting, opening: Opening) -> None:
    """A page whose script sends the record twice gets it through once, whatever it puts behind the address."""
    script = FETCHED % (f"{address}, {{method: 'POST'}}", "send(), send()")
    server.form("/save/direct", script=script)
    assert await saved(await opening(server)) == REFERENCE
    assert len(server.posts("/save/direct")) == 1


async def test_several_requests_of_one_save(server: Counting, opening: Opening) -> None:
    """A page that has its values checked at one address before it sends them to another is saved in, each once."""
    first = "fetch('/save/check', {method: 'POST'}).then(() => send())"
    server.form("/save/direct", script=FETCHED % (POST, first))
    assert await saved(await opening(server)) == REFERENCE
    assert [len(server.posts(f"/save/{name}")) for name in ("check", "direct")] == [1, 1]


@pytest.mark.parametrize("how", ["repeat", "repeat-for-ever"])
async def test_a_redirect_that_repeats(how: str, server: Counting, opening: Opening) -> None:
    """A redirect that would have the browser send the record again is not followed."""
    server.form(f"/save/{how}")
    with pytest.raises(SubmissionUncertain):
        await saved(await opening(server), answer=1)
    assert [each.path for each in server.arrived if each.method == "POST"] == [f"/save/{how}"]


async def test_files_are_sent_with_it(server: Counting, opening: Opening) -> None:
    """A form with a file of two megabytes arrives whole, once."""
    server.form("/save/plain", "enctype=multipart/form-data", "<script></script>")
    server.pages["/form"] = server.pages["/form"].replace("<button>", "<input type=file name=f><button>")
    tab = await opening(server)
    (file,) = [each for each in await tab.survey(SCOPE) or () if each.kind == "file"]
    content = os.urandom(2 * 1024 * 1024)
    await tab.set_file(file.index, "photo.jpg", content)
    assert await saved(tab) == REFERENCE
    (post,) = server.posts("/save/plain")
    assert content in post.body


# ---- the page that is pressed on is the page that was confirmed

CHANGED = {
    "a value that a script changes": "document.forms[0].town.value = 'Elsewhere'",
    "a value that a script takes away": "document.forms[0].reset()",
    "a form that a script draws anew": "document.forms[0].outerHTML = document.forms[0].outerHTML",
    "another control in its place": "document.forms[0].town.type = 'checkbox'",
    "a second button": "document.forms[0].append(document.querySelector('button').cloneNode(true))",
    "a button that is renamed": "document.querySelector('button').textContent = 'Send'",
    "a button that is disabled": "document.querySelector('button').disabled = true",
    "something in front of it": "document.body.insertAdjacentHTML('beforeend', '<div style=\"position:fixed;inset:0\"></div>')",
    "a page that reloads": "location.reload()",
    "another page": "location.assign('/other')",
}


@pytest.mark.parametrize("how", CHANGED)
async def test_nothing_else_is_pressed(how: str, server: Counting, opening: Opening) -> None:
    """Between the last look and the press something changes: save is not pressed, nothing leaves, and that is
    certain."""
    server.form("/save/plain")
    server.form("/save/other", path="/other")
    tab = await opening(server)
    (town, *_) = await tab.survey(SCOPE) or ()
    await tab.key([Job(town.index, "text", "Exampleton")], SCOPE)
    (town, *_) = await tab.survey(SCOPE) or ()
    confirmed = Confirmed(tab.surveyed, (town,))
    await tab._page.evaluate(CHANGED[how])
    with pytest.raises(NotSent):
        await save(tab, PROFILE, confirmed, SavingTime(clock.now() + 5, 0.5))
    assert [each for each in server.arrived if each.method == "POST"] == []


async def test_what_was_confirmed_is_sent(server: Counting, opening: Opening) -> None:
    """A page that stayed as it was confirmed is pressed on, and what was keyed is what arrives."""
    server.form("/save/plain")
    tab = await opening(server)
    (town, *_) = await tab.survey(SCOPE) or ()
    await tab.key([Job(town.index, "text", "Exampleton")], SCOPE)
    (town, *_) = await tab.survey(SCOPE) or ()
    confirmed = Confirmed(tab.surveyed, (town,))
    assert await save(tab, PROFILE, confirmed, SavingTime(clock.now() + 5, 5)) == REFERENCE
    assert server.posts("/save/plain")[0].body == b"town=Exampleton"


NOT_READY = {
    "covered": (
        "<div style='position:fixed;inset:0'>Busy</div>",
        TargetChanged,
        "0 buttons 'Save record' can be pressed",
    ),
    "twice": ("<button>Save record</button>", TargetChanged, "2 buttons 'Save record' can be pressed"),
    "required": ("<label>Beat code <input required></label>", ReportError, "Beat code must be filled in"),
    "pattern": (
        "<label>Postcode <input pattern='[A-Z]+' value='1'></label>",
        ReportError,
        "Postcode does not match",
    ),
    "number": (
        "<label>Age <input type=number max=5 value=9></label>",
        ReportError,
        "Age is above the greatest value",
    ),
    "email": (
        "<label>E-mail <input type=email value=x></label>",
        ReportError,
        "E-mail is not of the kind asked for",
    ),
    "own rule": (
        "<label>Date <input id=d></label><script>d.setCustomValidity('Example 07700 900123')</script>",
        ReportError,
        "Date is refused by the page",
    ),
}


@pytest.mark.parametrize("how", NOT_READY)
async def test_a_page_that_would_not_send(how: str, server: Counting, opening: Opening) -> None:
    """What keeps save from being pressed, or the browser from sending, is told by control and rule before anything is
    made durable, and without what was typed."""
    more, error, words = NOT_READY[how]
    server.form("/save/plain")
    server.pages["/form"] = server.pages["/form"].replace("</form>", f"{more}</form>")
    tab = await opening(server)
    with pytest.raises(error, match=words) as raised:
        await ready_to_save(tab, PROFILE, PagePlan("Review"), ())
    assert "07700" not in str(raised.value)


async def test_a_form_that_is_not_validated(server: Counting, opening: Opening) -> None:
    """Where the page asks the browser not to validate, nothing is held against it."""
    server.form("/save/plain", "novalidate")
    server.pages["/form"] = server.pages["/form"].replace("</form>", "<input required></form>")
    tab = await opening(server)
    assert (await ready_to_save(tab, PROFILE, PagePlan("Review"), ())).controls == ()


# ---- no answer


@pytest.mark.parametrize("how", ["drop", "half"])
async def test_no_answer(how: str, server: Counting, opening: Opening) -> None:
    """A connection that ends without an answer, or with half of one, leaves a save uncertain; the browser does not
    send it again, and the robot does not wait for an answer that cannot come."""
    server.form(f"/save/{how}")
    tab = await opening(server)
    with pytest.raises(SubmissionUncertain):
        await asyncio.wait_for(saved(tab, answer=1 if how == "half" else 60), 20)
    assert len(server.posts(f"/save/{how}")) == 1


async def test_a_late_answer(server: Counting, opening: Opening) -> None:
    """An answer that comes after the right to save has ended is the answer all the same, redirect and all."""
    server.form("/slow/save/plain?0.6")
    assert await saved(await opening(server), seconds=0.3) == REFERENCE
    assert len(server.posts("/slow/save/plain")) == 1


async def test_a_save_that_comes_too_late(server: Counting, opening: Opening) -> None:
    """Once the right to save has ended nothing leaves, and that is certain."""
    server.form("/save/plain")
    tab = await opening(server)
    with pytest.raises(NotSent):
        await saved(tab, seconds=-1)
    assert server.posts("/save/plain") == []
    with pytest.raises(TargetError):
        await tab.go("/form")


async def test_a_page_that_tries_again_by_itself(server: Counting, opening: Opening) -> None:
    """What a page's script sends after we have given up waiting does not leave."""
    again = (
        "fetch('/save/drop', {method: 'POST'}).catch(() => setTimeout(() => fetch('/save/again', %s), 1500))"
    )
    server.form("/save/drop", script=FETCHED % (POST, again % "{method: 'POST'}"))
    tab = await opening(server)
    with pytest.raises(SubmissionUncertain):
        await saved(tab, answer=0.5)
    with pytest.raises(TargetError):
        await tab.wait({"never": {"heading": "Never"}}, "waiting for what the script does", 2)
    assert [each.path for each in server.arrived if each.method == "POST"] == ["/save/drop"]


async def test_asked_first_and_then_dropped(server: Counting, opening: Opening) -> None:
    """The connection on which a page asked for something first is not used for the save: the browser would send
    again on it what was dropped."""
    first = (
        "fetch('/saved').then((answer) => answer.text()).then(() => fetch('/save/drop', {method: 'POST'}))"
    )
    server.form("/save/drop", script=FETCHED % (POST, first))
    with pytest.raises(SubmissionUncertain):
        await saved(await opening(server))
    assert len(server.posts("/save/drop")) == 1


async def test_a_connection_that_was_open_before(server: Counting, opening: Opening) -> None:
    """A page that would send its record over a connection of its own (WebSocket) has it closed before the press:
    nothing leaves, and that is certain."""
    script = """<output aria-label=State></output><script>
        const socket = new WebSocket(`ws://${location.host}/socket`);
        socket.onopen = () => { socket.send('open'); document.querySelector('output').textContent = 'Open'; };
        document.forms[0].onsubmit = () => { socket.send('save'); return false; };</script>"""
    server.form("/save/plain", script=script)
    tab = await opening(server)
    await tab.wait({"open": {"text": "Open"}}, "waiting for the connection")
    with pytest.raises(NotSent):
        await saved(tab, answer=0.5)
    assert sum(each.method == "MESSAGE" for each in server.arrived) == 1, "nothing after the first"


# ---- nobody waits any more


async def _cancelled(server: Counting, browser: Browser, moment: asyncio.Event, seconds: float = 5) -> Trial:
    """A robot that saves, cancelled at a moment, and what became of its save in the end."""
    trial = Trial(1, seconds)
    robot = robot_of(browser, server.base, 1, 5)
    running = asyncio.create_task(trial.run(robot))
    await moment.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await asyncio.gather(*robot._unanswered, return_exceptions=True)
    await robot.close()
    return trial


async def test_a_late_answer_is_evidence(server: Counting, browser: Browser) -> None:
    """A save whose robot is called off after it left is still waited for, and the reference in its answer told."""
    server.form("/trial/1/slow/save/plain?0.5", path="/trial/1/form")
    trial = await _cancelled(server, browser, server.when("POST"))
    assert trial.outcome == "cancelled"
    assert trial.told_reference == REFERENCE
    assert len(server.posts("/trial/1/slow/save/plain")) == 1


async def test_called_off_before_it_left(server: Counting, browser: Browser) -> None:
    """A save whose robot is called off before it left does not leave: here its page was still asking something."""
    first = "fetch('/slow/saved?0.5').then(() => send())"
    server.form("/trial/1/save/direct", script=FETCHED % (POST, first), path="/trial/1/form")
    trial = await _cancelled(server, browser, server.when("GET", "/slow/saved"))
    assert trial.outcome == "cancelled"
    assert [each for each in server.arrived if each.method == "POST"] == []


# ---- over TLS, HTTP/2, with client certificates and through proxies


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """An authority and its certificates."""
    return secured(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def trusting(browser: Browser, server: Counting) -> AsyncIterator[Tab]:
    """A tab that takes the server's certificate on trust."""
    gate = Gate()
    proxy: Any = {"server": gate.address, "bypass": "<-loopback>"}
    context = await browser._browser.new_context(base_url=server.base, proxy=proxy, ignore_https_errors=True)
    page = await context.new_page()
    tab = Tab(page, await context.new_cdp_session(page), gate, 5)
    await tab.start(_page_script(), server.base, ())
    yield tab
    await tab.close()


@pytest.mark.parametrize("http2", [False, True])
async def test_over_tls(http2: bool, browser: Browser, tls: Secured) -> None:
    """Over TLS, by HTTP/1.1 and HTTP/2, a save is answered, and one that is dropped is not sent again."""
    with counting(tls.server(http2=http2)) as server:
        server.form("/save/direct")
        server.form("/save/drop", path="/dropped")
        async with trusting(browser, server) as tab:
            await tab.go("/form")
            assert await saved(tab) == REFERENCE
            await tab.go("/dropped")
            with pytest.raises(SubmissionUncertain):
                await saved(tab)
        assert [len(server.posts(f"/save/{name}")) for name in ("direct", "drop")] == [1, 1]


async def test_with_a_client_certificate(tls: Secured) -> None:
    """A target that demands a client certificate is saved in once, and a save that it drops is not sent again."""
    os.environ["NODE_EXTRA_CA_CERTS"] = str(tls.authority)
    try:
        async with launch() as browser:
            with counting(tls.server(client=True)) as server:
                server.form("/save/direct")
                server.form("/save/drop", path="/dropped")
                tab = await browser.open_tab(server.base, 5, Way(certificate=tls.certificate, key=tls.key))
                await tab.go("/form")
                assert await saved(tab) == REFERENCE
                await tab.go("/dropped")
                with pytest.raises(SubmissionUncertain):
                    await saved(tab)
                await tab.close()
                assert [len(server.posts(f"/save/{name}")) for name in ("direct", "drop")] == [1, 1]
    finally:
        del os.environ["NODE_EXTRA_CA_CERTS"]


PROXIES = (
    "http://127.0.0.1:{}",
    "http://robot:Example-Secret@127.0.0.1:{}",
    "socks5://127.0.0.1:{}",
    "socks5://robot:Example-Secret@127.0.0.1:{}",
)


@pytest.mark.parametrize("proxy", PROXIES)
async def test_through_a_proxy(proxy: str, server: Counting, opening: Opening) -> None:
    """Where the network demands a proxy, by HTTP or SOCKS5, with or without a password, a save goes through it."""
    server.form("/save/plain")
    with proxying() as running:
        tab = await opening(server, way=Way(proxy=proxy.format(running.port)))
        assert await saved(tab) == REFERENCE
        assert running.carried > 0
        assert running.named == ("robot:Example-Secret" if "@" in proxy else "")
    assert len(server.posts("/save/plain")) == 1


async def test_a_proxy_that_refuses(server: Counting, browser: Browser) -> None:
    """A proxy that lets nobody through is the target's error, and nothing goes round it."""
    with proxying(refusing=True) as running:
        for scheme in ("http", "socks5"):
            tab = await browser.open_tab(server.base, 5, Way(proxy=f"{scheme}://127.0.0.1:{running.port}"))
            with pytest.raises(TargetError):
                await tab.go("/form")
            await tab.close()
    assert server.arrived == []
