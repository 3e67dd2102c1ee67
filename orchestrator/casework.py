"""What a claim asks of a robot: key a report, look for it, read it back; and what becomes of a failure."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Unpack

import structlog

from orchestrator.definitions import Definitions
from orchestrator.known_changes import KnownChanges
from orchestrator.logs import describe
from orchestrator.originals import Originals
from orchestrator.retry import back_off, decide
from orchestrator.settings import Settings
from orchestrator.states import Reason, State
from orchestrator.store import Claim, ClaimLost, Columns, NotMoved, Store, Stored, Task
from orchestrator.store.engine import Clock
from rpa.browser import clock
from rpa.browser.launch import Browser
from rpa.errors import RpaError, TargetChanged
from rpa.plan import Plan, held_from_json, held_to_json, plan_from_json, plan_to_json
from rpa.planning import Unavailable, plan
from rpa.robot import Keyed, Robot
from rpa.targets.record import chosen_in

_log = structlog.get_logger(__name__)

READ_WITHIN = timedelta(minutes=10)  # a record that cannot be read by then goes to the operator unread
LOOK_WITHIN = timedelta(minutes=30)  # a report that cannot be looked up by then goes to an operator to look


@dataclass(frozen=True)
class Office:
    """What the robots of one worker share."""

    settings: Settings
    store: Store
    originals: Originals
    definitions: Definitions
    browser: Browser
    clock: Clock
    known: KnownChanges = field(default_factory=KnownChanges)


class Custody:
    """Keeps a report while a robot keys it: what the robot says is durable before it goes on."""

    def __init__(self, office: Office, claim: Claim) -> None:
        self._office, self._claim = office, claim

    async def submitting(self, keyed: Keyed) -> float:
        """Make `submitting` durable under our claim; then save may leave for most of a whole lease."""
        office, claim = self._office, self._claim
        lease = office.settings.robots.lease_seconds
        until = clock.now() + lease * 0.8  # before the lease is renewed: never later than it
        await asyncio.to_thread(office.store.renew, claim, lease)
        picture = await asyncio.to_thread(
            office.originals.keep_picture, claim.reference, "review.png", keyed.picture
        )
        await _move(
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
            await _note_change(office, claim, change)
        return until

    async def submitted(self, reference: str) -> None:
        """Make the target's reference durable."""
        await _move(
            self._office,
            self._claim,
            State.SUBMITTING,
            State.SUBMITTED,
            Reason.REFERENCE_SEEN,
            target_reference=reference,
        )


async def _note_change(office: Office, claim: Claim, change: TargetChanged) -> None:
    """Report a change in the target, once per change (P6)."""
    office.known.note(claim.target, change.screen, change.control, office.clock())
    place = f"{change.screen} / {change.control}: {change.reason}"
    if await asyncio.to_thread(office.store.note_drift, claim.target, "control", place):
        _log.warning("the target has changed", screen=change.screen, control=change.control)


async def do(office: Office, robot: Robot, claim: Claim) -> None:
    """Do what the claim asks."""
    match claim.task:
        case Task.KEY:
            await _key(office, robot, claim)
        case Task.LOOK:
            await _look(office, robot, claim)
        case Task.READ:
            await _read_back(office, robot, claim, claim.target_reference or "", monotonic())


async def _key(office: Office, robot: Robot, claim: Claim) -> None:
    """Key one report, save it, read it back."""
    began = monotonic()
    stored = await _stored(office, claim)
    look_first = claim.look_first or office.settings.robots.look_first
    if look_first and await _found_already(office, robot, claim):
        return
    submission = await asyncio.to_thread(
        office.originals.find, stored.sha256, stored.source, stored.source_name
    )
    files = {media.name: media.content for media in submission.media}
    report = stored.understood()
    target = office.definitions.targets[claim.target]
    loaded = office.definitions.mapping(claim.target, claim.form)

    known = office.known.around(claim.target, office.clock())

    def plan_without(unavailable: Unavailable) -> Plan:
        """Around the changes that this worker has met lately, too, unless the target does not do without."""
        tried = [
            plan(report, loaded, target.profile, claim.target, media=files.keys(), unavailable=each)
            for each in ((unavailable | known, unavailable) if known else (unavailable,))
        ]
        return tried[0] if not tried[0].missing else tried[-1]

    _, reference = await robot.key(plan_without, Custody(office, claim), files)
    _log.info("saved", target_reference=reference)
    await _read_back(office, robot, claim, reference, began)


async def _found_already(office: Office, robot: Robot, claim: Claim) -> bool:
    """Whether the target holds this report from an earlier life; then nothing is keyed (P2)."""
    found = await robot.look(claim.reference)
    if not found:
        return False
    await _move(office, claim, State.KEYING, State.SUBMITTING, Reason.FOUND)
    await _move(office, claim, State.SUBMITTING, State.SUBMITTED, Reason.FOUND, target_reference=found[-1])
    await _read_back(office, robot, claim, found[-1], monotonic())
    return True


async def _look(office: Office, robot: Robot, claim: Claim) -> None:
    """Find out whether an uncertain report was saved. Only the target's own word settles it."""
    found = await robot.look(claim.reference)
    if len(found) == 1:
        await _move(office, claim, State.UNCERTAIN, State.SUBMITTED, Reason.FOUND, target_reference=found[0])
        await _read_back(office, robot, claim, found[0], monotonic())
        return
    wait = office.settings.targets[claim.target].commit_delay_seconds
    # Until its lease would have run out, the robot that pressed may still be pressing.
    lapse = timedelta(seconds=office.settings.robots.lease_seconds + wait)
    left = ((claim.pressed_at or claim.claimed_at) + lapse - office.clock()).total_seconds()
    if not found and left > 0:
        await asyncio.to_thread(office.store.postpone, claim, min(left, max(wait, 1)), Reason.NOT_FOUND)
        return
    reason = Reason.FOUND_SEVERAL if found else Reason.NOT_FOUND
    await _move(office, claim, State.UNCERTAIN, State.ATTENTION, reason)


async def _read_back(office: Office, robot: Robot, claim: Claim, reference: str, began: float) -> None:
    """Compare the record with what was keyed; a difference goes to the operator by name (P3)."""
    stored = await _stored(office, claim)
    if stored.plan is None:
        await _move(office, claim, State.SUBMITTED, State.REVIEW, Reason.UNREAD)
        return
    profile = office.definitions.targets[claim.target].profile
    chosen = chosen_in(held_from_json(stored.keyed), profile)
    reading, picture = await robot.read(plan_from_json(stored.plan), chosen, reference)
    kept = await asyncio.to_thread(office.originals.keep_picture, claim.reference, "record.png", picture)
    await _move(
        office,
        claim,
        State.SUBMITTED,
        State.REVIEW,
        Reason.MISMATCHED if reading.mismatches else Reason.VERIFIED,
        record=held_to_json(reading.held),
        mismatches=held_to_json(reading.mismatches),
        pictures={**(stored.pictures or {}), "record": kept},
        seconds=round(monotonic() - began, 3),
    )
    if reading.mismatches:
        _log.warning("record differs", count=len(reading.mismatches))
    else:
        _log.info("record verified", count=reading.verified)


async def _stored(office: Office, claim: Claim) -> Stored:
    stored = await asyncio.to_thread(office.store.report, claim.reference)
    if stored is None:
        raise ClaimLost(f"{claim.reference}: the report is gone")
    return stored


async def _move(
    office: Office, claim: Claim, frm: State, to: State, reason: Reason, **columns: Unpack[Columns]
) -> None:
    """Move the report under our claim."""
    await asyncio.to_thread(
        office.store.move,
        claim.reference,
        frm,
        to,
        actor=claim.robot,
        reason=reason,
        token=claim.token,
        **columns,
    )


async def settle_failure(office: Office, claim: Claim, error: Exception) -> None:
    """What the error's family and the report's own state decide.

    Only the state that is on disk says whether save may have been pressed. A report already saved is only ever
    read again; one whose claim is lost is somebody else's.
    """
    for change in (error, *error.also) if isinstance(error, TargetChanged) else ():
        await _note_change(office, claim, change)
    unforeseen = error if not isinstance(error, RpaError) else None
    _log.warning("not finished", error=error, exc_info=unforeseen)
    try:
        state = (await _stored(office, claim)).state
        if state not in (State.KEYING, State.SUBMITTING):
            await _again_later(office, claim)
            return
        decision = decide(
            error,
            claim.attempts,
            office.settings.robots.attempts,
            pressed=state is State.SUBMITTING,
            jitter=random.random(),  # noqa: S311 - spreads retries, hides nothing
        )
        rested = office.clock() + timedelta(seconds=decision.wait_seconds)
        await _move(
            office,
            claim,
            state,
            decision.to,
            decision.reason,
            message=describe(error),
            not_before=rested if decision.wait_seconds else None,
        )
    except NotMoved:
        _log.warning("claim lost: hands off")


async def _again_later(office: Office, claim: Claim) -> None:
    """Look or read again later; what cannot be read or looked up in time goes to an operator as it is."""
    state = (await _stored(office, claim)).state
    since = office.clock() - (claim.pressed_at or claim.claimed_at)
    if state is State.SUBMITTED and since > READ_WITHIN:
        await _move(office, claim, State.SUBMITTED, State.REVIEW, Reason.UNREAD)
        return
    if state is State.UNCERTAIN and since > LOOK_WITHIN:
        await _move(office, claim, State.UNCERTAIN, State.ATTENTION, Reason.SAVE_UNANSWERED)
        return
    wait = back_off(max(claim.attempts, 1), random.random())  # noqa: S311 - as above
    await asyncio.to_thread(office.store.postpone, claim, wait, Reason.TARGET_FAULT)
