"""One robot's day: claim what is due first, work on it, settle, again. It ends with its browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bound_contextvars

from orchestrator.casework import do
from orchestrator.lease import under_lease
from orchestrator.office import Office
from orchestrator.settling import settle_failure, settle_success
from orchestrator.store import Claim, ClaimLost
from rpa.errors import BrowserGone, SignInRefused, TargetError
from rpa.robot import Account, Robot

_log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 0.5  # between looks for work when there was none
AFTER_FAILURE_SECONDS = 5.0  # when even looking for work failed: the database is away or its disk is full


@dataclass
class Seat:
    """One robot's place in the worker: its account in each target, and its signed-in sessions."""

    name: str
    accounts: Mapping[str, Account]
    robots: dict[str, Robot] = field(default_factory=dict)
    done: int = 0


async def attend(
    office: Office, seat: Seat, targets_on: Callable[[], Collection[str]], stopping: asyncio.Event
) -> None:
    """Work at one seat until `stopping` is set, the report in hand finished first, or the browser has gone."""
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
            await _let_go(office, seat)
    await _let_go(office, seat)


def _claim(office: Office, seat: Seat, targets_on: Callable[[], Collection[str]]) -> Claim | None:
    on = targets_on()
    accounts = {target: account.name for target, account in seat.accounts.items() if target in on}
    return office.store.claim(seat.name, accounts, office.settings.robots.lease_seconds)


async def _work_on(office: Office, seat: Seat, claim: Claim) -> None:
    """Do what the claim asks. After a failure the robot's page may be anywhere: the next gets a fresh one."""
    try:
        await under_lease(office, claim, _do(office, seat, claim))
        await settle_success(office, claim)
        await _rest(office, seat, claim.target)
    except ClaimLost:
        _log.warning("claim lost; work on the report stopped")
        await _let_go(office, seat)
    except Exception as error:  # noqa: BLE001 - whatever it is, the report must be settled
        await _settled(office, claim, error)
        await _let_go(office, seat)
        if isinstance(error, SignInRefused) and (free := office.another(claim.target)):
            seat.accounts = {**seat.accounts, claim.target: free}


async def _do(office: Office, seat: Seat, claim: Claim) -> None:
    """The job itself, with the robot of this seat. What fails because the browser does is not the target's."""
    if claim.target not in seat.robots:
        target = office.definitions.targets[claim.target]
        seat.robots[claim.target] = Robot(office.browser, target, seat.accounts[claim.target])
    try:
        await do(office, seat.robots[claim.target], claim)
    except TargetError as error:
        if await _is_gone(office):
            raise BrowserGone(f"the browser does not answer: {error}") from error
        raise


async def _is_gone(office: Office) -> bool:
    """Whether the browser does not answer; then it is ended, and another is started."""
    if await office.browser.answers(office.settings.browser.answer_seconds):
        return False
    office.browser.kill()
    return True


async def _settled(office: Office, claim: Claim, error: Exception) -> None:
    """Settle a failure; what cannot even be settled is taken back when its lease runs out."""
    try:
        await settle_failure(office, claim, error)
    except Exception as second:  # noqa: BLE001 - the store is away: nothing more can be done from here
        _log.error("outcome could not be stored; the claim ends with its lease", error=second)


async def _rest(office: Office, seat: Seat, target: str) -> None:
    """Let a robot rest, its report settled; one that cannot starts the next in a fresh session."""
    try:
        async with asyncio.timeout(office.settings.browser.answer_seconds):
            await seat.robots[target].rest()
    except (TargetError, TimeoutError):
        await _let_go(office, seat)


async def _let_go(office: Office, seat: Seat) -> None:
    """Close the robot's sessions; a browser context that lives for ever grows for ever."""
    for robot in seat.robots.values():
        try:
            async with asyncio.timeout(office.settings.browser.answer_seconds):
                await robot.close()
        except TimeoutError:
            await _is_gone(office)
        except TargetError:
            pass  # closed or not, it is not used again
    seat.robots.clear()
