"""One worker: an operating-system process that hosts robots in one browser. Claim, work, settle, again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bound_contextvars

from orchestrator.casework import Office, do, settle_failure
from orchestrator.definitions import Definitions
from orchestrator.originals import Originals
from orchestrator.settings import Settings
from orchestrator.store import Claim, ClaimLost, Store, utc_now
from rpa.browser.launch import launch
from rpa.errors import TargetError
from rpa.robot import Account, Robot

_log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 0.5  # between looks for work when there was none


@dataclass
class Seat:
    """One robot's place in the worker: its accounts by target, and its signed-in sessions."""

    name: str
    accounts: Mapping[str, Account]
    robots: dict[str, Robot] = field(default_factory=dict)
    done: int = 0


async def run_worker(
    settings: Settings,
    store: Store,
    originals: Originals,
    definitions: Definitions,
    accounts: Mapping[str, tuple[Account, ...]],
    stopping: asyncio.Event,
) -> None:
    """Work until `stopping` is set; each robot finishes the report in its hands first.

    Raises `TargetError` when the browser has gone: whoever started the worker starts another.
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
                group.create_task(_attend(office, seat, stopping), name=seat.name)
    _log.info("worker stopped")


async def _attend(office: Office, seat: Seat, stopping: asyncio.Event) -> None:
    """One robot's day: claim what is due first, work on it, settle, again."""
    targets = [name for name in office.settings.enabled_targets if name in seat.accounts]
    lease = office.settings.robots.lease_seconds
    while not stopping.is_set():
        if not office.browser.alive:
            raise TargetError("the browser has gone")
        account = next(iter(seat.accounts.values())).name
        claim = await asyncio.to_thread(office.store.claim, seat.name, account, lease, targets)
        if claim is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), LOOK_AGAIN_SECONDS)
            continue
        with bound_contextvars(reference=claim.reference, robot=seat.name, task=str(claim.task)):
            await _work_on(office, seat, claim)
        seat.done += 1
        if seat.done % office.settings.robots.recycle_after == 0:
            await _let_go(seat)
    await _let_go(seat)


async def _let_go(seat: Seat) -> None:
    """Close the robot's sessions; a browser context that lives for ever grows for ever."""
    for robot in seat.robots.values():
        with suppress(TargetError):
            await robot.close()
    seat.robots.clear()


async def _work_on(office: Office, seat: Seat, claim: Claim) -> None:
    """Do what the claim asks, under a lease that is renewed as long as we work."""
    if claim.target not in seat.robots:
        target = office.definitions.targets[claim.target]
        seat.robots[claim.target] = Robot(office.browser, target, seat.accounts[claim.target])
    robot = seat.robots[claim.target]
    try:
        async with _renewed(office, claim):
            await do(office, robot, claim)
    except ClaimLost:
        _log.warning("claim lost: hands off")
    except Exception as error:  # noqa: BLE001 - whatever it is, the report must be settled
        await settle_failure(office, claim, error)
        await robot.close()  # its page may be anywhere; the next report starts in a fresh session


@asynccontextmanager
async def _renewed(office: Office, claim: Claim) -> AsyncIterator[None]:
    """Keep the claim while the block works; a claim that is lost ends the block with `ClaimLost`."""
    lease = office.settings.robots.lease_seconds

    async def renew() -> None:
        while True:
            await asyncio.sleep(lease / 3)
            await asyncio.to_thread(office.store.renew, claim, lease)

    work = asyncio.current_task()
    renewing = asyncio.create_task(renew())
    renewing.add_done_callback(lambda task: None if task.cancelled() else work and work.cancel())
    try:
        yield
    except asyncio.CancelledError:
        if renewing.done() and not renewing.cancelled() and work is not None:
            work.uncancel()
            raise ClaimLost(f"{claim.reference}: the claim is not ours any more") from renewing.exception()
        raise
    finally:
        renewing.cancel()
