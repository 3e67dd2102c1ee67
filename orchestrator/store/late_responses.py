"""A response to save that comes after the claim has ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from orchestrator.next_state import after_late_response
from orchestrator.states import FINAL, Reason, State
from orchestrator.store import recorded_columns
from orchestrator.store.engine import Transaction
from orchestrator.store.moves import move
from orchestrator.store.tables import reports
from orchestrator.store.trail import append
from orchestrator.store.values import Columns, NoSuchReport

_MAYBE_SAVED = frozenset({State.READY, State.HELD, State.KEYING, State.SUBMITTING, State.UNCERTAIN})


def record_late_response(
    transaction: Transaction, reference: str, seen: str, *, actor: str, reconcile_at: datetime
) -> State:
    """The target gave the reference `seen` after the claim had ended: evidence, whoever holds the report now.

    1. The trail, whatever the state is.
    2. A report that may still be keyed, or is looked for, is `submitted`: any claim on it ends, so that nobody
       keys it, and it is read back.
    3. A report with another reference is in the target twice: a person, even where our work on it has ended.
    4. One that was closed without a reference is in the target and nobody knows it: a person, too.
    5. A report that a person has in hand, or has closed under this reference, stays there, and says that it is
       saved.

    Returns the state the report ends in. Raises `NotMoved` when there is no such report.
    """
    query = select(reports.c.state, reports.c.target_reference).where(reports.c.reference == reference)
    row = transaction.connection.execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NoSuchReport(reference)
    known = row.target_reference
    state: State = row.state
    with_a_person = state is State.ATTENTION
    kept = {"target_reference": known or seen}
    details = {"seen": seen, "state": str(state), **(kept if with_a_person else {})}
    append(transaction, actor=actor, action="answered late", subject=reference, details=details)
    if state in _MAYBE_SAVED:
        to, why = State.SUBMITTED, Reason.ANSWERED_LATE
        found: Columns = {"target_reference": known or seen, "reconcile_at": reconcile_at}
        state = move(transaction, reference, state, to, actor=actor, reason=why, **found)
    if step := after_late_response(state, known, seen):
        message = (
            f"After this report was closed, the target returned {seen} for it."
            if known is None
            else f"The target returned two references for this report: {known} and {seen}."
        )
        said: Columns = {"target_reference": known or seen, "message": message}
        return move(transaction, reference, state, step.to, actor=actor, reason=step.reason, **said)
    if with_a_person or state in FINAL:
        already = {"message": f"Already saved in the target as {seen}. Do not key it again."}
        values = already | kept if with_a_person else already
        recorded_columns.write_report(transaction, reference, values)
    return state
