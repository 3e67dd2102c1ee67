"""A save leaves this machine once, in time or not at all, whatever the target answers and whatever we do (P2).

A real browser, and a server that counts what reached it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

import pytest

from rpa.browser.launch import Browser
from rpa.errors import NotSent, SubmissionUncertain, TargetError
from rpa.targets.profile import PageCondition
from tests.integration.counting_server import REFERENCE, UNTIDY, Counting
from tests.integration.pages import survey
from tests.integration.saving_world import FETCHED, POST, PROFILE, SCOPE, Opening, saved
from tests.leaving import Trial, robot_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

# ---- the request leaves once, and its answer is understood


@pytest.mark.parametrize("how", UNTIDY)
async def test_untidy_answers_are_understood(how: str, server: Counting, opening: Opening) -> None:
    """Whatever HTTP the answer is written in, the record's reference is read from it, and one request was made."""
    server.form(f"/save/{how}")
    assert await saved(await opening(server)) == REFERENCE
    assert len(server.posts(f"/save/{how}")) == 1


async def test_a_save_by_script(server: Counting, opening: Opening) -> None:
    """A page whose script sends the record and shows the answer is saved in like any other."""
    server.form("/save/direct", script=FETCHED % (POST, "send()"))
    assert await saved(await opening(server)) == REFERENCE
    assert len(server.posts("/save/direct")) == 1


async def test_an_answer_that_holds_no_reference(server: Counting, opening: Opening) -> None:
    """Where `saved` names an element that tells no reference, that is a change of the profile's to be told."""
    server.form("/save/direct")
    told = PROFILE.journey.model_copy(update={"saved": PageCondition(css="h1")})
    with pytest.raises(SubmissionUncertain) as raised:
        await saved(await opening(server), given=PROFILE.model_copy(update={"journey": told}))
    why = r"'h1' holds no reference of the pattern CHS-\d{4}-\d{7}; see [journey] saved"
    assert [str(change) for change in raised.value.changes] == [f"after save: {why}"]
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


async def test_a_page_that_asks_too_late(server: Counting, opening: Opening) -> None:
    """What a page asks for before it sends does not leave either once the right to save has ended."""
    first = "new Promise((go) => setTimeout(go, 700)).then(() => fetch('/saved')).then(() => send())"
    server.form("/save/direct", script=FETCHED % (POST, first))
    with pytest.raises(NotSent):
        await saved(await opening(server), seconds=0.3, answer=1.5)
    assert [each.path for each in server.arrived] == ["/form"]


async def test_a_request_that_the_page_gives_up(server: Counting, opening: Opening) -> None:
    """A page that gives up one request and sends another is waited for: only the network ends the wait early."""
    given_up = "fetch('/slow/save/check?5', {method: 'POST', signal: AbortSignal.timeout(300)})"
    slow = "'/slow/save/direct?1.8', {method: 'POST'}"
    server.form("/save/direct", script=FETCHED % (slow, f"{given_up}.catch(() => send())"))
    assert await saved(await opening(server)) == REFERENCE


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
    (file,) = [each for each in await survey(tab, SCOPE) if each.kind == "file"]
    content = os.urandom(2 * 1024 * 1024)
    await tab.set_file(file.handle, "photo.jpg", content)
    assert await saved(tab) == REFERENCE
    (post,) = server.posts("/save/plain")
    assert content in post.body


async def test_a_save_beside_another_request(server: Counting, opening: Opening) -> None:
    """While another request of the page is not answered the save waits, and then has a connection of its own: one
    that an answer has come by is not used again, for the browser would send twice on it what is dropped."""
    first = """fetch('/slow/save/track?0.6', {method: 'POST'}); const asked = fetch('/saved')
      .then((answer) => answer.text()).then(() => fetch('/save/drop', {method: 'POST'}))"""
    script = FETCHED.replace("const answers", f"{first}; const answers") % (POST, "asked")
    server.form("/save/drop", script=script)
    with pytest.raises(SubmissionUncertain):
        await saved(await opening(server), answer=4)
    assert [len(server.posts(path)) for path in ("/slow/save/track", "/save/drop")] == [1, 1]


async def test_a_save_into_a_new_window(server: Counting, opening: Opening) -> None:
    """A form that would be sent from a page of its own is not: nobody would watch what leaves by it."""
    script = """<script>let asked = false; document.forms[0].onsubmit = (event) => { if (asked) return;
        event.preventDefault(); asked = true; fetch('/saved').then((answer) => answer.text())
        .then(() => document.forms[0].submit()); }</script>"""
    server.form("/save/drop", "target=_blank", script)
    with pytest.raises(SubmissionUncertain):
        await saved(await opening(server), answer=1)
    assert server.posts("/save/drop") == []


OLD = "<aside>Last saved: <span class=reference>CHS-2026-0000999</span></aside>"


@pytest.mark.parametrize("how", ["dead", "slow"])
async def test_what_stood_there_before_is_no_answer(how: str, server: Counting, opening: Opening) -> None:
    """A reference that the page showed before save is not the answer to it: of a button that does nothing, or of a
    save that is still on its way."""
    dead = "<script>document.forms[0].onsubmit = () => false</script>"
    send = "new Promise((go) => setTimeout(go, 150)).then(() => fetch('/slow/save/direct?0.3', {method: 'POST'}))"
    server.form("/save/direct", script=dead if how == "dead" else FETCHED % (POST, send))
    server.pages["/form"] = server.pages["/form"].replace("<h1>Review</h1>", f"<h1>Record saved</h1>{OLD}")
    tab = await opening(server)
    if how == "dead":
        with pytest.raises(NotSent):
            await saved(tab, answer=1)
    else:
        assert await saved(tab) == REFERENCE


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


async def test_a_late_response(server: Counting, opening: Opening) -> None:
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
        await tab.wait_for_condition({"never": {"heading": "Never"}}, "waiting for what the script does", 2)
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
    await tab.wait_for_condition({"open": {"text": "Open"}}, "waiting for the connection")
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


async def test_a_late_response_is_evidence(server: Counting, browser: Browser) -> None:
    """A save whose robot is called off after it left is still waited for, and the reference in its answer told."""
    server.form("/trial/1/slow/save/plain?0.5", path="/trial/1/form")
    trial = await _cancelled(server, browser, server.when("POST"))
    assert trial.outcome == "cancelled"
    assert trial.told_reference == REFERENCE
    assert len(server.posts("/trial/1/slow/save/plain")) == 1


async def test_called_off_while_it_is_about_to_leave(server: Counting, opening: Opening) -> None:
    """A save that is called off while another request keeps it waiting does not leave when that is answered."""
    track = "fetch('/slow/save/track?0.5', {method: 'POST'})"
    first = f"{track}; const asked = fetch('/save/direct', {{method: 'POST'}})"
    server.form(
        "/save/direct", script=FETCHED.replace("const answers", f"{first}; const answers") % (POST, "asked")
    )
    tab, tracked = await opening(server), server.when("POST", "/slow/save/track")
    saving = asyncio.create_task(saved(tab, answer=1.5))
    await tracked.wait()
    tab.revoke()
    with pytest.raises(SubmissionUncertain):
        await saving
    assert server.posts("/save/direct") == []


async def test_called_off_before_it_left(server: Counting, browser: Browser) -> None:
    """A save whose robot is called off before it left does not leave: here its page was still asking something."""
    first = "fetch('/slow/saved?0.5').then(() => send())"
    server.form("/trial/1/save/direct", script=FETCHED % (POST, first), path="/trial/1/form")
    trial = await _cancelled(server, browser, server.when("GET", "/slow/saved"))
    assert trial.outcome == "cancelled"
    assert [each for each in server.arrived if each.method == "POST"] == []
