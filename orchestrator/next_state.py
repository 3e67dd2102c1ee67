"""Where a report goes next, and why: after it was read, a failure, a lapsed claim, a late response. Pure.

The save of an update goes the same way (`STANDING_OF`). What is done about it stands elsewhere: `store.moves` and
`store.updates` move, `waits` says when another try may begin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from orchestrator.states import FINAL, Reason, State
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
from rpa.report import ProblemKind, Report


class Next(NamedTuple):
    """The state that a report goes to, and the reason."""

    to: State
    reason: Reason


STOPPING: Mapping[ProblemKind, Next] = MappingProxyType(
    {
        ProblemKind.UNREADABLE: Next(State.ATTENTION, Reason.UNREADABLE),
        ProblemKind.INVALID: Next(State.ATTENTION, Reason.INVALID),
        ProblemKind.CHANGED: Next(State.HELD, Reason.FORM_CHANGED),
    }
)
"""Where a report goes that has a problem of this kind; the first counts. What a person must correct comes before
what we must mend. A problem of any other kind stops nothing: the operator sees it."""

_BY_FAMILY: tuple[tuple[type[BaseException], Next], ...] = (
    (ReportError, Next(State.ATTENTION, Reason.REFUSED)),
    (DefinitionError, Next(State.ATTENTION, Reason.DEFINITION)),
    (asyncio.CancelledError, Next(State.READY, Reason.STOPPED)),
    (KeyboardInterrupt, Next(State.READY, Reason.STOPPED)),
    (SystemExit, Next(State.READY, Reason.STOPPED)),
    (SignInRefused, Next(State.READY, Reason.SIGN_IN_REFUSED)),
    (BrowserGone, Next(State.READY, Reason.BROWSER_GONE)),
    (TargetAway, Next(State.READY, Reason.TARGET_AWAY)),
    (SessionEnded, Next(State.READY, Reason.SESSION_ENDED)),
    (TargetChanged, Next(State.READY, Reason.TARGET_CHANGED)),
    (NotSent, Next(State.READY, Reason.NOT_SENT)),
    (TargetError, Next(State.READY, Reason.TARGET_FAULT)),
    (BaseException, Next(State.READY, Reason.UNEXPECTED)),
)
"""Where a report goes after an error before save, by the error's family; the first that fits counts."""

_COUNTED = frozenset(
    {
        Reason.SESSION_ENDED,
        Reason.TARGET_CHANGED,
        Reason.NOT_SENT,
        Reason.TARGET_FAULT,
        Reason.UNEXPECTED,
    }
)
"""After these a report has used an attempt."""

_OUT_OF_TIME: Mapping[State, Next] = MappingProxyType(
    {
        State.SUBMITTED: Next(State.REVIEW, Reason.UNREAD),
        State.UNCERTAIN: Next(State.ATTENTION, Reason.SAVE_UNANSWERED),
        State.REVIEW: Next(State.ATTENTION, Reason.CANNOT_TELL),
    }
)


def after_reading(report: Report, *, form_on: bool) -> Next:
    """A received report, once it is understood: to the robots, to an administrator or to an operator."""
    kinds = {problem.kind for problem in report.problems}
    stops = next((STOPPING[kind] for kind in STOPPING if kind in kinds), None)
    if stops is not None and stops.to is State.ATTENTION:
        return stops
    if report.form is None:
        return Next(State.HELD, Reason.FORM_UNKNOWN)
    if stops is not None:
        return stops
    if not form_on:
        return Next(State.HELD, Reason.FORM_OFF)
    return Next(State.READY, Reason.WITH_PROBLEMS if kinds else Reason.VALID)


def after_failure(error: BaseException, attempts: int, limit: int, *, pressed: bool) -> Next:
    """A report that a robot could not key.

    `attempts` counts the attempts begun, this one included; `limit` is how many there may be; `pressed` says
    that the report was made `submitting`, so that save may have been pressed.
    """
    if isinstance(error, SubmissionUncertain) or (pressed and not isinstance(error, NotSent)):
        return Next(State.UNCERTAIN, Reason.SAVE_UNANSWERED)
    found = next(step for family, step in _BY_FAMILY if isinstance(error, family))
    if found.reason in _COUNTED and attempts >= limit:
        return Next(State.ATTENTION, Reason.ATTEMPTS_USED_UP)
    return found


def while_paused(step: Next, *, again: bool = False) -> Next:
    """The same while the target's circuit breaker is open: the report loses no attempt, unless it was the probe
    and has met the trouble `again`. What may have been saved, and what is the report's own, is as it was."""
    counts = step.reason in _COUNTED | {Reason.ATTEMPTS_USED_UP}
    return Next(State.READY, Reason.BLOCKED) if counts and not again else step


def after_lapse(standing: State, attempts: int, limit: int) -> Next:
    """A save whose robot has let its lease lapse: what may have been pressed is uncertain."""
    if standing is State.SUBMITTING:
        return Next(State.UNCERTAIN, Reason.LEASE_LOST)
    if attempts >= limit:
        return Next(State.ATTENTION, Reason.ATTEMPTS_USED_UP)
    return Next(State.READY, Reason.LEASE_LOST)


def not_found(attempts: int, limit: int, *, signed_out: bool) -> Next:
    """An uncertain report that certainly is not in the target. It is keyed again only where save was answered by
    the sign-in page (`signed_out`) and it has had fewer than `limit` attempts."""
    again = signed_out and attempts < limit
    return Next(State.READY if again else State.ATTENTION, Reason.NOT_FOUND)


def after_late_response(standing: State, known: str | None, seen: str) -> Next | None:
    """A report for which the target gave the reference `seen` after the claim had ended, where we have `known`.
    None where it stays. One that was closed without a reference, or has another one, is a person's."""
    if standing in FINAL and known is None:
        return Next(State.ATTENTION, Reason.ANSWERED_LATE)
    if standing in FINAL | {State.SUBMITTED, State.REVIEW} and known not in {None, seen}:
        return Next(State.ATTENTION, Reason.FOUND_SEVERAL)
    return None


def out_of_time(standing: State) -> Next:
    """A saved, uncertain or reviewed report that could not be read or looked up in time: a person, with what is
    known."""
    return _OUT_OF_TIME[standing]
