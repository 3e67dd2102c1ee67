"""A job under its lease: how it ends when its time is up, when the claim is lost, when the store is busy."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from orchestrator.actions import recovery, work
from orchestrator.definitions import Definitions
from orchestrator.jobs.context import WorkerContext
from orchestrator.jobs.lease import under_lease
from orchestrator.jobs.tasks import StoredSaveJournal
from orchestrator.originals import Originals
from orchestrator.settings import load_settings
from orchestrator.states import Reason, State
from orchestrator.store import ClaimLost, Store, open_engine, utc_now
from rpa.browser.launch import Browser, launch
from rpa.errors import TargetError
from tests import acts
from tests.integration.store_world import KEY, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def context(folder: Path, browser: Browser, **robots: Any) -> WorkerContext:
    """An context on a store with one report, whose jobs have the time the test gives them."""
    world = World(folder)
    world.receive()
    store = Store(open_engine(world.url, busy_seconds=0.05), utc_now, KEY)
    settings = load_settings(
        data_dir=folder,
        robots=robots,
        browser={"response_seconds": 0.2},
        targets={
            "chs": {"profile": "chs", "url": "http://127.0.0.1:9", "timeout_seconds": 5, "save_seconds": 0.05}
        },
    )
    return WorkerContext(settings, store, Originals(folder), Definitions({}, {}, {}), browser, utc_now)


async def test_a_job_has_so_much_time(tmp_path: Path, browser: Browser) -> None:
    """A job that takes longer than it may is cancelled, and the target is told to be at fault."""
    one = context(tmp_path, browser, job_seconds=0.3)
    claim = acts.claim(one.store, "robot1", {"chs": "robot1"}, 120)
    assert claim is not None
    ended = asyncio.Event()

    async def job() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TargetError, match=r"not done within 0\.3 seconds"):
        await under_lease(one, claim, job())
    assert ended.is_set()
    assert browser.alive


async def test_after_its_time_a_lease_is_not_renewed(tmp_path: Path, browser: Browser) -> None:
    """Nothing renews the lease of a job that is over: another robot gets the report when it runs out."""
    one = context(tmp_path, browser, job_seconds=2.2, lease_seconds=1)
    claim = acts.claim(one.store, "robot1", {"chs": "robot1"}, 1)
    assert claim is not None
    with pytest.raises(TargetError):
        await under_lease(one, claim, asyncio.Event().wait())  # type: ignore[arg-type]
    assert recovery.expire(one.store, 4) == []  # it was renewed all the while
    await asyncio.sleep(1.1)
    assert recovery.expire(one.store, 4) == [claim.reference]


async def test_a_job_that_does_not_end_ends_with_its_browser(tmp_path: Path) -> None:
    """A job that goes on after it was told to end loses its browser, so that nothing of it can reach a target."""
    stopped = asyncio.Event()

    async def stubborn() -> None:
        while not stopped.is_set():
            try:
                await stopped.wait()
            except asyncio.CancelledError:
                continue

    async with launch() as browser:
        one = context(tmp_path, browser, job_seconds=0.1)
        claim = acts.claim(one.store, "robot1", {"chs": "robot1"}, 120)
        assert claim is not None
        try:
            with pytest.raises(TargetError):
                await under_lease(one, claim, stubborn())
            assert not await browser.responds(2)
        finally:
            stopped.set()


async def test_a_busy_store_is_asked_again(tmp_path: Path, browser: Browser) -> None:
    """A renewal that fails because the database is locked is tried again in time, and the job goes on."""
    one = context(tmp_path, browser, lease_seconds=3)
    claim = acts.claim(one.store, "robot1", {"chs": "robot1"}, 3)
    assert claim is not None
    other = sqlite3.connect(tmp_path / "rpa.db", isolation_level=None)

    async def job() -> None:
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(1.6)  # past the first renewal
        other.execute("ROLLBACK")
        await asyncio.sleep(2)  # past what the lease was without one

    began = time.monotonic()
    await under_lease(one, claim, job())
    assert time.monotonic() - began > 3
    assert work.renew(one.store, claim, 3).token == claim.token
    other.close()


async def test_a_claim_is_lost_when_the_store_says_so(tmp_path: Path, browser: Browser) -> None:
    """A job whose report has been taken by another ends at the next renewal."""
    one = context(tmp_path, browser, lease_seconds=1)
    claim = acts.claim(one.store, "robot1", {"chs": "robot1"}, 0.05)
    assert claim is not None
    await asyncio.sleep(0.1)
    recovery.expire(one.store, 4)
    with pytest.raises(ClaimLost):
        await under_lease(one, claim, asyncio.Event().wait())  # type: ignore[arg-type]


@pytest.mark.parametrize("pressed", [True, False])
async def test_an_answer_after_the_claim_was_lost_is_heard(
    tmp_path: Path, browser: Browser, pressed: bool
) -> None:
    """A job that lost its claim while it waits for the answer to save may hear it still; others end at once."""
    one = context(tmp_path, browser, lease_seconds=1)
    claim = acts.claim(one.store, "robot1", {"chs": "robot1"}, 1)
    assert claim is not None
    if pressed:
        mine: dict[str, Any] = {"actor": "robot1", "reason": Reason.PAGE_CONFIRMED, "token": claim.token}
        acts.move(one.store, claim.reference, State.KEYING, State.SUBMITTING, **mine)
    heard = asyncio.Event()

    async def job() -> None:
        while recovery.expire(one.store, 4) == []:
            await asyncio.sleep(0.05)
            with sqlite3.connect(tmp_path / "rpa.db") as other:  # the lease runs out, though it was renewed
                other.execute("UPDATE jobs SET lease_until = '2026-01-01 00:00:00.000000'")
        await asyncio.sleep(1)  # past the next renewal
        heard.set()
        await StoredSaveJournal(one, claim).after_save("CHS-2026-0000007")

    with pytest.raises(ClaimLost):
        await under_lease(one, claim, job())
    assert heard.is_set() is pressed
    stored = one.store.report(claim.reference)
    assert stored is not None
    assert (stored.state, stored.target_reference) == (
        (State.SUBMITTED, "CHS-2026-0000007") if pressed else (State.READY, None)
    )
