"""Looking up a report in its target: before it is keyed again, and after an unclear save.

Only the target's own words settle anything (P2). Several records found always go to a person.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, saving_of, stored_of
from orchestrator.jobs.postpone import again_later
from orchestrator.jobs.read_back import read_back
from orchestrator.states import Reason
from orchestrator.store import Claim
from rpa.errors import TargetError
from rpa.plan import held_from_json, plan_from_json, recorded_from_json
from rpa.robot import Robot
from rpa.targets.finding import CannotTell, InTarget, NotInTarget, SearchResult
from rpa.targets.record import chosen_in

_log = structlog.get_logger(__name__)


async def is_settled(context: WorkerContext, robot: Robot, claim: Claim) -> bool:
    """Whether the target holds this report from an earlier attempt; then nothing is keyed.

    Raises `TargetError` when the search has no clear result.
    """
    began = context.clock()
    known = None if claim.updates else claim.target_reference  # from a late response
    match InTarget((known,)) if known else await _search(context, robot, claim):
        case InTarget((reference,)):
            await _found(context, robot, claim, reference, began)
        case InTarget(several):
            await _several(context, claim, several)
        case CannotTell(why):
            raise TargetError(f"it is not clear whether it is in the target already: {why}")
        case NotInTarget():
            return False
    return True


async def look_up(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Find out whether an uncertain report, or an uncertain update of its record, was saved.

    1. The clock is read before the search: what is saved meanwhile may not be in it.
    2. That it is not there is believed only of a search that began after lease and commit delay were over.
    3. Not there, and save led to the sign-in page: it is keyed again, after another look-up.
    """
    began = context.clock()  # 1
    match await _search(context, robot, claim):
        case InTarget((reference,)):
            await _found(context, robot, claim, reference, began)
        case InTarget(several):
            await _several(context, claim, several)
        case CannotTell(why):
            await again_later(context, claim, Reason.CANNOT_TELL, why)
        case NotInTarget():
            await _not_there(context, claim, began)


async def _search(context: WorkerContext, robot: Robot, claim: Claim) -> SearchResult:
    """Look for what a save may have made: a record under our source reference, or an update in the record."""
    if not claim.updates:
        return await robot.find_record(claim.reference)
    job = saving_of(await stored_of(context, claim), claim)
    profile = context.definitions.targets[claim.target].profile
    chosen = chosen_in(held_from_json(job.keyed), profile)
    before = recorded_from_json(job.before or [])
    return await robot.find_update(plan_from_json(job.plan), chosen, claim.target_reference or "", before)


async def _not_there(context: WorkerContext, claim: Claim, began: datetime) -> None:
    left = (_final(context, claim) - began).total_seconds()
    if left > 0:  # 2
        wait = context.settings.targets[claim.target].commit_delay_seconds
        await context.act(work.postpone, claim, min(left, max(wait, 1)), Reason.NOT_FOUND)
    else:  # 3
        await context.act(work.not_in_target, claim, context.settings.robots.attempts)


async def _found(context: WorkerContext, robot: Robot, claim: Claim, reference: str, began: datetime) -> None:
    """It is in the target once: read it back, and look it up once more if this search may have been too early."""
    final = _final(context, claim)
    await context.act(work.in_target, claim, reference, final if began < final else None)
    await read_back(context, robot, claim, reference)


async def _several(context: WorkerContext, claim: Claim, references: tuple[str, ...]) -> None:
    _log.error("several records found", count=len(references))
    await context.act(work.several_in_target, claim, references)


def _final(context: WorkerContext, claim: Claim) -> datetime:
    """From when on a search shows all that our presses of save may have made."""
    return (claim.pressed_at or claim.claimed_at) + context.horizon(claim.target)
