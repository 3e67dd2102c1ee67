"""A look or a reading that did not succeed: tried again with growing waits, and in the end a person."""

from __future__ import annotations

import random
from datetime import timedelta

from orchestrator.actions import work
from orchestrator.actions.retry import back_off
from orchestrator.jobs.context import WorkerContext, stored_of
from orchestrator.states import Reason, State
from orchestrator.store import Claim

READ_WITHIN = timedelta(minutes=10)  # a record that cannot be read by then goes to the operator unread
LOOK_WITHIN = timedelta(minutes=30)  # a report that cannot be looked up by then goes to an operator to look
LONGEST_SECONDS = 60.0  # between two tries for a report that is not certain, or not read yet: somebody waits
LOOKS_AGAIN = 6  # second looks that may give no answer, before an operator looks


async def again_later(context: WorkerContext, claim: Claim, reason: Reason, message: str) -> None:
    """Look or read again later; what cannot be looked up or read in time goes to a person as it is."""
    state = (await stored_of(context, claim)).state
    since = context.clock() - (claim.pressed_at or claim.claimed_at)
    asked_in_vain = (
        (state is State.SUBMITTED and since > READ_WITHIN)
        or (state is State.UNCERTAIN and since > LOOK_WITHIN)
        or (state is State.REVIEW and claim.unclear + 1 >= LOOKS_AGAIN)
    )
    if asked_in_vain:
        await context.act(work.give_up, claim, state, message)
        return
    wait = back_off(claim.unclear + 1, random.random())  # noqa: S311 - spreads retries, hides nothing
    if state is not State.REVIEW:
        wait = min(wait, LONGEST_SECONDS)
    await context.act(work.postpone, claim, wait, reason, message)
