"""`rpa run` and `rpa worker`: start everything, watch it, and stop it in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from orchestrator.assembly import Parts, assemble, robot_accounts
from orchestrator.definitions import load_definitions
from orchestrator.intake import Inbox, recover
from orchestrator.pool import keep_worker
from orchestrator.schedule import Rounds, schedule, sign_checkpoint
from orchestrator.settings import Settings
from orchestrator.worker import run_worker

_log = structlog.get_logger(__name__)

IDLE_ROUNDS = 3  # looks, half a second apart, that must all find nothing to do


async def run(
    reload: Callable[[], Settings], worker_arguments: Sequence[str], *, until_idle: bool = False
) -> int:
    """Run the whole system until it is told to stop, or with `until_idle` until there is nothing to do.

    1. Settings and definitions, proved whole, accounts enough for the robots.
    2. What a crash left on disk and not in the database.
    3. Switches as the settings have them; the recurring rounds.
    4. The worker process, kept alive.
    5. On the way out: the worker finishes what is in hand, then the trail is signed.

    Answers 0, or 2 when the worker cannot start. Raises `DefinitionError`.
    """
    settings = reload()
    definitions = load_definitions(settings)  # 1
    robot_accounts(settings)
    parts = assemble(settings)
    recover(definitions.forms, parts.store, parts.originals)  # 2
    folder = settings.intake.folder.path
    rounds = Rounds(parts, definitions, reload, Inbox(folder) if folder else None)
    rounds.configure()  # 3
    stopping = _stop_on_signals()
    scheduler = schedule(rounds)
    scheduler.start()
    _log.info("running", robots=settings.robots.number)
    try:
        async with asyncio.TaskGroup() as group:
            kept = group.create_task(_keep(worker_arguments, stopping))  # 4
            if until_idle:
                group.create_task(_stop_when_idle(rounds, stopping))
    finally:
        scheduler.shutdown(wait=False)
        await asyncio.to_thread(sign_checkpoint, parts)  # 5
    _log.info("stopped")
    return kept.result()


async def _keep(arguments: Sequence[str], stopping: asyncio.Event) -> int:
    try:
        return await keep_worker(arguments, stopping)
    finally:
        stopping.set()


async def _stop_when_idle(rounds: Rounds, stopping: asyncio.Event) -> None:
    quiet = 0
    while not stopping.is_set() and quiet < IDLE_ROUNDS:
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 0.5)
        if rounds.rounds_of_intake > 1:
            quiet = quiet + 1 if await asyncio.to_thread(rounds.idle) else 0
    stopping.set()


async def work(settings: Settings) -> None:
    """Host the robots until told to stop. Raises `DefinitionError`, or `TargetError` when the browser goes."""
    definitions = load_definitions(settings)
    accounts = robot_accounts(settings)
    parts: Parts = assemble(settings)
    await run_worker(settings, parts.store, parts.originals, definitions, accounts, _stop_on_signals())


def _stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
