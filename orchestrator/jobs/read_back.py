"""Reading a saved record back, and comparing it with what was keyed (P3)."""

from __future__ import annotations

import asyncio
from time import monotonic

import structlog

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, stored_of
from orchestrator.store import Claim
from rpa.plan import held_from_json, held_to_json, plan_from_json
from rpa.robot import Robot
from rpa.targets.record import chosen_in

_log = structlog.get_logger(__name__)


async def read_back(
    context: WorkerContext, robot: Robot, claim: Claim, reference: str, began: float | None = None
) -> None:
    """Compare the record with what was keyed; a difference goes to the operator by name.

    `began` is when the robot's work on the report did, by `time.monotonic`; now, unless given.
    """
    began = monotonic() if began is None else began
    stored = await stored_of(context, claim)
    if stored.plan is None:
        await context.act(work.unread, claim)
        return
    profile = context.definitions.targets[claim.target].profile
    chosen = chosen_in(held_from_json(stored.keyed), profile)
    reading, picture = await robot.read(plan_from_json(stored.plan), chosen, reference)
    kept = await asyncio.to_thread(context.originals.keep_picture, claim.reference, "record.png", picture)
    await context.act(
        work.read,
        claim,
        record=held_to_json(reading.held),
        mismatches=held_to_json(reading.mismatches),
        pictures={**(stored.pictures or {}), "record": kept},
        seconds=round(monotonic() - began, 3),
    )
    if reading.mismatches:
        _log.warning("record differs", count=len(reading.mismatches))
    else:
        _log.info("record verified", count=reading.verified)
