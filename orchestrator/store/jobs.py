"""Rows of `jobs`: opened, held under a claim, written, ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select, update

from orchestrator.states import OPEN, SAVED, UNCOUNTED, JobKind, JobState, Reason, State
from orchestrator.store import recorded_columns
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import jobs, reports
from orchestrator.store.trail import append, saying
from orchestrator.store.values import ClaimLost

EVIDENCE = frozenset({"dispositions", "plan", "keyed", "record", "mismatches", "pictures", "before", "after"})
WRITABLE = EVIDENCE | {"not_before", "revision", "seconds", "signed_out"}
_COUNTED = {"keyed": "keyed_count", "record": "read_count", "mismatches": "mismatch_count"}
LAST = 1  # the priority of what can wait until nothing else is due
UPDATE = "update"  # what the trail calls each move of one
TAKEN_OVER = ("token", "lease_until", "robot", "account", "claimed_at")
_SAVE_BEGAN = f'"to":"{State.SUBMITTING}"'

JobRow = Row[*tuple[Any, ...]]

_ABOUT: Select[*tuple[Any, ...]] = select(reports.c.target, reports.c.due_at).where(
    reports.c.reference == bindparam("of_report")
)


def lock_report(transaction: Transaction, reference: str) -> None:
    """Lock a report's row, as every move does: nobody writes to its jobs without it."""
    row = select(reports.c.reference).where(reports.c.reference == reference)
    transaction.connection.execute(row.with_for_update(key_share=True)).one()


def claimed_job(
    transaction: Transaction, reference: str, token: int, kinds: Collection[JobKind] = tuple(JobKind)
) -> JobRow:
    """The job of these kinds that a robot has in hand for a report, under the claim with that token. The report's
    row is locked already, and so its jobs.

    Raises `ClaimLost` when another claim has taken its place or its lease has run out.
    """
    mine = and_(jobs.c.reference == reference, jobs.c.kind.in_(kinds), jobs.c.token == token)
    row = transaction.connection.execute(
        select(jobs).where(mine, jobs.c.state.in_((JobState.RUNNING, JobState.SAVING)))
    ).one_or_none()
    if row is None:
        raise ClaimLost(f"{reference}: another claim has taken its place")
    if row.lease_until is None or row.lease_until <= transaction.now:
        raise ClaimLost(f"{reference}: the lease has run out")
    return row


def write(transaction: Transaction, job: int, **values: Any) -> None:
    """Write columns of a job, and the counts that follow from its evidence."""
    values |= {_COUNTED[name]: len(values[name] or ()) for name in _COUNTED.keys() & values.keys()}
    recorded_columns.write_jobs(transaction, update(jobs).where(jobs.c.id == job), values)


def open_job(
    transaction: Transaction, reference: str, kind: JobKind, about: JobRow | None = None, **values: Any
) -> int:
    """A new job of a report, waiting for a robot unless `values` say otherwise; returns its number. `about`: the
    report's target and due time, where the caller has them."""
    about = about or transaction.connection.execute(_ABOUT, {"of_report": reference}).one()
    first = {
        "reference": reference,
        "kind": kind,
        "state": JobState.WAITING,
        "target": about.target,
        "due_at": about.due_at,
        "opened_at": transaction.now,
        "revision": 0,
    }
    return recorded_columns.add_job(transaction, {**first, **values})


def last_token(connection: Connection, reference: str) -> int:
    """The highest token of a report's jobs: no two claims of a report have the same."""
    query = select(func.max(jobs.c.token)).where(jobs.c.reference == reference)
    return connection.execute(query).scalar() or 0


def ended(transaction: Transaction, state: JobState = JobState.DONE) -> dict[str, Any]:
    """What is written of a job that ends."""
    return {"state": state, "ended_at": transaction.now, "lease_until": None}


def open_reconciling(transaction: Transaction, reference: str, at: datetime) -> None:
    """Have the report's record looked up once more, not before `at` and after what waits for a robot, unless that
    is to be done already."""
    if find_open(transaction, reference, kinds=(JobKind.RECONCILE,)) is None:
        query = select(reports.c.key_job).where(reports.c.reference == reference)
        saved_by = transaction.connection.execute(query).scalar_one()
        values: dict[str, Any] = {"saving_job": saved_by, "not_before": at, "priority": LAST}
        open_job(transaction, reference, JobKind.RECONCILE, **values)


def open_update(transaction: Transaction, reference: str, actor: str) -> int | None:
    """Have the report's record updated, if it is behind the report's last revision and nothing is to do with that
    yet; returns the job.

    An update that ended while nobody knew whether it was saved is taken up again: it is looked up before anything
    is keyed (P2).
    """
    connection = transaction.connection
    columns = (reports.c.state, reports.c.revision, reports.c.target_reference)
    report = connection.execute(select(*columns).where(reports.c.reference == reference)).one()
    theirs = select(jobs).where(jobs.c.reference == reference, jobs.c.kind == JobKind.UPDATE)
    is_open = connection.execute(theirs.where(jobs.c.state.in_(OPEN))).first() is not None
    if report.state not in SAVED or report.target_reference is None or is_open:
        return None
    if report.revision <= _recorded(transaction, reference):
        return None
    doubted = theirs.where(jobs.c.state == JobState.ENDED, jobs.c.pressed_at.is_not(None))
    ended = connection.execute(doubted.order_by(jobs.c.id.desc()).limit(1)).first()
    if ended is None:
        return open_job(transaction, reference, JobKind.UPDATE)
    write(transaction, ended.id, state=JobState.WAITING, attempts=0, ended_at=None, not_before=None)
    append_update(transaction, reference, ended.id, (State.ATTENTION, State.READY), actor)
    return int(ended.id)


def append_update(
    transaction: Transaction, reference: str, job: int, ways: tuple[State, State], actor: str
) -> None:
    """Say in the trail that an update went from one state to another by what was done to its report."""
    frm, to = ways
    details = {"job": job, "from": str(frm), "to": str(to)}
    append(transaction, actor=actor, action=UPDATE, subject=reference, details=details)


def _recorded(transaction: Transaction, reference: str) -> int:
    """The revision that the report's record was last brought to."""
    keyed = and_(jobs.c.kind == JobKind.KEY, jobs.c.pressed_at.is_not(None))
    updated = and_(jobs.c.kind == JobKind.UPDATE, jobs.c.state == JobState.DONE)
    query = select(func.max(jobs.c.revision)).where(jobs.c.reference == reference, or_(keyed, updated))
    return transaction.connection.execute(query).scalar() or 0


def has_open(transaction: Transaction, reference: str) -> bool:
    """Whether robots have still work to do on a report or its record."""
    query = select(jobs.c.id).where(jobs.c.reference == reference, jobs.c.state.in_(OPEN))
    return transaction.connection.execute(query).first() is not None


def is_updating(transaction: Transaction, reference: str) -> bool:
    """Whether a robot is at work on an update of the report's record, or has still to look what became of one."""
    states = tuple(state for state in OPEN if state is not JobState.WAITING)
    query = select(jobs.c.id).where(
        jobs.c.reference == reference, jobs.c.kind == JobKind.UPDATE, jobs.c.state.in_(states)
    )
    return transaction.connection.execute(query).first() is not None


def not_of_update(reference: str) -> ColumnElement[bool]:
    """A job that is no update, and does not look up or read one."""
    updates = select(jobs.c.id).where(jobs.c.reference == reference, jobs.c.kind == JobKind.UPDATE)
    return and_(
        jobs.c.kind != JobKind.UPDATE, or_(jobs.c.saving_job.is_(None), jobs.c.saving_job.not_in(updates))
    )


def was_pressed(reference: Any) -> Select[int]:
    """The jobs of a report for which save was about to be pressed, or was."""
    return select(jobs.c.id).where(jobs.c.reference == reference, jobs.c.pressed_at.is_not(None))


def may_be_in_target(connection: Connection, reference: str, update: int | None = None) -> bool:
    """Whether a record of the report (`update`: what this job keys into it) may be in the target from an earlier
    press of save, by the mark of a restore, by any job or by the trail: a row that was altered must not have it
    keyed twice (P2)."""
    marked = select(reports.c.reference).where(reports.c.reference == reference, reports.c.find_first)
    pressed, said = was_pressed(reference), saying(reference, "moved", _SAVE_BEGAN)
    if update is not None:
        pressed = pressed.where(jobs.c.id == update)
        said = saying(reference, UPDATE, f'"job":{update},', _SAVE_BEGAN)
    query = select(or_(*(each.exists() for each in (marked, pressed, said))))
    return bool(connection.execute(query).scalar_one())


def begin_save(transaction: Transaction, job: JobRow, values: Mapping[str, Any]) -> int:
    """Save is about to be pressed for a job that keys; returns the job, as the next three do."""
    pressed = {"pressed_at": transaction.now, "signed_out": False}
    write(transaction, job.id, state=JobState.SAVING, **pressed, **values)
    return int(job.id)


def open_look_up(transaction: Transaction, job: JobRow, values: Mapping[str, Any]) -> int:
    """Nobody knows whether the save of a job took effect: it is looked up."""
    write(transaction, job.id, state=JobState.UNCERTAIN, lease_until=None, **values)
    open_job(transaction, job.reference, JobKind.LOOK_UP, saving_job=job.id)
    return int(job.id)


def wait_again(transaction: Transaction, job: JobRow, reason: Reason, values: Mapping[str, Any]) -> int:
    """A job that keys waits for a robot again; an attempt that it had no part in is not counted."""
    freed = {
        "lease_until": None,
        "not_before": None,
        "attempts": max(job.attempts - (reason in UNCOUNTED), 0),
    }
    write(transaction, job.id, state=JobState.WAITING, **{**freed, **values})
    return int(job.id)


def open_reading(
    transaction: Transaction, reference: str, saving_job: int | None, claimed: JobRow | None
) -> int:
    """The record is to be read back, by the robot that knows it where there is one; returns the job that reads."""
    mine: dict[str, Any] = {"saving_job": saving_job}
    if claimed is not None:
        mine |= {"state": JobState.RUNNING, **{name: claimed._mapping[name] for name in TAKEN_OVER}}  # noqa: SLF001
    return open_job(transaction, reference, JobKind.READ_BACK, **mine)


def find_open(
    transaction: Transaction,
    reference: str,
    *,
    kinds: Collection[JobKind] = tuple(JobKind),
) -> JobRow | None:
    """The report's last open job of these kinds."""
    query = select(jobs).where(
        jobs.c.reference == reference,
        jobs.c.kind.in_(kinds),
        jobs.c.state.in_(OPEN),
        not_of_update(reference),
    )
    return transaction.connection.execute(query.order_by(jobs.c.id.desc()).limit(1)).first()
