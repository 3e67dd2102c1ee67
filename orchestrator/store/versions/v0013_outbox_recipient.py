"""Messages that went to one recipient are counted, by a keyed digest of the address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """What was sent before is not counted: that matters for a day."""
    op.add_column("outbox", sa.Column("addressee", sa.String(64)))
    op.create_index("ix_outbox_addressee_sending_at", "outbox", ["addressee", "sending_at"])
