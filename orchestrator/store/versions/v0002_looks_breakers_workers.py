"""Reports that are looked for first or once more, circuit breakers, and the workers' heartbeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MOMENT = sa.DateTime(timezone=True)
_LOOK_AGAIN = sa.text("(look_again_at IS NOT NULL) IS TRUE")


def upgrade() -> None:
    """Columns for what is still to be looked for, and two tables."""
    _reports()
    _breakers()
    _workers()


def _reports() -> None:
    """Reports that are there already get the values of a report nobody has doubted."""
    op.add_column("reports", sa.Column("look_first", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("reports", sa.Column("looks", sa.Integer, nullable=False, server_default="0"))
    op.add_column("reports", sa.Column("look_again_at", _MOMENT))
    op.add_column("reports", sa.Column("signed_out", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_reports_look_again",
        "reports",
        ["look_again_at"],
        sqlite_where=_LOOK_AGAIN,
        postgresql_where=_LOOK_AGAIN,
    )


def _breakers() -> None:
    op.create_table(
        "breakers",
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("faults", sa.Integer, nullable=False),
        sa.Column("met_by", sa.Text),
        sa.Column("opened_at", _MOMENT),
        sa.Column("probe_at", _MOMENT),
        sa.Column("probes", sa.Integer, nullable=False),
        sa.Column("credential", sa.String(64)),
        sa.PrimaryKeyConstraint("target", "account", name=op.f("pk_breakers")),
    )


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("process", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("robots", sa.Integer, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("heard_at", _MOMENT, nullable=False),
        sa.Column("progress_at", _MOMENT),
        sa.PrimaryKeyConstraint("host", "process", name=op.f("pk_workers")),
    )
