"""Arrivals: a delivery becomes a report, or is known to be one we have; and where a report goes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select

from orchestrator.states import Reason, State
from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.moves import move
from orchestrator.store.switches import find
from orchestrator.store.tables import deliveries, reports, storable
from orchestrator.store.trail import append, bound_digest, content_digests
from orchestrator.store.values import NotMoved, Receipt
from rpa.report import ProblemKind, Report, Submission

ACTOR = "intake"


def receive(transaction: Transaction, report: Report, submission: Submission) -> Receipt:
    """Take in one delivery whose original bytes are on disk already (P1).

    1. One arrival at a time, so that two deliveries of one submission cannot both be the first.
    2. The same identity, or the same bytes: the same report (P2). Otherwise a new one, in `received`.
    3. The delivery, and the trail.
    4. A new report is sorted.
    """
    lock_chain(transaction.connection)
    report = replace(report, identity=storable(report.identity))
    known = _known(transaction.connection, report.identity, submission.sha256)
    reference = report.reference if known is None else str(known.reference)
    same_bytes = known is None or _delivered(transaction.connection, reference, submission.sha256)
    content: Mapping[str, object] = {}
    if known is None:
        content = _insert(transaction, report, submission)
    _deliver(transaction, reference, submission, content, same_bytes=same_bytes)
    if known is None:
        route(transaction, reference, report, actor=ACTOR)
    state, reason = _where(transaction.connection, reference)
    return Receipt(reference, new=known is None, state=state, reason=reason)


def reread(transaction: Transaction, reference: str, frm: State, report: Report, actor: str) -> Receipt:
    """Put a new understanding in the place of the old one (`held` or `attention`) and sort the report again.

    The reference stays: it may stand in the target. Raises `NotMoved` when the report is not in `frm`.
    """
    report = replace(report, identity=storable(report.identity))
    twin = _known(transaction.connection, report.identity, "")
    moved_by = Reason.READ_AGAIN if frm is State.HELD else Reason.CORRECTED
    duplicate = twin is not None and twin.reference != reference
    content = _understanding(report, _received_at(transaction.connection, reference))
    if duplicate:
        del content["identity"]  # the other report has it
    move(transaction, reference, frm, State.RECEIVED, actor=actor, reason=moved_by, changes=content)
    if duplicate:
        move(transaction, reference, State.RECEIVED, State.ATTENTION, actor=actor, reason=Reason.DUPLICATE)
    else:
        route(transaction, reference, report, actor=actor)
    state, reason = _where(transaction.connection, reference)
    return Receipt(reference, new=False, state=state, reason=reason)


def route(transaction: Transaction, reference: str, report: Report, *, actor: str) -> State:
    """Sort a received report: to the robots, to an administrator or to an operator."""
    switch = find(transaction.connection, report.form)
    to, reason = destination(report, form_on=switch is not None and switch.on)
    target = {"target": switch.target} if switch else {}
    return move(transaction, reference, State.RECEIVED, to, actor=actor, reason=reason, changes=target)


_STOPS = {
    ProblemKind.UNREADABLE: (State.ATTENTION, Reason.UNREADABLE),
    ProblemKind.INVALID: (State.ATTENTION, Reason.INVALID),
    ProblemKind.CHANGED: (State.HELD, Reason.FORM_CHANGED),
}
"""Where a report goes that has a problem of this kind; the first counts. What a person must correct comes before
what we must mend. A problem of any other kind stops nothing: it is told to the operator."""


def destination(report: Report, *, form_on: bool) -> tuple[State, Reason]:
    """Where a received report goes, and why."""
    kinds = {problem.kind for problem in report.problems}
    to, reason = next((_STOPS[kind] for kind in _STOPS if kind in kinds), (State.READY, Reason.VALID))
    if report.form is None and to is not State.ATTENTION:
        return State.HELD, Reason.FORM_UNKNOWN
    if to is State.READY and not form_on:
        return State.HELD, Reason.FORM_OFF
    return (to, Reason.WITH_PROBLEMS) if kinds and reason is Reason.VALID else (to, reason)


def due_at(report: Report, received_at: datetime) -> datetime:
    """When the report must be in the target: counted from submission, at the latest from arrival."""
    start = min(_utc(report.submitted_at) or received_at, received_at)
    return start + timedelta(minutes=report.minutes_to_key)


def _insert(transaction: Transaction, report: Report, submission: Submission) -> Mapping[str, object]:
    """A new row; returns the content in it."""
    understanding = _understanding(report, transaction.now)
    transaction.connection.execute(
        insert(reports).values(
            reference=report.reference,
            sha256=submission.sha256,
            source=submission.source,
            source_name=submission.name,
            state=State.RECEIVED,
            reason=Reason.ARRIVED,
            received_at=transaction.now,
            attempts=0,
            claim_token=0,
            **understanding,
        )
    )
    return {name: understanding[name] for name in ("answers", "data")}


def _understanding(report: Report, received_at: datetime) -> dict[str, Any]:
    """The columns that come from understanding the bytes, and change when they are read again."""
    return {
        "identity": report.identity,
        "submission_id": report.submission_id,
        "form": report.form,
        "form_version": report.form_version,
        "form_title": report.form_title,
        "submitted_at": _utc(report.submitted_at),
        "due_at": due_at(report, received_at),
        "minutes_to_key": report.minutes_to_key,
        "answer_count": len(report.answers),
        "problem_count": len(report.problems),
        "data": dict(report.data),
        "answers": [asdict(answer) for answer in report.answers],
        "problems": [asdict(problem) for problem in report.problems],
        "notes": [asdict(note) for note in report.notes],
    }


def _deliver(
    transaction: Transaction,
    reference: str,
    submission: Submission,
    content: Mapping[str, object],
    *,
    same_bytes: bool,
) -> None:
    """The delivery and its entry; `content` is what came of it, empty when the report was here before."""
    transaction.connection.execute(
        insert(deliveries).values(
            reference=reference,
            sha256=submission.sha256,
            source=submission.source,
            name=submission.name,
            received_at=transaction.now,
            same_bytes=same_bytes,
        )
    )
    action = "received" if content else "delivered again" if same_bytes else "delivery differs"
    key = transaction.digest_key
    digests = {
        "original": bound_digest(key, reference, "original", submission.content),
        "media": [bound_digest(key, reference, "media", media.content) for media in submission.media],
        **content_digests(key, reference, content),
    }
    append(
        transaction,
        actor=ACTOR,
        action=action,
        subject=reference,
        details={"source": submission.source, "digests": digests},
    )


def _known(connection: Connection, identity: str, sha256: str) -> Row[Any] | None:
    """The report with this identity, else the one these bytes were delivered for before."""
    same = select(deliveries.c.reference).where(deliveries.c.sha256 == sha256)
    query = select(reports.c.reference).where(
        or_(reports.c.identity == identity, reports.c.reference.in_(same))
    )
    by_identity_first = (reports.c.identity != identity, reports.c.reference)
    return connection.execute(query.order_by(*by_identity_first).limit(1)).one_or_none()


def _delivered(connection: Connection, reference: str, sha256: str) -> bool:
    query = select(deliveries.c.id).where(deliveries.c.reference == reference, deliveries.c.sha256 == sha256)
    return connection.execute(query.limit(1)).first() is not None


def _where(connection: Connection, reference: str) -> tuple[State, Reason]:
    query = select(reports.c.state, reports.c.reason).where(reports.c.reference == reference)
    row = connection.execute(query).one()
    return row.state, row.reason


def _received_at(connection: Connection, reference: str) -> datetime:
    query = select(reports.c.received_at).where(reports.c.reference == reference)
    received_at = connection.execute(query).scalar_one_or_none()
    if received_at is None:
        raise NotMoved(f"{reference}: there is no such report")
    return received_at


def _utc(moment: datetime | None) -> datetime | None:
    """In UTC; a time without an offset is taken for UTC, one that UTC has no room for is not known."""
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # a form will take the year 1
        return None
