"""Looking for a report in its target: before it is keyed again, after an unclear save, and once more later.

Only the target's own words settle anything (P2). What is found several times goes to a person, always.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from orchestrator.office import Office, move
from orchestrator.postponing import again_later
from orchestrator.reading import read_back
from orchestrator.states import Reason, State
from orchestrator.store import Claim
from rpa.errors import TargetError
from rpa.robot import Robot
from rpa.targets.finding import CannotTell, Found, NotThere

_log = structlog.get_logger(__name__)


async def is_settled(office: Office, robot: Robot, claim: Claim) -> bool:
    """Whether the target holds this report from an earlier life; then nothing is keyed.

    Raises `TargetError` when the target gives no clear answer.
    """
    began = office.clock()
    known = claim.target_reference  # a late answer told it
    match Found((known,)) if known else await robot.look(claim.reference):
        case Found((reference,)):
            again_at = _again_at(office, claim, began)
            said = {"target_reference": reference, "look_again_at": again_at}
            await move(office, claim, State.KEYING, State.SUBMITTED, Reason.FOUND, **said)  # type: ignore[arg-type]
            await read_back(office, robot, claim, reference)
        case Found(several):
            await _several(office, claim, State.KEYING, several)
        case CannotTell(why):
            raise TargetError(f"it cannot be told whether it is in the target already: {why}")
        case NotThere():
            return False
    return True


async def look(office: Office, robot: Robot, claim: Claim) -> None:
    """Find out whether an uncertain report was saved.

    1. The clock is read before the search: what is saved meanwhile may not be in it.
    2. That it is not there is believed only of a search that began after lease and commit delay were over.
    3. Not there, and save was answered by the sign-in page: it is keyed again, after another look.
    """
    began = office.clock()  # 1
    match await robot.look(claim.reference):
        case Found((reference,)):
            again_at = _again_at(office, claim, began)
            said = {"target_reference": reference, "look_again_at": again_at}
            await move(office, claim, State.UNCERTAIN, State.SUBMITTED, Reason.FOUND, **said)  # type: ignore[arg-type]
            await read_back(office, robot, claim, reference)
        case Found(several):
            await _several(office, claim, State.UNCERTAIN, several)
        case CannotTell(why):
            await again_later(office, claim, Reason.CANNOT_TELL, why)
        case NotThere():
            await _not_there(office, claim, began)


async def _not_there(office: Office, claim: Claim, began: datetime) -> None:
    left = (_final(office, claim) - began).total_seconds()
    if left > 0:  # 2
        wait = office.settings.targets[claim.target].commit_delay_seconds
        await asyncio.to_thread(office.store.postpone, claim, min(left, max(wait, 1)), Reason.NOT_FOUND)
    elif claim.signed_out and claim.attempts < office.settings.robots.attempts:  # 3
        await move(office, claim, State.UNCERTAIN, State.READY, Reason.NOT_FOUND)
    else:
        await move(office, claim, State.UNCERTAIN, State.ATTENTION, Reason.NOT_FOUND)


async def look_again(office: Office, robot: Robot, claim: Claim) -> None:
    """Make sure of a report in review: it has to be in the target exactly once, under the reference we have."""
    match await robot.look(claim.reference):
        case Found((reference,)) if reference == claim.target_reference:
            await asyncio.to_thread(office.store.looked_again, claim)
        case Found((reference,)):
            said = f"The target holds it under {reference}, and not under {claim.target_reference}."
            await move(
                office,
                claim,
                State.REVIEW,
                State.ATTENTION,
                Reason.NOT_FOUND,
                message=said,
                look_again_at=None,
            )
        case Found(several):
            await _several(office, claim, State.REVIEW, several)
        case CannotTell(why):
            await again_later(office, claim, Reason.CANNOT_TELL, why)
        case NotThere():
            said = f"The target gave {claim.target_reference} for it, and does not show it any more."
            await move(
                office,
                claim,
                State.REVIEW,
                State.ATTENTION,
                Reason.NOT_FOUND,
                message=said,
                look_again_at=None,
            )


async def _several(office: Office, claim: Claim, frm: State, references: tuple[str, ...]) -> None:
    said = f"The target holds it {len(references)} times: {', '.join(references)}."
    _log.error("found several times", count=len(references))
    await move(office, claim, frm, State.ATTENTION, Reason.FOUND_SEVERAL, message=said, look_again_at=None)


def _final(office: Office, claim: Claim) -> datetime:
    """From when on a search shows all that our presses of save may have made."""
    return (claim.pressed_at or claim.claimed_at) + office.horizon(claim.target)


def _again_at(office: Office, claim: Claim, began: datetime) -> datetime | None:
    """When a report that was found must be looked for once more: never, if the search began late enough."""
    final = _final(office, claim)
    return final if began < final else None
