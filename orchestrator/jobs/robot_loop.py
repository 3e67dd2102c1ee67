"""The loop of one robot: claim the job that is due first, do it, record the outcome, repeat.

It ends when the browser does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bound_contextvars

from orchestrator.actions import work
from orchestrator.actions.permissions import Actor, Role
from orchestrator.jobs.context import WorkerContext
from orchestrator.jobs.lease import under_lease
from orchestrator.jobs.settle import settle_failure, settle_success
from orchestrator.jobs.tasks import do
from orchestrator.store import Claim, ClaimLost
from rpa.errors import BrowserGone, SignInRefused, TargetError
from rpa.robot import Account, Robot

_log = structlog.get_logger(__name__)


@dataclass
class RobotSlot:
    """One robot's place in the worker: its account in each target, and its signed-in sessions."""

    name: str
    accounts: Mapping[str, Account]
    robots: dict[str, Robot] = field(default_factory=dict)
    done: int = 0


async def attend(context: WorkerContext, slot: RobotSlot, stopping: asyncio.Event) -> None:
    """Work at one slot until `stopping` is set, the report in hand finished first, or the browser has gone."""
    waits = context.settings.operations
    while not stopping.is_set() and context.browser.alive:
        wait = waits.claim_seconds
        try:
            claim = await asyncio.to_thread(_claim, context, slot)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other robots' work must not end with it
            _log.error("looking for work failed", robot=slot.name, error=error)
            claim, wait = None, waits.claim_failed_seconds
        if claim is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)
            continue
        with bound_contextvars(reference=claim.reference, robot=slot.name, job=str(claim.kind)):
            await _work_on(context, slot, claim)
        slot.done += 1
        if slot.done % context.settings.robots.recycle_after == 0:
            await _let_go(context, slot)
    await _let_go(context, slot)


def _claim(context: WorkerContext, slot: RobotSlot) -> Claim | None:
    accounts = {target: account.name for target, account in slot.accounts.items()}
    robot = Actor(slot.name, Role.ROBOT)
    return work.claim(context.store, robot, accounts, context.settings.robots.lease_seconds)


async def _work_on(context: WorkerContext, slot: RobotSlot, claim: Claim) -> None:
    """Do what the claim asks. After a failure the robot's page may be anywhere: the next gets a fresh one."""
    try:
        await under_lease(context, claim, _do(context, slot, claim))
        await settle_success(context, claim)
        await _rest(context, slot, claim.target)
    except ClaimLost:
        _log.warning("claim lost; work on the report stopped")
        await _let_go(context, slot)
    except Exception as error:  # noqa: BLE001 - whatever it is, the report must be settled
        await _settled(context, claim, error)
        await _let_go(context, slot)
        if isinstance(error, SignInRefused):
            await _take_another(context, slot, claim.target)


async def _take_another(context: WorkerContext, slot: RobotSlot, target: str) -> None:
    """Another account in place of one that its target refuses, if one is free and can be taken now."""
    try:
        free = await asyncio.to_thread(context.another, target)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other robots' work must not end with it
        _log.error("another account could not be taken", target=target, error=error)
        return
    if free is not None:
        slot.accounts = {**slot.accounts, target: free}


async def _do(context: WorkerContext, slot: RobotSlot, claim: Claim) -> None:
    """The job itself, with the robot of this slot. What fails because the browser does is not the target's."""
    if claim.target not in slot.robots:
        target = context.definitions.targets[claim.target]
        slot.robots[claim.target] = Robot(context.browser, target, slot.accounts[claim.target])
    try:
        await do(context, slot.robots[claim.target], claim)
    except TargetError as error:
        if await _is_gone(context):
            raise BrowserGone(f"the browser does not answer: {error}") from error
        raise


async def _is_gone(context: WorkerContext) -> bool:
    """Whether the browser does not answer; then it is ended, and another is started."""
    if await context.browser.responds(context.settings.browser.response_seconds):
        return False
    context.browser.kill()
    return True


async def _settled(context: WorkerContext, claim: Claim, error: Exception) -> None:
    """Settle a failure; what cannot even be settled is taken back when its lease runs out."""
    try:
        await settle_failure(context, claim, error)
    except Exception as second:  # noqa: BLE001 - the store is away: nothing more can be done from here
        _log.error("outcome could not be stored; the claim ends with its lease", error=second)


async def _rest(context: WorkerContext, slot: RobotSlot, target: str) -> None:
    """Park the robot between reports; if parking fails, close its session."""
    try:
        async with asyncio.timeout(context.settings.browser.response_seconds):
            await slot.robots[target].park()
    except (TargetError, TimeoutError):
        await _let_go(context, slot)


async def _let_go(context: WorkerContext, slot: RobotSlot) -> None:
    """Close the robot's sessions; a browser context that lives for ever grows for ever."""
    for robot in slot.robots.values():
        try:
            async with asyncio.timeout(context.settings.browser.response_seconds):
                await robot.close()
        except TimeoutError:
            await _is_gone(context)
        except TargetError:
            pass  # closed or not, it is not used again
    slot.robots.clear()
