"""The outbox under many hands: claims, erasure, restored copies, altered rows, and who settles what is in
doubt."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from orchestrator.actions import decisions, messages, recovery
from orchestrator.actions.messages import Settlement
from orchestrator.actions.permissions import Actor, NotAllowed, Role
from orchestrator.app import App
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.service.periodic import PeriodicJobs
from orchestrator.states import MessageState, Reason, State
from orchestrator.store import NotMoved, Outgoing
from orchestrator.store.outbox import TOO_MANY
from orchestrator.store.tables import outbox
from rpa.report import MessageKind
from tests.acts import person
from tests.integration.notify_world import (
    ALEX,
    MailServer,
    Office,
    by_smtp,
    settings_with,
)
from tests.worlds import all_forms

KIM = person("user:kim")


def test_the_settings_are_followed_while_it_runs(office: Office, mail: MailServer) -> None:
    """A kind that is switched off in the file is off with the next look at it, and on again so too; the trail says
    so under the name of the settings."""
    on, off = office.settings, settings_with(office.world.folder, by_smtp(mail), {"recorded": True})
    reads = iter([on, off, off, on])
    app = App(on, office.store, Originals(office.world.folder))
    rounds = PeriodicJobs(app, Reader(all_forms()), lambda: next(reads), None, office.sender)
    rounds.configure()
    waits = office.receive(1)
    rounds.configure()
    rounds.configure()
    assert office.state(waits) is MessageState.CANCELLED
    rounds.configure()
    later = office.receive(2)
    office.world.clock.turn(10)
    rounds.send()
    assert (office.state(waits), office.state(later)) == (MessageState.CANCELLED, MessageState.SENT)
    said = [row for row in office.store.entries() if row["action"] == "messages configured"]
    assert [json.loads(str(row["details"]))["on"] for row in said] == [
        ["needs_more", "not_recorded", "received", "recorded"],
        ["recorded"],
        ["needs_more", "not_recorded", "received", "recorded"],
    ]
    assert {(row["actor"], row["subject"]) for row in said} == {("settings", "ocr")}


def test_a_message_is_one_senders(office: Office, mail: MailServer) -> None:
    """Many senders on one outbox send each message once."""
    references = [office.receive(number) for number in range(1, 9)]
    office.world.clock.turn(10)
    with ThreadPoolExecutor(4) as several:
        rounds = [several.submit(office.new_sender().round) for _ in range(4)]
        for each in rounds:
            each.result()
    office.send()
    assert sorted(str(mail.message(number)["Message-ID"]) for number in range(len(mail.taken))) == sorted(
        f"<{reference}.received@police.example>" for reference in references
    )


def test_a_change_between_judging_and_sending_is_seen(office: Office) -> None:
    """A message is claimed only for the report that it was judged by."""
    reference = office.receive()
    stored, waiting = office.store.report(reference), office.message(reference)
    assert stored is not None
    office.move(reference, State.READY, State.HELD, reason=Reason.CORRECTED)
    with pytest.raises(NotMoved):
        messages.begin(office.store, waiting, stored.row_version, "smtp", ALEX, 60, 3)
    assert office.state(reference) is MessageState.WAITING


def test_erasure_forgets_to_whom_and_sends_nothing_more(office: Office, mail: MailServer) -> None:
    """The address of a message that was sent goes with the report, and what waits is not sent. One that is being
    sent is waited for."""
    reference = office.receive()
    office.send()
    assert office.message(reference).recipient == ALEX
    office.world.claimed()
    office.move(reference, State.KEYING, State.ATTENTION, reason=Reason.INVALID)
    decisions.dismiss(office.store, KIM, reference, "because")
    waiting = office.message(reference, MessageKind.NOT_RECORDED)
    stored = office.store.report(reference)
    assert stored is not None
    sending = messages.begin(office.store, waiting, stored.row_version, "smtp", ALEX, 60, 3)
    originals = Originals(office.world.folder)
    with pytest.raises(NotMoved, match="is being sent"):
        decisions.erase(office.store, originals, KIM, reference, "because")
    messages.not_sent(office.store, sending, "no", 0)
    decisions.erase(office.store, originals, KIM, reference, "because")
    assert [each.recipient for each in office.store.messages.of_report(reference)] == [None] * 3
    office.send()
    assert len(mail.taken) == 1
    assert office.state(reference, MessageKind.NOT_RECORDED) is MessageState.CANCELLED


@pytest.mark.parametrize("other", [ALEX, ALEX.title(), ALEX.replace("@", "+1@")])
def test_nobody_is_sent_one_kind_again_and_again(office: Office, mail: MailServer, other: str) -> None:
    """However many reports name an address, and however it is written, no more messages of a kind go to it within
    a day than the settings say; the others are cancelled and told, and other people and the next day are free."""
    office.settings = settings_with(office.world.folder, {**by_smtp(mail), "most_a_day": 2})
    office.sender = office.new_sender()
    sent = [office.receive(number) for number in (1, 2)]
    office.send()
    refused, free = office.receive(3, emailAddress=other), office.receive(4, emailAddress="sam@example.com")
    with capture_logs() as logs:
        office.send()
    assert [office.state(each) for each in (*sent, free)] == [MessageState.SENT] * 3
    assert (office.state(refused), office.message(refused).message) == (MessageState.CANCELLED, TOO_MANY)
    warned = [entry["reference"] for entry in logs if entry["log_level"] == "warning"]
    assert warned == [refused]
    assert len(mail.taken) == 3
    office.world.clock.turn(24 * 3600)
    tomorrow = office.receive(5, emailAddress=other)
    office.send()
    assert office.state(tomorrow) is MessageState.SENT
    assert office.state(refused) is MessageState.CANCELLED


def test_what_may_have_been_sent_counts_and_what_was_erased_does_not(office: Office) -> None:
    """A message that is being sent counts for its recipient and its kind. Erasure removes the digest that it is
    counted by."""
    first, second = office.receive(1, dateOfBirth="31/02/1980"), office.receive(2)

    def begun(reference: str, kind: MessageKind = MessageKind.RECEIVED) -> Outgoing:
        stored, waiting = office.store.report(reference), office.message(reference, kind)
        assert stored is not None
        return messages.begin(office.store, waiting, stored.row_version, "smtp", ALEX, 60, 1)

    sending = begun(first)
    assert begun(second).state is MessageState.CANCELLED
    another_kind = begun(first, MessageKind.NEEDS_MORE)
    assert another_kind.state is MessageState.SENDING
    messages.in_doubt(office.store, another_kind, "no reply")
    messages.in_doubt(office.store, sending, "no reply")
    assert begun(office.receive(3)).state is MessageState.CANCELLED
    decisions.dismiss(office.store, KIM, first, "because")
    decisions.erase(office.store, Originals(office.world.folder), KIM, first, "because")
    with office.world.engine.connect() as connection:
        assert connection.execute(select(outbox.c.addressee).distinct()).scalars().all() == [None]
    assert begun(office.receive(4)).state is MessageState.SENDING


def test_erasure_forgets_why_nothing_was_sent(office: Office) -> None:
    """The ground on which a message was kept back says what the report was of: it goes with the answers."""
    reference = office.receive(dateOfBirth="31/02/1980", riskOfBeingVictimOfDomesticAbuse=True)
    office.send()
    assert "Domestic abuse" in str(office.message(reference).message)
    decisions.dismiss(office.store, KIM, reference, "because")
    decisions.erase(office.store, Originals(office.world.folder), KIM, reference, "because")
    said = {each.kind: each.message for each in office.store.messages.of_report(reference)}
    assert said == {
        MessageKind.RECEIVED: None,
        MessageKind.NEEDS_MORE: None,
        MessageKind.NOT_RECORDED: "The report was erased",
    }


def test_what_a_restored_copy_would_send_again_is_told_instead(office: Office, mail: MailServer) -> None:
    """After a restore, what waits, and what is queued for a report of the copy, may have been sent: neither is."""
    waits, later = office.receive(1), office.receive(2)
    recovery.mark_for_look_up(office.store)
    office.world.finish(office.world.claimed())
    office.send()
    assert not mail.taken
    found = [*office.store.messages.of_report(waits), *office.store.messages.of_report(later)]
    assert {each.state for each in found} == {MessageState.UNCERTAIN}
    assert {each.kind for each in found} == {MessageKind.RECEIVED, MessageKind.RECORDED}


def test_an_administrator_settles_what_is_uncertain(office: Office, mail: MailServer) -> None:
    """Sent again, known to be sent, or not to be: on the trail with the name; nobody else may, and only then."""
    references = [office.receive(number) for number in range(1, 4)]
    recovery.mark_for_look_up(office.store)
    kind = MessageKind.RECEIVED
    for reference, how in zip(references, Settlement, strict=True):
        with pytest.raises(NotAllowed):
            messages.settle(office.store, Actor("user:sam", Role.OPERATOR), reference, kind, how)
        messages.settle(office.store, KIM, reference, kind, how)
    office.send()
    assert [office.state(each) for each in references] == [
        MessageState.SENT,
        MessageState.CANCELLED,
        MessageState.SENT,
    ]
    assert len(mail.taken) == 1
    with pytest.raises(NotMoved, match="is sent; only one"):
        messages.settle(office.store, KIM, references[0], kind, Settlement.RESEND)
    with pytest.raises(NotMoved, match="there is no message"):
        messages.settle(office.store, KIM, references[0], MessageKind.RECORDED, Settlement.RESEND)
    by = [str(each["actor"]) for each in office.store.entries() if each["action"] == "message sent"]
    assert by == ["user:kim", "rpa"]


def test_a_message_that_waits_again_by_nobodys_act_is_found(office: Office) -> None:
    """Whoever has one sent again in the database, past the trail, is found out."""
    reference = office.receive()
    office.send()
    with office.world.engine.begin() as connection:
        connection.execute(update(outbox).values(state=MessageState.WAITING))
    assert (reference, "message received") in list(office.store.altered())
    with office.world.engine.begin() as connection:
        connection.execute(update(outbox).values(state=MessageState.SENT))


def test_one_row_that_cannot_be_read_stops_no_other(office: Office, mail: MailServer) -> None:
    """A message that somebody has altered is said, and the rest is sent."""
    bad, good = office.receive(1), office.receive(2)
    with office.world.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET because = 'x' WHERE reference = :it"), {"it": bad})
    office.send()
    assert office.state(good) is MessageState.SENT
    assert len(mail.taken) == 1
    with office.world.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET because = 'valid' WHERE reference = :it"), {"it": bad})


def _erase_all(office: Office) -> None:
    """Dismiss and erase whatever needs attention, again and again."""
    originals = Originals(office.world.folder)
    for _ in range(10):
        for each in list(office.store.reports(State.ATTENTION)):
            with suppress(NotMoved):
                decisions.dismiss(office.store, KIM, each.reference, "because")
                decisions.erase(office.store, originals, KIM, each.reference, "because")


def test_whoever_acts_at_once_waits_for_nobody_without_end(office: Office) -> None:
    """Reports arrive, are erased, messages are sent and kinds switched off and on, all at once: nothing is locked
    against anything else, and every message is where the trail says."""
    off = settings_with(office.world.folder, by_smtp(MailServer(1)), {})

    def arrive() -> None:
        for number in range(1, 13):
            office.receive(number, dateOfBirth="31/02/1980")

    def switch() -> None:
        for _ in range(8):
            office.configure(off)
            office.configure(office.settings)

    def send() -> None:
        for _ in range(10):
            office.new_sender().round()

    with ThreadPoolExecutor(4) as several:
        for each in [several.submit(act) for act in (arrive, switch, send, partial(_erase_all, office))]:
            each.result(120)


def test_a_report_that_cannot_be_judged_keeps_no_other_waiting(office: Office, mail: MailServer) -> None:
    """The row of one report is altered: its message waits, and the next is sent."""
    bad, good = office.receive(1), office.receive(2)
    with office.world.engine.begin() as connection:
        (was,) = connection.execute(
            text("SELECT notes FROM reports WHERE reference = :it"), {"it": bad}
        ).one()
        connection.execute(text("UPDATE reports SET notes = '[1]' WHERE reference = :it"), {"it": bad})
    office.send()
    assert (office.state(bad), office.state(good)) == (MessageState.WAITING, MessageState.SENT)
    assert len(mail.taken) == 1
    with office.world.engine.begin() as connection:
        again = was if isinstance(was, str) else json.dumps(was)
        connection.execute(
            text("UPDATE reports SET notes = :was WHERE reference = :it"), {"was": again, "it": bad}
        )
