"""What happens to a report after an error, by the error's family. Pure: no clock, no chance of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

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

FIRST_WAIT_SECONDS = 5.0
GROWTH = 4.0
LONGEST_WAIT_SECONDS = 300.0
AWAY_SECONDS = 10.0  # until a target that is away is tried again
SPREAD = 0.25  # waits differ by up to this share, so that robots do not come back all at once


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the report goes, why, and how many seconds it must not be claimed (0: at once)."""

    to: State
    reason: Reason
    wait_seconds: float


def decide(
    error: BaseException, attempts: int, limit: int, *, pressed: bool, jitter: float = 0.5
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
        return Decision(State.READY, Reason.BROWSER_GONE, FIRST_WAIT_SECONDS)
    if isinstance(error, TargetAway):
        return Decision(State.READY, Reason.TARGET_AWAY, AWAY_SECONDS)
    if attempts >= limit:
        return Decision(State.ATTENTION, Reason.ATTEMPTS_USED_UP, 0)
    return Decision(State.READY, _reason(error), _wait_seconds(error, attempts, jitter))


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
"""What an attempt is burnt for."""


def back_off(attempts: int, jitter: float) -> float:
    """Seconds to wait after that many attempts: growing, bounded, and spread by `jitter` (0 to 1)."""
    exponent = min(max(attempts, 1) - 1, 10)  # beyond that the bound holds anyway, and floats would overflow
    wait = min(FIRST_WAIT_SECONDS * GROWTH**exponent, LONGEST_WAIT_SECONDS)
    return wait * (1 - SPREAD + 2 * SPREAD * min(max(jitter, 0.0), 1.0))


def restart_wait(failures: int) -> float:
    """Seconds until a worker or a browser that ended is started again: 1, 4, 16, then 30."""
    return min(back_off(failures, 0.5) / 5, 30.0)


def _reason(error: BaseException) -> Reason:
    if isinstance(error, SessionEnded):
        return Reason.SESSION_ENDED
    if isinstance(error, TargetChanged):
        return Reason.TARGET_CHANGED
    if isinstance(error, NotSent):
        return Reason.NOT_SENT
    return Reason.TARGET_FAULT if isinstance(error, TargetError) else Reason.UNEXPECTED


def _wait_seconds(error: BaseException, attempts: int, jitter: float) -> float:
    """An ended session is mended by signing in: the first time there is nothing to wait for."""
    if isinstance(error, SessionEnded) and attempts <= 1:
        return 0.0
    return back_off(attempts, jitter)
