"""A look or a reading that did not succeed: tried again with growing waits, and in the end a person."""

from __future__ import annotations

import random

from orchestrator.actions import work
from orchestrator.jobs.context import WorkerContext, standing
from orchestrator.states import Reason, State
from orchestrator.store import Claim
from orchestrator.waits import back_off


async def again_later(context: WorkerContext, claim: Claim, reason: Reason, message: str) -> None:
    """Look or read again later; what cannot be looked up or read in time goes to a person as it is."""
    state = await standing(context, claim)
    waits = context.settings.operations
    since = (context.clock() - (claim.pressed_at or claim.claimed_at)).total_seconds()
    asked_in_vain = (
        (state is State.SUBMITTED and since > waits.read_back_seconds)
        or (state is State.UNCERTAIN and since > waits.look_up_seconds)
        or (state is State.REVIEW and claim.unclear + 1 >= waits.reconcile_tries)
    )
    if asked_in_vain:
        await context.act(work.give_up, claim, state, message)
        return
    wait = back_off(claim.unclear + 1, waits, random.random())  # noqa: S311 - spreads retries, hides nothing
    if state is not State.REVIEW:
        wait = min(wait, waits.look_up_longest_seconds)
    await context.act(work.postpone, claim, wait, reason, message)
