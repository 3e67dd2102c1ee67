"""Jobs beside the reports: each with its own claim, attempts and evidence, taken over from the reports' rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)
_COUNT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_CLAIMABLE = sa.text("(state IN ('waiting', 'running')) IS TRUE")
_MOVED = (
    *("attempts", "robot", "account", "claim_token", "lease_until", "not_before", "pressed_at", "looks"),
    *("look_again_at", "signed_out", "seconds", "keyed_count", "read_count", "mismatch_count"),
    *("dispositions", "plan", "keyed", "record", "mismatches", "pictures"),
)

# A report that a robot ever had to do with has one keying job, which holds all that was keyed for it.
_KEYING = """
INSERT INTO jobs (reference, target, due_at, opened_at, token, kind, state, second_look, attempts,
       unclear, signed_out, lease_until, robot, account,
                  claimed_at, not_before, pressed_at, keyed_count, read_count, mismatch_count, dispositions, plan,
                  keyed, pictures)
SELECT reference, COALESCE(target, ''), due_at, received_at, claim_token, 'key',
       CASE state WHEN 'ready' THEN 'waiting' WHEN 'held' THEN 'waiting' WHEN 'keying' THEN 'running'
                  WHEN 'submitting' THEN 'saving' WHEN 'uncertain' THEN 'uncertain' WHEN 'submitted' THEN 'done'
                  WHEN 'review' THEN 'done' WHEN 'decided' THEN 'done' ELSE 'ended' END,
       :no, attempts, 0, signed_out,
       CASE WHEN state IN ('keying', 'submitting') THEN lease_until END, robot, account,
       COALESCE(pressed_at, received_at),
       CASE WHEN state IN ('ready', 'held') THEN not_before END, pressed_at, keyed_count, 0, 0, dispositions, plan,
       keyed, pictures
FROM reports
WHERE state IN ('ready', 'keying', 'submitting', 'uncertain') OR attempts > 0 OR pressed_at IS NOT NULL
   OR target_reference IS NOT NULL
"""

_LOOK_UP = """
INSERT INTO jobs (reference, target, due_at, opened_at, token, kind, state, second_look,
       saving_job, attempts, unclear, signed_out, lease_until, robot,
                  account, not_before, keyed_count, read_count, mismatch_count)
SELECT reference, COALESCE(target, ''), due_at, received_at, claim_token, 'look_up',
       CASE WHEN lease_until IS NULL THEN 'waiting' ELSE 'running' END, :no, key_job, 0, looks,
       :no, lease_until, robot, account, not_before, 0, 0, 0
FROM reports WHERE state = 'uncertain'
"""

_READ_BACK = """
INSERT INTO jobs (reference, target, due_at, opened_at, token, kind, state, second_look,
       saving_job, attempts, unclear, signed_out, lease_until, robot,
                  account, not_before, seconds, keyed_count, read_count, mismatch_count, record, mismatches)
SELECT reference, COALESCE(target, ''), due_at, received_at, claim_token, 'read_back',
       CASE WHEN state <> 'submitted' THEN 'done' WHEN lease_until IS NULL THEN 'waiting' ELSE 'running' END, :no,
       key_job, 0, CASE WHEN state = 'submitted' THEN looks ELSE 0 END, :no,
       CASE WHEN state = 'submitted' THEN lease_until END, robot, account,
       CASE WHEN state = 'submitted' THEN not_before END, seconds, 0, read_count, mismatch_count,
       record, mismatches
FROM reports WHERE state IN ('submitted', 'review', 'decided') OR read_count > 0 OR record IS NOT NULL
"""

_SECOND_LOOK = """
INSERT INTO jobs (reference, target, due_at, opened_at, token, kind, state, second_look,
       saving_job, attempts, unclear, signed_out, not_before,
                  keyed_count, read_count, mismatch_count)
SELECT reference, COALESCE(target, ''), due_at, received_at, claim_token, 'look_up', 'waiting',
       :yes, key_job, 0, CASE WHEN state = 'review' THEN looks ELSE 0 END, :no,
       look_again_at, 0, 0, 0
FROM reports WHERE look_again_at IS NOT NULL AND state IN ('submitted', 'review')
"""


def upgrade() -> None:
    """Make the table, move what the reports' rows hold into it."""
    _table()
    op.add_column("reports", sa.Column("key_job", _COUNT))
    op.add_column("reports", sa.Column("read_job", _COUNT))
    _run(_KEYING, no=False)
    _point("key_job", "key")
    _run(_LOOK_UP, no=False)
    _run(_READ_BACK, no=False)
    _point("read_job", "read_back")
    _run(_SECOND_LOOK, no=False, yes=True)
    op.drop_index("ix_reports_claimable", "reports")
    op.drop_index("ix_reports_look_again", "reports")
    op.alter_column("reports", "look_first", new_column_name="find_first")
    for name in _MOVED:
        op.drop_column("reports", name)


def _table() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _COUNT, nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("saving_job", _COUNT),
        sa.Column("second_look", sa.Boolean, nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("not_before", _MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("unclear", sa.Integer, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("lease_until", _MOMENT),
        sa.Column("robot", sa.String(64)),
        sa.Column("account", sa.String(64)),
        sa.Column("claimed_at", _MOMENT),
        sa.Column("pressed_at", _MOMENT),
        sa.Column("signed_out", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Double),
        sa.Column("keyed_count", sa.Integer, nullable=False),
        sa.Column("read_count", sa.Integer, nullable=False),
        sa.Column("mismatch_count", sa.Integer, nullable=False),
        sa.Column("dispositions", sa.JSON),
        sa.Column("plan", sa.JSON),
        sa.Column("keyed", sa.JSON),
        sa.Column("record", sa.JSON),
        sa.Column("mismatches", sa.JSON),
        sa.Column("pictures", sa.JSON),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.ForeignKeyConstraint(["reference"], ["reports.reference"], name=op.f("fk_jobs_reference")),
    )
    op.create_index("ix_jobs_reference", "jobs", ["reference"])
    op.create_index(
        "ix_jobs_claimable",
        "jobs",
        ["second_look", "due_at", "reference"],
        sqlite_where=_CLAIMABLE,
        postgresql_where=_CLAIMABLE,
    )


def _run(statement: str, **values: bool) -> None:
    op.get_bind().execute(sa.text(statement), values)


def _point(column: str, kind: str) -> None:
    found = "SELECT MAX(id) FROM jobs WHERE jobs.reference = reports.reference AND jobs.kind = :kind"
    op.get_bind().execute(sa.text(f"UPDATE reports SET {column} = ({found})"), {"kind": kind})  # noqa: S608
