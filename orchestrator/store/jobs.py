"""Rows of `jobs`: opened, held under a claim, written, ended. Whoever moves a report moves its job here too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, insert, or_, select, update

from orchestrator.states import JOB_OF, OPEN, UNCOUNTED, JobKind, JobState, Reason, State
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import jobs, reports
from orchestrator.store.values import ClaimLost

EVIDENCE = frozenset({"dispositions", "plan", "keyed", "record", "mismatches", "pictures", "before", "after"})
WRITABLE = EVIDENCE | {"not_before", "seconds", "signed_out"}
_COUNTED = {"keyed": "keyed_count", "record": "read_count", "mismatches": "mismatch_count"}
_FREED = {"lease_until": None}

JobRow = Row[*tuple[Any, ...]]


def held(transaction: Transaction, reference: str, frm: State, token: int) -> JobRow:
    """The job that a report in `frm` has with a robot, under the claim with that token.

    Raises `ClaimLost` when another claim has taken its place or its lease has run out.
    """
    mine = and_(jobs.c.reference == reference, jobs.c.kind == JOB_OF[frm], jobs.c.token == token)
    row = transaction.connection.execute(
        select(jobs).where(mine, jobs.c.state.in_((JobState.RUNNING, JobState.SAVING))).with_for_update()
    ).one_or_none()
    if row is None:
        raise ClaimLost(f"{reference}: another claim has taken its place")
    if row.lease_until is None or row.lease_until <= transaction.now:
        raise ClaimLost(f"{reference}: the lease has run out")
    return row


def write(transaction: Transaction, job: int, **values: Any) -> None:
    """Write columns of a job, and the counts that follow from its evidence."""
    values |= {_COUNTED[name]: len(values[name] or ()) for name in _COUNTED.keys() & values.keys()}
    transaction.connection.execute(update(jobs).where(jobs.c.id == job).values(**values))


def open_job(transaction: Transaction, reference: str, kind: JobKind, **values: Any) -> int:
    """A new job of a report, waiting for a robot unless told otherwise; returns its number.

    Its fencing token starts where those of the report's other jobs have come to.
    """
    connection = transaction.connection
    about = connection.execute(
        select(reports.c.target, reports.c.due_at).where(reports.c.reference == reference)
    ).one()
    last = select(func.max(jobs.c.token)).where(jobs.c.reference == reference)
    first = {
        "reference": reference,
        "kind": kind,
        "state": JobState.WAITING,
        "target": about.target,
        "due_at": about.due_at,
        "opened_at": transaction.now,
        "token": connection.execute(last).scalar() or 0,
    }
    number = connection.execute(insert(jobs).values(**{**first, **values}).returning(jobs.c.id)).scalar_one()
    return int(number)


def open_second_look(transaction: Transaction, reference: str, at: datetime) -> None:
    """Have the report's record looked up once more, not before `at`, unless that is to be done already."""
    if _open(transaction, reference, second_look=True) is None:
        query = select(reports.c.key_job).where(reports.c.reference == reference)
        saved_by = transaction.connection.execute(query).scalar_one()
        values = {"saving_job": saved_by, "second_look": True, "not_before": at}
        open_job(transaction, reference, JobKind.LOOK_UP, **values)


def was_pressed(reference: Any) -> Select[int]:
    """The jobs of a report for which save was about to be pressed, or was."""
    return select(jobs.c.id).where(jobs.c.reference == reference, jobs.c.pressed_at.is_not(None))


def follow(
    transaction: Transaction,
    reference: str,
    to: State,
    reason: Reason,
    held_job: JobRow | None,
    values: Mapping[str, Any],
) -> int | None:
    """Do to a report's jobs what its move to `to` means for them; returns the job that `values` went to."""
    key = _open(transaction, reference, kinds=(JobKind.KEY,))
    match to:
        case State.READY:
            return _wait(transaction, reference, key, reason, values)
        case State.SUBMITTING if key is not None:
            pressed = {
                "state": JobState.SAVING,
                "pressed_at": transaction.now,
                "signed_out": False,
                "unclear": 0,
            }
            write(transaction, key.id, **pressed, **values)
        case State.UNCERTAIN if key is not None:
            write(transaction, key.id, state=JobState.UNCERTAIN, **_FREED, **values)
            open_job(transaction, reference, JobKind.LOOK_UP, saving_job=key.id)
        case State.SUBMITTED:
            return _saved(transaction, reference, key, held_job)
        case State.REVIEW:
            return _read(transaction, reference, values)
        case State.KEYING | State.HELD:
            pass
        case _:
            _end(transaction, reference, JobState.ENDED)
    return key.id if key is not None else None


def _wait(
    transaction: Transaction, reference: str, key: JobRow | None, reason: Reason, values: Mapping[str, Any]
) -> int:
    """The report's keying job waits for a robot: a new one where none is open."""
    _end(transaction, reference, JobState.DONE, kinds=(JobKind.LOOK_UP,))
    if key is None:
        number = open_job(transaction, reference, JobKind.KEY, **values)
        transaction.connection.execute(
            update(reports).where(reports.c.reference == reference).values(key_job=number)
        )
        return number
    attempts = max(key.attempts - (reason in UNCOUNTED), 0)
    freed = {**_FREED, "not_before": None, "attempts": attempts}
    write(transaction, key.id, state=JobState.WAITING, **{**freed, **values})
    return int(key.id)


def _saved(transaction: Transaction, reference: str, key: JobRow | None, held_job: JobRow | None) -> int:
    """The record is in the target: it is to be read back, by the robot that knows it where there is one."""
    _end(transaction, reference, JobState.DONE)
    mine: dict[str, Any] = {"saving_job": None if key is None else key.id}
    if held_job is not None:
        names = ("token", "lease_until", "robot", "account", "claimed_at")
        mine |= {"state": JobState.RUNNING, **{name: held_job._mapping[name] for name in names}}  # noqa: SLF001
    number = open_job(transaction, reference, JobKind.READ_BACK, **mine)
    transaction.connection.execute(
        update(reports).where(reports.c.reference == reference).values(read_job=number)
    )
    return number


def _read(transaction: Transaction, reference: str, values: Mapping[str, Any]) -> int | None:
    reading = _open(transaction, reference, kinds=(JobKind.READ_BACK,))
    if reading is None:
        return None
    write(transaction, reading.id, state=JobState.DONE, ended_at=transaction.now, **_FREED, **values)
    return int(reading.id)


def _open(
    transaction: Transaction,
    reference: str,
    *,
    kinds: Collection[JobKind] = tuple(JobKind),
    second_look: bool = False,
) -> JobRow | None:
    """The report's last open job of these kinds; second looks are told apart."""
    query = select(jobs).where(
        jobs.c.reference == reference,
        jobs.c.kind.in_(kinds),
        jobs.c.state.in_(OPEN),
        jobs.c.second_look.is_(second_look),
    )
    return transaction.connection.execute(query.order_by(jobs.c.id.desc()).limit(1).with_for_update()).first()


def _end(
    transaction: Transaction, reference: str, state: JobState, kinds: Collection[JobKind] = tuple(JobKind)
) -> None:
    """End the open jobs of a report's keying; what updates its record, and what looks that up, goes on."""
    updates = select(jobs.c.id).where(jobs.c.reference == reference, jobs.c.kind == JobKind.UPDATE)
    of_keying = or_(jobs.c.saving_job.is_(None), jobs.c.saving_job.not_in(updates))
    transaction.connection.execute(
        update(jobs)
        .where(
            jobs.c.reference == reference,
            jobs.c.state.in_(OPEN),
            jobs.c.kind.in_(set(kinds) - {JobKind.UPDATE}),
            of_keying,
        )
        .values(state=state, ended_at=transaction.now, **_FREED)
    )
