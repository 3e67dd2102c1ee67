"""The round through the outbox: what is due is judged, claimed, sent once, and told where nobody can tell."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from time import monotonic

import structlog

from orchestrator.actions import messages
from orchestrator.app import App
from orchestrator.notify.channels import Way, way
from orchestrator.notify.judging import Refused, judge
from orchestrator.notify.letters import Letter, client_reference
from orchestrator.notify.outcomes import InDoubt, NotSent, Outcome, Sent
from orchestrator.states import MessageState
from orchestrator.store import DATABASE_ERRORS, NotMoved, Outgoing, RowUnreadable
from rpa.errors import DefinitionError, OperatingError
from rpa.forms import Form

_log = structlog.get_logger(__name__)

KEPT = timedelta(days=7)  # how long GOV.UK Notify knows of a message
MOST_UNCERTAIN = 500  # messages that are looked up in turn
MOST_LOOKED_UP = 20  # of them in a round
_ASK_AGAIN = 0.5  # seconds, until a database that is away is asked again to take what became of a message


@dataclass
class Sender:
    """Sends what waits in the outbox. One round at a time; `stopping`: no other message is begun."""

    app: App
    forms: Mapping[str, Form]
    stopping: Callable[[], bool]
    _failures: int = 0  # of the channel, in a row
    _rests_until: float = 0.0
    _looked_up: dict[int, tuple[float, int]] = field(default_factory=dict)  # message -> when next, times
    _fault: str = ""

    def round(self) -> None:
        """One round.

        1. What was being sent when its sender stopped is uncertain.
        2. GOV.UK Notify is asked for what is uncertain. What it has was sent; what it does not have stays
           uncertain.
        3. What is due is sent, in the order it was queued, until the channel fails or the round is full.
        """
        for lapsed in messages.expire(self.app.store):  # 1
            _tell_doubt(lapsed, messages.NOT_ANSWERED)
        chosen = self._way()
        if chosen is None:
            return
        self._look_up(chosen)  # 2
        if monotonic() >= self._rests_until:
            self._send_due(chosen)  # 3

    def _way(self) -> Way | None:
        """How messages are sent; None where none are, or a secret cannot be read, which is said once."""
        try:
            chosen = way(self.app.settings.notify)
        except DefinitionError as error:
            if str(error) != self._fault:
                self._fault = str(error)
                _log.error("no message can be sent", error=error)
            return None
        self._fault = ""
        return chosen

    def _send_due(self, chosen: Way) -> None:
        unreadable: list[str] = []
        most = self.app.settings.notify.round_messages
        for outgoing in self.app.store.messages.due(most, unreadable.append):
            if self.stopping() or not self._one(chosen, outgoing):
                break
        for reference in unreadable:
            _log.error(
                "a message cannot be read in the database; run `rpa audit verify`", reference=reference
            )

    def _one(self, chosen: Way, outgoing: Outgoing) -> bool:
        """Send one message, if it may be; returns whether the channel works. One bad thing stops no other."""
        try:
            stored = self.app.store.report(outgoing.reference)
            judged = judge(self.forms, stored, outgoing)
            if isinstance(judged, Refused) or stored is None:
                self._cancel(outgoing, judged)
                return True
            lease = 2 * self.app.settings.notify.message_seconds
            most, seen = self.app.settings.notify.most_a_day, stored.row_version
            claimed = messages.begin(
                self.app.store, outgoing, seen, chosen.name, judged.recipient, lease, most
            )
        except (NotMoved, RowUnreadable) as error:
            _log.warning("a message is left for the next round", reference=outgoing.reference, error=error)
            return True
        except DATABASE_ERRORS:
            raise
        except Exception:  # noqa: BLE001 - one that cannot be judged must not keep the others waiting
            _log.exception("a message cannot be judged", reference=outgoing.reference, kind=outgoing.kind)
            return True
        if claimed.state is MessageState.CANCELLED:
            said = "a message is not sent: too many of its kind went to the same address within a day"
            _log.warning(said, reference=outgoing.reference, kind=outgoing.kind)
            return True
        return self._settle(claimed, chosen.send(judged), lease)

    def _cancel(self, outgoing: Outgoing, judged: Letter | Refused) -> None:
        if isinstance(judged, Refused):
            messages.cancel(self.app.store, outgoing, judged.message, overtaken=judged.overtaken)
            _log.info("a message is not sent", reference=outgoing.reference, kind=outgoing.kind)

    def _settle(self, claimed: Outgoing, outcome: Outcome, lease: float) -> bool:
        """Record what became of a message; returns whether the channel works. A database that is away is asked
        again as long as the claim lasts."""
        end = monotonic() + lease
        while True:
            try:
                return self._recorded(claimed, outcome)
            except NotMoved as error:
                _log.error("what became of a message came too late", reference=claimed.reference, error=error)
                return False
            except DATABASE_ERRORS:
                if monotonic() > end or self.stopping():
                    raise
                Event().wait(_ASK_AGAIN)

    def _recorded(self, claimed: Outgoing, outcome: Outcome) -> bool:
        store, told = self.app.store, {"reference": claimed.reference, "kind": claimed.kind}
        match outcome:
            case Sent():
                messages.sent(store, claimed, outcome.provider_id)
                _log.info("message sent", **told)
                self._failures = 0
                return True
            case InDoubt():
                messages.in_doubt(store, claimed, outcome.message)
                _tell_doubt(claimed, outcome.message)
                self._rest()
                return False
            case NotSent():
                self._not_sent(claimed, outcome)
                return not outcome.channel

    def _not_sent(self, claimed: Outgoing, outcome: NotSent) -> None:
        told = {"reference": claimed.reference, "kind": claimed.kind, "reason": outcome.message}
        last = outcome.for_good or claimed.attempts >= self.app.settings.notify.attempts
        wait = None if last else self._wait(claimed.attempts)
        messages.not_sent(self.app.store, claimed, outcome.message, wait)
        if last:
            _log.error("a message was not sent, and is not tried again", **told)
        else:
            _log.warning(
                "a message was not sent, and is tried again", **told, wait_seconds=round(wait or 0, 1)
            )
        if outcome.channel:
            self._rest()

    def _rest(self) -> None:
        """Leave the channel alone for a while: longer each time it fails."""
        self._failures += 1
        self._rests_until = monotonic() + self._wait(self._failures)

    def _wait(self, failures: int) -> float:
        notify = self.app.settings.notify
        growing = notify.retry_seconds * notify.retry_growth ** min(failures - 1, 50)
        return min(growing, notify.retry_longest_seconds) * random.uniform(0.75, 1)  # noqa: S311 - no secret

    def _look_up(self, chosen: Way) -> None:
        """Ask the provider for messages that are uncertain, each less and less often."""
        if chosen.find is None:
            return
        uncertain = self.app.store.messages.uncertain(KEPT, MOST_UNCERTAIN)
        theirs = [each for each in uncertain if each.channel in (None, chosen.name)]
        self._looked_up = {each.id: self._looked_up.get(each.id, (0.0, 0)) for each in theirs}
        due = [each for each in theirs if self._looked_up[each.id][0] <= monotonic()]
        for outgoing in due[:MOST_LOOKED_UP]:
            if self.stopping():
                return
            times = self._looked_up[outgoing.id][1] + 1
            self._looked_up[outgoing.id] = monotonic() + self._wait(times), times
            try:
                provider_id = chosen.find(client_reference(outgoing.reference, outgoing.kind))
            except OperatingError as error:
                _log.warning("an uncertain message cannot be looked up now", error=error)
                return
            if provider_id is not None:
                messages.found(self.app.store, outgoing, provider_id)
                _log.info("an uncertain message was sent", reference=outgoing.reference, kind=outgoing.kind)


def _tell_doubt(outgoing: Outgoing, why: str) -> None:
    said = "a message may have been sent, and is not sent again; see `rpa messages list`"
    _log.error(said, reference=outgoing.reference, kind=outgoing.kind, reason=why)
