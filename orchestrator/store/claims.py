"""Claims: one report in one robot's hands for a while, and never in two."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, update

from orchestrator.states import Reason, State
from orchestrator.store.engine import Transaction
from orchestrator.store.moves import move
from orchestrator.store.switches import on_condition
from orchestrator.store.tables import CLAIMABLE_NOW, reports, switches
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
)
_TASK_OF = {State.READY: Task.KEY, State.UNCERTAIN: Task.LOOK, State.SUBMITTED: Task.READ}


def next_due(now: datetime, targets: Collection[str]) -> Select[*tuple[Any, ...]]:
    """The reference of the earliest due report that may be claimed now, locked where rows can be locked.

    A form that is off keeps its reports from being keyed, but what was saved is still looked up and read
    back.
    """
    forms_on = select(switches.c.form).where(on_condition())
    rested = or_(reports.c.not_before.is_(None), reports.c.not_before <= now)
    free = or_(reports.c.lease_until.is_(None), reports.c.lease_until <= now)
    may_key = and_(reports.c.state == State.READY, reports.c.form.in_(forms_on))
    may_look: ColumnElement[bool] = reports.c.state != State.READY
    return (
        select(*_NEEDED)
        .where(CLAIMABLE_NOW, reports.c.target.in_(tuple(targets)), rested, free, or_(may_key, may_look))
        .order_by(reports.c.due_at, reports.c.reference)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True, of=reports)
    )


def is_waiting(connection: Connection, now: datetime, targets: Collection[str]) -> bool:
    """Whether there is anything to claim, asked without keeping any writer waiting."""
    return (
        connection.execute(next_due(now, targets).with_only_columns(reports.c.reference)).first() is not None
    )


def claim(
    transaction: Transaction, robot: str, accounts: Mapping[str, str], lease_seconds: float
) -> Claim | None:
    """Take the earliest due report for a robot, or None when there is nothing to do.

    `accounts` is the robot's account in each target it may work in.

    1. Find it and lock its row (SQLite: this transaction is the only writer).
    2. `ready` becomes `keying`, one more attempt; `uncertain` and `submitted` stay what they are.
    3. A new, higher token and a lease, in the same transaction.
    """
    row = transaction.connection.execute(next_due(transaction.now, accounts.keys())).one_or_none()
    if row is None:
        return None
    task = _TASK_OF[row.state]
    taken = Claim(
        reference=row.reference,
        task=task,
        token=row.claim_token + 1,
        attempts=row.attempts + (1 if task is Task.KEY else 0),
        look_first=row.pressed_at is not None,
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
    )
    _take(transaction, taken)
    return taken


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


def postpone(transaction: Transaction, held: Claim, wait_seconds: float, reason: Reason) -> None:
    """Give a report back that was only to be looked up or read, for another try after the wait.

    Its state stays; `reason` says why in the trail. Raises `ClaimLost` when it is not ours any more.
    """
    not_before = transaction.now + timedelta(seconds=wait_seconds)
    _touch(transaction, held, lease_until=None, not_before=not_before)
    details = {"task": str(held.task), "token": held.token, "reason": str(reason)}
    append(transaction, actor=held.robot, action="postponed", subject=held.reference, details=details)


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
