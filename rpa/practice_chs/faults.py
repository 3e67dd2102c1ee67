"""Faults that a test or a demonstration queues: the problems of real systems, on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .connection import UNTIDY
from .layout import RELABELLED
from .screens import Control, Screen, every_screen
from .sessions import ACCOUNTS

TIMES_AT_MOST = 10_000
SECONDS_AT_MOST = 600


class FaultName(StrEnum):
    """What can go wrong."""

    SLOW_PAGE = "slow-page"
    SERVER_ERROR = "server-error"
    SESSION_EXPIRED = "session-expired"
    REPLY_LOST = "reply-lost"
    SAVE_REFUSED_CONNECTION = "save-refused-connection"
    REFUSED_VALUE = "refused-value"
    INDEX_DELAY = "index-delay"
    POSTBACK_SELECT = "postback-select"
    REDRAW_SELECT = "redraw-select"
    SLOW_SAVE = "slow-save"
    LATE_RESPONSE = "late-response"
    UNTIDY_REPLY = "untidy-reply"
    SAVED_TO_SIGN_IN = "saved-to-sign-in"
    ASKS_BEFORE_LEAVING = "asks-before-leaving"
    HANG = "hang"
    LOCK = "lock"
    REVIEW_DIFFERS = "review-differs"


TIMED = {FaultName.SLOW_PAGE, FaultName.INDEX_DELAY, FaultName.SLOW_SAVE, FaultName.LATE_RESPONSE}
NAMES_CONTROL = {FaultName.REFUSED_VALUE, FaultName.REVIEW_DIFFERS}
# The first of each is what is meant when none is asked for.
VARIANTS = {
    FaultName.POSTBACK_SELECT: ("kept", "emptied"),
    FaultName.UNTIDY_REPLY: tuple(UNTIDY),
    FaultName.HANG: ("request", "script"),
}


class BadRequestError(ValueError):
    """The JSON of the request is wrong; the message says why."""


@dataclass(slots=True)
class Fault:
    """One queued fault: how often it still fires, and where."""

    name: FaultName
    times: int = 1
    seconds: float = 0.0
    screen: str | None = None
    control: str | None = None
    account: str | None = None
    variant: str = ""
    fired: int = 0

    def matches(
        self, name: FaultName, account: str, screen: Screen | None, variant: str | None = None
    ) -> bool:
        """Whether it fires for this account on this screen, in this variant if one is given."""
        return (
            self.name is name
            and self.fired < self.times
            and variant in (None, self.variant)
            and self.account in (None, account)
            and (self.screen is None or (screen is not None and self.screen == screen.title))
            and (self.control is None or (screen is not None and self.control_on(screen) is not None))
        )

    def control_on(self, screen: Screen) -> Control | None:
        """The control it names, if the screen has it."""
        return next((c for c in screen.controls() if self.control in (c.key, c.label)), None)

    def as_json(self) -> dict[str, Any]:
        """The fault as `GET /practice/faults` gives it."""
        return {
            "fault": self.name.value,
            "times": self.times,
            "fired": self.fired,
            "remaining": self.times - self.fired,
            "seconds": self.seconds,
            "screen": self.screen,
            "control": self.control,
            "account": self.account,
            "variant": self.variant,
        }


class Faults:
    """The queue, in order of arrival."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        self._queue.append(fault)

    def clear(self) -> None:
        """Forget every fault, fired or not."""
        self._queue.clear()

    def pending(
        self, name: FaultName, account: str, screen: Screen | None = None, variant: str | None = None
    ) -> Fault | None:
        """The first pending fault of this name that matches, not yet counted as fired; else None."""
        return next((fault for fault in self._queue if fault.matches(name, account, screen, variant)), None)

    def fire(
        self, name: FaultName, account: str, screen: Screen | None = None, variant: str | None = None
    ) -> Fault | None:
        """The first pending fault of this name that matches, counted as fired; else None."""
        fault = self.pending(name, account, screen, variant)
        if fault is not None:
            fault.fired += 1
        return fault

    def as_json(self) -> dict[str, Any]:
        """`faults`: each one queued; `pending`: those with firings left; `fired`: counts by name."""
        faults = [fault.as_json() for fault in self._queue]
        fired: Counter[str] = Counter()
        for fault in self._queue:
            fired[fault.name.value] += fault.fired
        return {
            "faults": faults,
            "pending": [fault for fault in faults if fault["remaining"]],
            "fired": dict(fired),
        }


def _one_of(raw: Mapping[str, Any], key: str, known: set[str] | frozenset[str]) -> str | None:
    value = raw.get(key)
    if value is not None and (not isinstance(value, str) or value not in known):
        raise BadRequestError(f"{key} is not known")
    return value


def _number(raw: Mapping[str, Any], key: str, default: float, most: float) -> float:
    value = raw.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadRequestError(f"{key} must be a number from 0 to {most}")
    return value


def make_fault(raw: object) -> Fault:
    """A fault from the JSON of `POST /practice/faults`.

    Raises:
        BadRequestError: it is not such JSON; the message says why.

    """
    if not isinstance(raw, dict):
        raise BadRequestError("the body must be a JSON object")
    unknown = raw.keys() - {"fault", "times", "seconds", "screen", "control", "account", "variant"}
    if unknown:
        raise BadRequestError(
            "the body may hold fault, times, seconds, screen, control, account and variant only"
        )
    try:
        name = FaultName(str(raw.get("fault")))
    except ValueError as error:
        raise BadRequestError(f"fault must be one of {', '.join(FaultName)}") from error
    times = _number(raw, "times", 1, TIMES_AT_MOST)
    if times != int(times) or times < 1:
        raise BadRequestError("times must be a whole number of 1 or more")
    fault = Fault(
        name=name,
        times=int(times),
        seconds=_number(raw, "seconds", 1.0 if name in TIMED else 0.0, SECONDS_AT_MOST),
        screen=_one_of(raw, "screen", {screen.title for screen in every_screen()}),
        control=_one_of(raw, "control", _known_controls()),
        account=_one_of(raw, "account", ACCOUNTS),
        variant=_one_of(raw, "variant", set(VARIANTS.get(name, ()))) or VARIANTS.get(name, ("",))[0],
    )
    if name in NAMES_CONTROL and fault.control is None:
        raise BadRequestError(f"{name} needs the control it names")
    return fault


def _known_controls() -> set[str]:
    controls = [control for screen in every_screen() for control in screen.controls()]
    relabelled = set(RELABELLED.values())
    return relabelled | {control.label for control in controls} | {control.key for control in controls}
