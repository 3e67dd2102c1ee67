"""What people decide about a report."""

from __future__ import annotations

from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.states import Reason, State
from orchestrator.store import Store, moves


def release(store: Store, actor: Actor, reference: str) -> State:
    """Let a held report go on in spite of what it is held for; returns the state it ends in: `held` again if its
    form is off. Raises `NotAllowed`, `NotMoved`."""
    require(actor, Act.RELEASE)
    ways = reference, State.HELD, State.READY
    with store.writing() as transaction:
        return moves.move(transaction, *ways, actor=actor.name, reason=Reason.RELEASED)
