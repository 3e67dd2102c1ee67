"""Messages to the people who reported: queued with the move, sent once by a real mail server, or told."""

from __future__ import annotations

import json
from dataclasses import replace

import jmespath
import pytest

from orchestrator.actions import decisions
from orchestrator.notify.judging import AMENDED
from orchestrator.states import MessageState, Reason, State
from orchestrator.store import receive
from rpa.report import MessageKind
from tests import acts
from tests.acts import person
from tests.integration.notify_world import (
    ALEX,
    SENDER,
    MailServer,
    Office,
    by_smtp,
    settings_with,
    told,
)
from tests.worlds import all_forms

KIM = person("user:kim")


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


def test_a_message_has_a_condition_of_its_own(office: Office, mail: MailServer) -> None:
    """It is sent only for a report that its condition certainly holds for."""
    ocr = all_forms()["ocr"]
    conditions = ("categorySubcode == 'TV1'", "!categorySubcode", "abs(category) > `1`")
    for number, condition in enumerate(conditions, 1):
        kind = MessageKind.RECEIVED
        message = ocr.messages[kind].model_copy(update={"when": jmespath.compile(condition)})
        office.sender.forms = {"ocr": replace(ocr, messages={**ocr.messages, kind: message})}
        reference = office.receive(number)
        office.send()
        assert len(mail.taken) == (number > 1)
        if number != 2:
            assert office.message(reference).message == "The condition of the message does not hold"


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
