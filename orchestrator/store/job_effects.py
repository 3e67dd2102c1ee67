"""A report's jobs follow its move: what waits for a robot, what is looked up or read, what is given up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, assert_never

from sqlalchemy import Row, select, update

from orchestrator.states import OPEN, JobKind, JobState, Reason, State
from orchestrator.store import jobs, recorded_columns
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import jobs as jobs_table
from orchestrator.store.tables import reports


def sort(
    transaction: Transaction, report: Row[*tuple[Any, ...]], to: State, values: Mapping[str, Any]
) -> int | None:
    """The jobs of a report that leaves `received`: none of its keying is open, since whatever took it there ended
    them. One that is ready gets the job that keys it; returns that."""
    return _open_key(transaction, report, values) if to is State.READY else None


def follow(
    transaction: Transaction,
    report: Row[*tuple[Any, ...]],
    to: State,
    reason: Reason,
    claimed: jobs.JobRow | None,
    values: Mapping[str, Any],
    actor: str,
) -> int | None:
    """Do to the jobs of a report what its move to `to` means for them; returns the job that `values` went to.
    `report`: its reference, target and due time."""
    reference = report.reference
    key = jobs.find_open(transaction, reference, kinds=(JobKind.KEY,))
    match to:
        case State.READY:
            return _requeue(transaction, report, key, reason, values)
        case State.SUBMITTING:
            saving = {"revision": _revision(transaction, reference), **values}
            return jobs.begin_save(transaction, _required(key, reference), saving)
        case State.UNCERTAIN:
            return jobs.open_look_up(transaction, _required(key, reference), values)
        case State.SUBMITTED:
            return _open_read_back(transaction, reference, key, claimed)
        case State.REVIEW:
            read = _finish_read_back(transaction, reference, values)
            jobs.open_update(transaction, reference, actor)
            return read
        case State.KEYING | State.HELD:
            pass
        case State.ATTENTION | State.DECIDED:
            _end(transaction, reference, JobState.ENDED)
        case State.RECEIVED | State.KEYED_BY_HAND | State.REJECTED:
            _end(transaction, reference, JobState.ENDED)
            _end_updates(transaction, reference, actor)
        case _:
            assert_never(to)
    return key.id if key is not None else None


def _required(key: jobs.JobRow | None, reference: str) -> jobs.JobRow:
    """The job that keys a report: one that is about to be saved has it. Raises LookupError."""
    if key is None:
        raise LookupError(f"{reference}: no job keys it")
    return key


def _requeue(
    transaction: Transaction,
    report: Row[*tuple[Any, ...]],
    key: jobs.JobRow | None,
    reason: Reason,
    values: Mapping[str, Any],
) -> int:
    """The report's keying job waits for a robot: a new one where none is open."""
    _end(transaction, report.reference, JobState.DONE, kinds=(JobKind.LOOK_UP,))
    if key is not None:
        return jobs.wait_again(transaction, key, reason, values)
    return _open_key(transaction, report, values)


def _open_key(transaction: Transaction, report: Row[*tuple[Any, ...]], values: Mapping[str, Any]) -> int:
    number = jobs.open_job(transaction, report.reference, JobKind.KEY, report, **values)
    recorded_columns.write_report(transaction, report.reference, {"key_job": number})
    return number


def _open_read_back(
    transaction: Transaction, reference: str, key: jobs.JobRow | None, claimed: jobs.JobRow | None
) -> int:
    _end(transaction, reference, JobState.DONE)
    number = jobs.open_reading(transaction, reference, None if key is None else key.id, claimed)
    recorded_columns.write_report(transaction, reference, {"read_job": number})
    return number


def _finish_read_back(transaction: Transaction, reference: str, values: Mapping[str, Any]) -> int | None:
    reading = jobs.find_open(transaction, reference, kinds=(JobKind.READ_BACK,))
    if reading is None:
        return None
    jobs.write(transaction, reading.id, **jobs.ended(transaction), **values)
    return int(reading.id)


def _end(
    transaction: Transaction, reference: str, state: JobState, kinds: Collection[JobKind] = tuple(JobKind)
) -> None:
    """End the open jobs of a report's keying; what updates its record, and what looks that up, goes on."""
    recorded_columns.write_jobs(
        transaction,
        update(jobs_table).where(
            jobs_table.c.reference == reference,
            jobs_table.c.state.in_(OPEN),
            jobs_table.c.kind.in_(kinds),
            jobs.not_of_update(reference),
        ),
        jobs.ended(transaction, state),
    )


def _end_updates(transaction: Transaction, reference: str, actor: str) -> None:
    """End the updates that no robot has in hand: the report goes another way."""
    waiting = update(jobs_table).where(
        jobs_table.c.reference == reference,
        jobs_table.c.kind == JobKind.UPDATE,
        jobs_table.c.state == JobState.WAITING,
    )
    for job in recorded_columns.write_jobs(transaction, waiting, jobs.ended(transaction, JobState.ENDED)):
        jobs.append_update(transaction, reference, job, (State.READY, State.ATTENTION), actor)


def _revision(transaction: Transaction, reference: str) -> int:
    query = select(reports.c.revision).where(reports.c.reference == reference)
    return transaction.connection.execute(query).scalar_one()
