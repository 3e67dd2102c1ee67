"""What the settings say of a target, beside what people do: both in one place, as for forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Every target is as the settings have it: the next start, or command that follows them, writes that."""
    column = sa.Column("configured", sa.Boolean, nullable=False, server_default=sa.true())
    op.add_column("target_switches", column)
