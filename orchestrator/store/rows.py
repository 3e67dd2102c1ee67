"""Rows to values: what a row holds as JSON is decoded here, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, Select, func, select

from orchestrator.states import JobKind, JobState
from orchestrator.store.tables import jobs, reports
from orchestrator.store.values import Job, Revision, Stored, Summary
from rpa.plan import whole_in_update
from rpa.report import Answer, Note, Problem, ProblemKind

_KEYING, _READING = jobs.alias("keying"), jobs.alias("reading")
_OF_KEYING = ("robot", "account", "pressed_at")
_WHOLE = ("data", "answers", "problems", "notes", "rationale", "erased_at", "row_version")
_LATEST = ("keyed", "record", "mismatches")
_SUMMARY = (
    *(reports.c[each.name] for each in fields(Summary) if each.name in reports.c),
    *(_KEYING.c[name] for name in _OF_KEYING),
    func.coalesce(_READING.c.dispositions, _KEYING.c.dispositions).label("dispositions"),
    func.coalesce(_KEYING.c.attempts, 0).label("attempts"),
    func.coalesce(_KEYING.c.keyed_count, 0).label("keyed_count"),
    func.coalesce(_READING.c.read_count, 0).label("read_count"),
    func.coalesce(_READING.c.mismatch_count, 0).label("mismatch_count"),
    _READING.c.seconds,
)


def summaries() -> Select[*tuple[Any, ...]]:
    """The reports, with what their last keying and reading came to: a row for `summary`."""
    return _joined(select(*_SUMMARY))


def whole(reference: str) -> Select[*tuple[Any, ...]]:
    """One report: a row for `stored`."""
    columns = (*_SUMMARY, *(reports.c[name] for name in _WHOLE))
    return _joined(select(*columns)).where(reports.c.reference == reference)


def jobs_of(reference: str) -> Select[*tuple[Any, ...]]:
    """The jobs of a report, in the order they were opened: rows for `job`."""
    columns = (jobs.c[each.name] for each in fields(Job))
    return select(*columns).where(jobs.c.reference == reference).order_by(jobs.c.id)


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    keyed = reports.outerjoin(_KEYING, _KEYING.c.id == reports.c.key_job)
    return query.select_from(keyed.outerjoin(_READING, _READING.c.id == reports.c.read_job))


def summary(row: Row[Any]) -> Summary:
    """A report without its answers."""
    return Summary(**row._asdict())


def job(row: Row[Any]) -> Job:
    """A job with its evidence."""
    return Job(**row._asdict())


def stored(
    row: Row[Any], of_report: Sequence[Job], revisions: tuple[Revision, ...], *, may_be_in_target: bool
) -> Stored:
    """A report with its jobs and revisions."""
    columns = row._asdict()
    columns["data"] = columns["data"] or {}
    columns["answers"] = tuple(_answer(answer) for answer in columns["answers"] or ())
    columns["problems"] = tuple(_problem(problem) for problem in columns["problems"] or ())
    columns["notes"] = tuple(Note(**note) for note in columns["notes"] or ())
    for name in _LATEST:
        found = (value for each in reversed(of_report) if (value := getattr(each, name)) is not None)
        columns[name] = next(found, None)
    columns["plan"] = next((plan for each in reversed(of_report) if (plan := _recorded_by(each))), None)
    pictures = {name: path for each in of_report for name, path in (each.pictures or {}).items()}
    return Stored(
        **columns,
        pictures=pictures or None,
        jobs=tuple(of_report),
        revisions=revisions,
        may_be_in_target=may_be_in_target,
    )


def _recorded_by(job: Job) -> Any:
    """The plan of the whole record that a job brought it to; none for one that brought it to nothing."""
    if job.kind is not JobKind.UPDATE:
        return job.plan
    return whole_in_update(job.after) if job.state is JobState.DONE and job.after else None


def _answer(document: Mapping[str, Any]) -> Answer:
    return Answer(**{**document, "section": tuple(document["section"])})


def _problem(document: Mapping[str, Any]) -> Problem:
    return Problem(**{**document, "kind": ProblemKind(document["kind"])})
