"""Looking for a report in its target: before it is keyed again, after an unclear save, and once more later.

Only the target's own words settle anything (P2). What is found several times goes to a person, always.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from orchestrator.jobs.context import WorkerContext, move
from orchestrator.jobs.postpone import again_later
from orchestrator.jobs.read_back import read_back
from orchestrator.states import Reason, State
from orchestrator.store import Claim
from rpa.errors import TargetError
from rpa.robot import Robot
from rpa.targets.finding import CannotTell, InTarget, NotInTarget

_log = structlog.get_logger(__name__)


async def is_settled(context: WorkerContext, robot: Robot, claim: Claim) -> bool:
    """Whether the target holds this report from an earlier attempt; then nothing is keyed.

    Raises `TargetError` when the target gives no clear answer.
    """
    began = context.clock()
    known = claim.target_reference  # a late answer told it
    match InTarget((known,)) if known else await robot.find_record(claim.reference):
        case InTarget((reference,)):
            await _found(context, robot, claim, State.KEYING, reference, began)
        case InTarget(several):
            await _several(context, claim, State.KEYING, several)
        case CannotTell(why):
            raise TargetError(f"it cannot be told whether it is in the target already: {why}")
        case NotInTarget():
            return False
    return True


async def look(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Find out whether an uncertain report was saved.

    1. The clock is read before the search: what is saved meanwhile may not be in it.
    2. That it is not there is believed only of a search that began after lease and commit delay were over.
    3. Not there, and save was answered by the sign-in page: it is keyed again, after another look.
    """
    began = context.clock()  # 1
    match await robot.find_record(claim.reference):
        case InTarget((reference,)):
            await _found(context, robot, claim, State.UNCERTAIN, reference, began)
        case InTarget(several):
            await _several(context, claim, State.UNCERTAIN, several)
        case CannotTell(why):
            await again_later(context, claim, Reason.CANNOT_TELL, why)
        case NotInTarget():
            await _not_there(context, claim, began)


async def _not_there(context: WorkerContext, claim: Claim, began: datetime) -> None:
    left = (_final(context, claim) - began).total_seconds()
    if left > 0:  # 2
        wait = context.settings.targets[claim.target].commit_delay_seconds
        await asyncio.to_thread(context.store.postpone, claim, min(left, max(wait, 1)), Reason.NOT_FOUND)
    elif claim.signed_out and claim.attempts < context.settings.robots.attempts:  # 3
        await move(context, claim, State.UNCERTAIN, State.READY, Reason.NOT_FOUND)
    else:
        await move(context, claim, State.UNCERTAIN, State.ATTENTION, Reason.NOT_FOUND)


async def look_again(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Make sure of a report in review: it has to be in the target exactly once, under the reference we have."""
    match await robot.find_record(claim.reference):
        case InTarget((reference,)) if reference == claim.target_reference:
            await asyncio.to_thread(context.store.looked_again, claim)
        case InTarget((reference,)):
            message = f"The target lists this report as {reference}, not {claim.target_reference}."
            await _to_a_person(context, claim, State.REVIEW, Reason.NOT_FOUND, message)
        case InTarget(several):
            await _several(context, claim, State.REVIEW, several)
        case CannotTell(why):
            await again_later(context, claim, Reason.CANNOT_TELL, why)
        case NotInTarget():
            message = f"The target returned {claim.target_reference} at save, but no longer lists it."
            await _to_a_person(context, claim, State.REVIEW, Reason.NOT_FOUND, message)


async def _found(
    context: WorkerContext, robot: Robot, claim: Claim, frm: State, reference: str, began: datetime
) -> None:
    """It is in the target once: read it back, and look once more if this search may have been too early."""
    final = _final(context, claim)
    await move(
        context,
        claim,
        frm,
        State.SUBMITTED,
        Reason.FOUND,
        target_reference=reference,
        look_again_at=final if began < final else None,
    )
    await read_back(context, robot, claim, reference)


async def _several(context: WorkerContext, claim: Claim, frm: State, references: tuple[str, ...]) -> None:
    _log.error("found several times", count=len(references))
    message = f"The target holds it {len(references)} times: {', '.join(references)}."
    await _to_a_person(context, claim, frm, Reason.FOUND_SEVERAL, message)


async def _to_a_person(
    context: WorkerContext, claim: Claim, frm: State, reason: Reason, message: str
) -> None:
    await move(context, claim, frm, State.ATTENTION, reason, message=message, look_again_at=None)


def _final(context: WorkerContext, claim: Claim) -> datetime:
    """From when on a search shows all that our presses of save may have made."""
    return (claim.pressed_at or claim.claimed_at) + context.horizon(claim.target)
