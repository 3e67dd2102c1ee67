"""Revisions of reports, and what an update of a saved record keeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Reports that are there already are as they arrived: they have no revision, and no record was updated."""
    op.add_column("reports", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("before", sa.JSON))
    op.add_column("jobs", sa.Column("after", sa.JSON))
    op.create_table(
        "revisions",
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("because", sa.Text),
        sa.Column("changes", sa.JSON),
        sa.PrimaryKeyConstraint("reference", "number", name=op.f("pk_revisions")),
        sa.ForeignKeyConstraint(["reference"], ["reports.reference"], name=op.f("fk_revisions_reference")),
    )
