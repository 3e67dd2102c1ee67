"""What the robots of one worker share, and the few things that every job does with a report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from orchestrator.actions import drift
from orchestrator.definitions import Definitions
from orchestrator.jobs.known_changes import KnownChanges
from orchestrator.originals import Originals
from orchestrator.settings import Settings
from orchestrator.states import STANDING_OF, State
from orchestrator.store import Claim, ClaimLost, Clock, Job, Store, Stored
from rpa.browser.launch import Browser
from rpa.browser.limits import Limits
from rpa.errors import TargetChanged
from rpa.robot import Account

_log = structlog.get_logger(__name__)

_STORE_TRIES = 12  # in a lease
_Given = ParamSpec("_Given")
_Returned = TypeVar("_Returned")


@dataclass(frozen=True)
class WorkerContext:
    """What the robots of one worker share. `credentials`: (target, account) -> keyed digest of its entry.
    `another` takes a free account of a target, if there is one; it waits for database and disk, so off the event
    loop."""

    settings: Settings
    store: Store
    originals: Originals
    definitions: Definitions
    browser: Browser
    clock: Clock
    credentials: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)
    another: Callable[[str], Account | None] = lambda _: None
    known: KnownChanges = field(default_factory=KnownChanges)

    async def act(
        self, act: Callable[Concatenate[Store, _Given], _Returned], *args: _Given.args, **named: _Given.kwargs
    ) -> _Returned:
        """Do an act on the store, off the event loop."""
        return await asyncio.to_thread(act, self.store, *args, **named)

    @property
    def store_retry_seconds(self) -> float:
        """How long until a robot asks a store again that was busy or away."""
        return self.settings.robots.lease_seconds / _STORE_TRIES

    def horizon(self, target: str) -> timedelta:
        """How long after the press the target may still take the record, and its search may not show it yet."""
        return horizon(self.settings, target)


def horizon(settings: Settings, target: str) -> timedelta:
    """How long after the press that target may still take a record, and its search may not show it yet."""
    return timedelta(seconds=settings.robots.lease_seconds + settings.targets[target].commit_delay_seconds)


def browser_limits(settings: Settings) -> Limits:
    """What the settings allow a browser."""
    operations = settings.operations
    return Limits(
        response_seconds=settings.browser.response_seconds,
        start_seconds=operations.browser_start_seconds,
        script_megabytes=operations.script_megabytes,
        session_megabytes=operations.session_megabytes,
        session_pages=operations.session_pages,
    )


async def stored_of(context: WorkerContext, claim: Claim) -> Stored:
    """The claimed report, whole. Raises `ClaimLost` when it is gone."""
    stored = await asyncio.to_thread(context.store.report, claim.reference)
    if stored is None:
        raise ClaimLost(f"{claim.reference}: the report is gone")
    return stored


async def standing(context: WorkerContext, claim: Claim) -> State:
    """Where the save stands that a claim is about: where the report is, or how far an update of its record is."""
    stored = await stored_of(context, claim)
    return STANDING_OF[saving_of(stored, claim).state] if claim.updates else stored.state


def saving_of(stored: Stored, claim: Claim) -> Job:
    """The job whose save a claim is about."""
    return next(job for job in stored.jobs if job.id == claim.saving_job)


async def note_change(context: WorkerContext, claim: Claim, change: TargetChanged) -> None:
    """Report a change in the target, once per change (P6)."""
    context.known.note(claim.target, change.screen, change.control, context.clock())
    if await context.act(drift.note_target_change, claim.target, change):
        _log.warning("the target has changed", screen=change.screen, control=change.control)
