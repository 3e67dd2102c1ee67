"""Messages to the person who reported are queued as the report moves, in the transaction of the move."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, insert, select, update

from orchestrator.states import MessageState, Reason, State
from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.tables import message_switches, outbox, reports
from rpa.report import MessageKind

RESTORED = "The database was restored from a copy: this message may have been sent before"
_DECIDED = frozenset({Reason.CRIME, Reason.NOT_A_CRIME, Reason.PASSED_ON})

_ON = select(message_switches.c.kind).where(message_switches.c.form == bindparam("of_form"))


def kinds_after(frm: State, to: State, reason: Reason) -> tuple[MessageKind, ...]:
    """What a move may be told to the person who reported. A record is told of once it was read back as it was
    keyed, or a person has decided on it."""
    recorded = (
        (to is State.REVIEW and reason is Reason.VERIFIED)
        or (to is State.DECIDED and reason in _DECIDED)
        or to is State.KEYED_BY_HAND
    )
    told = {
        MessageKind.RECEIVED: frm is State.RECEIVED,
        MessageKind.RECORDED: recorded,
        MessageKind.NEEDS_MORE: to is State.ATTENTION,
        MessageKind.NOT_RECORDED: to is State.REJECTED,
    }
    return tuple(kind for kind, is_told in told.items() if is_told)


def queue(
    transaction: Transaction,
    reference: str,
    form: str | None,
    kinds: Collection[MessageKind],
    because: Reason,
) -> dict[str, str]:
    """Queue those of the messages that are switched on for the form, in the transaction of the move; returns the
    state of each that was, by kind, for the trail.

    Each is queued once for a report, however often it comes to the same state: again only where it was cancelled
    because the report had moved on. After a restore nobody knows what was sent: then it is uncertain.
    """
    on = _switched_on(transaction, form)
    queued = {kind: _queued(transaction, reference, kind, because) for kind in kinds if kind in on}
    return {str(kind): str(state) for kind, state in queued.items() if state is not None}


def _switched_on(transaction: Transaction, form: str | None) -> frozenset[str]:
    """The kinds of messages that are on for a form; read once while the transaction holds the trail."""
    known = transaction.chain.messages
    if form in known:
        return known[form]
    found = frozenset(transaction.connection.execute(_ON, {"of_form": form}).scalars())
    if transaction.chain.held:
        known[form] = found
    return found


def _queued(
    transaction: Transaction, reference: str, kind: MessageKind, because: Reason
) -> MessageState | None:
    connection = transaction.connection
    lock_chain(transaction)
    this = outbox.c.reference == reference, outbox.c.kind == kind
    row = connection.execute(select(outbox.c.id, outbox.c.overtaken).where(*this)).one_or_none()
    if row is not None and not row.overtaken:
        return None
    marked = select(reports.c.find_first).where(reports.c.reference == reference)
    restored = connection.execute(marked).scalar_one()
    state, message = (MessageState.UNCERTAIN, RESTORED) if restored else (MessageState.WAITING, None)
    values = {"state": state, "because": because, "overtaken": False, "message": message}
    if row is not None:
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(**values))
    else:
        made = insert(outbox).values(reference=reference, kind=kind, created_at=transaction.now, **values)
        connection.execute(made)
    return state
