"""`rpa run` and `rpa worker`: start everything, watch it, and stop it in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from time import monotonic

import structlog

from orchestrator.assembly import Parts, assemble, robot_accounts
from orchestrator.definitions import load_definitions
from orchestrator.inbox import Inbox
from orchestrator.intake import read_mended, recover
from orchestrator.licences import licences, paused_accounts
from orchestrator.pool import keep_worker, stop_with_parent
from orchestrator.restoring import follow_restored
from orchestrator.schedule import Rounds, schedule, sign_checkpoint
from orchestrator.settings import Settings
from orchestrator.states import WAITING_FOR_ROBOT
from orchestrator.store import Store, utc_now
from orchestrator.worker import Accounts, admit, run_worker
from rpa.errors import DefinitionError, TargetError
from rpa.robot import Account

_log = structlog.get_logger(__name__)

IDLE_ROUNDS = 3  # looks, half a second apart, that must all find nothing to do
TELL_SECONDS = 15.0  # between two lines that say what `--until-idle` waits for
FOLLOW_SECONDS = 2.0  # between two looks at which targets the settings have on


async def run(
    reload: Callable[[], Settings], worker_arguments: Sequence[str], *, until_idle: bool = False
) -> int:
    """Run the whole system until it is told to stop, or with `until_idle` until there is nothing to do.

    1. Settings and definitions, proved whole, accounts enough for the robots.
    2. What a crash, or a restored copy, left on disk and not in the database, and what was held until a
       definition was mended.
    3. Switches as the settings have them; the recurring rounds.
    4. The worker process, kept alive.
    5. On the way out: the worker finishes what is in hand, then the trail is signed.

    Answers 0, or 2 when the worker cannot start. Raises `DefinitionError`.
    """
    settings = reload()
    definitions = load_definitions(settings)  # 1
    robot_accounts(settings)
    parts = assemble(settings)
    follow_restored(parts, definitions.forms)  # 2
    recover(definitions.forms, parts.store, parts.originals)
    folder = settings.intake.folder.path
    rounds = Rounds(parts, definitions, reload, Inbox(folder) if folder else None)
    rounds.configure()  # 3
    read_mended(definitions.forms, parts.store, parts.originals)  # 2: by the switches of now
    stopping = _stop_on_signals()
    scheduler = schedule(rounds)
    scheduler.start()
    _log.info("running", robots=settings.robots.number)
    try:
        async with asyncio.TaskGroup() as group:
            kept = group.create_task(_keep(parts, worker_arguments, stopping))  # 4
            if until_idle:
                group.create_task(_stop_when_idle(rounds, stopping))
    finally:
        scheduler.shutdown(wait=False)
        await asyncio.to_thread(sign_checkpoint, parts)  # 5
    _log.info("stopped")
    return kept.result()


async def _keep(parts: Parts, arguments: Sequence[str], stopping: asyncio.Event) -> int:
    listen = partial(parts.store.listen, socket.gethostname())
    try:
        return await keep_worker(arguments, stopping, listen, parts.settings.robots.silence_seconds)
    finally:
        stopping.set()


async def _stop_when_idle(rounds: Rounds, stopping: asyncio.Event) -> None:
    quiet, told = 0, monotonic()
    while not stopping.is_set() and quiet < IDLE_ROUNDS:
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 0.5)
        if rounds.rounds_of_intake > 1:
            quiet = quiet + 1 if await asyncio.to_thread(rounds.idle) else 0
        if not quiet and monotonic() - told > TELL_SECONDS:
            told = monotonic()
            await asyncio.to_thread(_tell_waiting, rounds.parts)
    stopping.set()


def _tell_waiting(parts: Parts) -> None:
    """Say what keeps the system from being idle, and in which targets only an administrator can end that."""
    until = parts.store.resting_until()
    wait = {"wait_seconds": round((until - utc_now()).total_seconds(), 1)} if until else {}
    for state, count in parts.store.counts().items():
        if count and state in WAITING_FOR_ROBOT:
            _log.info("waiting for robots", state=state, count=count, **wait)
    paused = {(each.target, each.account) for each in parts.store.breakers() if each.waits_for_somebody}
    with suppress(DefinitionError):  # somebody may just be editing the accounts
        for target, accounts in robot_accounts(parts.settings).items():
            if all((target, account.name) in paused for account in accounts):
                _log.warning("waiting for an administrator; see rpa targets list", target=target)


async def work(reload: Callable[[], Settings], *, with_parent: bool = False) -> int:
    """Host the robots until told to stop, or with `with_parent` until standard input closes.

    Answers 0, or 1 when too few accounts are free. Raises `DefinitionError`.
    """
    settings = reload()
    definitions = load_definitions(settings)
    accounts = robot_accounts(settings)
    parts = assemble(settings)
    credentials = admit(parts.store, accounts)
    _tell_paused(parts)
    stopping = _stop_on_signals()
    if with_parent:
        stop_with_parent(stopping)
    try:
        with ExitStack() as held:
            await run_worker(
                settings,
                parts.store,
                parts.originals,
                definitions,
                held.enter_context(licences(settings, _paused_last(parts.store, accounts))),
                partial(_another, held, parts, accounts),
                credentials,
                stopping,
                _TargetsOn(reload, settings),
            )
    except TargetError as error:
        _log.error("worker ended", error=error)
        return 1
    return 0


def _paused_last(store: Store, accounts: Accounts) -> Accounts:
    """The accounts of each target, those that may be signed in with first."""
    paused = paused_accounts(store)
    return {
        target: tuple(sorted(each, key=lambda account: (target, account.name) in paused))
        for target, each in accounts.items()
    }


def _another(held: ExitStack, parts: Parts, accounts: Accounts, target: str) -> Account | None:
    """A free account of a target, ours alone from now on; None where there is none."""
    paused = paused_accounts(parts.store)
    usable = tuple(account for account in accounts[target] if (target, account.name) not in paused)
    with suppress(TargetError):
        return held.enter_context(licences(parts.settings, {target: usable}, 1))[target][0]
    return None


def _tell_paused(parts: Parts) -> None:
    """Say what an earlier run has left paused: nothing else at a start would."""
    for each in parts.store.breakers():
        if each.opened_at is not None and each.target in parts.settings.targets:
            told = {"target": each.target, "account": each.account or None, "reason": each.reason}
            _log.warning("paused; see rpa targets list", **told)


class _TargetsOn:
    """The targets that the settings have on, followed as they are edited (P9). A file with a fault changes
    nothing."""

    def __init__(self, reload: Callable[[], Settings], settings: Settings) -> None:
        self._reload = reload
        self._on = frozenset(settings.enabled_targets)
        self._looked = monotonic()

    def __call__(self) -> frozenset[str]:
        if monotonic() - self._looked > FOLLOW_SECONDS:
            self._looked = monotonic()
            with suppress(DefinitionError):
                self._on = frozenset(self._reload().enabled_targets)
        return self._on


def _stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
