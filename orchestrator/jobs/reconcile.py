"""Reconciling: every reference that we hold has to be in its target, exactly once.

A robot does so with one claimed report; `rpa reconcile` with all, one after the other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import structlog

from orchestrator.actions import breakers, reconciling, work
from orchestrator.actions.permissions import Actor
from orchestrator.app import App
from orchestrator.definitions import Definitions
from orchestrator.jobs.account_leases import account_leases, paused_accounts
from orchestrator.jobs.context import WorkerContext, browser_limits, horizon
from orchestrator.jobs.postpone import again_later
from orchestrator.jobs.trouble import refused
from orchestrator.render.remedies import remedy
from orchestrator.settings import Settings
from orchestrator.states import Reason, State
from orchestrator.store import Claim, NotMoved, Stored, Summary, utc_now
from rpa.browser.launch import launch
from rpa.errors import SignInRefused, TargetAway, TargetError
from rpa.robot import Account, Robot
from rpa.targets.finding import CannotTell, InTarget, NotInTarget, SearchResult

_log = structlog.get_logger(__name__)
_BELIEVED = frozenset({State.SUBMITTED, State.REVIEW, State.DECIDED, State.KEYED_BY_HAND})


@dataclass(frozen=True, slots=True)
class Difference:
    """A report is not in its target exactly once, under the reference we have. `says`: what is there, in words;
    `references`: those it is there under."""

    reason: Reason
    says: str
    references: tuple[str, ...] = ()


Different: TypeAlias = tuple[Summary, Difference]
OnLookedUp: TypeAlias = Callable[[Stored, Difference | None], None]
Unreached: TypeAlias = tuple[TargetError, tuple[Summary, ...]]
NOT_REACHED = Difference(Reason.CANNOT_TELL, "it was not looked up: the target was not reached")
"""What is said of a report whose target is one of `Unreached`."""


def difference(known: str | None, result: SearchResult, *, early: bool = False) -> Difference | None:
    """How a search result differs from the reference we have; None where the record is there exactly once.

    `early`: the search may not show yet what was saved, and that it shows nothing says nothing.
    """
    match result:
        case InTarget((reference,)) if reference == known:
            return None
        case InTarget((reference,)):
            says = f"the target holds it under {reference}"
            return Difference(Reason.NOT_FOUND, says, (reference,))
        case InTarget(several):
            says = f"the target holds it {len(several)} times: {', '.join(several)}"
            return Difference(Reason.FOUND_SEVERAL, says, several)
        case CannotTell(why):
            return Difference(Reason.CANNOT_TELL, f"the result is not clear: {why}")
        case NotInTarget() if early:
            return Difference(
                Reason.CANNOT_TELL, "it was saved a moment ago, and the target does not show it yet"
            )
        case NotInTarget():
            return Difference(Reason.NOT_FOUND, "the target does not show it")


def seconds_early(settings: Settings, target: str, keyed_at: datetime | None, began: datetime) -> float:
    """How many seconds after `began` a search of the target has to show what was saved at `keyed_at`; 0 or less:
    a search that began then has to."""
    return (keyed_at + horizon(settings, target) - began).total_seconds() if keyed_at else 0


def _message(known: str | None, found: Difference) -> str:
    """The difference as the report says it to whoever decides."""
    return f"Looked up under {known}: {found.says}."


async def reconcile(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Make sure of a report in review: what differs goes to a person, what is not clear is looked up again.

    The clock is read before the search: what is saved meanwhile may not be in it.
    """
    known = claim.target_reference
    early = seconds_early(context.settings, claim.target, claim.keyed_at, context.clock())
    found = difference(known, await robot.find_record(claim.reference), early=early > 0)
    if found is None:
        await context.act(work.reconciled, claim)
    elif found.reason is Reason.CANNOT_TELL and early > 0:
        await context.act(work.postpone, claim, early, found.reason)
    elif found.reason is Reason.CANNOT_TELL:
        await again_later(context, claim, found.reason, found.says)
    else:
        if found.reason is Reason.FOUND_SEVERAL:
            _log.error("several records found", count=len(found.references))
        await context.act(work.not_as_saved, claim, found.reason, _message(known, found))


def believed(app: App, since: datetime | None) -> list[Summary]:
    """The reports that we believe to be in a target, those saved since a moment where one is given."""
    return [
        each
        for each in app.store.reports(unreadable=_say_unreadable)
        if _is_believed(app, each) and (since is None or (each.keyed_at or each.received_at) >= since)
    ]


def _say_unreadable(reference: str) -> None:
    _log.error("a report cannot be read, and is not looked up; run `rpa audit verify`", reference=reference)


def _is_believed(app: App, report: Summary) -> bool:
    return (
        report.state in _BELIEVED
        and report.target in app.settings.targets
        and report.target_reference is not None
    )


async def look_up_all(
    app: App,
    definitions: Definitions,
    accounts: Mapping[str, tuple[Account, ...]],
    reports: Sequence[Summary],
    on_looked_up: OnLookedUp,
) -> list[Unreached]:
    """Look up each of these reports in its target, target after target, with an account that no robot uses.

    `on_looked_up` is called off the event loop, as soon as a report is looked up, with the report as it was stored
    just before and how it differs. Returns the targets where no account is free, or that let nobody sign in, each
    with its reports that were not looked up because of that.
    """
    usable = _not_refused(app, accounts)
    unreached: list[Unreached] = []
    async with launch(app.settings.browser.executable, browser_limits(app.settings)) as browser:
        for name in sorted({str(each.target) for each in reports}):
            left = deque(each for each in reports if each.target == name)
            try:
                with account_leases(app.settings, {name: usable[name]}, 1) as ours:
                    (account,) = ours[name]
                    robot = Robot(browser, definitions.targets[name], account)
                    while left:
                        await _look_up(app, robot, account, left[0], on_looked_up)
                        left.popleft()
                    with suppress(TargetError):
                        await robot.close()
            except TargetError as error:
                unreached.append((error, tuple(left)))
    return unreached


async def _look_up(
    app: App, robot: Robot, account: Account, report: Summary, on_looked_up: OnLookedUp
) -> None:
    """Look up one report, as it is stored by now: whoever acted on it since the round began is not overruled."""
    stored = await asyncio.to_thread(app.store.report, report.reference)
    if stored is None or stored.target != report.target or not _is_believed(app, stored):
        return
    early = seconds_early(app.settings, str(stored.target), stored.keyed_at, utc_now()) > 0
    result = await _search(app, robot, stored, account)
    found = difference(stored.target_reference, result, early=early)
    await asyncio.to_thread(on_looked_up, stored, found)


def put_before_a_person(app: App, actor: Actor, report: Stored, found: Difference) -> Difference:
    """Such a report cannot be relied on: one that waits for a decision goes to an operator, with the reason.

    Returns the difference, which is not clear any more where the report was changed after it was looked up.
    """
    if report.state is not State.REVIEW or found.reason is Reason.CANNOT_TELL:
        return found
    said = _message(report.target_reference, found)
    try:
        reconciling.put_before_a_person(app.store, actor, report, found.reason, said)
    except NotMoved:  # another act was quicker
        return Difference(Reason.CANNOT_TELL, "it was changed while it was looked up")
    return found


async def _search(app: App, robot: Robot, report: Summary, account: Account) -> SearchResult:
    try:
        return await robot.find_record(report.reference)
    except SignInRefused as error:
        target = str(report.target)
        credential = app.store.credential(target, account.name, account.password)
        trouble = refused(error, target, account.name, utc_now(), credential)
        await asyncio.to_thread(breakers.record_trouble, app.store, trouble)
        raise _not_reached(app, target, error, Reason.SIGN_IN_REFUSED, account.name) from error
    except TargetAway as error:
        raise _not_reached(app, str(report.target), error, Reason.TARGET_AWAY) from error
    except TargetError as error:
        return CannotTell(str(error))


def _not_reached(app: App, target: str, error: TargetAway, reason: Reason, account: str = "") -> TargetError:
    """The error with what a person needs to correct it: address, account, option and file."""
    who = f", account {account}" if account else ""
    helps = remedy(app.settings, target, reason, [account] if account else [])
    return TargetError(f"{target} at {app.settings.targets[target].url}{who}: {error}. {helps}")


def _not_refused(app: App, accounts: Mapping[str, tuple[Account, ...]]) -> dict[str, tuple[Account, ...]]:
    """The accounts that their target has not refused: a refused one is not tried again."""
    paused = paused_accounts(app.store)
    return {
        target: tuple(account for account in each if (target, account.name) not in paused)
        for target, each in accounts.items()
    }
