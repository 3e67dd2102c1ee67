"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)
_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_CLAIMABLE = sa.text("(state IN ('ready', 'uncertain', 'submitted')) IS TRUE")


def upgrade() -> None:
    """Reports, deliveries, switches, drift and the audit chain."""
    _reports()
    _deliveries()
    _switches()
    _drift()
    _entries()


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("submission_id", sa.Text),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("form", sa.String(64)),
        sa.Column("form_version", sa.Integer),
        sa.Column("form_title", sa.Text, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("submitted_at", _MOMENT),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("minutes_to_key", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("target", sa.String(64)),
        sa.Column("target_reference", sa.Text),
        sa.Column("robot", sa.String(64)),
        sa.Column("account", sa.String(64)),
        sa.Column("claim_token", sa.Integer, nullable=False),
        sa.Column("lease_until", _MOMENT),
        sa.Column("not_before", _MOMENT),
        sa.Column("pressed_at", _MOMENT),
        sa.Column("keyed_at", _MOMENT),
        sa.Column("verified_at", _MOMENT),
        sa.Column("seconds", sa.Double),
        sa.Column("answer_count", sa.Integer, nullable=False),
        sa.Column("problem_count", sa.Integer, nullable=False),
        sa.Column("keyed_count", sa.Integer, nullable=False),
        sa.Column("read_count", sa.Integer, nullable=False),
        sa.Column("mismatch_count", sa.Integer, nullable=False),
        sa.Column("dispositions", sa.JSON),
        sa.Column("mismatches", sa.JSON),
        sa.Column("data", sa.JSON),
        sa.Column("answers", sa.JSON),
        sa.Column("problems", sa.JSON),
        sa.Column("notes", sa.JSON),
        sa.Column("plan", sa.JSON),
        sa.Column("keyed", sa.JSON),
        sa.Column("record", sa.JSON),
        sa.Column("pictures", sa.JSON),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_reports")),
        sa.UniqueConstraint("identity", name=op.f("uq_reports_identity")),
    )
    op.create_index(
        "ix_reports_claimable",
        "reports",
        ["due_at", "reference"],
        sqlite_where=_CLAIMABLE,
        postgresql_where=_CLAIMABLE,
    )
    op.create_index(
        "ix_reports_state_received_at_reference", "reports", ["state", "received_at", "reference"]
    )
    op.create_index("ix_reports_received_at_reference", "reports", ["received_at", "reference"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _COUNT, nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("same_bytes", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.ForeignKeyConstraint(["reference"], ["reports.reference"], name=op.f("fk_deliveries_reference")),
    )
    op.create_index("ix_deliveries_reference", "deliveries", ["reference"])
    op.create_index("ix_deliveries_sha256", "deliveries", ["sha256"])


def _switches() -> None:
    op.create_table(
        "switches",
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("configured", sa.Boolean, nullable=False),
        sa.Column("switched_on", sa.Boolean, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("form", name=op.f("pk_switches")),
    )


def _drift() -> None:
    op.create_table(
        "drift",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("place", sa.String(400), nullable=False),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", "place", name=op.f("pk_drift")),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("seq", _COUNT, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_subject", "entries", ["subject"])
