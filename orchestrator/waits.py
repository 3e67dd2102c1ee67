"""How long to wait before another try. Pure: no clock, no chance of its own; the figures are settings."""

from __future__ import annotations

from orchestrator.next_state import Next
from orchestrator.settings import OperationsSettings
from orchestrator.states import Reason, State

_AT_ONCE = frozenset({Reason.STOPPED, Reason.SIGN_IN_REFUSED})


def next_try_wait(
    step: Next, attempts: int, waits: OperationsSettings, jitter: float = 0.5, *, paused: float = 0
) -> float:
    """Seconds for which a report that goes there is not claimed, after that number of attempts.

    `jitter` is drawn by the caller from 0 to 1. `paused`: for how many seconds its target is paused.
    """
    if step.to is not State.READY or step.reason in _AT_ONCE:
        return 0
    if step.reason is Reason.BROWSER_GONE:
        return waits.retry_seconds
    return max(_own(step.reason, attempts, waits, jitter), paused)


def _own(reason: Reason, attempts: int, waits: OperationsSettings, jitter: float) -> float:
    if reason is Reason.TARGET_AWAY:
        return waits.away_seconds
    if reason is Reason.BLOCKED or (reason is Reason.SESSION_ENDED and attempts <= 1):
        return 0  # signing in corrects an ended session: the first time there is nothing to wait for
    return back_off(attempts, waits, jitter)


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
