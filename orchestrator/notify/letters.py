"""A message as it is sent: to whom, and its words. It lives as long as it is sent; none of it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestrator.store import Outgoing, Stored
from rpa.forms.messages import Message, fill_in
from rpa.report import MessageKind

_BRITAIN = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person. `client_reference` is the same for each try, so that it can be found again."""

    reference: str
    kind: MessageKind
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)

    @property
    def client_reference(self) -> str:
        """Our name for it."""
        return client_reference(self.reference, self.kind)


def client_reference(reference: str, kind: MessageKind) -> str:
    """Our name for a message of this kind about that report."""
    return f"{reference}.{kind}"


def letter(message: Message, stored: Stored, outgoing: Outgoing, recipient: str) -> Letter:
    """The message filled in."""
    facts = {
        "reference": stored.reference,
        "form": stored.form_title,
        "received": _day(stored.received_at),
        "submitted": _day(stored.submitted_at or stored.received_at),
        "target_reference": stored.target_reference or "",
        "why": message.why.get(outgoing.because, ""),
    }
    subject, body = fill_in(message.subject, facts), fill_in(message.body, facts)
    return Letter(stored.reference, outgoing.kind, recipient, subject, body, facts)


def _day(moment: datetime) -> str:
    local = moment.astimezone(_BRITAIN)
    return f"{local.day} {local:%B %Y}"
