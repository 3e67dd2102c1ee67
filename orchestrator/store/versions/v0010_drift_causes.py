"""A change in a target has its cause and what may have taken its place beside its sentence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Changes noted before have neither: their sentences say it to a person, and nothing reads it from them."""
    op.add_column("drift", sa.Column("cause", sa.String(32)))
    op.add_column("drift", sa.Column("proposals", sa.JSON))
