"""The save journal of a robot's worker: what the robot says of a save is durable before it goes on (P2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, note_change
from orchestrator.monitoring.logs import describe
from orchestrator.store import Claim, ClaimLost, Columns
from rpa.browser import clock
from rpa.errors import NotSent
from rpa.plan import held_to_json, plan_to_json, recorded_to_json
from rpa.robot import FilledRecord

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
        """Make the target's reference durable. Where the claim is lost it is evidence still; then `ClaimLost`."""
        context, claim = self._context, self._claim
        reconcile_at = context.clock() + context.horizon(claim.target)
        await context.act(work.saved, claim, reference, reconcile_at)


def picture_name(claim: Claim, what: str) -> str:
    """The name of a picture; those of an update stand beside those of the record when it was new."""
    return f"update-{claim.saving_job}-{what}" if claim.updates else what
