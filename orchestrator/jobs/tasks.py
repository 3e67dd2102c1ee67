"""What a claim asks of a robot: key a report, look it up, read it back. What is durable is made so here."""

from __future__ import annotations

import asyncio
from time import monotonic

import structlog

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, note_change, stored_of
from orchestrator.jobs.look_up import is_settled, look_up, look_up_again
from orchestrator.jobs.read_back import read_back
from orchestrator.states import JobKind
from orchestrator.store import Claim
from rpa.browser import clock
from rpa.plan import Plan, Unavailable, held_to_json, plan_to_json
from rpa.planning import plan
from rpa.robot import FilledRecord, Robot

_log = structlog.get_logger(__name__)

SAVE_WITHIN = 0.8  # of a lease, from when it was renewed: the rest is for the request's own way


class StoredSaveJournal:
    """Keeps a report while a robot keys it: what the robot says is durable before it goes on."""

    def __init__(self, context: WorkerContext, claim: Claim) -> None:
        self._context, self._claim = context, claim

    async def before_save(self, keyed: FilledRecord) -> float:
        """Make `submitting` durable under our claim; returns until when the save may leave.

        The clock is read before the lease is renewed: however long that takes, the lease outlives the deadline.
        """
        context, claim = self._context, self._claim
        lease = context.settings.robots.lease_seconds
        deadline = clock.now() + lease * SAVE_WITHIN
        await context.act(work.renew, claim, lease)
        picture = await asyncio.to_thread(
            context.originals.keep_picture, claim.reference, "review.png", keyed.picture
        )
        await context.act(
            work.about_to_save,
            claim,
            plan=plan_to_json(keyed.plan),
            dispositions=keyed.plan.counts,
            keyed=held_to_json(keyed.held),
            pictures={"review": picture},
        )
        for change in keyed.changes:
            await note_change(context, claim, change)
        return deadline

    async def after_save(self, reference: str) -> None:
        """Make the target's reference durable. Where the claim is lost it is evidence still; then `ClaimLost`."""
        context, claim = self._context, self._claim
        look_again_at = context.clock() + context.horizon(claim.target)
        await context.act(work.saved, claim, reference, look_again_at)


async def do(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Do what the claim asks."""
    match claim.kind:
        case JobKind.KEY:
            await _key(context, robot, claim)
        case JobKind.LOOK_UP if claim.second_look:
            await look_up_again(context, robot, claim)
        case JobKind.LOOK_UP:
            await look_up(context, robot, claim)
        case JobKind.READ_BACK:
            await read_back(context, robot, claim, claim.target_reference or "")


async def _key(context: WorkerContext, robot: Robot, claim: Claim) -> None:
    """Key one report, save it, read it back; one that may be in the target already is looked for first (P2)."""
    began = monotonic()
    stored = await stored_of(context, claim)
    if (claim.look_first or claim.target_reference) and await is_settled(context, robot, claim):
        return
    submission = await asyncio.to_thread(
        context.originals.find, stored.sha256, stored.source, stored.source_name
    )
    files = {media.name: media.content for media in submission.media}
    report = stored.understood()
    target = context.definitions.targets[claim.target]
    loaded = context.definitions.mapping(claim.target, claim.form)

    known = context.known.around(claim.target, context.clock())

    def planned(unavailable: Unavailable) -> Plan:
        return plan(report, loaded, target.profile, claim.target, media=files.keys(), unavailable=unavailable)

    def plan_without(unavailable: Unavailable) -> Plan:
        """Around the changes that this worker has met lately, too, unless the target does not do without."""
        around = planned(unavailable | known)
        return planned(unavailable) if known and around.missing else around

    _, reference = await robot.key(plan_without, StoredSaveJournal(context, claim), files)
    _log.info("saved", target_reference=reference)
    await read_back(context, robot, claim, reference, began)
