"""What comes after an error: by its family, bounded, and never a second save."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.next_state import Next, after_failure, while_paused
from orchestrator.settings import OperationsSettings
from orchestrator.states import UNCOUNTED, Reason, State, allowed
from orchestrator.waits import back_off, next_try_wait, restart_wait
from rpa.errors import (
    BrowserGone,
    Cause,
    DefinitionError,
    Fault,
    NotSent,
    ReportError,
    SessionEnded,
    SignInRefused,
    SubmissionUncertain,
    TargetAway,
    TargetChanged,
    TargetError,
)

WAITS = OperationsSettings()
ERRORS: list[BaseException] = [
    ReportError("refused"),
    TargetError("slow"),
    SessionEnded("signed out"),
    TargetChanged("Person", "Surname", "not there", Cause.GONE),
    TargetAway("nobody answers"),
    SignInRefused("not this account"),
    BrowserGone("no answer"),
    SubmissionUncertain("no answer"),
    DefinitionError(Fault("a.toml", 1, "x", "wrong", "Mend it.")),
    ValueError("nobody foresaw this"),
    asyncio.CancelledError(),
    KeyboardInterrupt(),
]
SOME_ERROR = st.sampled_from(ERRORS)
ATTEMPTS = st.integers(min_value=1, max_value=10_000)
JITTER = st.floats(min_value=0, max_value=1)


@given(SOME_ERROR, ATTEMPTS, ATTEMPTS, JITTER)
def test_once_save_was_pressed_nothing_is_repeated(
    error: BaseException, attempts: int, limit: int, jitter: float
) -> None:
    """Whatever goes wrong after save, the report is to be looked up, never keyed again (P2)."""
    step = after_failure(error, attempts, limit, pressed=True)
    assert (step.to, next_try_wait(step, attempts, WAITS, jitter)) == (State.UNCERTAIN, 0)


@given(ATTEMPTS, ATTEMPTS, JITTER)
def test_what_was_not_sent_is_keyed_again(attempts: int, limit: int, jitter: float) -> None:
    """Where it is certain that nothing left this machine, the report is ready again after a wait."""
    step = after_failure(NotSent("too late"), attempts, limit, pressed=True)
    assert step.to is (State.READY if attempts < limit else State.ATTENTION)
    assert (next_try_wait(step, attempts, WAITS, jitter) > 0) is (attempts < limit)
    assert allowed(State.SUBMITTING, step.to)


@given(SOME_ERROR, ATTEMPTS, ATTEMPTS, JITTER, st.booleans())
def test_an_open_breaker_burns_no_attempts(
    error: BaseException, attempts: int, limit: int, jitter: float, pressed: bool
) -> None:
    """While the breaker is open nothing that is the target's doing costs an attempt; all else is as it was."""
    plain = after_failure(error, attempts, limit, pressed=pressed)
    step = while_paused(plain)
    if isinstance(error, TargetError) and not pressed:
        assert step.to is State.READY
        assert step.reason in UNCOUNTED
    elif plain.to is State.UNCERTAIN or isinstance(error, ReportError | DefinitionError):
        assert step == plain
    if step.reason in {Reason.BLOCKED, Reason.TARGET_AWAY}:
        assert next_try_wait(step, attempts, WAITS, jitter, paused=20_000) == 20_000


@given(SOME_ERROR, ATTEMPTS, ATTEMPTS, JITTER, st.booleans())
def test_every_decision_is_a_transition_of_the_table(
    error: BaseException, attempts: int, limit: int, jitter: float, pressed: bool
) -> None:
    """A decision never asks for a move that cannot be made."""
    step = after_failure(error, attempts, limit, pressed=pressed)
    frm = State.SUBMITTING if step.to is State.UNCERTAIN else State.KEYING
    assert allowed(frm, step.to)
    assert next_try_wait(step, attempts, WAITS, jitter, paused=20) == 0 or step.to is State.READY


@pytest.mark.parametrize(
    ("error", "to", "reason"),
    [
        (ReportError("x"), State.ATTENTION, Reason.REFUSED),
        (DefinitionError(), State.ATTENTION, Reason.DEFINITION),
        (TargetError("x"), State.READY, Reason.TARGET_FAULT),
        (SessionEnded("x"), State.READY, Reason.SESSION_ENDED),
        (TargetChanged("x", "y", "z", Cause.VALUE), State.READY, Reason.TARGET_CHANGED),
        (TargetAway("x"), State.READY, Reason.TARGET_AWAY),
        (SignInRefused("x"), State.READY, Reason.SIGN_IN_REFUSED),
        (BrowserGone("x"), State.READY, Reason.BROWSER_GONE),
        (NotSent("x"), State.READY, Reason.NOT_SENT),
        (SubmissionUncertain("x"), State.UNCERTAIN, Reason.SAVE_UNANSWERED),
        (ZeroDivisionError(), State.READY, Reason.UNEXPECTED),
        (asyncio.CancelledError(), State.READY, Reason.STOPPED),
    ],
)
def test_the_family_decides(error: BaseException, to: State, reason: Reason) -> None:
    """On a first attempt, before save, each family of errors has its own way on."""
    assert after_failure(error, 1, 4, pressed=False) == (to, reason)


@given(st.sampled_from([TargetError("x"), SessionEnded("x"), OSError()]), ATTEMPTS)
def test_attempts_are_used_up(error: BaseException, limit: int) -> None:
    """The last attempt's failure goes to a person; while the target is paused it is not counted, unless the probe
    met the same again."""
    step = after_failure(error, limit, limit, pressed=False)
    assert step == Next(State.ATTENTION, Reason.ATTEMPTS_USED_UP)
    assert while_paused(step) == Next(State.READY, Reason.BLOCKED)
    assert while_paused(step, again=True) == step


def test_being_stopped_costs_nobody_anything() -> None:
    """A report whose robot was told to stop is ready at once, however many attempts it had."""
    step = after_failure(asyncio.CancelledError(), 9, 4, pressed=False)
    assert (step, next_try_wait(step, 9, WAITS)) == ((State.READY, Reason.STOPPED), 0)


def test_an_ended_session_is_tried_again_at_once() -> None:
    """The first ended session needs only a new sign-in; one that keeps ending has to wait like any fault."""
    step = after_failure(SessionEnded("x"), 1, 4, pressed=False)
    assert next_try_wait(step, 1, WAITS) == 0
    assert next_try_wait(step, 2, WAITS) > 0


@given(ATTEMPTS, st.floats(allow_nan=False))
def test_waits_are_bounded(attempts: int, jitter: float) -> None:
    """However many attempts and whatever the caller draws, a wait is neither nothing nor endless."""
    wait = back_off(attempts, WAITS, jitter)
    spread = WAITS.retry_spread
    assert WAITS.retry_seconds * (1 - spread) <= wait <= WAITS.retry_longest_seconds * (1 + spread)


@given(ATTEMPTS, JITTER)
def test_waits_grow(attempts: int, jitter: float) -> None:
    """A later attempt never waits less than an earlier one that drew the same."""
    assert back_off(attempts + 1, WAITS, jitter) >= back_off(attempts, WAITS, jitter)


def test_waits_are_settings() -> None:
    """Another site's waits are those that its settings say: the first, how they grow, the longest, the spread."""
    waits = OperationsSettings(retry_seconds=2, retry_growth=3, retry_longest_seconds=10, retry_spread=0)
    assert [back_off(attempts, waits, 0.9) for attempts in (1, 2, 3, 10_000)] == [2, 6, 10, 10]
    away = after_failure(TargetAway("x"), 1, 4, pressed=False)
    assert next_try_wait(away, 1, OperationsSettings(away_seconds=3)) == 3
    assert [restart_wait(failures, WAITS) for failures in (1, 2, 3, 4, 10_000)] == [1, 4, 16, 30, 30]
