"""Messages to the person who reported: claimed before they leave, never sent twice.

Every row here is written under the lock of the chain, so that two who write several of them never wait for each
other: reports, jobs, the chain, then messages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from audit.chain import content_digest
from orchestrator.states import MessageState
from orchestrator.store import row_versions
from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.queueing import RESTORED
from orchestrator.store.tables import message_switches, outbox, reports
from orchestrator.store.trail import SYSTEM, append, content_digests
from orchestrator.store.unreadable import readable, refuse
from orchestrator.store.values import NotMoved, Outgoing
from rpa.report import MessageKind

MESSAGE = "message"  # entries about one begin with this word
TOO_MANY = "So many messages of this kind went to the same address within a day that no more are sent to it"
_DAY = timedelta(hours=24)
_MAYBE_SENT = (MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN)
_SHOWN = tuple(outbox.c[each.name] for each in fields(Outgoing))
_KEY = (outbox.c.id, outbox.c.reference)


def begin(
    transaction: Transaction,
    message: Outgoing,
    seen: int,
    channel: str,
    recipient: str,
    lease_seconds: float,
    most_a_day: int,
) -> Outgoing:
    """Claim a message that waits: from here on it may leave this machine. Returns it with its new token; or
    cancelled, where `most_a_day` of its kind went to that recipient within 24 hours, or may have gone.

    `seen`: the version of the report's row that the message was judged by. Raises `NotMoved` when the report was
    changed since, or somebody else has the message.
    """
    row_versions.compare(transaction, message.reference, seen)
    lock_chain(transaction)
    addressee = _addressee(transaction.digest_key, recipient)
    if _lately(transaction, message, addressee) >= most_a_day:
        refused = {"message": TOO_MANY}
        return _outgoing(
            _change(transaction, message, (MessageState.WAITING,), MessageState.CANCELLED, refused)
        )
    claimed = {
        "token": outbox.c.token + 1,
        "attempts": outbox.c.attempts + 1,
        "lease_until": transaction.now + timedelta(seconds=lease_seconds),
        "sending_at": transaction.now,
        "channel": channel,
        "recipient": recipient,
        "addressee": addressee,
        "message": None,
    }
    said = {
        "channel": channel,
        "digests": content_digests(transaction.digest_key, message.reference, {"recipient": recipient}),
    }
    row = _change(transaction, message, (MessageState.WAITING,), MessageState.SENDING, claimed, said=said)
    return _outgoing(row)


def _addressee(key: bytes, recipient: str) -> str:
    """The digest by which messages to a recipient are counted. How an address is written, and what follows a plus
    sign, makes no other recipient."""
    name, _, host = recipient.casefold().rpartition("@")
    return content_digest(key, f"recipient\0{name.partition('+')[0]}@{host}".encode())


def _lately(transaction: Transaction, message: Outgoing, addressee: str) -> int:
    """How many other messages of this kind went to a recipient within a day, or may have gone."""
    theirs = outbox.c.addressee == addressee, outbox.c.sending_at > transaction.now - _DAY
    alike = outbox.c.kind == message.kind, outbox.c.id != message.id, outbox.c.state.in_(_MAYBE_SENT)
    query = select(func.count()).select_from(outbox).where(*theirs, *alike)
    return transaction.connection.execute(query).scalar_one()


def finish(
    transaction: Transaction, sending: Outgoing, to: MessageState, values: Mapping[str, Any] | None = None
) -> None:
    """Say what became of a message that was claimed. Raises `NotMoved` when the claim has ended, but for one that
    was sent: that is evidence."""
    frm = (MessageState.SENDING, *((MessageState.UNCERTAIN,) if to is MessageState.SENT else ()))
    sent = {"sent_at": transaction.now} if to is MessageState.SENT else {}
    ended = {"lease_until": None, "message": None, **sent, **(values or {})}
    _change(transaction, sending, frm, to, ended, token=sending.token)


def settle(
    transaction: Transaction,
    message: Outgoing,
    to: MessageState,
    values: Mapping[str, Any],
    actor: str = SYSTEM,
) -> None:
    """Take a message that nobody is sending from the state it was seen in to another. Raises `NotMoved` when it is
    in another one by now."""
    _change(transaction, message, (message.state,), to, values, actor=actor)


def expire(transaction: Transaction, message: str) -> list[Outgoing]:
    """Make uncertain what was claimed and whose claim has run out: it may have been sent. Returns them."""
    lock_chain(transaction)
    query = select(*_SHOWN).where(_lapsed(transaction.now)).order_by(outbox.c.id)
    found = _read(transaction.connection, query, lambda _: None)
    ended = {"lease_until": None, "message": message}
    for each in found:
        _change(transaction, each, (MessageState.SENDING,), MessageState.UNCERTAIN, ended)
    return found


def doubt(transaction: Transaction) -> None:
    """After a copy was restored: what waits, or is being sent, may have been sent since the copy was made."""
    lock_chain(transaction)
    for each in _in_states(transaction.connection, (MessageState.WAITING, MessageState.SENDING)):
        changed = {"lease_until": None, "message": RESTORED}
        _change(transaction, each, (each.state,), MessageState.UNCERTAIN, changed)


def erase(transaction: Transaction, reference: str) -> None:
    """Forget to whom the messages of a report went, and why one did not: that says what the report was of. None
    that waits is sent. Raises `NotMoved` while one is being sent."""
    lock_chain(transaction)
    theirs = of_report(transaction.connection, reference)
    if any(each.state is MessageState.SENDING for each in theirs):
        raise NotMoved(f"{reference}: a message about it is being sent; try again in a moment")
    this = update(outbox).where(outbox.c.reference == reference)
    transaction.connection.execute(this.values(recipient=None, addressee=None, message=None))
    for each in theirs:
        if each.state is MessageState.WAITING:
            erased = {"message": "The report was erased"}
            _change(transaction, each, (MessageState.WAITING,), MessageState.CANCELLED, erased)


def configure(
    transaction: Transaction, wanted: Collection[tuple[str, MessageKind]], actor: str, message: str
) -> None:
    """Have these kinds of messages of forms on, and no others; what waits of one that goes off is cancelled with
    that message. Written only where something changes."""
    connection = transaction.connection
    lock_chain(transaction)
    transaction.chain.messages.clear()
    before = switched_on(connection)
    for form in sorted({form for form, _ in before ^ set(wanted)}):
        on = sorted(kind for each, kind in wanted if each == form)
        connection.execute(message_switches.delete().where(message_switches.c.form == form))
        for kind in on:
            connection.execute(insert(message_switches).values(form=form, kind=kind))
        append(transaction, actor=actor, action="messages configured", subject=form, details={"on": on})
    off = [(form, kind) for form, kind in sorted(before - set(wanted))]
    for each in _of_forms(connection, off):
        _change(transaction, each, (MessageState.WAITING,), MessageState.CANCELLED, {"message": message})


def switched_on(connection: Connection) -> frozenset[tuple[str, MessageKind]]:
    """The kinds of messages that are on, with their form."""
    query = select(message_switches.c.form, message_switches.c.kind)
    return frozenset((row.form, row.kind) for row in connection.execute(query))


def due(
    connection: Connection, now: datetime, most: int, unreadable: Callable[[str], object]
) -> list[Outgoing]:
    """The messages that are to be sent now, in the order they were queued; `unreadable` is called with the
    reference of each whose row cannot be read."""
    rested = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)
    query = select(*_SHOWN).where(outbox.c.state == MessageState.WAITING, rested)
    return _read(connection, query.order_by(outbox.c.id).limit(most), unreadable)


def of_report(
    connection: Connection, reference: str, unreadable: Callable[[str], object] = refuse
) -> list[Outgoing]:
    """The messages about a report, in the order they were queued; `unreadable` as of `due`."""
    query = select(*_SHOWN).where(outbox.c.reference == reference)
    return _read(connection, query.order_by(outbox.c.id), unreadable)


def in_states(
    connection: Connection, states: Collection[MessageState], unreadable: Callable[[str], object]
) -> list[Outgoing]:
    """The messages in these states, in the order they were queued; `unreadable` as of `due`."""
    query = select(*_SHOWN).where(type_coerce(outbox.c.state, String).in_(list(states)))
    return _read(connection, query.order_by(outbox.c.id), unreadable)


def uncertain(connection: Connection, since: datetime, most: int) -> list[Outgoing]:
    """The first of the messages that are uncertain, and were being sent or were queued since then. Those whose row
    cannot be read are left out."""
    began = func.coalesce(outbox.c.sending_at, outbox.c.created_at)
    query = select(*_SHOWN).where(outbox.c.state == MessageState.UNCERTAIN, began >= since)
    return _read(connection, query.order_by(outbox.c.id).limit(most), lambda _: None)


def counts(connection: Connection) -> dict[MessageState, int]:
    """How many messages are in each state; every state is there."""
    state = type_coerce(outbox.c.state, String).label("state")
    query = select(state, func.count().label("number")).group_by(state)
    found = {row.state: row.number for row in connection.execute(query)}
    return {each: found.get(each, 0) for each in MessageState}


def where_they_are(reference: str) -> Select[*tuple[Any, ...]]:
    """The kind and the state of each message about a report, whatever stands there."""
    columns = (type_coerce(outbox.c[name], String).label(name) for name in ("kind", "state"))
    return select(*columns).where(outbox.c.reference == reference)


def has_lapsed(connection: Connection, now: datetime) -> bool:
    """Whether the claim on a message has run out."""
    return connection.execute(select(outbox.c.id).where(_lapsed(now)).limit(1)).first() is not None


def _lapsed(now: datetime) -> ColumnElement[bool]:
    ended = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
    return and_(outbox.c.state == MessageState.SENDING, ended)


def _in_states(connection: Connection, states: Collection[MessageState]) -> list[Outgoing]:
    return in_states(connection, states, lambda _: None)


def _of_forms(connection: Connection, of: Collection[tuple[str, MessageKind]]) -> Iterator[Outgoing]:
    for form, kind in of:
        query = select(*_SHOWN).join(reports, reports.c.reference == outbox.c.reference)
        these = reports.c.form == form, outbox.c.kind == kind, outbox.c.state == MessageState.WAITING
        yield from _read(connection, query.where(*these).order_by(outbox.c.id), lambda _: None)


def _read(
    connection: Connection, query: Select[*tuple[Any, ...]], unreadable: Callable[[str], object]
) -> list[Outgoing]:
    return readable(connection, query, _KEY, _outgoing, lambda its: unreadable(its.reference))


def _outgoing(row: Row[Any]) -> Outgoing:
    return Outgoing(**row._asdict())


def _change(
    transaction: Transaction,
    message: Outgoing,
    frm: Collection[MessageState],
    to: MessageState,
    values: Mapping[str, Any],
    *,
    token: int | None = None,
    actor: str = SYSTEM,
    said: Mapping[str, object] | None = None,
) -> Row[Any]:
    """Compare and set: only a message in one of the states `frm` and, where one is given, under that token. The
    trail says it in the same transaction. Returns the row as it is then. Raises `NotMoved`."""
    lock_chain(transaction)
    this = update(outbox).where(outbox.c.id == message.id, outbox.c.state.in_(frm))
    if token is not None:
        this = this.where(outbox.c.token == token)
    row = transaction.connection.execute(this.values(state=to, **values).returning(*_SHOWN)).one_or_none()
    if row is None:
        raise NotMoved(
            f"{message.reference}: its message {message.kind} is not as it was; look at it again first"
        )
    details = {"kind": str(message.kind), "attempt": row.attempts, **(said or {})}
    append(transaction, actor=actor, action=f"{MESSAGE} {to}", subject=message.reference, details=details)
    return row
