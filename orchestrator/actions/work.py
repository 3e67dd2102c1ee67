"""What robots do with a job, under their claim: take it, keep it, save, and settle what came of it.

A claim is the permission: the store refuses whoever holds an older one. What an act moves depends on the job: the
report of a job that keys is `keying`, that of a look-up `uncertain`, that of a reading `submitted`, one that is
reconciled is in `review`. The save of an update goes the same way, while its report stays where it is. Each act
raises `ClaimLost` when the claim is not ours any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, Unpack

import structlog

from orchestrator.actions.permissions import Act, Actor, require
from orchestrator.next_state import Next, not_found, out_of_time
from orchestrator.originals import Originals
from orchestrator.states import KINDS_THAT_SAVE, JobKind, Reason, State
from orchestrator.store import (
    Claim,
    ClaimLost,
    Columns,
    NotMoved,
    Store,
    claims,
    late_responses,
    moves,
    updates,
)
from orchestrator.store.engine import Transaction

_log = structlog.get_logger(__name__)


class Recording(Protocol):
    """An act that takes evidence."""

    def __call__(self, store: Store, claimed: Claim, **evidence: Unpack[Columns]) -> None:
        """Do it."""


def claim(store: Store, actor: Actor, accounts: Mapping[str, str], lease_seconds: float) -> Claim | None:
    """Take the earliest due job that this robot may work on; None when there is none.

    `accounts`: target -> the robot's account in it; only jobs for these targets are claimed. Raises `NotAllowed`.
    """
    require(actor, Act.WORK)
    if not store.is_waiting(accounts):
        return None
    with store.writing() as transaction:
        return claims.claim(transaction, actor.name, accounts, lease_seconds)


def renew(store: Store, claimed: Claim, lease_seconds: float) -> Claim:
    """The claim with its lease running from now."""
    with store.writing() as transaction:
        return claims.renew(transaction, claimed, lease_seconds)


def postpone(
    store: Store, claimed: Claim, wait_seconds: float, reason: Reason, message: str | None = None
) -> None:
    """Give back a job that was only to look up or read, for another try after the wait."""
    with store.writing() as transaction:
        claims.postpone(transaction, claimed, wait_seconds, reason, message)


def about_to_save(store: Store, claimed: Claim, **evidence: Unpack[Columns]) -> None:
    """The pages hold exactly the plan, and save comes next: whoever finds this after a crash looks first."""
    _move(store, claimed, State.KEYING, State.SUBMITTING, Reason.PAGE_CONFIRMED, **evidence)


def saved(store: Store, claimed: Claim, reference: str, reconcile_at: datetime) -> None:
    """The target gave its reference. After the claim has ended that is evidence still; then `ClaimLost` is raised.

    `reconcile_at`: when a record that was seen late is looked up once more.
    """
    seen = Next(State.SUBMITTED, Reason.REFERENCE_SEEN)
    try:
        _move(store, claimed, State.SUBMITTING, *seen, target_reference=reference)
    except NotMoved as error:
        with store.writing() as transaction:
            if claimed.updates:
                updates.answered_late(transaction, claimed.saving_job, actor=claimed.robot)
            else:
                given: dict[str, Any] = {"actor": claimed.robot, "reconcile_at": reconcile_at}
                late_responses.record_late_response(transaction, claimed.reference, reference, **given)
        _log.warning("save was answered late", target_reference=reference)
        raise ClaimLost(f"{claimed.reference}: answered after the claim had ended") from error


def in_target(
    store: Store,
    claimed: Claim,
    reference: str,
    reconcile_at: datetime | None,
    evidence: Columns | None = None,
) -> None:
    """It was found in the target once: to be read back, and looked up once more at the moment given, if any."""
    found: Columns = {"target_reference": reference, "reconcile_at": reconcile_at, **(evidence or {})}
    _move(store, claimed, _state(claimed), State.SUBMITTED, Reason.FOUND, **found)


def several_in_target(store: Store, claimed: Claim, references: tuple[str, ...]) -> None:
    """It is in the target more than once: a person, always."""
    message = f"The target holds it {len(references)} times: {', '.join(references)}."
    _move(store, claimed, _state(claimed), State.ATTENTION, Reason.FOUND_SEVERAL, message=message)


def not_in_target(store: Store, claimed: Claim, limit: int) -> None:
    """An uncertain report is certainly not in the target; `limit` is how many attempts a report has."""
    step = not_found(claimed.attempts, limit, signed_out=claimed.signed_out)
    _move(store, claimed, State.UNCERTAIN, *step)


def nothing_to_update(store: Store, claimed: Claim, after: Any, revision: int) -> None:
    """The record is as the revised report (`revision`) has it: nothing was keyed, and nothing is to be read."""
    with store.writing() as transaction:
        mine: dict[str, Any] = {"actor": claimed.robot, "token": claimed.token}
        updates.nothing_to_key(transaction, claimed.saving_job, **mine, after=after, revision=revision)


def update_in_doubt(store: Store, claimed: Claim, message: str) -> None:
    """The record may hold an update already that was not keyed under any claim on record: a person."""
    _move(store, claimed, State.KEYING, State.ATTENTION, Reason.CANNOT_TELL, message=message)


def reconciled(store: Store, claimed: Claim) -> None:
    """A saved record was looked up once more, and is there exactly once, under the reference we have."""
    with store.writing() as transaction:
        claims.reconciled(transaction, claimed)


def not_as_saved(store: Store, claimed: Claim, reason: Reason, message: str) -> None:
    """Looked up once more, a record is not in its target exactly once, as it was saved: a person."""
    _move(store, claimed, State.REVIEW, State.ATTENTION, reason, message=message)


def read(store: Store, claimed: Claim, **evidence: Unpack[Columns]) -> None:
    """The record was read back; with `mismatches` it differs from what was keyed."""
    reason = Reason.MISMATCHED if evidence.get("mismatches") else Reason.VERIFIED
    _move(store, claimed, State.SUBMITTED, State.REVIEW, reason, **evidence)


def unread(store: Store, claimed: Claim) -> None:
    """There is nothing to compare the record with: an operator reads it."""
    _move(store, claimed, State.SUBMITTED, State.REVIEW, Reason.UNREAD)


def give_up(store: Store, claimed: Claim, state: State, message: str) -> None:
    """A saved, uncertain or reviewed report cannot be read or looked up in time: a person, with what is known."""
    _move(store, claimed, state, *out_of_time(state), message=message)


def failed(
    store: Store,
    claimed: Claim,
    step: Next,
    message: str,
    *,
    wait_seconds: float,
    pressed: bool,
    signed_out: bool,
) -> None:
    """Keying failed, and the report goes on as `step` says, not to be claimed for `wait_seconds`.

    `pressed`: save may have been pressed; `signed_out`: it was answered by the sign-in page.
    """
    frm = State.SUBMITTING if pressed else State.KEYING
    with store.writing() as transaction:
        rested = transaction.now + timedelta(seconds=wait_seconds)
        changed: Columns = {
            "message": message,
            "not_before": rested if wait_seconds else None,
            "signed_out": signed_out,
        }
        _moved(transaction, claimed, frm, *step, **changed)


def with_picture(
    store: Store,
    originals: Originals,
    claimed: Claim,
    act: Recording,
    picture: tuple[str, bytes],
    **evidence: Unpack[Columns],
) -> None:
    """Do an act whose evidence is this picture (name and PNG) too, which is on disk before.

    A picture of a report that was erased since does not stay.
    """
    name, content = picture
    file = f"{name}.png"
    path = originals.keep_picture(claimed.reference, file, content)
    evidence["pictures"] = {**(evidence.get("pictures") or {}), name: path}
    try:
        act(store, claimed, **evidence)
    except NotMoved:
        stored = store.report(claimed.reference)
        if stored is not None and stored.erased_at is not None:
            originals.remove_picture(claimed.reference, file)
        raise


def _state(claimed: Claim) -> State:
    """Where the save of a job that keys or looks up stands."""
    if claimed.kind in KINDS_THAT_SAVE:
        return State.KEYING
    return State.REVIEW if claimed.kind is JobKind.RECONCILE else State.UNCERTAIN


def _move(
    store: Store, claimed: Claim, frm: State, to: State, reason: Reason, **columns: Unpack[Columns]
) -> None:
    with store.writing() as transaction:
        _moved(transaction, claimed, frm, to, reason, **columns)


def _moved(
    transaction: Transaction,
    claimed: Claim,
    frm: State,
    to: State,
    reason: Reason,
    **columns: Unpack[Columns],
) -> None:
    """Move what the claim is about: the report, or the save of an update."""
    mine: dict[str, Any] = {"actor": claimed.robot, "reason": reason, "token": claimed.token}
    if claimed.updates:
        updates.move(transaction, claimed.saving_job, frm, to, **mine, **columns)
    else:
        moves.move(transaction, claimed.reference, frm, to, **mine, **columns)
