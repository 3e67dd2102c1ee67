"""Updates of saved records: a job goes the way of a report that is keyed, while the report stays where it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import Select, or_, select, update

from orchestrator.next_state import after_lapse
from orchestrator.states import OPEN, SAVED, STANDING_OF, JobKind, JobState, Reason, State, allowed
from orchestrator.store import jobs as job_rows
from orchestrator.store import moves, recorded_columns, row_versions
from orchestrator.store.engine import Transaction
from orchestrator.store.jobs import JobRow
from orchestrator.store.tables import OPEN_JOBS, jobs, reports
from orchestrator.store.trail import SYSTEM, append, content_digests
from orchestrator.store.unreadable import passing_over
from orchestrator.store.values import Columns, NotMoved

_READ = {
    Reason.VERIFIED: "holds what was keyed",
    Reason.MISMATCHED: "differs from what was keyed",
    Reason.UNREAD: "could not be read back",
}


def move(
    transaction: Transaction,
    number: int,
    frm: State,
    to: State,
    *,
    actor: str,
    reason: Reason,
    token: int | None = None,
    **columns: Unpack[Columns],
) -> None:
    """Take the save of an update (`number`: its job) from one state to another, with what changes about it.

    The states are those of a report that is keyed (`STANDING_OF`). `review` is the end: the record was read back.

    1. Only a transition that a report has, too. Otherwise ValueError.
    2. The report's row first, as in every move; then compare and set: only a job that is in `frm` and, where a
       token is given, only under a claim that is the latest and has not run out. Otherwise `NotMoved` or
       `ClaimLost`.
    3. The job, those that look it up or read it, and the report where a person has to know.
    4. The trail, in the same transaction.
    """
    if not allowed(frm, to):
        raise ValueError(f"an update does not go from {frm} to {to}")
    row = _locked(transaction, number)
    claimed = None if token is None else job_rows.claimed_job(transaction, row.reference, token)
    if STANDING_OF[row.state] is not frm:
        raise NotMoved(f"{row.reference}: its update is {row.state}")
    message = columns.pop("message", None)
    evidence = {name: columns[name] for name in columns if name in job_rows.WRITABLE}  # type: ignore[literal-required]
    written = _follow(transaction, row, to, reason, claimed, evidence)
    content = {name: evidence[name] for name in sorted(job_rows.EVIDENCE & evidence.keys())}
    details: dict[str, object] = {"job": written, "from": str(frm), "to": str(to), "reason": str(reason)}
    if content:
        details["digests"] = content_digests(transaction.digest_key, row.reference, content)
    append(transaction, actor=actor, action=job_rows.UPDATE, subject=row.reference, details=details)
    if to is State.ATTENTION:
        pressed = frm is State.KEYING and row.pressed_at is not None
        doubted = frm is State.UNCERTAIN or pressed or reason is Reason.CANNOT_TELL
        _to_a_person(transaction, row, actor, *_failure(reason, message, doubted=doubted))
    elif to is State.REVIEW:
        _after_reading(transaction, row, written, actor, reason)


def nothing_to_key(
    transaction: Transaction, number: int, *, actor: str, token: int, after: Any, revision: int
) -> None:
    """The record holds all that the revised report plans: the job is done, and nothing was keyed.

    Raises `ClaimLost` when the claim is not ours any more.
    """
    row = _locked(transaction, number)
    job_rows.claimed_job(transaction, row.reference, token)
    done(transaction, number, row.reference, actor=actor, after=after, revision=revision)


def done(
    transaction: Transaction, number: int, reference: str, *, actor: str, after: Any, revision: int
) -> None:
    """An update that has nothing to key is done; `after` accounts for the revised report's answers.

    A correction that came meanwhile opens the next one.
    """
    row_versions.advance(transaction, reference)
    job_rows.write(transaction, number, **job_rows.ended(transaction), after=after, revision=revision)
    digests = content_digests(transaction.digest_key, reference, {"after": after})
    details = {"job": number, "to": str(JobState.DONE), "digests": digests}
    append(transaction, actor=actor, action=job_rows.UPDATE, subject=reference, details=details)
    job_rows.open_update(transaction, reference, actor)


def answered_late(transaction: Transaction, number: int, *, actor: str) -> None:
    """The target has saved an update after the claim had ended: evidence, whoever has it in hand by now.

    Any claim on it ends, so that nobody keys it again, and the record is read back.
    """
    row = _locked(transaction, number)
    details = {"job": number, "state": str(row.state)}
    if row.state is not JobState.DONE:
        _saved(transaction, row, None, {})
    append(transaction, actor=actor, action="update answered late", subject=row.reference, details=details)


def lapsed(now: datetime) -> Select[*tuple[Any, ...]]:
    """The updates that robots have let lapse."""
    return (
        select(jobs.c.id, jobs.c.reference, jobs.c.state, jobs.c.attempts)
        .join(reports, reports.c.reference == jobs.c.reference)
        .where(
            OPEN_JOBS,
            jobs.c.kind == JobKind.UPDATE,
            jobs.c.state.in_((JobState.RUNNING, JobState.SAVING)),
            or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= now),
        )
        .order_by(jobs.c.id)
    )


def take_back(transaction: Transaction, row: JobRow, limit: int) -> None:
    """Take back an update that a robot has let lapse. One that was about to be saved is uncertain, and is looked
    up; any other waits again, until it has had `limit` attempts."""
    standing = STANDING_OF[row.state]
    to, reason = after_lapse(standing, row.attempts, limit)
    move(transaction, row.id, standing, to, actor=SYSTEM, reason=reason)


def doubt(transaction: Transaction) -> None:
    """After a copy was restored: an update that waits may have been saved since the copy was made, and what its
    record showed before is not known. A person compares. The reports are locked already."""
    waiting = jobs.c.state.in_((JobState.WAITING, JobState.RUNNING))
    columns = jobs.c.id, jobs.c.state, jobs.c.reference
    query = select(*columns).where(OPEN_JOBS, jobs.c.kind == JobKind.UPDATE, waiting)
    for number, state, reference in transaction.connection.execute(query.order_by(jobs.c.id)).all():
        with passing_over(transaction, reference):
            _doubt(transaction, number, state)


def _doubt(transaction: Transaction, number: int, state: JobState) -> None:
    row = _locked(transaction, number)
    _end(transaction, row)
    message = (
        "The database was restored from a copy: this record may have been updated since. Compare the two."
    )
    given_up = STANDING_OF[state], State.ATTENTION
    job_rows.append_update(transaction, row.reference, number, given_up, SYSTEM)
    _to_a_person(transaction, row, SYSTEM, Reason.UPDATE_UNCERTAIN, message)


def _locked(transaction: Transaction, number: int) -> JobRow:
    """The job of an update, whose report's row is locked first."""
    connection = transaction.connection
    query = select(jobs.c.reference).where(jobs.c.id == number)
    job_rows.lock_report(transaction, connection.execute(query).scalar_one())
    return connection.execute(select(jobs).where(jobs.c.id == number)).one()


def _follow(
    transaction: Transaction,
    row: JobRow,
    to: State,
    reason: Reason,
    claimed: JobRow | None,
    values: dict[str, Any],
) -> int:
    """What the move means for the job and for those about it; returns the job that `values` went to."""
    match to:
        case State.SUBMITTING:
            job_rows.begin_save(transaction, row, values)
        case State.READY:
            _end_looks(transaction, row)
            job_rows.wait_again(transaction, row, reason, values)
        case State.UNCERTAIN:
            job_rows.open_look_up(transaction, row, values)
        case State.SUBMITTED:
            _saved(transaction, row, claimed, values)
        case State.REVIEW:
            reading = claimed if claimed is not None else row
            job_rows.write(transaction, reading.id, **job_rows.ended(transaction), **values)
            return int(reading.id)
        case _:
            _end(transaction, row, values)
    return int(row.id)


def _saved(transaction: Transaction, row: JobRow, claimed: JobRow | None, values: dict[str, Any]) -> None:
    """The update is in the record, which is to be read back, by the robot that knows it where there is one."""
    row_versions.advance(transaction, row.reference)
    _end_looks(transaction, row)
    job_rows.write(transaction, row.id, **job_rows.ended(transaction), **values)
    job_rows.open_reading(transaction, row.reference, row.id, claimed)


def _end(transaction: Transaction, row: JobRow, values: dict[str, Any] | None = None) -> None:
    _end_looks(transaction, row)
    job_rows.write(transaction, row.id, **job_rows.ended(transaction, JobState.ENDED), **(values or {}))


def _end_looks(transaction: Transaction, row: JobRow) -> None:
    looks = update(jobs).where(
        jobs.c.saving_job == row.id, jobs.c.kind == JobKind.LOOK_UP, jobs.c.state.in_(OPEN)
    )
    recorded_columns.write_jobs(transaction, looks, job_rows.ended(transaction))


def _failure(reason: Reason, message: str | None, *, doubted: bool) -> tuple[Reason, str]:
    """What the report says of an update that a person has to see to: what is known, and no more. `doubted`: an
    earlier press may have saved it."""
    why = f" {message}" if message else ""
    if not doubted:
        return Reason.UPDATE_FAILED, f"Its record was not updated ({reason}).{why}"
    if reason is Reason.NOT_FOUND:
        sent = "An update of its record was sent, and the record does not hold it. It may still take effect."
        return Reason.UPDATE_UNCERTAIN, f"{sent} Compare the two."
    unclear = "It is not known whether an update of its record was saved."
    return Reason.UPDATE_UNCERTAIN, f"{unclear} Compare the two.{why}"


def _to_a_person(transaction: Transaction, row: JobRow, actor: str, reason: Reason, message: str) -> None:
    """Have a person see to the report. One that a person has in hand stays there, and says so."""
    here = reports.c.reference == row.reference
    state = transaction.connection.execute(select(reports.c.state).where(here)).scalar_one()
    if state in SAVED:
        moves.move(
            transaction, row.reference, state, State.ATTENTION, actor=actor, reason=reason, message=message
        )
    else:
        recorded_columns.write_report(transaction, row.reference, {"message": message})


def _after_reading(transaction: Transaction, row: JobRow, reading: int, actor: str, reason: Reason) -> None:
    """The record was read back, or cannot be: what the report says of it. A decision is a person's again where the
    record is not as it should be. A report that said that the update was in doubt now says what became of it."""
    verified = {"verified_at": transaction.now} if reason is Reason.VERIFIED else {}
    recorded_columns.write_report(transaction, row.reference, {"read_job": reading, **verified})
    here = select(reports.c.state, reports.c.reason).where(reports.c.reference == row.reference)
    state, why = transaction.connection.execute(here).one()
    if state is State.DECIDED and reason is not Reason.VERIFIED:
        _to_a_person(
            transaction,
            row,
            actor,
            reason,
            f"After its decision its record was updated, and {_READ[reason]}.",
        )
    elif state in SAVED:
        values = {"message": None} | ({"reason": reason} if state is State.REVIEW else {})
        recorded_columns.write_report(transaction, row.reference, values)
    elif why in (Reason.UPDATE_FAILED, Reason.UPDATE_UNCERTAIN):
        _to_a_person(transaction, row, actor, why, f"Its record was updated after all, and {_READ[reason]}.")
    job_rows.open_update(transaction, row.reference, actor)
