"""Messages to the people who reported: claimed before they leave, and what became of each.

But for settling one by hand these need no permission: they always run as the system.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from orchestrator.actions.permissions import SETTINGS, Act, Actor, require
from orchestrator.states import MessageState
from orchestrator.store import NotMoved, Outgoing, Store, outbox
from rpa.report import MessageKind

NOT_ANSWERED = "It is not known whether it was sent: we stopped, or nobody responded in time"


class Settlement(StrEnum):
    """How an administrator settles a message that is uncertain or has failed."""

    SENT = "sent"  # they know that it was
    NOT_SENT = "not-sent"  # it is not to be sent again
    RESEND = "resend"  # it is to be sent, even if that is for the second time


_SETTLED = {
    Settlement.SENT: (MessageState.SENT, "An administrator knows that it was sent"),
    Settlement.NOT_SENT: (MessageState.CANCELLED, "An administrator decided that it is not to be sent"),
    Settlement.RESEND: (MessageState.WAITING, "An administrator has it sent again"),
}


def configure(store: Store, wanted: Collection[tuple[str, MessageKind]]) -> None:
    """Bring the kinds of messages that are on, with their form, in line with the settings. What waits of one that
    goes off is cancelled."""
    with store.writing() as transaction:
        outbox.configure(transaction, wanted, SETTINGS.name, "Messages of this kind were switched off")


def begin(
    store: Store,
    message: Outgoing,
    seen: int,
    channel: str,
    recipient: str,
    lease_seconds: float,
    most_a_day: int,
) -> Outgoing:
    """It is about to leave the machine: whoever finds it so after a crash does not send it. It is cancelled
    instead where `most_a_day` of its kind went to that recipient within 24 hours.

    `seen`: the version of the report's row by which it was judged. Raises `NotMoved` when that is another by now,
    or somebody else has the message.
    """
    with store.writing() as transaction:
        return outbox.begin(transaction, message, seen, channel, recipient, lease_seconds, most_a_day)


def sent(store: Store, sending: Outgoing, provider_id: str | None) -> None:
    """It was taken. Counts also when the claim has run out meanwhile."""
    with store.writing() as transaction:
        outbox.finish(transaction, sending, MessageState.SENT, {"provider_id": provider_id})


def not_sent(store: Store, sending: Outgoing, message: str, wait_seconds: float | None) -> None:
    """It certainly was not sent: it is tried again after the wait, or (None) has failed."""
    with store.writing() as transaction:
        if wait_seconds is None:
            outbox.finish(transaction, sending, MessageState.FAILED, {"message": message})
        else:
            rested = {"message": message, "not_before": transaction.now + timedelta(seconds=wait_seconds)}
            outbox.finish(transaction, sending, MessageState.WAITING, rested)


def in_doubt(store: Store, sending: Outgoing, message: str) -> None:
    """It may have been sent, and nobody can tell."""
    with store.writing() as transaction:
        outbox.finish(transaction, sending, MessageState.UNCERTAIN, {"message": message})


def cancel(store: Store, waiting: Outgoing, message: str, *, overtaken: bool = False) -> None:
    """It is not to be sent. `overtaken`: because the report is not where it was; when it comes there again, it may
    be told again."""
    with store.writing() as transaction:
        values = {"message": message, "overtaken": overtaken}
        outbox.settle(transaction, waiting, MessageState.CANCELLED, values)


def expire(store: Store) -> list[Outgoing]:
    """Make uncertain what was about to be sent when whoever sent it stopped; returns it."""
    if not store.messages.has_lapsed():
        return []
    with store.writing() as transaction:
        return outbox.expire(transaction, NOT_ANSWERED)


def found(store: Store, uncertain: Outgoing, provider_id: str) -> None:
    """The provider has a message that was uncertain: it was sent."""
    with store.writing() as transaction:
        values = {"sent_at": uncertain.sending_at, "provider_id": provider_id, "message": None}
        outbox.settle(transaction, uncertain, MessageState.SENT, values)


def settle(store: Store, actor: Actor, reference: str, kind: MessageKind, how: Settlement) -> MessageState:
    """Settle a message that is uncertain or has failed; returns the state it ends in. Raises `NotAllowed`, and
    `NotMoved` when there is none, or it is in another state."""
    require(actor, Act.SETTLE_MESSAGE)
    message = next((each for each in store.messages.of_report(reference) if each.kind is kind), None)
    if message is None:
        raise NotMoved(f"{reference}: there is no message {kind} about it")
    if message.state not in (MessageState.UNCERTAIN, MessageState.FAILED):
        raise NotMoved(
            f"{reference}: its message {kind} is {message.state}; only one that is uncertain or failed is settled"
        )
    to, words = _SETTLED[how]
    again = {"attempts": 0, "not_before": None} if how is Settlement.RESEND else {}
    with store.writing() as transaction:
        outbox.settle(transaction, message, to, {"message": words, **again}, actor.name)
    return to
