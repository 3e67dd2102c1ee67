"""A version of each report's row, to compare before writing, and an index of the jobs that are open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_OPEN = sa.text("(state IN ('waiting', 'running', 'saving', 'uncertain')) IS TRUE")


def upgrade() -> None:
    """No row has been written under this version yet; the index holds the open jobs that are there."""
    op.add_column("reports", sa.Column("row_version", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_jobs_open", "jobs", ["kind", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
