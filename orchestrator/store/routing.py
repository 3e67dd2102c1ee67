"""What is kept of a report as it was understood, and where it goes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from orchestrator.next_state import after_reading
from orchestrator.states import Reason, State
from orchestrator.store.engine import Transaction
from orchestrator.store.moves import move
from orchestrator.store.switches import find
from orchestrator.store.tables import reports
from orchestrator.store.values import Columns
from rpa.report import Answer, Note, Problem, Report

MOST_LATE = timedelta(days=7)  # that a submission arrives; those who send it try again for hours


def route(transaction: Transaction, reference: str, report: Report, *, actor: str) -> tuple[State, Reason]:
    """Sort a received report: to the robots, to an administrator or to an operator. Returns where it is then."""
    switch = find(transaction, report.form)
    to, reason = after_reading(report, form_on=switch is not None and switch.on)
    target: Columns = {"target": switch.target} if switch else {}
    state = move(transaction, reference, State.RECEIVED, to, actor=actor, reason=reason, **target)
    return state, reason if state is to else Reason.FORM_OFF


def where(connection: Connection, reference: str) -> tuple[State, Reason]:
    """Where a report is, and why."""
    query = select(reports.c.state, reports.c.reason).where(reports.c.reference == reference)
    row = connection.execute(query).one()
    return row.state, row.reason


def understanding(report: Report, received_at: datetime) -> dict[str, Any]:
    """The columns that come from understanding the bytes, and change when they are read again."""
    return {
        "identity": report.identity,
        "submission_id": report.submission_id,
        "form": report.form,
        "form_version": report.form_version,
        "form_title": report.form_title,
        "submitted_at": _utc(report.submitted_at),
        "due_at": due_at(report, received_at),
        "minutes_to_key": report.minutes_to_key,
        "answer_count": len(report.answers),
        "problem_count": len(report.problems),
        "data": dict(report.data),
        "answers": list(map(_columns, report.answers)),
        "problems": list(map(_columns, report.problems)),
        "notes": list(map(_columns, report.notes)),
    }


def _columns(part: Answer | Problem | Note) -> dict[str, Any]:
    """A part of a report as its document has it. There are hundreds: `asdict`, which copies, is much slower."""
    return {name: getattr(part, name) for name in part.__slots__}


def due_at(report: Report, received_at: datetime) -> datetime:
    """When the report must be in the target: counted from submission, at the latest from arrival, at the earliest
    from `MOST_LATE` before that. A submission that says it is older would be ahead of every other for ever."""
    submitted = _utc(report.submitted_at) or received_at
    start = max(min(submitted, received_at), received_at - MOST_LATE)
    return start + timedelta(minutes=report.minutes_to_key)


def _utc(moment: datetime | None) -> datetime | None:
    """In UTC; a time without an offset is taken for UTC, one that UTC has no room for is not known."""
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # a form will take the year 1
        return None
