"""A look-up of a record that is known already is a kind of job, and what can wait has a priority."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_CLAIMABLE = sa.text("(state IN ('waiting', 'running')) IS TRUE")


def upgrade() -> None:
    """The kind says what a column said beside it; open jobs keep their order."""
    op.add_column("jobs", sa.Column("priority", sa.Integer, nullable=False, server_default="0"))
    again = sa.text("UPDATE jobs SET kind = 'reconcile', priority = 1 WHERE second_look = :yes")
    op.get_bind().execute(again.bindparams(sa.bindparam("yes", True, sa.Boolean)))
    op.drop_index("ix_jobs_claimable", "jobs")
    op.create_index(
        "ix_jobs_claimable",
        "jobs",
        ["priority", "due_at", "reference"],
        sqlite_where=_CLAIMABLE,
        postgresql_where=_CLAIMABLE,
    )
    op.drop_column("jobs", "second_look")
