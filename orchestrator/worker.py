"""One worker: an operating-system process that hosts robots in one browser. Claim, work, settle, again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

import structlog
from structlog.contextvars import bound_contextvars

from orchestrator.casework import Office, do, settle_failure
from orchestrator.definitions import Definitions
from orchestrator.originals import Originals
from orchestrator.retry import AWAY_SECONDS
from orchestrator.settings import Settings
from orchestrator.store import Claim, ClaimLost, Store, utc_now
from rpa.browser.launch import launch
from rpa.errors import TargetAway, TargetError
from rpa.robot import Account, Robot

_log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 0.5  # between looks for work when there was none
AFTER_FAILURE_SECONDS = 5.0  # when even looking for work failed: the database is away or its disk is full


@dataclass
class Seat:
    """One robot's place in the worker: its accounts by target, and its signed-in sessions."""

    name: str
    accounts: Mapping[str, Account]
    robots: dict[str, Robot] = field(default_factory=dict)
    away_until: dict[str, float] = field(default_factory=dict)  # target -> when to try it again, monotonic
    done: int = 0


async def run_worker(
    settings: Settings,
    store: Store,
    originals: Originals,
    definitions: Definitions,
    accounts: Mapping[str, tuple[Account, ...]],
    stopping: asyncio.Event,
    targets_on: Callable[[], Collection[str]] | None = None,
) -> None:
    """Work until `stopping` is set; each robot finishes the report in its hands first.

    `accounts`: target -> an account for each robot. `targets_on` names the targets that may be worked in now;
    without it, those that the settings have on. Raises `TargetError` when the browser has gone: whoever started
    the worker starts another.
    """
    async with launch(settings.browser.executable) as browser:
        office = Office(settings, store, originals, definitions, browser, utc_now)
        seats = [
            Seat(f"robot-{number + 1:02}", {target: each[number] for target, each in accounts.items()})
            for number in range(settings.robots.number)
        ]
        _log.info("worker started", robots=len(seats))
        async with asyncio.TaskGroup() as group:
            for seat in seats:
                on = targets_on or (lambda: settings.enabled_targets)
                group.create_task(_attend(office, seat, on, stopping), name=seat.name)
        if not browser.alive:
            raise TargetError("the browser has gone")
    _log.info("worker stopped")


async def _attend(
    office: Office, seat: Seat, targets_on: Callable[[], Collection[str]], stopping: asyncio.Event
) -> None:
    """One robot's day: claim what is due first, work on it, settle, again. It ends with the browser, too."""
    while not stopping.is_set() and office.browser.alive:
        wait = LOOK_AGAIN_SECONDS
        try:
            claim = await asyncio.to_thread(_claim, office, seat, targets_on)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other robots' work must not end with it
            _log.error("looking for work failed", robot=seat.name, error=error)
            claim, wait = None, AFTER_FAILURE_SECONDS
        if claim is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)
            continue
        with bound_contextvars(reference=claim.reference, robot=seat.name, task=str(claim.task)):
            await _work_on(office, seat, claim)
        seat.done += 1
        if seat.done % office.settings.robots.recycle_after == 0:
            await _let_go(seat)
    await _let_go(seat)


def _claim(office: Office, seat: Seat, targets_on: Callable[[], Collection[str]]) -> Claim | None:
    on = targets_on()
    now = monotonic()
    accounts = {
        target: account.name
        for target, account in seat.accounts.items()
        if target in on and seat.away_until.get(target, now) <= now
    }
    return office.store.claim(seat.name, accounts, office.settings.robots.lease_seconds)


async def _let_go(seat: Seat) -> None:
    """Close the robot's sessions; a browser context that lives for ever grows for ever."""
    for robot in seat.robots.values():
        with suppress(TargetError):
            await robot.close()
    seat.robots.clear()


async def _work_on(office: Office, seat: Seat, claim: Claim) -> None:
    """Do what the claim asks. After a failure the robot's page may be anywhere: the next gets a fresh one."""
    try:
        await _under_lease(office, seat, claim)
        await _rest(seat.robots[claim.target])
    except ClaimLost:
        _log.warning("claim lost: hands off")
        await _let_go(seat)
    except Exception as error:  # noqa: BLE001 - whatever it is, the report must be settled
        if isinstance(error, TargetAway):
            # No other report would fare better: leave the target alone for a while.
            seat.away_until[claim.target] = monotonic() + AWAY_SECONDS
        await _settled(office, claim, error)
        await _let_go(seat)


async def _rest(robot: Robot) -> None:
    """Let a robot rest, its report settled; one that cannot starts the next in a fresh session."""
    try:
        await robot.rest()
    except TargetError:
        with suppress(TargetError):
            await robot.close()


async def _settled(office: Office, claim: Claim, error: Exception) -> None:
    """Settle a failure; what cannot even be settled is taken back when its lease runs out."""
    try:
        await settle_failure(office, claim, error)
    except Exception as second:  # noqa: BLE001 - the store is away: nothing more can be done from here
        _log.error("could not be settled: left to its lease", error=second)


async def _under_lease(office: Office, seat: Seat, claim: Claim) -> None:
    """Work under a lease that is renewed as long as we work. Raises `ClaimLost` as soon as it cannot be."""
    working = asyncio.create_task(_do(office, seat, claim))
    renewing = asyncio.create_task(_renew(office, claim))
    try:
        await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return
        raise ClaimLost(f"{claim.reference}: the claim is not ours any more") from renewing.exception()
    finally:
        working.cancel()
        renewing.cancel()
        await asyncio.gather(working, renewing, return_exceptions=True)


async def _do(office: Office, seat: Seat, claim: Claim) -> None:
    if claim.target not in seat.robots:
        target = office.definitions.targets[claim.target]
        seat.robots[claim.target] = Robot(office.browser, target, seat.accounts[claim.target])
    await do(office, seat.robots[claim.target], claim)


async def _renew(office: Office, claim: Claim) -> None:
    lease = office.settings.robots.lease_seconds
    while True:
        await asyncio.sleep(lease / 3)
        await asyncio.to_thread(office.store.renew, claim, lease)
