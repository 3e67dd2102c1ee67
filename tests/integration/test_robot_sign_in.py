"""A robot at a target's sign-in: an account that is refused is told from a target that is away."""

from __future__ import annotations

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from rpa.browser.launch import Browser
from rpa.errors import SignInRefused, TargetAway
from rpa.targets.profile import PageCondition
from tests.integration.pages import Pages
from tests.integration.practice_chs_visitor import RunningChs
from tests.worlds import definitions, robot

pytestmark = pytest.mark.asyncio(loop_scope="session")

IMPATIENT = 5.0  # seconds for a page, where a test waits for one that never comes


@pytest.mark.parametrize("named", [True, False], ids=["in the profile's words", "by a new sign-in page"])
async def test_wrong_password_is_refused(named: bool, browser: Browser, practice: RunningChs) -> None:
    """A robot whose account is refused says that, without its password, whether or not the profile names how."""
    given = definitions()
    session = given.profile.session.model_copy(update={} if named else {"refused": None})
    profile = given.profile.model_copy(update={"session": session})
    target = replace(given, profile=profile).target(practice.base, IMPATIENT)
    one = robot(browser, target, password="not-the-password")
    with pytest.raises(SignInRefused, match="sign-in: the target refuses the account") as raised:
        await one.find_record("CR-NOTHING")
    assert "not-the-password" not in str(raised.value)
    await one.close()


SIGN_IN = """<form action=/home><label>User name <input></label><label>Password <input></label>
    <button>Sign in</button></form>"""


async def test_slow_sign_in_is_no_refusal(browser: Browser, pages: Pages) -> None:
    """A sign-in page that still waits for its answer has not refused anybody: the target is away."""
    waits = "<script>document.forms[0].onsubmit = () => false</script>"
    pages.show(SIGN_IN + waits, "/sign-in")
    one = robot(browser, definitions().target(pages.base, 1))
    with pytest.raises(TargetAway) as raised:
        await one.find_record("CR-NOTHING")
    assert not isinstance(raised.value, SignInRefused)
    assert not raised.value.for_all
    await one.close()


async def test_what_is_not_served_is_away_for_all(browser: Browser) -> None:
    """An error of the target's own, or an address that cannot be opened, at sign-in is no account's."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:  # answers everything with 501
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for port in (server.server_port, 9):
            one = robot(browser, definitions().target(f"http://127.0.0.1:{port}", 5))
            with pytest.raises(TargetAway) as raised:
                await one.find_record("CR-NOTHING")
            assert raised.value.for_all
            await one.close()
        server.shutdown()


async def test_maintenance_is_told(browser: Browser, pages: Pages) -> None:
    """A target that shows its maintenance page, where a robot signs in or later, is away, and says why."""
    closed = {"maintenance": PageCondition(heading="Closed for maintenance")}
    session = definitions().profile.session.model_copy(update=closed)
    profile = definitions().profile.model_copy(update={"session": session})
    one = robot(browser, replace(definitions(), profile=profile).target(pages.base, IMPATIENT))
    pages.show("<h1>Closed for maintenance</h1>", "/sign-in")
    with pytest.raises(TargetAway, match="maintenance"):
        await one.find_record("CR-NOTHING")
    pages.show(SIGN_IN, "/sign-in")
    pages.show("<h1>Home</h1>", "/home")
    pages.show("<h1>Closed for maintenance</h1>", "/search")
    with pytest.raises(TargetAway, match="search: the target shows its maintenance page"):
        await one.find_record("CR-NOTHING")
    await one.close()
