"""Claims: one job in one robot's hands for a while, and never in two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, update

from orchestrator.next_state import after_lapse
from orchestrator.states import KINDS_THAT_SAVE, OPEN, SAVED, JobKind, JobState, Reason, State
from orchestrator.store import jobs as job_rows
from orchestrator.store import recorded_columns, row_versions, updates
from orchestrator.store.breakers import ClaimableTargets, claimable_targets, take_probe
from orchestrator.store.engine import Transaction
from orchestrator.store.moves import move
from orchestrator.store.switches import on_condition, targets_off
from orchestrator.store.tables import CLAIMABLE, jobs, reports, switches
from orchestrator.store.trail import SYSTEM, append
from orchestrator.store.unreadable import UNREADABLE, passing_over, put_aside
from orchestrator.store.values import Claim, ClaimLost

_NEEDED = (
    jobs,
    reports.c.form,
    reports.c.form_version,
    reports.c.target_reference,
    reports.c.keyed_at,
)
_LOOKS = (JobKind.LOOK_UP, JobKind.READ_BACK, JobKind.RECONCILE)


def next_due(now: datetime, claimable: ClaimableTargets) -> Select[*tuple[Any, ...]]:
    """The earliest due job that may be claimed now, locked where rows can be locked.

    A form that is off keeps its reports from being keyed, but what was saved is still looked up and read
    back. Where a probe is due, a report that has not met the trouble goes first. Reconciling comes last.
    """
    forms_on = select(switches.c.form).where(on_condition())
    may_key = and_(reports.c.form.in_(forms_on), jobs.c.target.in_(tuple(claimable.to_key)))
    may = or_(
        and_(jobs.c.kind == JobKind.KEY, reports.c.state == State.READY, may_key),
        and_(jobs.c.kind == JobKind.UPDATE, reports.c.state.in_(SAVED), may_key),
        jobs.c.kind.in_((JobKind.LOOK_UP, JobKind.READ_BACK)),
        and_(jobs.c.kind == JobKind.RECONCILE, reports.c.state == State.REVIEW),
    )
    rested = or_(jobs.c.not_before.is_(None), jobs.c.not_before <= now)
    query = (
        select(*_NEEDED)
        .join(reports, reports.c.reference == jobs.c.reference)
        .where(CLAIMABLE, jobs.c.target.in_(tuple(claimable.to_work)), rested, _is_free(now), may)
    )
    worse_probe = [jobs.c.reference.in_(tuple(claimable.met))] if claimable.met else []
    order = (jobs.c.priority, *worse_probe, jobs.c.due_at, jobs.c.reference)
    return (
        query.order_by(*order).limit(1).with_for_update(skip_locked=True, key_share=True, of=(reports, jobs))
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Free to claim: waiting, or a look-up or read-back whose lease has run out."""
    lapsed = and_(jobs.c.state == JobState.RUNNING, jobs.c.kind.in_(_LOOKS), jobs.c.lease_until <= now)
    return or_(jobs.c.state == JobState.WAITING, lapsed)


def is_waiting(connection: Connection, now: datetime, accounts: Mapping[str, str]) -> bool:
    """Whether there is anything to claim, asked without keeping any writer waiting."""
    query = next_due(now, _claimable(connection, now, accounts)).with_only_columns(jobs.c.id)
    return connection.execute(query).first() is not None


def _claimable(connection: Connection, now: datetime, accounts: Mapping[str, str]) -> ClaimableTargets:
    """Where a robot with these accounts may work now: nowhere in a target that is switched off (P9)."""
    off = targets_off(connection)
    return claimable_targets(
        connection, now, {name: each for name, each in accounts.items() if name not in off}
    )


def claim(
    transaction: Transaction, robot: str, accounts: Mapping[str, str], lease_seconds: float
) -> Claim | None:
    """Take the earliest due job for a robot, or None when there is nothing to do.

    `accounts` is the robot's account in each target it may work in.

    1. Find it and lock its row (SQLite: this transaction is the only writer). Targets whose circuit breaker is
       open are passed over, but for the one probe that is due.
    2. A new, higher token and a lease, in the same transaction; of a job that keys, one more attempt.
    3. A report that is to be keyed goes from `ready` to `keying`; any other stays where it is.

    A job that cannot be read is put before a person instead, and the next claim takes the next.
    """
    claimable = _claimable(transaction.connection, transaction.now, accounts)
    due = next_due(transaction.now, claimable)
    try:
        row = transaction.connection.execute(due).one_or_none()
        taken = None if row is None else _claim(transaction, row, robot, accounts, lease_seconds)
    except UNREADABLE:
        put_aside(transaction, due)
        return None
    if taken is not None:
        take_probe(transaction, taken)  # before the trail: whoever holds that waits for nobody's row
        _take(transaction, taken)
    return taken


def _claim(
    transaction: Transaction,
    row: Row[*tuple[Any, ...]],
    robot: str,
    accounts: Mapping[str, str],
    lease_seconds: float,
) -> Claim:
    saving = _saving(transaction.connection, row)
    update = row.id if row.kind is JobKind.UPDATE else None
    return Claim(
        job=row.id,
        reference=row.reference,
        kind=row.kind,
        token=job_rows.last_token(transaction.connection, row.reference) + 1,
        attempts=saving.attempts + (row.kind in KINDS_THAT_SAVE),
        find_first=job_rows.may_be_in_target(transaction.connection, row.reference, update),
        form=row.form,
        form_version=row.form_version,
        target=row.target,
        target_reference=row.target_reference,
        keyed_at=row.keyed_at,
        robot=robot,
        account=accounts[row.target],
        due_at=row.due_at,
        claimed_at=transaction.now,
        lease_until=transaction.now + timedelta(seconds=lease_seconds),
        pressed_at=saving.pressed_at,
        signed_out=saving.signed_out,
        unclear=row.unclear,
        saving_job=saving.id,
        updates=saving.kind is JobKind.UPDATE,
    )


def _saving(connection: Connection, row: Row[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]]:
    """The job whose save this one is about: itself, or the one that it looks after."""
    return connection.execute(select(jobs).where(jobs.c.id == (row.saving_job or row.id))).one()


def _take(transaction: Transaction, taken: Claim) -> None:
    counted = {"attempts": taken.attempts} if taken.kind in KINDS_THAT_SAVE else {}
    values = {name: getattr(taken, name) for name in job_rows.TAKEN_OVER} | counted
    job_rows.write(transaction, taken.job, state=JobState.RUNNING, not_before=None, **values)
    about = {name: getattr(taken, name) for name in ("robot", "account", "attempts", "token")}
    if taken.kind is JobKind.KEY:
        move(
            transaction,
            taken.reference,
            State.READY,
            State.KEYING,
            actor=taken.robot,
            reason=Reason.CLAIMED,
            details=about,
        )
        return
    details = {**about, "job": taken.job, "kind": str(taken.kind)}
    append(transaction, actor=taken.robot, action="claimed", subject=taken.reference, details=details)


def renew(transaction: Transaction, claimed: Claim, lease_seconds: float) -> Claim:
    """The same claim with a lease that runs from now. Raises `ClaimLost` when it is not ours any more."""
    lease_until = transaction.now + timedelta(seconds=lease_seconds)
    _touch(transaction, claimed, lease_until=lease_until)
    return replace(claimed, lease_until=lease_until)


def postpone(
    transaction: Transaction, claimed: Claim, wait_seconds: float, reason: Reason, message: str | None = None
) -> None:
    """Give a job back that was only to look up or read, for another try after the wait.

    The report's state stays; `reason` says why in the trail, `message` on the report. That there was no answer is
    counted. Raises `ClaimLost` when the claim is not ours any more.
    """
    not_before = transaction.now + timedelta(seconds=wait_seconds)
    freed = {"state": JobState.WAITING, "lease_until": None, "not_before": not_before}
    _touch(transaction, claimed, unclear=jobs.c.unclear + 1, **freed)
    if message:
        recorded_columns.write_report(transaction, claimed.reference, {"message": message})
    details = {**_about(claimed), "reason": str(reason)}
    append(transaction, actor=claimed.robot, action="postponed", subject=claimed.reference, details=details)


def reconcile(transaction: Transaction, since: datetime, horizons: Mapping[str, timedelta]) -> int:
    """Have every record saved since then, and not decided yet, looked up once more; returns how many.

    `horizons`: how long after it was saved the search of each target may not show a record yet; none is looked up
    before.
    """
    saved = and_(reports.c.state == State.REVIEW, reports.c.keyed_at >= since)
    planned = select(jobs.c.reference).where(CLAIMABLE, jobs.c.kind == JobKind.RECONCILE)
    query = select(reports.c.reference, reports.c.target).where(saved, reports.c.reference.not_in(planned))
    in_order = query.order_by(reports.c.reference).with_for_update(key_share=True, of=reports)
    count = 0
    for row in transaction.connection.execute(in_order).all():
        with passing_over(transaction, row.reference):
            kept = select(reports.c.keyed_at).where(reports.c.reference == row.reference)
            keyed_at = transaction.connection.execute(kept).scalar_one() or transaction.now
            shown = keyed_at + horizons.get(row.target or "", timedelta())
            job_rows.open_reconciling(transaction, row.reference, shown)
            count += 1
    return count


def reconciled(transaction: Transaction, claimed: Claim) -> None:
    """A saved record is in the target exactly once. The state stays, and no older search moves the report any more
    (`row_versions`). Raises `ClaimLost`."""
    _touch(transaction, claimed, **job_rows.ended(transaction))
    row_versions.advance(transaction, claimed.reference)
    details = {**_about(claimed), "target_reference": claimed.target_reference}
    append(transaction, actor=claimed.robot, action="reconciled", subject=claimed.reference, details=details)


def _about(claimed: Claim) -> dict[str, object]:
    return {"job": claimed.job, "kind": str(claimed.kind), "token": claimed.token}


def _touch(transaction: Transaction, claimed: Claim, **values: Any) -> None:
    """Write to the job under our claim, or to the reading of the same report that the claim has gone on to."""
    job_rows.lock_report(transaction, claimed.reference)
    mine = and_(jobs.c.reference == claimed.reference, jobs.c.token == claimed.token)
    # Whatever has a lease is at work.
    this = update(jobs).where(mine, jobs.c.lease_until > transaction.now)
    if not recorded_columns.write_jobs(transaction, this, values):
        raise ClaimLost(f"{claimed.reference}: the claim is not ours any more")


def has_lapsed(connection: Connection, now: datetime) -> bool:
    """Whether a robot has let a job that keys lapse, asked without keeping any writer waiting."""
    return any(connection.execute(each).first() is not None for each in (_lapsed(now), updates.lapsed(now)))


def expire(transaction: Transaction, limit: int) -> list[str]:
    """Take back what robots have let lapse; returns the references.

    `keying` goes back to `ready`, or to `attention` once `limit` attempts are used up; `submitting` becomes
    `uncertain`. The save of an update goes the same way. Jobs that were only to look up or read are free again by
    themselves. What another transaction is at work on is left for the next round.
    """
    connection = transaction.connection
    # Every row before the first entry of the trail: see `lock_chain`.
    free: dict[str, Any] = {"skip_locked": True, "key_share": True, "of": (reports, jobs)}
    keying = connection.execute(_lapsed(transaction.now).with_for_update(**free)).all()
    updating = connection.execute(updates.lapsed(transaction.now).with_for_update(**free)).all()
    taken_back = []
    for take_back, rows in ((_take_back, keying), (updates.take_back, updating)):
        for row in rows:
            with passing_over(transaction, row.reference):
                take_back(transaction, row, limit)
                taken_back.append(row.id)
            if row.id not in taken_back:
                put_aside(transaction, select(jobs).where(jobs.c.id == row.id))
    return [row.reference for row in (*keying, *updating)]


def _take_back(transaction: Transaction, row: job_rows.JobRow, limit: int) -> None:
    to, reason = after_lapse(row.state, row.attempts, limit)
    move(transaction, row.reference, row.state, to, actor=SYSTEM, reason=reason)


def _lapsed(now: datetime) -> Select[*tuple[Any, ...]]:
    """The reports whose keying has lapsed."""
    return (
        select(jobs.c.id, reports.c.reference, reports.c.state, jobs.c.attempts)
        .join(jobs, jobs.c.id == reports.c.key_job)
        .where(
            reports.c.state.in_((State.KEYING, State.SUBMITTING)),
            jobs.c.state.in_(OPEN),  # not one that could not be read, and was ended for that
            or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= now),
        )
        .order_by(reports.c.reference)
    )
