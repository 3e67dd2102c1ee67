"""Which columns of reports and jobs the trail vouches for as well as content, and noting what changes in them.

Whoever writes such a column notes it here; the next entry about the report says it (`trail.append`), at the latest
one of its own at the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, String, Update, bindparam, insert, type_coerce, update

from orchestrator.store.column_types import message, storable
from orchestrator.store.engine import Transaction, Unrecorded
from orchestrator.store.tables import jobs, reports

OF_REPORT = (
    "due_at",
    "erased_at",
    "find_first",
    "form",
    "form_version",
    "identity",
    "message",
    "notes",
    "problems",
    "reason",
    "sha256",
    "source_name",
    "submission_id",
    "target",
    "verified_at",
)
"""In the trail by keyed digest: some repeat what the public wrote."""
OF_JOB = ("kind", "state", "target", "saving_job", "pressed_at", "revision")
"""In the trail as they are: codes, numbers and times."""
EMPTY_AT_FIRST = frozenset({"erased_at", "message", "target", "verified_at", "saving_job", "pressed_at"})
"""Those of a report or a job that its first entry does not name while they are empty. It names all others:
where one is missing, a version wrote it that did not record that column."""

JOB_COLUMNS = (
    jobs.c.id,
    type_coerce(jobs.c.kind, String).label("kind"),  # whatever stands there
    type_coerce(jobs.c.state, String).label("state"),
    jobs.c.target,
    jobs.c.saving_job,
    jobs.c.pressed_at,
    jobs.c.revision,
)
"""A job as it is compared with what the trail tells of it."""

_THIS_REPORT = update(reports).where(reports.c.reference == bindparam("this_report"))
_WRITTEN = (jobs.c.id, jobs.c.reference)
_NEW_JOB = insert(jobs).returning(*_WRITTEN)


def note(transaction: Transaction, reference: str, values: Mapping[str, Any]) -> None:
    """Note what is written of a report's row."""
    changed = {name: values[name] for name in OF_REPORT if name in values}
    if changed.get("message"):
        changed["message"] = message(changed["message"])
    if changed:
        transaction.unrecorded.setdefault(reference, Unrecorded()).columns.update(changed)


def write_report(transaction: Transaction, reference: str, values: Mapping[str, Any]) -> None:
    """Write these values to a report's row, and note them."""
    if values:
        transaction.connection.execute(_THIS_REPORT, {**values, "this_report": reference})
        note(transaction, reference, values)


def add_job(transaction: Transaction, values: Mapping[str, Any]) -> int:
    """Add a job with these values, and note them; returns its number."""
    added = transaction.connection.execute(_NEW_JOB, dict(values)).one()
    _note_jobs(transaction, [added], values)
    return int(added.id)


def write_jobs(transaction: Transaction, statement: Update, values: Mapping[str, Any]) -> list[int]:
    """Write these values to jobs, and note them; returns the jobs that the statement is about."""
    written = transaction.connection.execute(statement.values(**values).returning(*_WRITTEN)).all()
    _note_jobs(transaction, written, values)
    return [row.id for row in written]


def _note_jobs(transaction: Transaction, written: Sequence[Row[int, str]], values: Mapping[str, Any]) -> None:
    if changed := {name: as_json(values[name]) for name in OF_JOB if name in values}:
        for number, reference in written:
            of_report = transaction.unrecorded.setdefault(reference, Unrecorded()).jobs
            of_report.setdefault(str(number), {}).update(changed)


def as_json(value: Any) -> Any:
    """A value in JSON, the same before it is written and after it was read."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return storable(value) if isinstance(value, str) else value


def as_recorded(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """A job (`JOB_COLUMNS`) as its entry has it."""
    return {name: as_json(row._mapping[name]) for name in OF_JOB}  # noqa: SLF001 - SQLAlchemy's public name
