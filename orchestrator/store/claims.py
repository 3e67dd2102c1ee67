"""Claims: one report in one robot's hands for a while, and never in two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, update

from orchestrator.states import Reason, State
from orchestrator.store.breakers import Open, open_to, take_probe
from orchestrator.store.engine import Transaction
from orchestrator.store.moves import move
from orchestrator.store.switches import on_condition
from orchestrator.store.tables import CLAIMABLE_NOW, LOOK_AGAIN, reports, switches
from orchestrator.store.trail import append
from orchestrator.store.values import Claim, ClaimLost, Task

_NEEDED = (
    reports.c.reference,
    reports.c.state,
    reports.c.claim_token,
    reports.c.attempts,
    reports.c.form,
    reports.c.form_version,
    reports.c.target,
    reports.c.target_reference,
    reports.c.due_at,
    reports.c.pressed_at,
    reports.c.look_first,
    reports.c.looks,
    reports.c.signed_out,
)
_TASK_OF = {
    State.READY: Task.KEY,
    State.UNCERTAIN: Task.LOOK,
    State.SUBMITTED: Task.READ,
    State.REVIEW: Task.LOOK_AGAIN,
}


def next_due(now: datetime, open_: Open) -> Select[*tuple[Any, ...]]:
    """The reference of the earliest due report that may be claimed now, locked where rows can be locked.

    A form that is off keeps its reports from being keyed, but what was saved is still looked up and read
    back. Where a probe is due, a report that has not met the trouble goes first.
    """
    forms_on = select(switches.c.form).where(on_condition())
    keyed_into = reports.c.target.in_(tuple(open_.to_key))
    may_key = and_(reports.c.state == State.READY, reports.c.form.in_(forms_on), keyed_into)
    may_look: ColumnElement[bool] = reports.c.state != State.READY
    query = _free(now, open_).where(CLAIMABLE_NOW, or_(may_key, may_look))
    worse_probe = [reports.c.reference.in_(tuple(open_.met))] if open_.met else []
    return query.order_by(*worse_probe, reports.c.due_at, reports.c.reference)


def next_again(now: datetime, open_: Open) -> Select[*tuple[Any, ...]]:
    """The report that was uncertain once and has waited longest to be looked for once more."""
    query = _free(now, open_).where(
        LOOK_AGAIN, reports.c.look_again_at <= now, reports.c.state == State.REVIEW
    )
    return query.order_by(reports.c.look_again_at, reports.c.reference)


def _free(now: datetime, open_: Open) -> Select[*tuple[Any, ...]]:
    rested = or_(reports.c.not_before.is_(None), reports.c.not_before <= now)
    free = or_(reports.c.lease_until.is_(None), reports.c.lease_until <= now)
    query = select(*_NEEDED).where(reports.c.target.in_(tuple(open_.to_work)), rested, free).limit(1)
    return query.with_for_update(skip_locked=True, key_share=True, of=reports)


def is_waiting(connection: Connection, now: datetime, accounts: Mapping[str, str]) -> bool:
    """Whether there is anything to claim, asked without keeping any writer waiting."""
    open_ = open_to(connection, now, accounts)
    return any(
        connection.execute(query(now, open_).with_only_columns(reports.c.reference)).first() is not None
        for query in (next_due, next_again)
    )


def claim(
    transaction: Transaction, robot: str, accounts: Mapping[str, str], lease_seconds: float
) -> Claim | None:
    """Take the earliest due report for a robot, or None when there is nothing to do.

    `accounts` is the robot's account in each target it may work in.

    1. Find it and lock its row (SQLite: this transaction is the only writer). A second look waits until nothing
       else is due. Targets whose circuit breaker is open are passed over, but for the one probe that is due.
    2. `ready` becomes `keying`, one more attempt; every other state stays what it is.
    3. A new, higher token and a lease, in the same transaction.
    """
    row = _next(transaction, accounts)
    if row is None:
        return None
    task = _TASK_OF[row.state]
    taken = Claim(
        reference=row.reference,
        task=task,
        token=row.claim_token + 1,
        attempts=row.attempts + (1 if task is Task.KEY else 0),
        look_first=row.look_first or row.pressed_at is not None,
        form=row.form,
        form_version=row.form_version,
        target=row.target,
        target_reference=row.target_reference,
        robot=robot,
        account=accounts[row.target],
        due_at=row.due_at,
        claimed_at=transaction.now,
        lease_until=transaction.now + timedelta(seconds=lease_seconds),
        pressed_at=row.pressed_at,
        looks=row.looks,
        signed_out=row.signed_out,
    )
    take_probe(transaction, taken)  # before the trail: whoever holds that waits for nobody's row
    _take(transaction, taken)
    return taken


def _next(transaction: Transaction, accounts: Mapping[str, str]) -> Row[*tuple[Any, ...]] | None:
    open_ = open_to(transaction.connection, transaction.now, accounts)
    for query in (next_due, next_again):
        row = transaction.connection.execute(query(transaction.now, open_)).one_or_none()
        if row is not None:
            return row
    return None


def _take(transaction: Transaction, taken: Claim) -> None:
    changes: dict[str, Any] = {
        "claim_token": taken.token,
        "lease_until": taken.lease_until,
        "robot": taken.robot,
        "account": taken.account,
        "attempts": taken.attempts,
    }
    if taken.task is Task.KEY:
        move(
            transaction,
            taken.reference,
            State.READY,
            State.KEYING,
            actor=taken.robot,
            reason=Reason.CLAIMED,
            changes=changes,
        )
        return
    transaction.connection.execute(
        update(reports).where(reports.c.reference == taken.reference).values(not_before=None, **changes)
    )
    details = {name: changes[name] for name in ("robot", "account")}
    append(
        transaction,
        actor=taken.robot,
        action="claimed",
        subject=taken.reference,
        details={**details, "task": str(taken.task), "token": taken.token},
    )


def renew(transaction: Transaction, held: Claim, lease_seconds: float) -> Claim:
    """The same claim with a lease that runs from now. Raises `ClaimLost` when it is not ours any more."""
    lease_until = transaction.now + timedelta(seconds=lease_seconds)
    _touch(transaction, held, lease_until=lease_until)
    return replace(held, lease_until=lease_until)


def postpone(
    transaction: Transaction, held: Claim, wait_seconds: float, reason: Reason, message: str | None = None
) -> None:
    """Give a report back that was only to be looked up or read, for another try after the wait.

    Its state stays; `reason` says why in the trail, `message` on the report. A look that gave no answer is
    counted. Raises `ClaimLost` when it is not ours any more.
    """
    not_before = transaction.now + timedelta(seconds=wait_seconds)
    changes = {"message": message} if message else {}
    looks = reports.c.looks + 1
    _touch(transaction, held, lease_until=None, not_before=not_before, looks=looks, **changes)
    details = {"task": str(held.task), "token": held.token, "reason": str(reason)}
    append(transaction, actor=held.robot, action="postponed", subject=held.reference, details=details)


def look_again(transaction: Transaction, since: datetime) -> int:
    """Have every record saved since then, and not decided yet, looked for once more; returns how many."""
    saved = and_(reports.c.state == State.REVIEW, reports.c.keyed_at >= since)
    statement = update(reports).where(saved, reports.c.look_again_at.is_(None))
    return transaction.connection.execute(statement.values(look_again_at=transaction.now)).rowcount


def looked_again(transaction: Transaction, held: Claim) -> None:
    """A second look found what was to be there. The state stays. Raises `ClaimLost`."""
    _touch(transaction, held, lease_until=None, look_again_at=None)
    details = {"task": str(held.task), "token": held.token, "target_reference": held.target_reference}
    append(transaction, actor=held.robot, action="looked again", subject=held.reference, details=details)


def _touch(transaction: Transaction, held: Claim, **values: Any) -> None:
    touched = transaction.connection.execute(
        update(reports)
        .where(
            reports.c.reference == held.reference,
            reports.c.claim_token == held.token,
            reports.c.lease_until > transaction.now,
        )
        .values(**values)
        .returning(reports.c.reference)
    ).one_or_none()
    if touched is None:
        raise ClaimLost(f"{held.reference}: the claim is not ours any more")


def expire(transaction: Transaction, limit: int) -> list[str]:
    """Take back what robots have let lapse; returns the references.

    `keying` goes back to `ready`, or to `attention` once `limit` attempts are used up; `submitting` becomes
    `uncertain`. Reports that were only to be looked up or read are free again by themselves.
    """
    query = (
        select(reports.c.reference, reports.c.state, reports.c.attempts)
        .where(
            reports.c.state.in_((State.KEYING, State.SUBMITTING)),
            or_(reports.c.lease_until.is_(None), reports.c.lease_until <= transaction.now),
        )
        .order_by(reports.c.reference)
        .with_for_update(skip_locked=True, key_share=True, of=reports)
    )
    lapsed = transaction.connection.execute(query).all()
    for row in lapsed:
        to, reason = _after_lapse(row.state, row.attempts, limit)
        move(transaction, row.reference, row.state, to, actor="rpa", reason=reason)
    return [row.reference for row in lapsed]


def _after_lapse(state: State, attempts: int, limit: int) -> tuple[State, Reason]:
    if state is State.SUBMITTING:
        return State.UNCERTAIN, Reason.LEASE_LOST
    if attempts >= limit:
        return State.ATTENTION, Reason.ATTEMPTS_USED_UP
    return State.READY, Reason.LEASE_LOST
