"""Messages to the people who reported, from the outbox: judged, written and sent, each once or told
(docs/adr/0038).

- `judging`, `letters`: whether a message may be sent, and what it says, as the report is at that moment
- `smtp`, `govuk_notify`, `outcomes`: one message, one transaction or request, and what is known of it afterwards
- `sender`: the round through the outbox

Never here: when a message is queued (`store.queueing`), what a form says of contact (`rpa.forms`), who may
settle one (`actions.messages`).
"""

from orchestrator.notify.sender import Sender

__all__ = ["Sender"]
