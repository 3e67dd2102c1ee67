"""The loop of one robot: what fails for it ends neither its own work nor that of the robots beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from orchestrator.actions import recovery
from orchestrator.app import App
from orchestrator.jobs.context import WorkerContext
from orchestrator.jobs.robot_loop import RobotSlot, attend
from orchestrator.originals import Originals
from orchestrator.service.run import _another
from orchestrator.states import Reason, State
from orchestrator.store import Store, open_engine
from rpa.browser.launch import Browser
from rpa.robot import Account
from rpa.targets.profile import PageCondition
from tests.integration.looking_world import HORIZON, PROFILE, WAITING, Search, shows
from tests.integration.pages import Pages
from tests.integration.store_world import KEY, LEASE_SECONDS
from tests.system_world import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST, SECOND = Account("first", "secret"), Account("second", "secret")
REFUSING = PROFILE.model_copy(
    update={
        "session": PROFILE.session.model_copy(
            update={"done": PageCondition(css=".in"), "refused": PageCondition(css=".refused")}
        )
    }
)


@pytest_asyncio.fixture(loop_scope="session")
async def search(tmp_path: Path, browser: Browser, pages: Pages) -> AsyncIterator[Search]:
    """A report that is to be looked up."""
    search = Search(tmp_path, browser, pages)
    search.uncertain()
    search.world.clock.turn(HORIZON)
    pages.show(shows("REC-0001"), "/search")
    yield search
    search.world.assert_trail_holds()
    search.world.engine.dispose()


@asynccontextmanager
async def attended(context: WorkerContext, slot: RobotSlot) -> AsyncIterator[None]:
    """A robot at work while the block lasts, whose loop must end as it was told to, and not by an error."""
    stopping = asyncio.Event()
    working = asyncio.create_task(attend(context, slot, stopping))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait_for(working, 20)


async def seen(what: Callable[[], object]) -> None:
    """Wait for it beside the event loop."""
    await asyncio.to_thread(until, what, 20)


def refusing(search: Search, another: Callable[[str], Account | None]) -> WorkerContext:
    """A context on a target that refuses whoever signs in."""
    target = replace(search.context.definitions.targets["chs"], profile=REFUSING)
    definitions = replace(search.context.definitions, targets={"chs": target})
    search.pages.show("<p class=refused>Not you", "/home")
    return replace(search.context, definitions=definitions, another=another)


@pytest.mark.parametrize("away", ["the database", "the folder of leases"])
async def test_an_account_that_is_refused_while_no_other_can_be_taken(away: str, search: Search) -> None:
    """Whatever keeps another account from being taken is logged; the robot keeps its own, and its loop goes on."""
    folder = search.world.folder
    store = search.world.store
    if away == "the database":
        store = Store(open_engine(f"sqlite:///{folder}/not-mounted/rpa.db"), search.world.clock, KEY)
    else:
        (folder / "account-leases").write_text("no folder")
    app = App(search.context.settings, store, Originals(folder))
    slot = RobotSlot("robot-01", {"chs": FIRST})
    with ExitStack() as held, capture_logs() as logs:
        another = partial(_another, held, app, {"chs": (FIRST, SECOND)})
        async with attended(refusing(search, another), slot):
            await seen(lambda: slot.done)
    assert [each["target"] for each in logs if each["event"] == "another account could not be taken"] == [
        "chs"
    ]
    assert slot.accounts == {"chs": FIRST}
    assert search.state == (State.UNCERTAIN, Reason.SAVE_UNANSWERED)


async def test_another_account_is_taken_beside_the_event_loop(search: Search) -> None:
    """While another account is looked for, which reads the database, no other robot waits; with it the work goes
    on."""
    loop = asyncio.get_running_loop()

    def another(_: str) -> Account:
        went_on = threading.Event()
        loop.call_soon_threadsafe(went_on.set)
        assert went_on.wait(10), "the event loop waits until an account is found"
        search.pages.show("<p class=in>Welcome", "/home")
        return SECOND

    slot = RobotSlot("robot-01", {"chs": FIRST})
    async with attended(refusing(search, another), slot):
        await seen(lambda: slot.done)
        search.world.clock.turn(400)
        await seen(lambda: search.state[0] is State.REVIEW)
    assert slot.accounts == {"chs": SECOND}


async def test_after_a_lost_claim_the_robot_signs_in_again(search: Search) -> None:
    """A job that ends because its claim is lost leaves its page anywhere: the next job does not go on in it."""
    search.pages.show(WAITING % shows("REC-0001").replace("/", r"\/"), "/search")
    signed_in = search.pages.gets["/home"]
    slot = RobotSlot("robot-01", {"chs": FIRST})
    async with attended(search.context, slot):
        await seen(lambda: search.pages.gets["/late"])
        search.world.clock.turn(LEASE_SECONDS)
        recovery.expire(search.world.store, 4)
        search.pages.show("now", "/late")
        await seen(lambda: search.state[0] is State.REVIEW)
    assert search.pages.gets["/home"] - signed_in == 2
