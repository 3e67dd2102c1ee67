"""Why a person decided so, when a report was erased, and targets switched by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two columns that no report has yet, and a table without rows: every target is as the settings have it."""
    op.add_column("reports", sa.Column("rationale", sa.Text))
    op.add_column("reports", sa.Column("erased_at", _MOMENT))
    op.create_table(
        "target_switches",
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("switched_on", sa.Boolean, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_target_switches")),
    )
