"""Each entry of the trail bears a seal, which only whoever has the installation's key can make."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from audit.chain import seal

revision = "0009"
down_revision = "0008"

_PAGE = 1000
_ENTRIES = sa.table("entries", sa.column("seq"), sa.column("digest"), sa.column("seal"))


def upgrade() -> None:
    """What is there is sealed as it is, this once: nothing else seals an entry after it was written."""
    op.add_column("entries", sa.Column("seal", sa.String(64)))
    connection, last = op.get_bind(), 0
    first = connection.execute(sa.select(_ENTRIES.c.seq).limit(1)).first()
    key = b"" if first is None else context.config.attributes["digest_key"]()
    page = sa.select(_ENTRIES.c.seq, _ENTRIES.c.digest).order_by(_ENTRIES.c.seq).limit(_PAGE)
    this = sa.update(_ENTRIES).where(_ENTRIES.c.seq == sa.bindparam("number"))
    while rows := connection.execute(page.where(_ENTRIES.c.seq > last)).all():
        sealed = [{"number": row.seq, "seal": seal(key, row.digest)} for row in rows]
        connection.execute(this, sealed)
        last = rows[-1].seq
