"""The one function that moves a report, and the words it leaves in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Update, select, update

from orchestrator.states import CLAIM_GOES_ON, UNCOUNTED, Reason, State, allowed
from orchestrator.store.engine import Transaction
from orchestrator.store.switches import is_on
from orchestrator.store.tables import reports
from orchestrator.store.trail import append, content_digests
from orchestrator.store.values import ClaimLost, NotMoved

OUTCOME = frozenset({"dispositions", "plan", "keyed", "record", "mismatches", "pictures"})
CONTENT = OUTCOME | {"data", "answers"}  # in the trail by digest only
WRITABLE = OUTCOME | {
    "look_again_at",
    "message",
    "not_before",
    "seconds",
    "signed_out",
    "target_reference",
}
_COUNTED = {"keyed": "keyed_count", "record": "read_count", "mismatches": "mismatch_count"}
_PLAIN = ("robot", "account", "target", "target_reference", "task")  # said in the trail as they are


def move(
    transaction: Transaction,
    reference: str,
    frm: State,
    to: State,
    *,
    actor: str,
    reason: Reason,
    token: int | None = None,
    changes: Mapping[str, Any] | None = None,
) -> State:
    """Take a report from one state to another, with what changes about it, and say so in the trail.

    1. Only a transition of the table. Otherwise ValueError, before the database is touched.
    2. Compare and set: only a report that is in `frm` and, where a token is given, only under a claim that
       is the latest and has not run out. Otherwise `ClaimLost` or `NotMoved`, and nothing has changed.
    3. The trail, in the same transaction.
    4. A report made ready whose form was switched off meanwhile goes on to `held`: off means off (P9).

    Returns the state the report ends in.
    """
    if not allowed(frm, to):
        raise ValueError(f"a report does not go from {frm} to {to}")
    values = {**_consequences(transaction, to, reason), **(changes or {})}
    values |= {_COUNTED[name]: len(values[name] or ()) for name in _COUNTED.keys() & values.keys()}
    statement = update(reports).where(reports.c.reference == reference, reports.c.state == frm)
    row = _apply(transaction, statement.values(state=to, reason=reason, **values), token)
    if row is None:
        raise _failure(transaction, reference, frm, token)
    append(
        transaction,
        actor=actor,
        action="moved",
        subject=reference,
        details=_details(transaction, row, frm, to, reason, values),
    )
    if to is State.READY and not is_on(transaction.connection, row.form):
        return move(transaction, reference, State.READY, State.HELD, actor=actor, reason=Reason.FORM_OFF)
    return to


def writable(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns a caller may write with a move; ValueError names any other."""
    if unknown := columns.keys() - WRITABLE:
        raise ValueError(f"a move does not write {', '.join(sorted(unknown))}")
    return dict(columns)


def _consequences(transaction: Transaction, to: State, reason: Reason) -> dict[str, Any]:
    """What a move brings with it unless it says otherwise."""
    values: dict[str, Any] = {"message": None, "not_before": None}
    if to not in CLAIM_GOES_ON:
        values["lease_until"] = None
    if to is State.RECEIVED:
        values["attempts"] = 0  # read again, it starts anew
    if reason in UNCOUNTED:
        values["attempts"] = reports.c.attempts - 1
    if to is State.SUBMITTING:
        values |= {"pressed_at": transaction.now, "looks": 0, "signed_out": False}
    if to is State.SUBMITTED:
        values["keyed_at"] = transaction.now
    if to is State.REVIEW and reason is Reason.VERIFIED:
        values["verified_at"] = transaction.now
    return values


def _apply(transaction: Transaction, statement: Update, token: int | None) -> Row[*tuple[Any, ...]] | None:
    if token is not None:
        statement = statement.where(reports.c.claim_token == token, reports.c.lease_until > transaction.now)
    return transaction.connection.execute(statement.returning(*_TOLD)).one_or_none()


_TOLD = (
    reports.c.reference,
    reports.c.form,
    reports.c.attempts,
    reports.c.claim_token,
    reports.c.robot,
    reports.c.account,
    reports.c.target,
    reports.c.target_reference,
)


def _failure(transaction: Transaction, reference: str, frm: State, token: int | None) -> NotMoved:
    """Why nothing was changed: looked up only now that it matters."""
    query = select(reports.c.state, reports.c.claim_token, reports.c.lease_until)
    row = transaction.connection.execute(query.where(reports.c.reference == reference)).one_or_none()
    if row is None:
        return NotMoved(f"{reference}: there is no such report")
    if token is not None and (row.claim_token != token or not row.lease_until):
        return ClaimLost(f"{reference}: another claim has taken its place")
    if token is not None and row.lease_until <= transaction.now:
        return ClaimLost(f"{reference}: the lease has run out")
    return NotMoved(f"{reference}: it is {row.state}, not {frm}")


def _details(
    transaction: Transaction,
    row: Row[*tuple[Any, ...]],
    frm: State,
    to: State,
    reason: Reason,
    values: Mapping[str, Any],
) -> dict[str, object]:
    details: dict[str, object] = {"from": str(frm), "to": str(to), "reason": str(reason)}
    if State.KEYING in (frm, to):
        details |= {"attempts": row.attempts, "token": row.claim_token}
    for name in _PLAIN:
        if values.get(name) is not None:
            details[name] = values[name]
    content = {name: values[name] for name in sorted(CONTENT & values.keys())}
    if content:
        details["digests"] = content_digests(transaction.digest_key, row.reference, content)
    return details
