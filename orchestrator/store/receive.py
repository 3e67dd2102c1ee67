"""Arrivals: a delivery becomes a report, or is known to be one we have."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    bindparam,
    case,
    insert,
    or_,
    select,
    type_coerce,
    union_all,
)

from orchestrator.states import FINAL, Reason, State
from orchestrator.store import recorded_columns
from orchestrator.store.column_types import storable
from orchestrator.store.engine import Transaction, lock_arrivals
from orchestrator.store.identities import forms_of
from orchestrator.store.integrity import as_delivered, digests_recorded
from orchestrator.store.moves import move
from orchestrator.store.reprocess import amend, tell
from orchestrator.store.routing import route, understanding, where
from orchestrator.store.tables import deliveries, reports
from orchestrator.store.trail import append, bound_digest, content_digests
from orchestrator.store.values import Receipt
from rpa.forms.copies import is_contained, is_from_document
from rpa.report import Report, Submission, reference_of

_NEW_REPORT, _NEW_DELIVERY = insert(reports), insert(deliveries)
_TAKEN = select(reports.c.reference).where(reports.c.reference == bindparam("wanted"))


def _known_by(recognised: ColumnElement[bool], delivered: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    same_bytes = case((delivered, True), else_=False).label("same_bytes")
    columns = (reports.c.reference, reports.c.identity, reports.c.state, reports.c.data, same_bytes)
    query = select(*columns).where(or_(recognised, delivered))
    first = query.order_by(same_bytes.desc(), recognised.desc(), reports.c.reference).limit(1)
    return first.with_for_update(key_share=True, of=reports)


_KNOWN = _known_by(
    recognised=reports.c.identity.in_(bindparam("identities", expanding=True)),
    delivered=reports.c.reference.in_(
        select(deliveries.c.reference).where(deliveries.c.sha256 == bindparam("bytes"))
    ),
)

_IN_USE = union_all(
    select(type_coerce(reports.c.identity, String)).where(
        reports.c.identity.in_(bindparam("identities", expanding=True))
    ),
    select(reports.c.reference).where(reports.c.reference.in_(bindparam("wanted", expanding=True))),
    select(deliveries.c.sha256).where(deliveries.c.sha256.in_(bindparam("bytes", expanding=True))),
)
"""Of these identities, references and digests those that are in use."""


def receive(transaction: Transaction, report: Report, submission: Submission, actor: str) -> Receipt:
    """Take in one delivery whose original bytes are on disk already (P1).

    1. One arrival at a time, so that two deliveries of one submission cannot both be the first.
    2. The same bytes, or the same identity: the same report (P2). Otherwise a new one, in `received`, under a
       reference that no other submission has. Other content for a report that is done with is a report of its own.
       A document whose every certain answer is in the report already is no other content.
    3. The delivery, and the trail.
    4. A new report is sorted. Other content, or files, for a known one are put before a person.
    """
    connection = transaction.connection
    report = _storable(report)
    lock_arrivals(connection)
    known = _known(transaction, report.identity, submission.sha256)
    if known is None:
        return _receive_new(transaction, _with_free_reference(transaction, report), submission, actor)
    more_files = _has_new_files(transaction, known.reference, submission)
    differs = more_files or not (known.same_bytes or _says_the_same(report, known.data))
    reference, same = known.reference, known.same_bytes and not more_files
    if differs and known.state in FINAL:
        content = _content_and_files(submission)
        own = [f"{identity} {content}" for identity in (known.identity, report.identity)]
        same_content = reports.c.identity.in_(forms_of(transaction.digest_key, *own))
        came = connection.execute(select(reports.c.reference).where(same_content)).scalar()
        if came is None:
            report = _with_free_reference(transaction, replace(report, identity=own[0], reference=""))
            return _receive_new(transaction, report, submission, actor, known.reference)
        reference, same, differs = came, True, False
    _deliver(transaction, reference, submission, actor, {}, {}, same=same)
    if differs:
        amend(transaction, reference, report, submission, actor)
    tell(transaction, reference, report)
    state, reason = where(connection, reference)
    return Receipt(reference, new=False, state=state, reason=reason, differs=differs)


def _says_the_same(report: Report, data: Any) -> bool:
    return data == dict(report.data) or (is_from_document(report) and is_contained(report, data or {}))


def receive_new(
    transaction: Transaction, several: Sequence[tuple[Report, Submission]], actor: str
) -> list[Receipt | None]:
    """Take in those of several deliveries that are reports of their own for certain, as `receive` does. None for
    every other one: it has something in common with a report that is there, or with one before it.

    Those are left to `receive`, in a transaction of their own: it locks the row of the report, and nobody waits
    for a row while others wait for the trail.
    """
    lock_arrivals(transaction.connection)
    theirs = [_recognised_by(transaction, report, submission) for report, submission in several]
    sought = {
        name: [each for one in theirs for each in one[name]] for name in ("identities", "wanted", "bytes")
    }
    taken = set(transaction.connection.execute(_IN_USE, sought).scalars())
    receipts: list[Receipt | None] = []
    for (report, submission), names in zip(several, theirs, strict=True):
        own = {each for some in names.values() for each in some}
        is_new = own.isdisjoint(taken) and report.reference in own
        taken |= own
        receipts.append(_receive_new(transaction, _storable(report), submission, actor) if is_new else None)
    return receipts


def _recognised_by(transaction: Transaction, report: Report, submission: Submission) -> dict[str, list[str]]:
    """What shows that a delivery is of a report that is there."""
    identity = storable(report.identity)
    return {
        "identities": forms_of(transaction.digest_key, identity),
        "wanted": [reference_of(identity)],
        "bytes": [submission.sha256],
    }


def _storable(report: Report) -> Report:
    return replace(report, identity=storable(report.identity))


def _receive_new(
    transaction: Transaction, report: Report, submission: Submission, actor: str, amends: str | None = None
) -> Receipt:
    """A report of its own, whose reference no other has. One that `amends` a report that is done with is never
    keyed by a robot (P2)."""
    derived = reference_of(report.identity)
    content = _insert(transaction, report, submission)
    more = {"amends": amends, "instead_of": derived if derived != report.reference else None}
    _deliver(transaction, report.reference, submission, actor, content, more, same=True)
    if amends is None:
        state, reason = route(transaction, report.reference, report, actor=actor)
    else:
        reason = Reason.AMENDED
        state = move(
            transaction,
            report.reference,
            State.RECEIVED,
            State.ATTENTION,
            actor=actor,
            reason=reason,
            message=f"Other content for {amends}, which is done with. Compare the two",
        )
    return Receipt(report.reference, new=True, state=state, reason=reason, differs=amends is not None)


def _with_free_reference(transaction: Transaction, report: Report) -> Report:
    """With the first of the references for its identity that no other submission has."""
    for number in count():
        reference = reference_of(report.identity, number)
        if transaction.connection.execute(_TAKEN, {"wanted": reference}).first() is None:
            return replace(report, reference=reference)
    raise AssertionError("count() never ends")


def _insert(transaction: Transaction, report: Report, submission: Submission) -> Mapping[str, object]:
    """A new row; returns the content in it."""
    understood = understanding(report, transaction.now)
    arrived = {
        "reference": report.reference,
        "sha256": submission.sha256,
        "source": submission.source,
        "source_name": submission.name,
        "state": State.RECEIVED,
        "reason": Reason.ARRIVED,
        "received_at": transaction.now,
        "find_first": False,
    }
    transaction.connection.execute(_NEW_REPORT, {**arrived, **understood})
    recorded_columns.note(transaction, report.reference, {**arrived, **understood})
    return {name: understood[name] for name in ("answers", "data")}


def _deliver(
    transaction: Transaction,
    reference: str,
    submission: Submission,
    actor: str,
    content: Mapping[str, object],
    more: Mapping[str, str | None],
    *,
    same: bool,
) -> None:
    """The delivery and its entry; `content` is what came of it, empty when the report was here before. `more` is
    said in the entry as it is."""
    delivered = {
        "reference": reference,
        "sha256": submission.sha256,
        "source": submission.source,
        "name": submission.name,
        "received_at": transaction.now,
        "same_bytes": same,
    }
    transaction.connection.execute(_NEW_DELIVERY, delivered)
    action = "received" if content else "delivered again" if same else "delivery differs"
    key = transaction.digest_key
    delivery = {"delivery": as_delivered(submission.sha256, submission.source, same=same)}
    digests = {
        "original": bound_digest(key, reference, "original", submission.content),
        "media": _file_digests(transaction, reference, submission),
        **content_digests(key, reference, {**content, **delivery}),
    }
    append(
        transaction,
        actor=actor,
        action=action,
        subject=reference,
        details={"source": submission.source, "digests": digests} | {k: v for k, v in more.items() if v},
    )


def _known(transaction: Transaction, identity: str, sha256: str) -> Row[Any] | None:
    """The report these bytes were delivered for before, else the one with this identity."""
    sought = {"identities": forms_of(transaction.digest_key, identity), "bytes": sha256}
    return transaction.connection.execute(_KNOWN, sought).one_or_none()


def _has_new_files(transaction: Transaction, reference: str, submission: Submission) -> bool:
    """Whether a file came that no delivery of the report had, by what the trail says of those."""
    if not submission.media:
        return False
    recorded = {
        digest
        for digests in digests_recorded(transaction.connection, reference)
        for digest in digests.get("media", ())
    }
    return not recorded.issuperset(_file_digests(transaction, reference, submission))


def _file_digests(transaction: Transaction, reference: str, submission: Submission) -> list[str]:
    key = transaction.digest_key
    return [bound_digest(key, reference, "media", media.content) for media in submission.media]


def _content_and_files(submission: Submission) -> str:
    """One digest for the bytes and the files, whatever their names and order."""
    files = sorted({media.sha256 for media in submission.media})
    return hashlib.sha256("\0".join((submission.sha256, *files)).encode()).hexdigest()
