"""What a claim asks of a robot: key a report, look for it, read it back. What is durable is made so here."""

from __future__ import annotations

import asyncio
from time import monotonic

import structlog

from orchestrator.looking import is_settled, look, look_again
from orchestrator.office import Office, move, note_change, stored_of
from orchestrator.reading import read_back
from orchestrator.states import Reason, State
from orchestrator.store import Claim, ClaimLost, NotMoved, Task
from rpa.browser import clock
from rpa.plan import Plan, held_to_json, plan_to_json
from rpa.planning import Unavailable, plan
from rpa.robot import Keyed, Robot

_log = structlog.get_logger(__name__)

SAVE_WITHIN = 0.8  # of a lease, from when it was renewed: the rest is for the request's own way


class Custody:
    """Keeps a report while a robot keys it: what the robot says is durable before it goes on."""

    def __init__(self, office: Office, claim: Claim) -> None:
        self._office, self._claim = office, claim

    async def submitting(self, keyed: Keyed) -> float:
        """Make `submitting` durable under our claim; answers until when the save may leave.

        The clock is read before the lease is renewed: however long that takes, the lease outlives the deadline.
        """
        office, claim = self._office, self._claim
        lease = office.settings.robots.lease_seconds
        deadline = clock.now() + lease * SAVE_WITHIN
        await asyncio.to_thread(office.store.renew, claim, lease)
        picture = await asyncio.to_thread(
            office.originals.keep_picture, claim.reference, "review.png", keyed.picture
        )
        await move(
            office,
            claim,
            State.KEYING,
            State.SUBMITTING,
            Reason.PAGE_CONFIRMED,
            plan=plan_to_json(keyed.plan),
            dispositions=keyed.plan.counts,
            keyed=held_to_json(keyed.held),
            pictures={"review": picture},
        )
        for change in keyed.changes:
            await note_change(office, claim, change)
        return deadline

    async def submitted(self, reference: str) -> None:
        """Make the target's reference durable. Where the claim is lost it is evidence still; then `ClaimLost`."""
        office, claim = self._office, self._claim
        said = State.SUBMITTING, State.SUBMITTED, Reason.REFERENCE_SEEN
        try:
            await move(office, claim, *said, target_reference=reference)
        except NotMoved as error:
            state = await asyncio.to_thread(
                office.store.answer_late,
                claim.reference,
                reference,
                actor=claim.robot,
                look_again_at=office.clock() + office.horizon(claim.target),
            )
            _log.warning("save was answered late", target_reference=reference, state=state)
            raise ClaimLost(f"{claim.reference}: answered after the claim had ended") from error


async def do(office: Office, robot: Robot, claim: Claim) -> None:
    """Do what the claim asks."""
    match claim.task:
        case Task.KEY:
            await _key(office, robot, claim)
        case Task.LOOK:
            await look(office, robot, claim)
        case Task.READ:
            await read_back(office, robot, claim, claim.target_reference or "")
        case Task.LOOK_AGAIN:
            await look_again(office, robot, claim)


async def _key(office: Office, robot: Robot, claim: Claim) -> None:
    """Key one report, save it, read it back; one that may be in the target already is looked for first (P2)."""
    began = monotonic()
    stored = await stored_of(office, claim)
    if (claim.look_first or claim.target_reference) and await is_settled(office, robot, claim):
        return
    submission = await asyncio.to_thread(
        office.originals.find, stored.sha256, stored.source, stored.source_name
    )
    files = {media.name: media.content for media in submission.media}
    report = stored.understood()
    target = office.definitions.targets[claim.target]
    loaded = office.definitions.mapping(claim.target, claim.form)

    known = office.known.around(claim.target, office.clock())

    def planned(unavailable: Unavailable) -> Plan:
        return plan(report, loaded, target.profile, claim.target, media=files.keys(), unavailable=unavailable)

    def plan_without(unavailable: Unavailable) -> Plan:
        """Around the changes that this worker has met lately, too, unless the target does not do without."""
        around = planned(unavailable | known)
        return planned(unavailable) if known and around.missing else around

    _, reference = await robot.key(plan_without, Custody(office, claim), files)
    _log.info("saved", target_reference=reference)
    await read_back(office, robot, claim, reference, began)
