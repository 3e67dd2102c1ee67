"""Rows of `revisions`: what people corrected in a report, one after the other, and whether they still say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from orchestrator.store.column_types import storable
from orchestrator.store.engine import Transaction
from orchestrator.store.tables import entries, reports, revisions
from orchestrator.store.trail import append, content_digests, parsed
from orchestrator.store.values import ChangedAnswer, NotMoved, Revision
from rpa.report import Change

CORRECTED = "corrected"
MOST_REVISIONS = 100  # of one report
_CONTENT = ("because", "changes")


def add(
    transaction: Transaction,
    reference: str,
    over: int,
    *,
    actor: str,
    because: str,
    changes: Sequence[ChangedAnswer],
) -> int:
    """A new revision over number `over` (0: over what arrived); returns its number.

    Compares and sets the report's number: raises `NotMoved` when somebody corrected the report meanwhile, and when
    it has too many revisions already.
    """
    number = over + 1
    if number > MOST_REVISIONS:
        raise NotMoved(f"{reference}: it was corrected {over} times, and no report takes more")
    this = update(reports).where(reports.c.reference == reference, reports.c.revision == over)
    row = transaction.connection.execute(
        this.values(revision=number).returning(reports.c.reference)
    ).one_or_none()
    if row is None:
        raise NotMoved(f"{reference}: somebody corrected it meanwhile; look at it again first")
    content = {"because": storable(because), "changes": [asdict(change) for change in changes]}
    transaction.connection.execute(
        insert(revisions).values(
            reference=reference, number=number, actor=actor, at=transaction.now, **content
        )
    )
    digests = content_digests(transaction.digest_key, reference, content)
    details = {"number": number, "digests": digests}
    append(transaction, actor=actor, action=CORRECTED, subject=reference, details=details)
    return number


def of_report(connection: Connection, reference: str) -> tuple[Revision, ...]:
    """The revisions of a report, in order."""
    query = select(revisions).where(revisions.c.reference == reference).order_by(revisions.c.number)
    return tuple(_revision(row) for row in connection.execute(query))


def _revision(row: Row[Any]) -> Revision:
    changes = tuple(
        ChangedAnswer(Change(**change["change"]), change["question"]) for change in row.changes or ()
    )
    return Revision(row.number, row.actor, row.at, row.because, changes)


def erase(transaction: Transaction, reference: str) -> None:
    """Empty what the revisions of a report say. Who corrected it, and when, stays."""
    theirs = update(revisions).where(revisions.c.reference == reference)
    transaction.connection.execute(theirs.values(**dict.fromkeys(_CONTENT)))


def altered(connection: Connection, digest_key: bytes, erased: str) -> Iterator[tuple[str, str]]:
    """Each (reference, "revisions") whose revisions are not those that the trail tells of; `erased` is the action
    that emptied them."""
    query = select(entries).where(entries.c.action.in_((CORRECTED, erased))).order_by(entries.c.seq)
    recorded: dict[str, dict[int, Row[Any]]] = {}
    emptied: set[str] = set()
    for entry in connection.execute(query):
        if entry.action == erased:
            emptied.add(entry.subject)
        else:
            recorded.setdefault(entry.subject, {})[parsed(entry.details).get("number", 0)] = entry
    numbered = select(reports.c.reference, reports.c.revision).where(reports.c.revision != 0)
    numbers = {row.reference: row.revision for row in connection.execute(numbered)}
    rows: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(select(revisions).order_by(revisions.c.reference, revisions.c.number)):
        rows.setdefault(row.reference, []).append(row)
    for reference in sorted(recorded.keys() | numbers.keys() | rows.keys()):
        theirs, known = rows.get(reference, []), recorded.get(reference, {})
        whole = [row.number for row in theirs] == sorted(known) == list(range(1, len(known) + 1))
        same = whole and all(
            _is_recorded(row, known[row.number], digest_key, empty=reference in emptied) for row in theirs
        )
        if not same or numbers.get(reference, 0) != len(known):
            yield reference, "revisions"


def _is_recorded(row: Row[Any], entry: Row[Any], digest_key: bytes, *, empty: bool) -> bool:
    if (row.actor, row.at) != (entry.actor, datetime.fromisoformat(entry.at)):
        return False
    content: Mapping[str, Any] = {name: getattr(row, name) for name in _CONTENT}
    if empty:
        return all(value is None for value in content.values())
    return content_digests(digest_key, row.reference, content) == parsed(entry.details).get("digests")
