"""Whether a message may be sent, by the report as it is now. In doubt it is not, and the reason stays beside
it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jmespath.exceptions import JMESPathError

from orchestrator.notify.letters import Letter, letter
from orchestrator.states import Reason, State
from orchestrator.store import Outgoing, Stored
from rpa.forms import Form
from rpa.forms.contact import address, refusal
from rpa.forms.messages import FACTS, Message
from rpa.report import MessageKind

_RECORDED = frozenset({State.REVIEW, State.DECIDED, State.KEYED_BY_HAND})
_REFERENCE = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
AMENDED = "The submission came more than once, with other content"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a message is not sent. `overtaken`: the report is not where it was when the message was queued."""

    message: str
    overtaken: bool = False


def judge(forms: Mapping[str, Form], stored: Stored | None, outgoing: Outgoing) -> Letter | Refused:
    """The message as it is to be sent, or why it is not."""
    if stored is None or stored.erased_at is not None:
        return Refused("The report was erased")
    if not _still_so(stored, outgoing):
        return Refused("The report is not where it was when this was to be told", overtaken=True)
    form = forms.get(stored.form or "")
    message = form.messages.get(outgoing.kind) if form else None
    if form is None or form.contact is None or message is None:
        return Refused("Its form has no message of this kind")
    report = stored.understood()
    why_not = next(_of_message(message, stored, outgoing), None) or refusal(form.contact, report)
    recipient = address(form.contact, report)
    if why_not is not None or recipient is None:
        return Refused(why_not or "They gave no email address")
    return letter(message, stored, outgoing, recipient)


def _still_so(stored: Stored, outgoing: Outgoing) -> bool:
    """Whether what the message says is still the case."""
    match outgoing.kind:
        case MessageKind.RECEIVED:
            return True
        case MessageKind.RECORDED:
            certain = stored.state in _RECORDED and stored.reason is not Reason.DUPLICATE
            return certain and stored.target_reference is not None
        case MessageKind.NEEDS_MORE:
            return stored.state is State.ATTENTION and stored.reason is outgoing.because
        case MessageKind.NOT_RECORDED:
            return stored.state is State.REJECTED


def _of_message(message: Message, stored: Stored, outgoing: Outgoing) -> Iterator[str]:
    """What the message itself requires."""
    if " " in stored.identity or Reason.AMENDED in {stored.reason, outgoing.because}:
        yield AMENDED  # such a report is one of its own, and its identity has a space (`store.receive`)
    if "why" in FACTS[outgoing.kind] and outgoing.because not in message.why:
        yield f"The message has no words for the reason {outgoing.because}"
    if not _holds(message, stored):
        yield "The condition of the message does not hold"
    if outgoing.kind is MessageKind.RECORDED and not _REFERENCE.fullmatch(stored.target_reference or ""):
        yield "The reference of its record is not one that can be told"


def _holds(message: Message, stored: Stored) -> bool:
    try:
        return bool(message.when.search(stored.data))
    except JMESPathError:
        return False
