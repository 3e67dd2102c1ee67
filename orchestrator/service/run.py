"""`rpa run` and `rpa worker`: start everything, watch it, and stop it in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from time import monotonic
from typing import TypeVar

import structlog

from orchestrator.actions import heartbeats
from orchestrator.actions.arrivals import receive
from orchestrator.actions.permissions import INTAKE
from orchestrator.app import App, open_app
from orchestrator.credentials import robot_accounts
from orchestrator.definitions import load_definitions
from orchestrator.folders import named_by_setting
from orchestrator.intake.mailbox import Mailboxes
from orchestrator.intake.recovery import read_corrected, recover
from orchestrator.intake.restored import follow_restored
from orchestrator.intake.watched_folder import Inbox, file_limits
from orchestrator.jobs.account_leases import account_leases, paused_accounts
from orchestrator.jobs.worker import Accounts, retry_changed, run_worker
from orchestrator.notify import Sender
from orchestrator.reading import Reader, isolated
from orchestrator.service.periodic import PeriodicJobs, schedule
from orchestrator.service.supervisor import keep_worker, stop_with_parent
from orchestrator.settings import Settings
from orchestrator.states import WAITING_FOR_ROBOT
from orchestrator.store import DATABASE_ERRORS, AlreadyRunning, DatabaseAway, Keep, Store, utc_now
from orchestrator.waits import restart_wait
from orchestrator.web import server
from rpa.errors import DefinitionError, TargetError
from rpa.robot import Account

_log = structlog.get_logger(__name__)

T = TypeVar("T")
IDLE_LOOKS = 3  # looks, as far apart as those at the watched folder, that must all find nothing to do


async def run(
    reload: Callable[[], Settings], worker_arguments: Sequence[str], *, until_idle: bool = False
) -> int:
    """Run the whole system until it is stopped, or with `until_idle` until there is nothing to do.

    1. Settings and definitions, validated, and accounts enough for the robots. A database that is away, full or
       busy is tried until it works; so are 2 and 3.
    2. What a crash, or a restored copy, left on disk and not in the database, and what was held until a
       definition was corrected.
    3. Switches as the settings have them; the periodic jobs; the API, and a thread for each mailbox.
    4. The worker process, kept alive.
    5. At the end: the worker and the intake finish what is in hand, then the trail is signed.

    Returns 0, or 2 when the worker cannot start. Raises `DefinitionError`, and `AlreadyRunning` when another works
    on this database: at the start, or because it began while the server was away; then it signs, and not we.
    """
    settings = reload()
    definitions = load_definitions(settings)  # 1
    robot_accounts(settings)
    with isolated(definitions.forms, settings) as reader:  # before any thread is started
        return await _with(reader, settings, reload, worker_arguments, until_idle=until_idle)


async def _with(
    reader: Reader,
    settings: Settings,
    reload: Callable[[], Settings],
    worker_arguments: Sequence[str],
    *,
    until_idle: bool,
) -> int:
    """From step 1's database on."""
    stopping = _stop_on_signals()
    app = await _tried(partial(open_app, settings), settings, stopping)
    if app is None:
        return 0
    folder = settings.intake.folder.path
    inbox = None
    if folder:
        with named_by_setting(settings, "intake.folder.path", folder):
            inbox = Inbox(
                folder,
                file_limits(settings.operations),
                stopping.is_set,
                settings.operations.receive_round_seconds,
            )
    sender = Sender(app, reader.forms, stopping.is_set)
    periodic = PeriodicJobs(app, reader, reload, inbox, sender, _mailboxes(app, reader))
    with ExitStack() as held:
        keep = await _tried(lambda: held.enter_context(app.store.only_run()), settings, stopping)
        if keep is None:
            return 0
        address = held.enter_context(server.bind(settings)) if settings.api.enabled else None
        if await _tried(partial(_prepared, periodic), settings, stopping) is None:
            return 0
        return await _run(periodic, keep, worker_arguments, stopping, address, until_idle=until_idle)


def _mailboxes(app: App, reader: Reader) -> Mailboxes:
    return Mailboxes(app.settings, partial(receive, app.store, app.originals, reader, INTAKE))


def _prepared(periodic: PeriodicJobs) -> PeriodicJobs:
    """Steps 2 and 3 of `run`, which can be repeated from the start."""
    app, reader = periodic.app, periodic.reader
    follow_restored(app, reader)  # 2
    recover(reader, app.store, app.originals)
    periodic.configure()  # 3
    read_corrected(reader, app.store, app.originals)  # 2: using the current switches
    return periodic


async def _run(
    periodic: PeriodicJobs,
    keep: Keep,
    worker_arguments: Sequence[str],
    stopping: asyncio.Event,
    address: socket.socket | None,
    *,
    until_idle: bool,
) -> int:
    """From the periodic jobs of `run` on."""
    app, mailboxes = periodic.app, periodic.mailboxes
    scheduler = schedule(periodic)
    scheduler.start()
    if mailboxes:
        mailboxes.start()
    _log.info("running", robots=app.settings.robots.number)
    displaced = False
    try:
        async with asyncio.TaskGroup() as group:
            kept = group.create_task(_keep(app, worker_arguments, stopping))  # 4
            if address is not None:
                group.create_task(server.serve(app, periodic.reader, address, stopping))  # 3
            if until_idle:
                group.create_task(_stop_when_idle(periodic, stopping))
            displaced = await _is_displaced(keep, app.settings.operations.expire_seconds, stopping)
            if displaced:
                scheduler.pause()
                stopping.set()
    finally:
        scheduler.shutdown(wait=False)
        if mailboxes:
            await asyncio.to_thread(mailboxes.stop)
        await asyncio.to_thread(periodic.finish_receiving)
        if not displaced:
            await asyncio.to_thread(periodic.sign)  # 5
    _log.info("stopped")
    if displaced:
        raise AlreadyRunning
    return kept.result()


async def _is_displaced(keep: Keep, seconds: float, stopping: asyncio.Event) -> bool:
    """Make sure every so many seconds that this is the only run; returns true once another has taken its place,
    and false once this one is told to stop."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)
            return False
        try:
            await asyncio.to_thread(keep)
        except DATABASE_ERRORS:  # the periodic jobs log it
            continue
        except AlreadyRunning as error:
            _log.error("another run has begun; this one stops", error=error)
            return True


async def _tried(work: Callable[[], T], settings: Settings, stopping: asyncio.Event) -> T | None:
    """What `work` returns, as soon as the database lets it; None when stopped before."""
    failures = 0
    while not stopping.is_set():
        try:
            return await asyncio.to_thread(work)
        except (DatabaseAway, *DATABASE_ERRORS) as error:
            failures += 1
            if failures == 1:
                _log.error("the database cannot be used and is tried until it can", error=error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), restart_wait(failures, settings.operations))
    return None


async def _keep(app: App, arguments: Sequence[str], stopping: asyncio.Event) -> int:
    last_heartbeat = partial(heartbeats.last, app.store, socket.gethostname())
    logging_stop = asyncio.create_task(_log_stopping(app, stopping))
    try:
        waits, silence = app.settings.operations, app.settings.robots.silence_seconds
        return await keep_worker(arguments, stopping, waits, last_heartbeat, silence)
    finally:
        if not stopping.is_set():
            logging_stop.cancel()
        stopping.set()
        await asyncio.wait({logging_stop})
        _ = logging_stop.cancelled() or logging_stop.exception()  # a database that is away delays no end


async def _log_stopping(app: App, stopping: asyncio.Event) -> None:
    """Log what the end waits for, and how long at most, as soon as it is asked for."""
    await stopping.wait()
    in_hand, limit = (
        await asyncio.to_thread(app.store.in_hand, lambda _: None),
        app.settings.operations.worker_stop_seconds,
    )
    _log.info("stopping; robots finish the reports in their hands", count=len(in_hand), seconds=limit)


async def _stop_when_idle(periodic: PeriodicJobs, stopping: asyncio.Event) -> None:
    operations = periodic.app.settings.operations
    quiet, logged_at = 0, monotonic()
    while not stopping.is_set() and quiet < IDLE_LOOKS:
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), operations.receive_seconds)
        try:
            if periodic.intake_runs > 1:
                quiet = quiet + 1 if await asyncio.to_thread(periodic.idle) else 0
            if not quiet and monotonic() - logged_at > operations.waiting_seconds:
                logged_at = monotonic()
                await asyncio.to_thread(_log_waiting, periodic)
        except DATABASE_ERRORS:  # the periodic jobs log it
            quiet = 0
    stopping.set()


def _log_waiting(periodic: PeriodicJobs) -> None:
    """Log what keeps the system from being idle, and in which targets only an administrator can end that."""
    app, mailboxes = periodic.app, periodic.mailboxes
    for name in mailboxes.waiting_for if mailboxes else ():
        _log.info("waiting until a mailbox is looked through", place=name)
    until = app.store.resting_until()
    wait = {"wait_seconds": round((until - utc_now()).total_seconds(), 1)} if until else {}
    for state, count in app.store.counts().items():
        if count and state in WAITING_FOR_ROBOT:
            _log.info("waiting for robots", state=state, count=count, **wait)
    if updates := app.store.updates_open():
        _log.info("waiting for robots to update records", count=updates, **wait)
    paused = {(each.target, each.account) for each in app.store.breakers() if each.waits_for_somebody}
    with suppress(DefinitionError):  # the accounts may be being edited
        for target, accounts in robot_accounts(app.settings).items():
            if all((target, account.name) in paused for account in accounts):
                _log.warning("waiting for an administrator; see rpa targets list", target=target)


async def work(settings: Settings, *, with_parent: bool = False) -> int:
    """Host the robots until stopped, or with `with_parent` until standard input closes.

    Returns 0, or 1 when too few accounts are free. Raises `DefinitionError`.
    """
    definitions = load_definitions(settings)
    accounts = robot_accounts(settings)
    app = open_app(settings)
    credentials = retry_changed(app.store, accounts)
    _log_paused(app)
    stopping = _stop_on_signals()
    if with_parent:
        stop_with_parent(stopping)
    try:
        with ExitStack() as held:
            await run_worker(
                settings,
                app.store,
                app.originals,
                definitions,
                held.enter_context(account_leases(settings, _paused_last(app.store, accounts))),
                partial(_another, held, app, accounts),
                credentials,
                stopping,
            )
    except TargetError as error:
        _log.error("worker ended", error=error)
        return 1
    return 0


def _paused_last(store: Store, accounts: Accounts) -> Accounts:
    """The accounts of each target, those that are not paused first."""
    paused = paused_accounts(store)
    return {
        target: tuple(sorted(each, key=lambda account: (target, account.name) in paused))
        for target, each in accounts.items()
    }


def _another(held: ExitStack, app: App, accounts: Accounts, target: str) -> Account | None:
    """A free account of a target, leased to this worker; None where there is none."""
    paused = paused_accounts(app.store)
    usable = tuple(account for account in accounts[target] if (target, account.name) not in paused)
    with suppress(TargetError):
        return held.enter_context(account_leases(app.settings, {target: usable}, 1))[target][0]
    return None


def _log_paused(app: App) -> None:
    """Log what an earlier run left paused: nothing else at a start would."""
    for each in app.store.breakers():
        if each.is_open and each.target in app.settings.targets:
            pause = {"target": each.target, "account": each.account or None, "reason": each.reason}
            _log.warning("paused; see rpa targets list", **pause)


def _stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
