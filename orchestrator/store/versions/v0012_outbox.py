"""Messages to the person who reported have a table, and so have the kinds of them that are switched on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """For the reports that are there nothing is sent: they were moved before."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "outbox",
        sa.Column("id", number, nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("because", sa.String(32), nullable=False),
        sa.Column("overtaken", sa.Boolean, nullable=False),
        sa.Column("channel", sa.String(32)),
        sa.Column("recipient", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("not_before", _MOMENT),
        sa.Column("lease_until", _MOMENT),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("sending_at", _MOMENT),
        sa.Column("sent_at", _MOMENT),
        sa.Column("provider_id", sa.Text),
        sa.Column("message", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.ForeignKeyConstraint(["reference"], ["reports.reference"], name=op.f("fk_outbox_reference")),
        sa.UniqueConstraint("reference", "kind", name=op.f("uq_outbox_reference_kind")),
    )
    op.create_index("ix_outbox_state_id", "outbox", ["state", "id"])
    op.create_table(
        "message_switches",
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("form", "kind", name=op.f("pk_message_switches")),
    )
