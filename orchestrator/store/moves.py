"""The one function that moves a report, and the words it leaves in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from sqlalchemy import Row, bindparam, select, update

from orchestrator.states import JOB_OF, Reason, State, allowed
from orchestrator.store import job_effects, jobs, queueing, recorded_columns
from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.switches import find
from orchestrator.store.tables import reports
from orchestrator.store.targets_of_forms import retarget
from orchestrator.store.trail import append, content_digests
from orchestrator.store.values import Columns, NoSuchReport, NotMoved

OF_REPORT = frozenset({"data", "answers", "rationale"})
CONTENT = jobs.EVIDENCE | OF_REPORT  # in the trail by digest only
WRITABLE = Columns.__annotations__.keys()
_PLAIN = ("target", "target_reference")  # in the trail as they are
_MOVE = (
    update(reports)
    .where(reports.c.reference == bindparam("moved"), reports.c.state == bindparam("frm"))
    .returning(reports.c.reference, reports.c.form, reports.c.target, reports.c.due_at)
)


def move(
    transaction: Transaction,
    reference: str,
    frm: State,
    to: State,
    *,
    actor: str,
    reason: Reason,
    token: int | None = None,
    understood: Mapping[str, Any] | None = None,
    details: Mapping[str, object] | None = None,
    **columns: Unpack[Columns],
) -> State:
    """Take a report, and its job, from one state to another, with what changes about them; the trail says so.

    1. Only a transition of the table, and only columns that a move may write. Otherwise ValueError, before the
       database is touched.
    2. Compare and set: only a report that is in `frm` and, where a token is given, only under a claim that
       is the latest and has not run out. Otherwise `ClaimLost` or `NotMoved`, and nothing has changed.
    3. The report's jobs: what waits for a robot, what is done, what is given up.
    4. A report made ready goes to the target that its form has by then, unless save was pressed for it.
    5. What the person who reported may be told of it, where that is switched on.
    6. The trail, in the same transaction.
    7. A report made ready whose form was switched off meanwhile goes on to `held`: off means off (P9).

    `understood`: the columns that reading it again gave. `details` go on the trail too.
    Returns the state the report ends in.
    """
    if not allowed(frm, to):
        raise ValueError(f"a report does not go from {frm} to {to}")
    if unknown := columns.keys() - WRITABLE:
        raise ValueError(f"a move does not write {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {**(understood or {}), **columns}
    reconcile_at = values.pop("reconcile_at", None)
    of_job = {name: values.pop(name) for name in jobs.WRITABLE & values.keys()}
    because = _reason(transaction, reference) if to is State.REJECTED else reason
    row = _moved(transaction, reference, frm, to, reason, values)
    claimed = None if token is None else jobs.claimed_job(transaction, reference, token, (JOB_OF[frm],))
    if row is None:
        raise _failure(transaction, reference, frm)
    if to is State.READY and row.target is None:
        raise NotMoved(f"{reference}: {_no_target(row.form)}")
    if frm is State.RECEIVED:
        job = job_effects.sort(transaction, row, to, of_job)
    else:
        job = job_effects.follow(transaction, row, to, reason, claimed, of_job, actor)
    if reconcile_at is not None:
        jobs.open_reconciling(transaction, reference, reconcile_at)
    held_back = to is State.READY and not _follow_form(transaction, row)
    said = _details(transaction, row, frm, to, reason, {**values, **of_job})
    if kinds := queueing.kinds_after(frm, to, reason):
        queued = queueing.queue(transaction, reference, row.form, kinds, because)
        said |= {"messages": queued} if queued else {}
    if job is not None:
        said["job"] = job
    append(transaction, actor=actor, action="moved", subject=reference, details={**said, **(details or {})})
    if held_back:
        return move(transaction, reference, State.READY, State.HELD, actor=actor, reason=Reason.FORM_OFF)
    return to


def _moved(
    transaction: Transaction,
    reference: str,
    frm: State,
    to: State,
    reason: Reason,
    values: Mapping[str, Any],
) -> Row[*tuple[Any, ...]] | None:
    changed = {**_consequences(transaction, to, reason), **values}
    recorded_columns.note(transaction, reference, {"reason": reason, **changed})
    which = {"moved": reference, "frm": frm}
    return transaction.connection.execute(
        _MOVE, {**which, "state": to, "reason": reason, **changed}
    ).one_or_none()


def _consequences(transaction: Transaction, to: State, reason: Reason) -> dict[str, Any]:
    """What a move brings with it unless it says otherwise."""
    values: dict[str, Any] = {"message": None}
    if to in {State.SUBMITTED, State.KEYED_BY_HAND}:
        values["keyed_at"] = transaction.now
    if to is State.REVIEW and reason is Reason.VERIFIED:
        values["verified_at"] = transaction.now
    return values


def _reason(transaction: Transaction, reference: str) -> Reason:
    """Why a report is where it is; it need not be there."""
    query = select(reports.c.reason).where(reports.c.reference == reference)
    return transaction.connection.execute(query).scalar_one_or_none() or Reason.REJECTED


def _follow_form(transaction: Transaction, report: Row[*tuple[Any, ...]]) -> bool:
    """Send a report to its form's current target; returns whether the form is on."""
    lock_chain(transaction)  # whoever changes a switch holds it: none changes from here on
    switch = find(transaction, report.form)
    if switch is not None and switch.target != report.target:
        retarget(transaction, switch, reports.c.reference == report.reference)
    return switch is not None and switch.on


def _failure(transaction: Transaction, reference: str, frm: State) -> NotMoved:
    """Why nothing was changed: looked up only now that it matters."""
    query = select(reports.c.state).where(reports.c.reference == reference)
    state = transaction.connection.execute(query).scalar_one_or_none()
    if state is None:
        return NoSuchReport(reference)
    return NotMoved(f"{reference}: its state is {state}, not {frm}")


def _no_target(form: str | None) -> str:
    """Why no robot can key a report without a target, and what helps."""
    if form is None:
        return "no form recognises it. Dismiss it with `rpa dismiss`, or add its form and run `rpa reprocess`"
    return f"rpa.toml names no target for its form. Add [forms.{form}] and run `rpa reprocess`"


def _details(
    transaction: Transaction,
    row: Row[*tuple[Any, ...]],
    frm: State,
    to: State,
    reason: Reason,
    values: Mapping[str, Any],
) -> dict[str, object]:
    details: dict[str, object] = {"from": str(frm), "to": str(to), "reason": str(reason)}
    details |= {name: values[name] for name in _PLAIN if values.get(name) is not None}
    content = {name: values[name] for name in sorted(CONTENT & values.keys())}
    if content:
        details["digests"] = content_digests(transaction.digest_key, row.reference, content)
    return details
