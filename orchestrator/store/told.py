"""Which columns of reports and jobs the trail vouches for besides content, and noting what changes in them.

Whoever writes such a column notes it here; the next entry about the report says it (`trail.append`), at the latest
one of its own at the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, String, type_coerce
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from orchestrator.store.column_types import storable
from orchestrator.store.engine import Transaction, Untold
from orchestrator.store.tables import jobs

OF_REPORT = (
    "due_at",
    "erased_at",
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
OF_JOB = ("kind", "state", "target", "saving_job", "pressed_at")
"""In the trail as they are: codes, numbers and times."""

JOB_COLUMNS = (
    jobs.c.id,
    jobs.c.reference,
    type_coerce(jobs.c.kind, String).label("kind"),  # whatever stands there
    type_coerce(jobs.c.state, String).label("state"),
    jobs.c.target,
    jobs.c.saving_job,
    jobs.c.pressed_at,
)
"""What a statement that writes jobs returns, for `write_jobs`."""

_JobWrite = ReturningInsert[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]]


def note(transaction: Transaction, reference: str, values: Mapping[str, Any]) -> None:
    """Note what is written of a report's row."""
    changed = {name: values[name] for name in OF_REPORT if name in values}
    if changed:
        transaction.untold.setdefault(reference, Untold()).columns.update(changed)


def write_jobs(transaction: Transaction, statement: _JobWrite) -> list[int]:
    """Do a statement that writes jobs and returns `JOB_COLUMNS`, and note what they are now; returns the jobs."""
    written = transaction.connection.execute(statement).all()
    for row in written:
        of_report = transaction.untold.setdefault(row.reference, Untold())
        of_report.jobs[str(row.id)] = as_told(row)
    return [row.id for row in written]


def as_told(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """A job (`JOB_COLUMNS`) as an entry has it: what is not there is left out."""
    values = ((name, as_json(row._mapping[name])) for name in OF_JOB)  # noqa: SLF001
    return {name: value for name, value in values if value is not None}


def as_json(value: Any) -> Any:
    """A value in JSON, the same before it is written and after it was read."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return storable(value) if isinstance(value, str) else value
