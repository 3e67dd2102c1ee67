"""Reconciling: every reference that we hold has to be in its target, exactly once.

A robot does so with one claimed report; `rpa reconcile` with all, one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

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
from orchestrator.store import Claim, NotMoved, Summary, utc_now
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


Different = tuple[Summary, Difference]


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
        for each in app.store.reports()
        if each.state in _BELIEVED
        and each.target in app.settings.targets
        and each.target_reference is not None
        and (since is None or (each.keyed_at or each.received_at) >= since)
    ]


async def look_up_all(
    app: App,
    definitions: Definitions,
    accounts: Mapping[str, tuple[Account, ...]],
    reports: list[Summary],
    on_looked_up: Callable[[], None],
) -> list[Different]:
    """Look up each of these reports in its target. Returns those that are not there exactly once.

    Works with one account of each target that no robot uses. `on_looked_up` is called after each report. Raises
    `TargetError` when no account is free, or the target lets nobody sign in.
    """
    usable = _not_refused(app, {name: accounts[name] for name in {str(each.target) for each in reports}})
    differences = []
    with account_leases(app.settings, usable, 1) as ours:
        async with launch(app.settings.browser.executable, browser_limits(app.settings)) as browser:
            robots = {
                target: Robot(browser, definitions.targets[target], each[0]) for target, each in ours.items()
            }
            for report in reports:
                target = str(report.target)
                early = seconds_early(app.settings, target, report.keyed_at, utc_now()) > 0
                result = await _look_up(app, robots[target], report, ours[target][0])
                if found := difference(report.target_reference, result, early=early):
                    differences.append((report, found))
                on_looked_up()
            for robot in robots.values():
                await robot.close()
    return differences


def put_before_a_person(app: App, differences: Iterable[Different], actor: Actor) -> None:
    """These cannot be relied on: what waits for a decision goes to an operator, with the reason."""
    for report, found in differences:
        if report.state is State.REVIEW and found.reason is not Reason.CANNOT_TELL:
            said = _message(report.target_reference, found)
            with suppress(NotMoved):  # another act was quicker
                reconciling.put_before_a_person(app.store, actor, report.reference, found.reason, said)


async def _look_up(app: App, robot: Robot, report: Summary, account: Account) -> SearchResult:
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
