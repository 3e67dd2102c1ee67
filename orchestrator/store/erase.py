"""Erasing: the content of a report that is done with, for good. That it was erased stays, and by whom."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, update

from orchestrator.states import FINAL
from orchestrator.store import outbox, recorded_columns, revisions
from orchestrator.store.engine import Transaction
from orchestrator.store.identities import erased
from orchestrator.store.jobs import EVIDENCE, has_open
from orchestrator.store.tables import deliveries, jobs, reports
from orchestrator.store.trail import append, content_digests
from orchestrator.store.values import NoSuchReport, NotMoved

ERASED = "erased"
EMPTIED = ("submission_id", "data", "answers", "problems", "notes")


def erase(
    transaction: Transaction, reference: str, contents: Collection[str], *, actor: str, rationale: str
) -> None:
    """Empty the content of a report, the evidence of its jobs, its revisions, the names that it arrived under, and
    to whom its messages went.

    `contents`: the SHA-256 of all that was delivered for this report alone, whose files are about to be removed.
    What recognises the submission if it comes again stays, its id as a keyed digest; and so do counts, states and
    times. Raises `NotMoved` unless the report is in a final state, and when something was delivered meanwhile.
    """
    connection = transaction.connection
    query = select(reports.c.state, reports.c.identity).where(reports.c.reference == reference)
    row = connection.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NoSuchReport(reference)
    if row.state not in FINAL:
        raise NotMoved(
            f"{reference}: its state is {row.state}; only a report whose work has ended can be erased"
        )
    if own_contents(connection, reference) != contents:
        raise NotMoved(f"{reference}: it was delivered again meanwhile; try again")
    if has_open(transaction, reference):
        raise NotMoved(f"{reference}: its record is still to be updated or read; erase it when that is done")
    emptied = dict.fromkeys(EMPTIED)
    said = {
        "identity": erased(transaction.digest_key, row.identity),
        "source_name": "",
        "rationale": rationale,
        "erased_at": transaction.now,
    }
    recorded_columns.write_report(transaction, reference, {**emptied, **said})
    of_report = update(jobs).where(jobs.c.reference == reference)
    connection.execute(of_report.values(**dict.fromkeys(EVIDENCE)))
    revisions.erase(transaction, reference)
    outbox.erase(transaction, reference)
    theirs = update(deliveries).where(deliveries.c.reference == reference)
    connection.execute(theirs.values(name=""))
    digests = content_digests(transaction.digest_key, reference, {"rationale": rationale})
    append(transaction, actor=actor, action=ERASED, subject=reference, details={"digests": digests})


def own_contents(connection: Connection, reference: str) -> Collection[str]:
    """The SHA-256 of every content that was delivered for this report alone."""
    others = select(deliveries.c.sha256).where(deliveries.c.reference != reference)
    mine = deliveries.c.reference == reference, deliveries.c.sha256.not_in(others)
    return frozenset(connection.execute(select(deliveries.c.sha256).where(*mine)).scalars())
