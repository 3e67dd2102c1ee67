"""What becomes of a report whose job failed, and what its target's circuit breaker learns from it."""

from __future__ import annotations

import random
from dataclasses import replace

import structlog

from orchestrator.actions import breakers, work
from orchestrator.jobs.context import WorkerContext, note_change, standing
from orchestrator.jobs.postpone import again_later
from orchestrator.jobs.save_journal import NotRecorded
from orchestrator.jobs.trouble import trouble_of
from orchestrator.monitoring.logs import describe
from orchestrator.next_state import Next, after_failure, while_paused
from orchestrator.states import Reason, State
from orchestrator.store import Claim, NotMoved, Verdict
from orchestrator.waits import next_try_wait
from rpa.errors import RpaError, SubmissionUncertain, TargetChanged

_log = structlog.get_logger(__name__)


async def settle_failure(context: WorkerContext, claim: Claim, error: Exception) -> None:
    """What the error's family and the report's own state decide.

    Only the state that is on disk says whether save may have been pressed. A report already saved is only ever
    read again; one whose claim is lost is somebody else's.
    """
    for change in _changes(error):
        await note_change(context, claim, change)
    unforeseen = error if isinstance(error, NotRecorded) or not isinstance(error, RpaError) else None
    _log.warning("job failed", error=error, exc_info=unforeseen)
    verdict = await _met(context, claim, error)
    try:
        state = await standing(context, claim)
        if state not in (State.KEYING, State.SUBMITTING):
            await again_later(context, claim, Reason.TARGET_FAULT, describe(error))
            return
        step = _next(context, claim, error, verdict, pressed=state is State.SUBMITTING)
        await context.act(
            work.failed,
            claim,
            step,
            describe(error),
            wait_seconds=_wait(context, claim, step, verdict),
            pressed=state is State.SUBMITTING,
            signed_out=isinstance(error, SubmissionUncertain) and error.signed_out,
        )
    except NotMoved:
        _log.warning("claim lost; work on the report stopped")


def _changes(error: Exception) -> tuple[TargetChanged, ...]:
    """What of the target is not what its profile says, as the error tells it."""
    if isinstance(error, TargetChanged):
        return (error, *error.also)
    return error.changes if isinstance(error, SubmissionUncertain) else ()


def _next(context: WorkerContext, claim: Claim, error: Exception, verdict: Verdict, *, pressed: bool) -> Next:
    step = after_failure(error, claim.attempts, context.settings.robots.attempts, pressed=pressed)
    return while_paused(step, again=verdict.again) if verdict.open else step


def _wait(context: WorkerContext, claim: Claim, step: Next, verdict: Verdict) -> float:
    jitter = random.random()  # noqa: S311 - spreads retries, hides nothing
    waits, paused = context.settings.operations, verdict.wait_seconds
    return next_try_wait(step, claim.attempts, waits, jitter, paused=paused)


async def _met(context: WorkerContext, claim: Claim, error: Exception) -> Verdict:
    """Tell the circuit breaker; why it opens is logged once, however many robots meet it."""
    credential = context.credentials.get((claim.target, claim.account))
    trouble = trouble_of(error, claim, context.settings, credential)
    if trouble is None:
        return Verdict(open=False)
    verdict = await context.act(breakers.record_trouble, trouble)
    if trouble.reason is Reason.TARGET_AWAY and not verdict.open:  # the others get in
        trouble = replace(trouble, account=claim.account, blameless=True)
        verdict = await context.act(breakers.record_trouble, trouble)
    if verdict.new:
        about = {"target": trouble.target, "account": trouble.account, "reason": trouble.reason}
        _log.error("circuit breaker opened", error=error, **about)
    return verdict


async def settle_success(context: WorkerContext, claim: Claim) -> None:
    """A job that ended well closes the circuit breaker that it probed."""
    for closed in await context.act(breakers.record_success, claim):
        about = {"target": closed.target, "account": closed.account, "reason": closed.reason}
        _log.info("circuit breaker closed", **about)
