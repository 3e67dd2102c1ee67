"""One worker: an operating-system process that hosts robots in one browser, and starts another when that goes."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from orchestrator.actions import breakers, heartbeats
from orchestrator.definitions import Definitions
from orchestrator.jobs.context import WorkerContext, browser_limits
from orchestrator.jobs.known_changes import KnownChanges
from orchestrator.jobs.robot_loop import RobotSlot, attend
from orchestrator.monitoring.logs import describe
from orchestrator.originals import Originals
from orchestrator.settings import Settings
from orchestrator.store import Store, utc_now
from orchestrator.waits import restart_wait
from rpa.browser.launch import Browser, can_be_sandboxed, launch
from rpa.errors import BrowserGone
from rpa.robot import Account

_log = structlog.get_logger(__name__)

BEATS = 6  # heartbeats in the time after which a worker counts as silent

Accounts = Mapping[str, tuple[Account, ...]]
"""Target -> an account for each robot."""


async def run_worker(
    settings: Settings,
    store: Store,
    originals: Originals,
    definitions: Definitions,
    accounts: Accounts,
    another: Callable[[str], Account | None],
    credentials: Mapping[tuple[str, str], str],
    stopping: asyncio.Event,
) -> None:
    """Work until `stopping` is set; each robot finishes the report in its hands first.

    `another` takes a free account of a target, if there is one, in place of one that it refused; `credentials` are
    those that `retry_changed` returns.

    A browser that dies, does not answer or does not start is replaced, later each time; why is logged once.
    """
    slots = [
        RobotSlot(f"robot-{number + 1:02}", {target: each[number] for target, each in accounts.items()})
        for number in range(settings.robots.number)
    ]

    async def staff(browser: Browser) -> None:
        known = KnownChanges(timedelta(seconds=settings.operations.changes_seconds))
        context = WorkerContext(
            settings, store, originals, definitions, browser, utc_now, credentials, another, known
        )
        await _staff(context, slots, stopping)

    async with _heartbeats(settings, store, slots):
        await _browser_after_browser(settings, staff, stopping)
    _log.info("worker stopped")


async def _browser_after_browser(
    settings: Settings, staff: Callable[[Browser], Awaitable[None]], stopping: asyncio.Event
) -> None:
    """Start a browser and staff it, again and again, until told to stop; later each time that it does not last."""
    failures, said, loop = 0, "", asyncio.get_running_loop()
    waits, limits = settings.operations, browser_limits(settings)
    while True:
        began, event = loop.time(), "browser does not start"
        try:
            async with launch(settings.browser.executable, limits) as browser:
                event = "browser restarted"
                await staff(browser)
            why: Exception = BrowserGone("the browser has gone")
        except Exception as error:  # noqa: BLE001 - whatever a browser dies of, the next may live
            why = error
        if stopping.is_set():
            return
        failures = 1 if loop.time() - began > waits.stable_seconds else failures + 1
        if describe(why) != said:
            said = describe(why)
            _log.error(event, error=why)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), restart_wait(failures, waits))


async def _staff(
    context: WorkerContext,
    slots: Sequence[RobotSlot],
    stopping: asyncio.Event,
) -> None:
    """All robots at work in one browser, until told to stop or until it has gone."""
    _log.info("worker started", robots=len(slots))
    if not can_be_sandboxed():
        _log.warning("the browser's sandbox is off for root; run this as a user of its own")
    watching = asyncio.create_task(_watch(context.browser, context.settings.browser.response_seconds))
    try:
        async with asyncio.TaskGroup() as group:
            for slot in slots:
                group.create_task(attend(context, slot, stopping), name=slot.name)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(browser: Browser, seconds: float) -> None:
    """Ask the browser again and again whether it is there; one that does not answer in time is ended."""
    while browser.alive:
        await asyncio.sleep(seconds)
        if not await browser.responds(seconds):
            if browser.alive:
                _log.error("browser stopped responding and was killed", seconds=seconds)
            browser.kill()


def retry_changed(store: Store, accounts: Accounts) -> Mapping[tuple[str, str], str]:
    """The digest of each account's entry; an account that was refused and has another entry now is tried again."""
    credentials = {}
    for target, each in accounts.items():
        for account in each:
            digest = store.credential(target, account.name, account.password)
            credentials[target, account.name] = digest
            for closed in breakers.close_if_changed(store, target, account.name, digest):
                _log.info("circuit breaker closed", target=closed.target, account=closed.account)
    return credentials


@asynccontextmanager
async def _heartbeats(settings: Settings, store: Store, slots: Sequence[RobotSlot]) -> AsyncIterator[None]:
    """Send heartbeats while the block lasts. They come from the event loop that works: stuck, it is silent."""
    me = socket.gethostname(), os.getpid()
    beating = asyncio.create_task(_beat(settings, store, slots, me))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        with suppress(Exception):  # the store is away: the row is forgotten in time
            await asyncio.to_thread(heartbeats.remove, store, *me)


async def _beat(settings: Settings, store: Store, slots: Sequence[RobotSlot], me: tuple[str, int]) -> None:
    before = 0
    while True:
        done = sum(slot.done for slot in slots)
        try:
            await asyncio.to_thread(heartbeats.record, store, *me, len(slots), progress=done != before)
            before = done
        except Exception as error:  # noqa: BLE001 - a store that is away is no reason to stop working
            _log.warning("a heartbeat could not be written", error=error)
        await asyncio.sleep(settings.robots.silence_seconds / BEATS)
