"""What a claim asks of a robot: key a report, update its record, look it up, read it back, reconcile it."""

from __future__ import annotations

from time import monotonic

import structlog

from orchestrator.jobs.context import WorkerContext, stored_of
from orchestrator.jobs.look_up import is_settled, look_up
from orchestrator.jobs.planning import planner
from orchestrator.jobs.read_back import read_back
from orchestrator.jobs.reconcile import reconcile
from orchestrator.jobs.save_journal import StoredSaveJournal
from orchestrator.jobs.update import update
from orchestrator.states import JobKind
from orchestrator.store import Claim
from rpa.robot import Robot

_log = structlog.get_logger(__name__)


async def do(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Do what the claim asks."""
    match claim.kind:
        case JobKind.KEY:
            await _key(context, robot, claim)
        case JobKind.UPDATE:
            await update(context, robot, claim)
        case JobKind.LOOK_UP:
            await look_up(context, robot, claim)
        case JobKind.READ_BACK:
            await read_back(context, robot, claim, claim.target_reference or "")
        case JobKind.RECONCILE:
            await reconcile(context, robot, claim)


async def _key(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Key one report, save it, read it back; one that may be in the target already is looked for first (P2)."""
    began = monotonic()
    stored = await stored_of(context, claim)
    if (claim.find_first or claim.target_reference) and await is_settled(context, robot, claim):
        return
    plan_without, files = await planner(context, claim, stored)
    _, reference = await robot.key(plan_without, StoredSaveJournal(context, claim), files)
    _log.info("saved", target_reference=reference)
    await read_back(context, robot, claim, reference, began)
