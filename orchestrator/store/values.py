"""What the store takes and gives: frozen values, and the two ways a move can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from orchestrator.states import JobKind, JobState, MessageState, Reason, State
from rpa.errors import OperatingError
from rpa.report import Answer, Change, MessageKind, Note, Problem, Report


class NotMoved(OperatingError):  # noqa: N818 - says what did not happen; whoever asked decides whether that is wrong
    """The act does not fit the report as it is now: mostly because somebody else moved it first."""


class NoSuchReport(NotMoved):
    """There is no report with this reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference}: there is no such report")


class ClaimLost(NotMoved):
    """The claim is not ours any more: its lease has run out or another robot holds it. Stop at once."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one delivery. `new` is false when the report was already here; `differs` says that the
    submission was, with other content or without these files."""

    reference: str
    new: bool
    state: State
    reason: Reason
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """One job in one robot's hands until `lease_until`.

    `token` is the fencing token: a later claim of the report has a higher one, and a move under an older one is
    refused. `attempts`, `pressed_at` and `signed_out` (save was answered by the sign-in page) are those of the job
    whose save this one is about. `find_first` says that save may have been pressed in an earlier life, or before
    the database was restored: look in the target before keying anything (P2). `unclear` counts the times that the
    job gave no clear answer. `saving_job` is the job whose save this one is about: itself, or the one it looks
    up or reads; `updates` says that this is an update. `keyed_at`: when the report's record was known to be saved.
    """

    job: int
    reference: str
    kind: JobKind
    token: int
    attempts: int
    find_first: bool
    form: str
    form_version: int | None
    target: str
    target_reference: str | None
    keyed_at: datetime | None
    robot: str
    account: str
    due_at: datetime
    claimed_at: datetime
    lease_until: datetime
    pressed_at: datetime | None
    unclear: int = 0
    signed_out: bool = False
    saving_job: int = 0
    updates: bool = False


class Columns(TypedDict, total=False):
    """What a move may write as well as the state. `Any` is any JSON; its digest goes on the trail."""

    message: str | None  # the fault in plain words: names places and rules, never an answer (P8)
    not_before: datetime | None  # not to be claimed before this
    reconcile_at: datetime | None  # when its record is to be looked up once more
    signed_out: bool  # save was answered by the sign-in page
    seconds: float | None
    target: str
    target_reference: str | None
    rationale: str  # of a person
    dispositions: Any  # count by kind; each answer's own is in the plan
    plan: Any
    keyed: Any
    record: Any
    mismatches: Any
    pictures: Any
    before: Any  # of an update: what the record showed before
    after: Any  # and the plan of the whole record with it, and what remains
    revision: int  # of the report, that the plan is of


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A report without its answers. Times are UTC. From `attempts` on: of the last jobs that keyed it and read it
    back."""

    reference: str
    identity: str
    submission_id: str | None
    sha256: str
    source: str
    source_name: str
    form: str | None
    form_version: int | None
    form_title: str
    state: State
    reason: Reason
    message: str | None
    submitted_at: datetime | None
    received_at: datetime
    due_at: datetime
    minutes_to_key: int
    target: str | None
    target_reference: str | None
    find_first: bool
    keyed_at: datetime | None
    verified_at: datetime | None
    revision: int
    answer_count: int
    problem_count: int
    attempts: int
    robot: str | None
    account: str | None
    pressed_at: datetime | None
    seconds: float | None
    keyed_count: int
    read_count: int
    mismatch_count: int
    dispositions: Any = field(repr=False)  # count by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that a robot did, does or is to do in a target for a report, with its evidence."""

    id: int
    reference: str
    kind: JobKind
    state: JobState
    saving_job: int | None
    priority: int
    target: str
    due_at: datetime
    opened_at: datetime
    ended_at: datetime | None
    not_before: datetime | None
    attempts: int
    unclear: int
    token: int
    lease_until: datetime | None
    robot: str | None
    account: str | None
    claimed_at: datetime | None
    pressed_at: datetime | None
    signed_out: bool
    seconds: float | None
    revision: int
    plan: Any = field(default=None, repr=False)
    keyed: Any = field(default=None, repr=False)
    record: Any = field(default=None, repr=False)
    mismatches: Any = field(default=None, repr=False)
    pictures: Any = field(default=None, repr=False)
    before: Any = field(default=None, repr=False)
    after: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Summary):
    """A report with everything the store holds of it. `may_be_in_target`: save was pressed for it, or may have
    been before a restore. `plan` and what follows are those of the last job that has them."""

    data: Mapping[str, object] = field(repr=False)
    answers: tuple[Answer, ...] = field(repr=False)
    may_be_in_target: bool
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = field(default=(), repr=False)
    rationale: str | None = field(default=None, repr=False)
    erased_at: datetime | None = None
    row_version: int = 0  # compared by whoever writes what they computed from this
    plan: Any = field(default=None, repr=False)
    keyed: Any = field(default=None, repr=False)
    record: Any = field(default=None, repr=False)
    mismatches: Any = field(default=None, repr=False)
    pictures: Any = field(default=None, repr=False)
    jobs: tuple[Job, ...] = ()
    revisions: tuple[Revision, ...] = ()

    @property
    def corrections(self) -> tuple[tuple[Change, ...], ...]:
        """What people changed, revision by revision, for reading the report again."""
        return tuple(tuple(each.change for each in revision.changes) for revision in self.revisions)

    def understood(self) -> Report:
        """The report as intake understood it, fit to be planned from."""
        return Report(
            identity=self.identity,
            submission_id=self.submission_id,
            form=self.form,
            form_version=self.form_version,
            form_title=self.form_title,
            submitted_at=self.submitted_at,
            minutes_to_key=self.minutes_to_key,
            data=self.data,
            answers=self.answers,
            problems=self.problems,
            notes=self.notes,
            reference=self.reference,
        )


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """One answer that a revision changed, with its question as the public saw it."""

    change: Change
    question: str


@dataclass(frozen=True, slots=True)
class Revision:
    """What one person corrected in a report, over the revision before it. `because` and `changes` are gone once
    the report is erased."""

    number: int
    actor: str
    at: datetime
    because: str | None = field(repr=False)
    changes: tuple[ChangedAnswer, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One arrival of a submission."""

    reference: str
    sha256: str
    source: str
    name: str
    received_at: datetime
    same_bytes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to the person who reported. `because`: why the report is where it is, that the message is about;
    `message`: why the message is where it is. `recipient` is gone once the report is erased."""

    id: int
    reference: str
    kind: MessageKind
    state: MessageState
    because: Reason
    channel: str | None
    recipient: str | None = field(repr=False)
    attempts: int
    token: int
    not_before: datetime | None
    created_at: datetime
    sending_at: datetime | None
    sent_at: datetime | None
    provider_id: str | None
    message: str | None
