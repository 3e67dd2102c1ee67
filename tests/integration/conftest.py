"""What integration tests share: one browser and one practice CHS for all, and a store for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from rpa.browser.launch import Browser, Route, launch
from rpa.browser.tab import Tab
from tests.integration.counting_server import Counting, counting
from tests.integration.locking_world import Shared
from tests.integration.notify_world import MailServer, Office, by_smtp, mail_server
from tests.integration.pages import Open, Pages, serving
from tests.integration.postgres import database, postgres
from tests.integration.practice_chs_visitor import RunningChs, running
from tests.integration.saving_world import Opening
from tests.integration.store_world import World
from tests.integration.updating_world import Opened, a_record


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; each opens tabs of its own."""
    async with launch() as browser:
        yield browser


@pytest.fixture(scope="session")
def shared_chs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChs]:
    """One practice CHS in a process of its own."""
    with running(tmp_path_factory.mktemp("chs")) as chs:
        yield chs


@pytest.fixture
def practice(shared_chs: RunningChs) -> RunningChs:
    """The practice CHS with an empty ledger, the standard layout and no faults."""
    assert shared_chs.practice("POST", "reset").status_code == 200
    return shared_chs


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """One PostgreSQL server; each test that needs one makes a database of its own there."""
    with postgres() as url:
        yield url


@pytest.fixture
def shared(postgresql: str, tmp_path: Path) -> Iterator[Shared]:
    """A store on PostgreSQL that two are at work on at once."""
    with database(postgresql, "locks", upgraded=True) as url:
        shared = Shared(tmp_path, url=url)
        yield shared
        shared.assert_trail_holds()
        shared.engine.dispose()
        shared.other_engine.dispose()


@pytest.fixture
def opened(browser: Browser, practice: RunningChs) -> Opened:
    """Makes a record in the practice CHS, with a robot to update it."""
    return partial(a_record, browser, practice)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store of its own."""
    world = World(tmp_path)
    yield world
    world.engine.dispose()


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """The server of this module's pages."""
    with serving() as pages:
        yield pages


@pytest.fixture
def server() -> Iterator[Counting]:
    """A counting server over plain HTTP."""
    with counting() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def opening(browser: Browser) -> AsyncIterator[Opening]:
    """Opens a tab at a path of a counting server."""
    opened: list[Tab] = []

    async def at(server: Counting, path: str = "/form", route: Route | None = None) -> Tab:
        tab = await browser.open_tab(server.base, 5, route)
        opened.append(tab)
        await tab.go(path)
        return tab

    yield at
    for tab in opened:
        await tab.close()


@pytest_asyncio.fixture(loop_scope="session")
async def show(browser: Browser, pages: Pages) -> AsyncIterator[Open]:
    """Opens a page that the test makes up, in a tab of its own."""
    opened: list[Tab] = []

    async def opening(body: str, seconds: float = 5) -> Tab:
        tab = await browser.open_tab(pages.base, seconds)
        opened.append(tab)
        await tab.go(pages.show(body))
        return tab

    yield opening
    for tab in opened:
        await tab.close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, mail: MailServer) -> Iterator[Office]:
    """An office on each database."""
    if request.param == "sqlite":
        office = Office(World(tmp_path), by_smtp(mail))
        yield office
        office.world.assert_trail_holds()
        office.world.engine.dispose()
        return
    server = request.getfixturevalue("postgresql")
    with database(server, f"m{abs(hash(request.node.name)):x}"[:40], upgraded=True) as url:
        office = Office(World(tmp_path, url=url), by_smtp(mail))
        yield office
        office.world.assert_trail_holds()
        office.world.engine.dispose()
