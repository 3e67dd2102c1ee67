"""Messages to the people who reported: queued with the move, sent once by a real mail server, or told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text, update

from orchestrator.actions import decisions, messages, recovery
from orchestrator.actions.messages import Settlement
from orchestrator.actions.permissions import Actor, NotAllowed, Role
from orchestrator.notify.judging import AMENDED
from orchestrator.originals import Originals
from orchestrator.states import MessageState, Reason, State
from orchestrator.store import NotMoved, receive
from orchestrator.store.tables import outbox
from rpa.report import MessageKind
from tests import acts
from tests.acts import person
from tests.integration.notify_world import (
    ALEX,
    SENDER,
    MailServer,
    Office,
    by_smtp,
    mail_server,
    settings_with,
    told,
)
from tests.integration.postgres import database
from tests.integration.store_world import World

KIM = person("user:kim")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, mail: MailServer) -> Iterator[Office]:
    """An office on each database."""
    if request.param == "sqlite":
        office = Office(World(tmp_path), by_smtp(mail))
        yield office
        office.world.assert_trail_holds()
        office.world.engine.dispose()
        return
    server = request.getfixturevalue("postgresql")
    with database(server, f"m{abs(hash(request.node.name)):x}"[:40], upgraded=True) as url:
        office = Office(World(tmp_path, url=url), by_smtp(mail))
        yield office
        office.world.assert_trail_holds()
        office.world.engine.dispose()


def test_who_reported_is_sent_the_reference_once(office: Office, mail: MailServer) -> None:
    """However often a submission comes, and however many rounds there are, one message goes to the address in
    it."""
    reference = office.receive()
    office.receive()
    for _ in range(3):
        office.send()
    ((back, recipients, _),) = mail.taken
    assert (back, recipients) == (SENDER, [ALEX])
    message = mail.message()
    assert message["Subject"] == f"We have received your report {reference}"
    assert message["To"] == ALEX
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Message-ID"] == f"<{reference}.received@police.example>"
    body = message.get_content()
    assert reference in body
    assert "5 January 2026" in body
    assert "Example" not in body
    assert office.state(reference) is MessageState.SENT
    assert office.actions() == ["message sending", "message sent"]


def test_the_trail_says_to_whom_by_digest_only(office: Office) -> None:
    """The disclosure is on record before it is made, with a keyed digest in the place of the address."""
    office.receive()
    office.send()
    entries = [each for each in office.store.entries() if str(each["action"]).startswith("message ")]
    assert ALEX not in json.dumps(list(office.store.entries()), default=str)
    said = json.loads(str(entries[0]["details"]))
    assert said["channel"] == "smtp"
    assert len(said["digests"]["recipient"]) == 64


def _received_in_vain(office: Office) -> None:
    """A report that is received in a transaction that fails after it."""
    with office.store.writing() as transaction:
        receive.receive(transaction, *told(), "intake")
        raise RuntimeError


def test_nothing_is_queued_for_a_move_that_did_not_happen(office: Office) -> None:
    """The message is part of the transaction of the move."""
    with pytest.raises(RuntimeError):
        _received_in_vain(office)
    assert office.store.messages.counts()[MessageState.WAITING] == 0


def test_each_step_is_told_with_its_reference(office: Office, mail: MailServer) -> None:
    """Once its record was read back as keyed, the target's reference is told; not before, and not for a record
    that differs until a person has decided."""
    reference = office.receive()
    office.world.finish(office.world.claimed())
    office.send()
    assert [mail.message(number)["Subject"] for number in range(2)] == [
        f"We have received your report {reference}",
        f"Your report {reference} is recorded as CHS-2026-0000001",
    ]
    decisions.decide(office.store, KIM, reference, decisions.Outcome.CRIME, "because")
    office.send()
    assert len(mail.taken) == 2


def test_what_is_needed_and_what_is_not_recorded_is_told_with_the_reason(
    office: Office, mail: MailServer
) -> None:
    """A report that stopped says why in the form's own words; dismissed, it says the reason that it had waited
    with. A reason without words is nobody's business."""
    wrong = office.receive(1, dateOfBirth="31/02/1980")
    assert office.world.state(wrong) == (State.ATTENTION, Reason.INVALID)
    ours = office.receive(2)
    office.world.claimed()
    office.move(ours, State.KEYING, State.ATTENTION, reason=Reason.REFUSED)
    office.send()
    decisions.dismiss(office.store, KIM, wrong, "not ours")
    decisions.dismiss(office.store, KIM, ours, "not ours")
    office.send()
    told_of = {str(mail.message(number)["Subject"]) for number in range(len(mail.taken))}
    assert {each for each in told_of if wrong in each} == {
        f"We have received your report {wrong}",
        f"We need something more about your report {wrong}",
        f"Your report {wrong} has not been recorded",
    }
    assert {each for each in told_of if ours in each} == {f"We have received your report {ours}"}
    unsaid = office.message(ours, MessageKind.NEEDS_MORE)
    assert (unsaid.state, unsaid.message) == (
        MessageState.CANCELLED,
        "The message has no words for the reason refused",
    )
    assert "not ours" not in str(mail.taken)


def test_what_is_not_so_any_more_is_not_told_until_it_is_so_again(office: Office, mail: MailServer) -> None:
    """A record that turns out not to be there before its message left is not told of; found again, it is."""
    reference = office.receive()
    office.send()
    office.world.finish(office.world.claimed())
    office.move(reference, State.REVIEW, State.ATTENTION, reason=Reason.NOT_FOUND)
    office.send()
    assert office.state(reference, MessageKind.RECORDED) is MessageState.CANCELLED
    assert len(mail.taken) == 1
    office.move(
        reference, State.ATTENTION, State.KEYED_BY_HAND, reason=Reason.KEYED_BY_HAND, target_reference="CHS-2"
    )
    office.send()
    assert mail.message()["Subject"] == f"Your report {reference} is recorded as CHS-2"


def test_off_is_the_default_and_off_means_off(office: Office, mail: MailServer) -> None:
    """Nothing is queued for a kind that is off. One that is switched off while it waits is cancelled."""
    waits = office.receive(1)
    off = settings_with(office.world.folder, by_smtp(mail), {})
    assert off.message_switches == frozenset()
    office.configure(off)
    later = office.receive(2)
    office.send()
    assert not mail.taken
    assert office.state(waits) is MessageState.CANCELLED
    assert office.store.messages.of_report(later) == []


def test_an_address_that_is_corrected_before_it_is_sent_is_the_one(office: Office, mail: MailServer) -> None:
    """The address is taken from the report as it is when the message leaves: nothing was copied before."""
    reference = office.receive()
    assert office.message(reference).recipient is None
    office.move(reference, State.READY, State.HELD, reason=Reason.CORRECTED)
    again, _ = told(emailAddress="alex.corrected@example.com")
    acts.reread(office.store, reference, State.HELD, again, "user:kim")
    office.send()
    assert mail.taken[0][1] == ["alex.corrected@example.com"]


def test_a_submission_that_came_again_as_another_is_not_acknowledged(
    office: Office, mail: MailServer
) -> None:
    """Other content for a report whose message waits keeps it back, and so does other content for one that is done
    with, which is a report of its own."""
    first = office.receive(1)
    acts.receive(office.store, *told(1, alias="Lex"))
    done = office.receive(2, dateOfBirth="31/02/1980")
    decisions.dismiss(office.store, KIM, done, "because")
    amended = acts.receive(office.store, *told(2, alias="Lex")).reference
    assert amended not in (first, done)
    office.send()
    assert {office.message(first).message, office.message(amended).message} == {AMENDED}
    assert office.state(amended, MessageKind.NEEDS_MORE) is MessageState.CANCELLED
    assert all(amended not in str(mail.message(number)["Subject"]) for number in range(len(mail.taken)))
    assert all(first not in str(mail.message(number)["Subject"]) for number in range(len(mail.taken)))


def test_a_record_found_to_be_a_duplicate_is_not_told_of(office: Office, mail: MailServer) -> None:
    """What waits to be told as recorded is not, once a person has decided that it is a duplicate."""
    reference = office.receive()
    office.world.finish(office.world.claimed())
    decisions.decide(office.store, KIM, reference, decisions.Outcome.DUPLICATE, "because")
    office.send()
    assert office.state(reference, MessageKind.RECORDED) is MessageState.CANCELLED
    assert len(mail.taken) == 1


def test_a_report_whose_message_may_not_be_sent_says_why(office: Office, mail: MailServer) -> None:
    """Where contact may be unsafe nothing leaves, and the reason is beside the message, without an answer."""
    reference = office.receive(riskOfBeingVictimOfDomesticAbuse=True)
    office.send()
    message = office.message(reference)
    assert not mail.taken
    assert (message.state, message.recipient) == (MessageState.CANCELLED, None)
    assert message.message == "Domestic abuse or a sexual offence is named as a risk"
    assert office.actions() == ["message cancelled"]


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
        messages.begin(office.store, waiting, stored.row_version, "smtp", ALEX, 60)
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
    sending = messages.begin(office.store, waiting, stored.row_version, "smtp", ALEX, 60)
    originals = Originals(office.world.folder)
    with pytest.raises(NotMoved, match="is being sent"):
        decisions.erase(office.store, originals, KIM, reference, "because")
    messages.not_sent(office.store, sending, "no", 0)
    decisions.erase(office.store, originals, KIM, reference, "because")
    assert [each.recipient for each in office.store.messages.of_report(reference)] == [None] * 3
    office.send()
    assert len(mail.taken) == 1
    assert office.state(reference, MessageKind.NOT_RECORDED) is MessageState.CANCELLED


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
