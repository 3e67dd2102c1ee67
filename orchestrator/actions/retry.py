"""What happens to a report after an error, by the error's family. Pure: no clock, no chance of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from orchestrator.settings import OperationsSettings
from orchestrator.states import Reason, State
from rpa.errors import (
    BrowserGone,
    DefinitionError,
    NotSent,
    ReportError,
    SessionEnded,
    SignInRefused,
    SubmissionUncertain,
    TargetAway,
    TargetChanged,
    TargetError,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the report goes, why, and how many seconds it must not be claimed (0: at once)."""

    to: State
    reason: Reason
    wait_seconds: float


def decide(
    error: BaseException,
    attempts: int,
    limit: int,
    waits: OperationsSettings,
    *,
    pressed: bool,
    jitter: float = 0.5,
) -> Decision:
    """What comes next for a report that a robot could not finish.

    `attempts` counts the attempts begun, this one included; `limit` is how many there may be; `pressed` says
    that the report was made `submitting`, so that save may have been pressed; `jitter` is drawn by the caller
    from 0 to 1.
    """
    if isinstance(error, SubmissionUncertain) or (pressed and not isinstance(error, NotSent)):
        return Decision(State.UNCERTAIN, Reason.SAVE_UNANSWERED, 0)
    if isinstance(error, ReportError):
        return Decision(State.ATTENTION, Reason.REFUSED, 0)
    if isinstance(error, DefinitionError):
        return Decision(State.ATTENTION, Reason.DEFINITION, 0)
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
        return Decision(State.READY, Reason.STOPPED, 0)
    if isinstance(error, SignInRefused):
        return Decision(State.READY, Reason.SIGN_IN_REFUSED, 0)
    if isinstance(error, BrowserGone):
        return Decision(State.READY, Reason.BROWSER_GONE, waits.retry_seconds)
    if isinstance(error, TargetAway):
        return Decision(State.READY, Reason.TARGET_AWAY, waits.away_seconds)
    if attempts >= limit:
        return Decision(State.ATTENTION, Reason.ATTEMPTS_USED_UP, 0)
    return Decision(State.READY, _reason(error), _wait_seconds(error, attempts, waits, jitter))


def blocked(decision: Decision, wait_seconds: float, *, again: bool = False) -> Decision:
    """The decision while the target's circuit breaker is open: the report loses no attempt, unless it was
    the probe and has met the trouble `again`.

    What may have been saved, and what is the report's own, is as it was.
    """
    if decision.reason in _TO_THE_REPORT and not again:
        return Decision(State.READY, Reason.BLOCKED, wait_seconds)
    if decision.to is State.READY and decision.reason in _TO_THE_REPORT | {Reason.TARGET_AWAY}:
        return replace(decision, wait_seconds=max(decision.wait_seconds, wait_seconds))
    return decision


_TO_THE_REPORT = frozenset(
    {
        Reason.TARGET_FAULT,
        Reason.TARGET_CHANGED,
        Reason.SESSION_ENDED,
        Reason.NOT_SENT,
        Reason.UNEXPECTED,
        Reason.ATTEMPTS_USED_UP,
    }
)
"""What counts as a used attempt."""


def back_off(attempts: int, waits: OperationsSettings, jitter: float) -> float:
    """Seconds to wait after that many attempts: growing, bounded, and spread by `jitter` (0 to 1)."""
    wait = _growing(waits.retry_seconds, attempts, waits.retry_growth, waits.retry_longest_seconds)
    return wait * (1 - waits.retry_spread + 2 * waits.retry_spread * min(max(jitter, 0.0), 1.0))


def restart_wait(failures: int, waits: OperationsSettings) -> float:
    """Seconds until a worker or a browser that ended is started again: by default 1, 4, 16, then 30."""
    return _growing(waits.restart_seconds, failures, waits.retry_growth, waits.restart_longest_seconds)


def _growing(first: float, attempts: int, growth: float, longest: float) -> float:
    exponent = min(max(attempts, 1) - 1, 100)  # floats would overflow beyond
    return min(first * growth**exponent, longest)


def _reason(error: BaseException) -> Reason:
    if isinstance(error, SessionEnded):
        return Reason.SESSION_ENDED
    if isinstance(error, TargetChanged):
        return Reason.TARGET_CHANGED
    if isinstance(error, NotSent):
        return Reason.NOT_SENT
    return Reason.TARGET_FAULT if isinstance(error, TargetError) else Reason.UNEXPECTED


def _wait_seconds(error: BaseException, attempts: int, waits: OperationsSettings, jitter: float) -> float:
    """Signing in corrects an ended session: the first time there is nothing to wait for."""
    if isinstance(error, SessionEnded) and attempts <= 1:
        return 0.0
    return back_off(attempts, waits, jitter)
