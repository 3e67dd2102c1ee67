"""The tables, in types that SQLite and PostgreSQL read alike. A change here needs a migration beside it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Named,
    String,
    Table,
    Text,
    TextClause,
    TypedColumns,
    UniqueConstraint,
    text,
    true,
)

from orchestrator.states import OPEN, JobKind, JobState, MessageState, Reason, State
from orchestrator.store.column_types import EnumCode, Message, SafeText, UtcDateTime
from rpa.errors import Cause
from rpa.report import MessageKind

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_Document = JSON(none_as_null=True)
_Count = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself in INTEGER keys only


class ReportColumns(TypedColumns):
    """One row a report: where it is, and what it says as it is understood now.

    What the public wrote is in `data`, `answers`, `problems`, `notes` and `source_name`; what robots made of
    it is in its jobs. These are what erasure empties.
    """

    reference: Named[str] = Column(String(32), primary_key=True)
    identity: Named[str] = Column(SafeText, unique=True)
    submission_id: Named[str | None] = Column(SafeText)
    sha256: Named[str] = Column(String(64))  # of the bytes it was read from
    source: Named[str] = Column(String(32))
    source_name: Named[str] = Column(SafeText)
    form: Named[str | None] = Column(String(64))
    form_version: Named[int | None] = Column(Integer)
    form_title: Named[str] = Column(SafeText)
    state: Named[State] = Column(EnumCode(State))
    reason: Named[Reason] = Column(EnumCode(Reason))
    message: Named[str | None] = Column(Message)  # the last fault in plain words; names places, never answers
    submitted_at: Named[datetime | None] = Column(UtcDateTime)
    received_at: Named[datetime] = Column(UtcDateTime)
    due_at: Named[datetime] = Column(UtcDateTime)
    minutes_to_key: Named[int] = Column(Integer)
    target: Named[str | None] = Column(String(64))
    target_reference: Named[str | None] = Column(SafeText)
    find_first: Named[bool] = Column(Boolean, default=False)  # a restored copy may lack what was keyed
    keyed_at: Named[datetime | None] = Column(UtcDateTime)
    verified_at: Named[datetime | None] = Column(UtcDateTime)
    key_job: Named[int | None] = Column(_Count)  # the last job that keyed it
    read_job: Named[int | None] = Column(_Count)  # the last that read its record back
    answer_count: Named[int] = Column(Integer)
    problem_count: Named[int] = Column(Integer, default=0)
    revision: Named[int] = Column(Integer, default=0)  # the number of its last revision
    row_version: Named[int] = Column(
        Integer, default=0, onupdate=text("row_version + 1")
    )  # every write raises it
    rationale: Named[str | None] = Column(SafeText)  # why a person decided so, in their words
    erased_at: Named[datetime | None] = Column(UtcDateTime)
    data: Named[Any] = Column(_Document, nullable=True)
    answers: Named[Any] = Column(_Document, nullable=True)
    problems: Named[Any] = Column(_Document, nullable=True)
    notes: Named[Any] = Column(_Document, nullable=True)


reports = Table("reports", metadata, ReportColumns)

Index(None, reports.c.state, reports.c.received_at, reports.c.reference)
Index(None, reports.c.received_at, reports.c.reference)


class JobColumns(TypedColumns):
    """One row a job: what a robot does in a target for a report, with its claim and its evidence.

    `plan`, `keyed`, `record`, `mismatches`, `pictures`, `before` and `after` repeat what the public wrote: erasure
    empties them.
    """

    id: Named[int] = Column(_Count, primary_key=True)
    reference: Named[str] = Column(String(32), ForeignKey("reports.reference"), index=True)
    kind: Named[JobKind] = Column(EnumCode(JobKind))
    state: Named[JobState] = Column(EnumCode(JobState))
    saving_job: Named[int | None] = Column(_Count)  # of a look-up or reading: the job whose save it is about
    target: Named[str] = Column(String(64))
    priority: Named[int] = Column(Integer, default=0)  # those with a lower number are claimed first
    due_at: Named[datetime] = Column(UtcDateTime)
    opened_at: Named[datetime] = Column(UtcDateTime)
    ended_at: Named[datetime | None] = Column(UtcDateTime)
    not_before: Named[datetime | None] = Column(UtcDateTime)
    attempts: Named[int] = Column(Integer, default=0)
    unclear: Named[int] = Column(Integer, default=0)  # times that it gave no clear answer
    token: Named[int] = Column(
        Integer, default=0
    )  # the fencing token: later claims of a report have higher ones
    lease_until: Named[datetime | None] = Column(UtcDateTime)
    robot: Named[str | None] = Column(String(64))
    account: Named[str | None] = Column(String(64))
    claimed_at: Named[datetime | None] = Column(UtcDateTime)
    revision: Named[int] = Column(Integer, default=0)  # of the report, that was saved or is to be
    pressed_at: Named[datetime | None] = Column(UtcDateTime)  # when `saving` was last made durable
    signed_out: Named[bool] = Column(Boolean, default=False)  # save was answered by the sign-in page
    seconds: Named[float | None]  # of the robot's work, from claim to read back
    keyed_count: Named[int] = Column(Integer, default=0)  # controls that held what was planned, before save
    read_count: Named[int] = Column(Integer, default=0)  # controls read back from the record
    mismatch_count: Named[int] = Column(Integer, default=0)  # of those, the ones that differ
    dispositions: Named[Any] = Column(_Document, nullable=True)
    plan: Named[Any] = Column(_Document, nullable=True)
    keyed: Named[Any] = Column(_Document, nullable=True)
    record: Named[Any] = Column(_Document, nullable=True)
    mismatches: Named[Any] = Column(_Document, nullable=True)
    pictures: Named[Any] = Column(_Document, nullable=True)
    before: Named[Any] = Column(_Document, nullable=True)  # of an update: what the record showed before
    after: Named[Any] = Column(_Document, nullable=True)  # and the plan of the whole record with it


jobs = Table("jobs", metadata, JobColumns)


def _in(states: Collection[JobState], state: str) -> TextClause:
    """IS TRUE keeps SQLite from walking an index on the state instead, and then sorting all it found."""
    codes = ", ".join(f"'{each}'" for each in states)
    return text(f"({state} IN ({codes})) IS TRUE")


# The index that claims walk in due order holds only what can be claimed, the other only what is open: they stay
# small however many jobs are done. Both databases use one only where a query repeats its condition word for word.
_TO_CLAIM = (JobState.WAITING, JobState.RUNNING)
CLAIMABLE, _CLAIMABLE_ROWS = _in(_TO_CLAIM, "jobs.state"), _in(_TO_CLAIM, "state")
OPEN_JOBS, _OPEN_ROWS = _in(OPEN, "jobs.state"), _in(OPEN, "state")
Index(
    "ix_jobs_claimable",
    jobs.c.priority,
    jobs.c.due_at,
    jobs.c.reference,
    sqlite_where=_CLAIMABLE_ROWS,
    postgresql_where=_CLAIMABLE_ROWS,
)
Index("ix_jobs_open", jobs.c.kind, jobs.c.id, sqlite_where=_OPEN_ROWS, postgresql_where=_OPEN_ROWS)


class RevisionColumns(TypedColumns):
    """One row a revision: what a person corrected in a report, and why. Erasure empties `because` and
    `changes`."""

    reference: Named[str] = Column(String(32), ForeignKey("reports.reference"), primary_key=True)
    number: Named[int] = Column(Integer, primary_key=True, autoincrement=False)  # from 1
    actor: Named[str] = Column(Text)
    at: Named[datetime] = Column(UtcDateTime)
    because: Named[str | None] = Column(SafeText)
    changes: Named[Any] = Column(_Document, nullable=True)


revisions = Table("revisions", metadata, RevisionColumns)


class DeliveryColumns(TypedColumns):
    """Each arrival of a submission: the first, and every time it came again."""

    id: Named[int] = Column(_Count, primary_key=True)
    reference: Named[str] = Column(String(32), ForeignKey("reports.reference"), index=True)
    sha256: Named[str] = Column(String(64), index=True)
    source: Named[str] = Column(String(32))
    name: Named[str] = Column(SafeText)
    received_at: Named[datetime] = Column(UtcDateTime)
    same_bytes: Named[bool]  # bytes and files are those of earlier deliveries; true for the first


deliveries = Table("deliveries", metadata, DeliveryColumns)


class SwitchColumns(TypedColumns):
    """A form is on when the settings say so and nobody has switched it off."""

    form: Named[str] = Column(String(64), primary_key=True)
    target: Named[str] = Column(String(64))
    configured: Named[bool]
    switched_on: Named[bool]
    changed_at: Named[datetime] = Column(UtcDateTime)
    changed_by: Named[str] = Column(String(64))


switches = Table("switches", metadata, SwitchColumns)


class TargetSwitchColumns(TypedColumns):
    """A target is on when the settings say so and nobody has switched it off. One that has no row is on."""

    target: Named[str] = Column(String(64), primary_key=True)
    configured: Named[bool] = Column(Boolean, server_default=true())
    switched_on: Named[bool]
    changed_at: Named[datetime] = Column(UtcDateTime)
    changed_by: Named[str] = Column(String(64))


target_switches = Table("target_switches", metadata, TargetSwitchColumns)


class DriftColumns(TypedColumns):
    """One row a change seen in a form or a target, however often it is met."""

    subject: Named[str] = Column(String(64), primary_key=True)  # the form or the target
    kind: Named[str] = Column(String(32), primary_key=True)
    place: Named[str] = Column(String(400), primary_key=True)  # of a control, with what is wrong there
    first_seen: Named[datetime] = Column(UtcDateTime)
    last_seen: Named[datetime] = Column(UtcDateTime)
    count: Named[int] = Column(Integer)
    cause: Named[Cause | None] = Column(EnumCode(Cause))  # of a target's; none: an earlier version noted it
    proposals: Named[Any] = Column(_Document, nullable=True)  # what may have taken its place, by caption


drift = Table("drift", metadata, DriftColumns)


class BreakerColumns(TypedColumns):
    """The circuit breaker of a target, or of one account in it, once something has gone wrong there."""

    target: Named[str] = Column(String(64), primary_key=True)
    account: Named[str] = Column(SafeText, primary_key=True)  # empty: the target itself
    reason: Named[Reason] = Column(EnumCode(Reason))  # of the last fault
    message: Named[str] = Column(Message)  # of the last fault; names places, never answers
    faults: Named[int] = Column(Integer)  # in a row, each another report's
    met_by: Named[str | None] = Column(SafeText)  # the reports that met it, a line each, or the last account
    opened_at: Named[datetime | None] = Column(UtcDateTime)  # none: it is closed
    probe_at: Named[datetime | None] = Column(UtcDateTime)  # open, and none: only an administrator closes it
    probes: Named[int] = Column(Integer)  # that failed since it opened
    credential: Named[str | None] = Column(String(64))  # keyed digest of the name and password refused


breakers = Table("breakers", metadata, BreakerColumns)


class OutboxColumns(TypedColumns):
    """One row a message to the person who reported. Erasure empties `recipient`, `addressee`, and `message`, which
    may say what the report was of."""

    id: Named[int] = Column(_Count, primary_key=True)
    reference: Named[str] = Column(String(32), ForeignKey("reports.reference"))
    kind: Named[MessageKind] = Column(EnumCode(MessageKind))
    state: Named[MessageState] = Column(EnumCode(MessageState))
    because: Named[Reason] = Column(
        EnumCode(Reason)
    )  # why the report is where it is, that the message is about
    overtaken: Named[bool] = Column(Boolean, default=False)  # cancelled because the report had moved on
    channel: Named[str | None] = Column(String(32))  # that it was last sent by
    recipient: Named[str | None] = Column(SafeText)  # that it was last sent to
    addressee: Named[str | None] = Column(String(64))  # keyed digest of it, by which messages are counted
    attempts: Named[int] = Column(Integer, default=0)
    token: Named[int] = Column(Integer, default=0)  # the fencing token: each attempt has a higher one
    not_before: Named[datetime | None] = Column(UtcDateTime)
    lease_until: Named[datetime | None] = Column(UtcDateTime)  # while it is sending
    created_at: Named[datetime] = Column(UtcDateTime)
    sending_at: Named[datetime | None] = Column(UtcDateTime)  # when the last attempt was made durable
    sent_at: Named[datetime | None] = Column(UtcDateTime)
    provider_id: Named[str | None] = Column(SafeText)  # what the server or the provider calls it
    message: Named[str | None] = Column(Message)  # why it is where it is, in plain words; never an address


outbox = Table("outbox", metadata, OutboxColumns, UniqueConstraint("reference", "kind"))
Index(None, outbox.c.state, outbox.c.id)
Index(None, outbox.c.addressee, outbox.c.sending_at)


class MessageSwitchColumns(TypedColumns):
    """One row a kind of message that the settings have switched on for a form."""

    form: Named[str] = Column(String(64), primary_key=True)
    kind: Named[MessageKind] = Column(EnumCode(MessageKind), primary_key=True)


message_switches = Table("message_switches", metadata, MessageSwitchColumns)


class WorkerColumns(TypedColumns):
    """One row a worker process: when it was last heard, and what its robots last did."""

    host: Named[str] = Column(String(255), primary_key=True)
    process: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    robots: Named[int] = Column(Integer)
    started_at: Named[datetime] = Column(UtcDateTime)
    heard_at: Named[datetime] = Column(UtcDateTime)
    progress_at: Named[datetime | None] = Column(UtcDateTime)  # when a robot last finished a job


workers = Table("workers", metadata, WorkerColumns)


class ApiClientColumns(TypedColumns):
    """One row a program that may send reports to the Standard API, or once might."""

    id: Named[str] = Column(String(32), primary_key=True)
    name: Named[str] = Column(String(64))  # no two have one name but those that are revoked
    secret: Named[str] = Column(String(64))  # keyed digest; the secret itself is nowhere
    added_at: Named[datetime] = Column(UtcDateTime)
    added_by: Named[str] = Column(String(64))
    revoked_at: Named[datetime | None] = Column(UtcDateTime)
    revoked_by: Named[str | None] = Column(String(64))


api_clients = Table("api_clients", metadata, ApiClientColumns)


class EntryColumns(TypedColumns):
    """The audit chain, as `audit.Entry` has it. Rows are only ever added."""

    seq: Named[int] = Column(_Count, primary_key=True, autoincrement=False)
    at: Named[str] = Column(String(40))
    actor: Named[str] = Column(Text)
    action: Named[str] = Column(String(64))
    subject: Named[str] = Column(Text, index=True)
    details: Named[str] = Column(Text)
    previous: Named[str] = Column(String(64))
    digest: Named[str] = Column(String(64))
    seal: Named[str | None] = Column(String(64))  # `audit.chain.seal`, which is no part of the chain


entries = Table("entries", metadata, EntryColumns)
