"""The save journal of a robot's worker: what the robot says of a save is durable before it goes on (P2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

import structlog

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, note_change
from orchestrator.monitoring.logs import describe
from orchestrator.store import DATABASE_ERRORS, Claim, ClaimLost, Columns, NotMoved
from rpa.browser import clock
from rpa.errors import NotSent, SubmissionUncertain
from rpa.plan import held_to_json, plan_to_json, recorded_to_json
from rpa.robot import FilledRecord

_log = structlog.get_logger(__name__)

SAVE_WITHIN = 0.8  # of a lease, from when it was renewed: the rest is for the request's own way

Evidence: TypeAlias = Callable[[FilledRecord], Columns]


def of_new_record(keyed: FilledRecord) -> Columns:
    """What is kept of a record that is about to be saved first."""
    return {"dispositions": keyed.plan.counts}


class NotRecorded(NotSent):
    """Save was not pressed, because that it would be could not be recorded. That is not the target's doing."""


class StoredSaveJournal:
    """Keeps a job while a robot keys, a new record or an update. `evidence`: what is kept beside the plan, the
    values and the picture."""

    def __init__(self, context: WorkerContext, claim: Claim, evidence: Evidence = of_new_record) -> None:
        self._context, self._claim, self._evidence = context, claim, evidence

    async def before_save(self, keyed: FilledRecord) -> float:
        """Make `submitting` durable under our claim; returns until when the save may leave.

        Raises `ClaimLost`, and `NotRecorded` for anything else that fails: nothing is pressed then.
        """
        try:
            for change in keyed.changes:
                await note_change(self._context, self._claim, change)
            return await self._submitting(keyed)
        except ClaimLost:
            raise
        except Exception as error:
            said = f"save was not pressed, as that could not be recorded: {describe(error)}"
            raise NotRecorded(said) from error

    async def _submitting(self, keyed: FilledRecord) -> float:
        """The clock is read before the lease is renewed: however long that takes, the lease outlives the deadline.
        Once `submitting` is durable nothing is done that may fail."""
        context, claim = self._context, self._claim
        lease = context.settings.robots.lease_seconds
        deadline = clock.now() + lease * SAVE_WITHIN
        await context.act(work.renew, claim, lease)
        evidence: Columns = {
            "plan": plan_to_json(keyed.plan),
            "keyed": held_to_json(keyed.held),
            **self._evidence(keyed),
        }
        if keyed.before:
            evidence["before"] = recorded_to_json(keyed.before)
        shown = picture_name(claim, "review"), keyed.picture
        await context.act(work.with_picture, context.originals, claim, work.about_to_save, shown, **evidence)
        return deadline

    async def after_save(self, reference: str) -> None:
        """Make the target's reference durable; a store that is busy or away is asked until it takes it.

        Where the claim is lost it is evidence still; then `ClaimLost`. Raises `SubmissionUncertain`, which names
        the reference, where trying again does not help.
        """
        context, claim = self._context, self._claim
        reconcile_at = context.clock() + context.horizon(claim.target)
        while True:
            try:
                return await context.act(work.saved, claim, reference, reconcile_at)
            except NotMoved:
                raise
            except DATABASE_ERRORS as error:
                again = "the reference of a saved record could not be stored and is tried again"
                _log.error(again, target_reference=reference, error=error)
            except Exception as error:
                lost = "the reference of a saved record could not be stored"
                _log.error(lost, target_reference=reference, error=error, exc_info=error)
                raise SubmissionUncertain(f"saved as {reference}, which could not be stored") from error
            await asyncio.sleep(context.store_retry_seconds)


def picture_name(claim: Claim, what: str) -> str:
    """The name of a picture; those of an update stand beside those of the record when it was new."""
    return f"update-{claim.saving_job}-{what}" if claim.updates else what
