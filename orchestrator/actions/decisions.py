"""What people decide about a report. A rationale is kept with the report; the trail has its keyed digest only."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Unpack

from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.definitions import Definitions
from orchestrator.next_state import Next
from orchestrator.originals import OriginalAltered, Originals
from orchestrator.states import Reason, State
from orchestrator.store import Columns, NoSuchReport, NotMoved, Store, moves
from orchestrator.store.column_types import storable
from orchestrator.store.erase import erase as erase_content
from orchestrator.store.target_references import refuse_another
from rpa.errors import OperatingError

_ONE_LINE = r"[!-~](?:[ -~]{0,62}[!-~])?"  # what a reference is at most, where no profile says more


class Outcome(StrEnum):
    """What an operator can find a reviewed report to be."""

    CRIME = Reason.CRIME
    NOT_A_CRIME = Reason.NOT_A_CRIME
    PASSED_ON = Reason.PASSED_ON
    DUPLICATE = Reason.DUPLICATE


class Incomplete(OperatingError):  # noqa: N818 - says what the decision is
    """A decision lacks its rationale or its reference."""


def release(store: Store, actor: Actor, reference: str) -> State:
    """Let a held report go on in spite of what it is held for; returns the state it ends in: `held` again if its
    form is off. Raises `NotAllowed`, `NotMoved`."""
    require(actor, Act.RELEASE)
    return _moved(store, actor, reference, State.HELD, Next(State.READY, Reason.RELEASED))


def decide(store: Store, actor: Actor, reference: str, outcome: Outcome, because: str) -> State:
    """Decide on a report in review. Raises `NotAllowed`, `Incomplete` without a rationale, `NotMoved`."""
    require(actor, Act.DECIDE)
    rationale = needed(because, "the rationale")
    step = Next(State.DECIDED, Reason(outcome))
    return _moved(store, actor, reference, State.REVIEW, step, rationale=rationale)


def key_by_hand(
    store: Store,
    definitions: Definitions,
    actor: Actor,
    reference: str,
    target_reference: str,
    *,
    replace: bool = False,
) -> State:
    """Somebody has keyed a report that needs attention into the target, under that reference.

    It goes on the trail, so it must be a reference of that target. `replace`: also if the report has
    another one, or another report has it. Raises `NotAllowed`, `Incomplete` without a reference, `NotMoved`.
    """
    require(actor, Act.KEY_BY_HAND)
    given = needed(target_reference, "the target's reference")
    stored = store.report(reference)
    target = definitions.targets.get(stored.target or "") if stored else None
    pattern = target.profile.journey.reference if target else _ONE_LINE
    if not re.fullmatch(pattern, given) or not re.fullmatch(_ONE_LINE, given):
        where = f"of {target.name}" if target else "of a target"
        raise NotMoved(f"{reference}: the reference is not one {where}, which would match {pattern}")
    with store.writing() as transaction:
        if not replace:
            refuse_another(transaction, reference, given)
        return moves.move(
            transaction,
            reference,
            State.ATTENTION,
            State.KEYED_BY_HAND,
            actor=actor.name,
            reason=Reason.KEYED_BY_HAND,
            target_reference=given,
        )


def dismiss(store: Store, actor: Actor, reference: str, because: str) -> State:
    """Turn away a report that is held or needs attention: it is `rejected`, and nobody keys it.

    Raises `NotAllowed`, `Incomplete` without a rationale, `NotMoved`.
    """
    require(actor, Act.DISMISS)
    rationale = needed(because, "the rationale")
    stored = store.report(reference)
    if stored is None:
        raise NoSuchReport(reference)
    if stored.state not in (State.HELD, State.ATTENTION):
        raise NotMoved(
            f"{reference}: its state is {stored.state}; "
            "only a report that is held or needs attention can be dismissed"
        )
    step = Next(State.REJECTED, Reason.REJECTED)
    return _moved(store, actor, reference, stored.state, step, rationale=rationale)


def erase(store: Store, originals: Originals, actor: Actor, reference: str, because: str) -> None:
    """Remove the content of a report whose work has ended, for good. Erased before: what came since is removed.

    The files are looked for before the transaction begins, and go before it ends: if that fails, the report is as
    it was, and can be erased again. Raises `NotAllowed`, `Incomplete` without a rationale, `NotMoved`,
    `OriginalAltered`, and OSError.
    """
    require(actor, Act.ERASE)
    rationale = needed(because, "the rationale")
    contents = store.own_contents(reference)
    for sha256 in contents:
        if (content := originals.kept(sha256)) is not None and not store.arrived(reference, content):
            raise OriginalAltered(
                f"{reference}: the database names original {sha256[:12]}, which by the trail never arrived for it."
                " Nothing is removed. Run `rpa audit verify`"
            )
    with originals.erasing(contents, reference) as remove, store.writing() as transaction:
        erase_content(transaction, reference, contents, actor=actor.name, rationale=rationale)
        remove()


def _moved(
    store: Store, actor: Actor, reference: str, frm: State, step: Next, **columns: Unpack[Columns]
) -> State:
    """Move a report in a transaction of its own; returns the state it ends in."""
    with store.writing() as transaction:
        return moves.move(
            transaction, reference, frm, step.to, actor=actor.name, reason=step.reason, **columns
        )


def needed(words: str, what: str) -> str:
    """What a person wrote, as the database keeps it, `what` it is. Raises `Incomplete` when that is nothing."""
    if not words.strip():
        raise Incomplete(f"{what} is missing")
    return storable(words.strip())
