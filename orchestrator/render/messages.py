"""The messages to the person who reported: where each is, and why. To whom one went is not shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from orchestrator.states import MessageState
from orchestrator.store import Outgoing
from orchestrator.wording import when

WORDS = {
    MessageState.WAITING: "to be sent",
    MessageState.SENDING: "being sent",
    MessageState.SENT: "sent",
    MessageState.FAILED: "not sent",
    MessageState.UNCERTAIN: "may have been sent",
    MessageState.CANCELLED: "not to be sent",
}


def as_json(outgoing: Outgoing) -> dict[str, Any]:
    """One message for a program."""
    return {
        "reference": outgoing.reference,
        "kind": str(outgoing.kind),
        "state": str(outgoing.state),
        "because": str(outgoing.because),
        "channel": outgoing.channel,
        "attempts": outgoing.attempts,
        "created_at": outgoing.created_at.isoformat(),
        "not_before": outgoing.not_before and outgoing.not_before.isoformat(),
        "sending_at": outgoing.sending_at and outgoing.sending_at.isoformat(),
        "sent_at": outgoing.sent_at and outgoing.sent_at.isoformat(),
        "provider_id": outgoing.provider_id,
        "message": outgoing.message,
    }


def lines(messages: Iterable[Outgoing]) -> Iterator[str]:
    """The same for a person, a line each."""
    for each in messages:
        at = f" at {when(each.sent_at)}" if each.sent_at else ""
        tries = f", attempt {each.attempts}" if each.attempts > 1 else ""
        why = f": {each.message}" if each.message else ""
        yield f"{each.kind}: {WORDS[each.state]}{at}{tries}{why}"
