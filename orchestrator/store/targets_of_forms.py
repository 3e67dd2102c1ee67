"""Reports go to the target that their form has now, as long as save was never pressed for them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update

from orchestrator.states import JobKind, JobState, State
from orchestrator.store import recorded_columns
from orchestrator.store.engine import Transaction
from orchestrator.store.jobs import was_pressed
from orchestrator.store.switches import Switch
from orchestrator.store.tables import jobs, reports

BEFORE_KEYING = (State.RECEIVED, State.HELD, State.READY, State.ATTENTION)


def retarget(transaction: Transaction, switch: Switch, *which: ColumnElement[bool]) -> None:
    """Send what has never been saved to the form's current target, all of it or `which` reports; where save was
    pressed, we look there (P2).

    What another transaction is at work on finds the target by itself: in its move to `ready`.
    """
    unsaved = (
        *which,
        reports.c.form == switch.form,
        reports.c.state.in_(BEFORE_KEYING),
        reports.c.target.is_distinct_from(switch.target),
        ~was_pressed(reports.c.reference).exists(),
    )
    to = {"target": switch.target}
    free = select(reports.c.reference).where(*unsaved).with_for_update(skip_locked=True, key_share=True)
    sent = update(reports).where(reports.c.reference.in_(free)).values(**to).returning(reports.c.reference)
    for reference in sorted(transaction.connection.execute(sent).scalars()):
        recorded_columns.note(transaction, reference, to)
        theirs = jobs.c.reference == reference, jobs.c.kind == JobKind.KEY, jobs.c.state == JobState.WAITING
        recorded_columns.write_jobs(transaction, update(jobs).where(*theirs), to)
