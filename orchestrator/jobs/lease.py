"""A job under its lease: renewed as long as the job has time, and not a moment longer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import structlog

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, saving_of
from orchestrator.states import KINDS_THAT_SAVE
from orchestrator.store import Claim, ClaimLost
from rpa.errors import TargetError

_log = structlog.get_logger(__name__)

_RENEWALS = 3  # in a lease


async def under_lease(context: WorkerContext, claim: Claim, job: Coroutine[object, object, None]) -> None:
    """Do a job whose lease is renewed meanwhile.

    Raises `ClaimLost` as soon as the store says that the claim is not ours any more, and `TargetError` when the
    job has used up its time.
    """
    seconds = context.settings.robots.job_seconds
    working = asyncio.create_task(job)
    renewing = asyncio.create_task(_renew(context, claim))
    try:
        await asyncio.wait({working, renewing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        elif renewing.done():
            await _last_word(context, claim, working)
            raise ClaimLost(f"{claim.reference}: the claim is not ours any more") from renewing.exception()
        else:
            raise TargetError(f"the job was not done within {seconds:g} seconds")
    finally:
        await _end(context, working, renewing)


async def _last_word(context: WorkerContext, claim: Claim, working: asyncio.Task[None]) -> None:
    """Let a job that lost its claim after save hear the target's answer, if it comes in time: it is evidence.

    Nothing else can come of it: save leaves only before the deadline that went with the claim.
    """
    stored = await asyncio.to_thread(context.store.report, claim.reference)
    if stored is None or claim.kind not in KINDS_THAT_SAVE:
        return
    if saving_of(stored, claim).pressed_at != claim.pressed_at:
        await asyncio.wait({working}, timeout=context.settings.targets[claim.target].timeout_seconds)


async def _end(context: WorkerContext, *tasks: asyncio.Task[None]) -> None:
    """Cancel what still runs and wait for it, but not for ever: what does not end, ends with its browser."""
    for task in tasks:
        task.cancel()
    ended, left = await asyncio.wait(tasks, timeout=context.settings.browser.response_seconds)
    for task in ended:
        _ = task.cancelled() or task.exception()  # looked at: whoever waits has it already
    if left:
        _log.error("job did not stop when cancelled; browser killed")
        context.browser.kill()


async def _renew(context: WorkerContext, claim: Claim) -> None:
    """Renew until the store says that the claim is lost. A store that is busy or away is asked again."""
    lease = context.settings.robots.lease_seconds
    wait = lease / _RENEWALS
    while True:
        await asyncio.sleep(wait)
        try:
            await context.act(work.renew, claim, lease)
            wait = lease / _RENEWALS
        except ClaimLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, only the store's own word ends a claim
            _log.warning("the lease could not be renewed and is tried again", error=error)
            wait = context.store_retry_seconds
