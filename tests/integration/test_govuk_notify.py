"""Messages by GOV.UK Notify: its own client against a server that speaks its API."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from orchestrator.actions import messages
from orchestrator.actions.messages import Settlement
from orchestrator.states import MessageState
from rpa.report import MessageKind
from tests.acts import person
from tests.integration.notify_world import ALEX, TEMPLATE, Notify, Office, by_notify, notify_server
from tests.integration.store_world import World


@pytest.fixture
def notify() -> Iterator[Notify]:
    """A server that speaks Notify's API."""
    with notify_server() as server:
        yield server


@pytest.fixture
def office(world: World, notify: Notify) -> Office:
    """An office that sends by it."""
    return Office(world, by_notify(notify, world.folder))


def test_a_message_is_sent_by_its_template_under_our_own_name(office: Office, notify: Notify) -> None:
    """Notify gets the template of the kind, the facts and our words, and the reference that finds it again; no
    answer but the address."""
    reference = office.receive()
    office.send()
    office.send()
    (sent,) = notify.sent
    assert (sent["email_address"], sent["template_id"]) == (ALEX, TEMPLATE)
    assert sent["reference"] == f"{reference}.received"
    assert sent["personalisation"]["reference"] == reference
    assert reference in sent["personalisation"]["subject"]
    assert sent["personalisation"].keys() == {
        *("reference", "form", "received", "submitted", "target_reference", "why"),
        *("subject", "body"),
    }
    message = office.message(reference)
    assert (message.state, message.channel, message.provider_id) == (
        MessageState.SENT,
        "govuk-notify",
        sent["id"],
    )


@pytest.mark.parametrize(
    ("status", "words", "state"),
    [
        (400, b"", MessageState.FAILED),
        (403, b"", MessageState.WAITING),
        (429, b"", MessageState.WAITING),
        (500, b"", MessageState.WAITING),
        (502, b"<h1>Bad gateway</h1>", MessageState.UNCERTAIN),
        (302, b"", MessageState.UNCERTAIN),
    ],
)
def test_what_notify_refuses(
    office: Office, notify: Notify, status: int, words: bytes, state: MessageState
) -> None:
    """A message it refuses has failed; where it says in its own words that it took nothing it is tried again; what
    stands before it cannot tell."""
    notify.status, notify.words = status, words
    reference = office.receive()
    with capture_logs() as logs:
        office.send()
    assert office.state(reference) is state
    assert ALEX not in str(logs) + str(office.message(reference).message)
    notify.status = 201
    office.sender = office.new_sender()
    office.send()
    tried_again = state is MessageState.WAITING
    assert len(notify.sent) == tried_again
    assert office.state(reference) is (MessageState.SENT if tried_again else state)


def test_a_provider_that_cannot_be_reached_has_taken_nothing(world: World) -> None:
    """Where nobody listens nothing left, and the message waits."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    office = Office(world, by_notify(Notify(f"http://127.0.0.1:{port}"), world.folder))
    reference = office.receive()
    office.send()
    assert office.state(reference) is MessageState.WAITING


def test_a_message_whose_response_was_lost_is_found_by_our_name(office: Office, notify: Notify) -> None:
    """The response was lost: it is uncertain. Asked by our name, Notify has it: it was sent, and once."""
    notify.loses = True
    reference = office.receive()
    office.send()
    assert office.state(reference) is MessageState.UNCERTAIN
    notify.loses = False
    office.sender = office.new_sender()
    office.send()
    message = office.message(reference)
    assert (message.state, message.provider_id) == (MessageState.SENT, notify.sent[0]["id"])
    assert message.sent_at == message.sending_at
    assert len(notify.sent) == 1
    assert office.actions() == ["message sending", "message uncertain", "message sent"]
    office.world.assert_trail_holds()


@pytest.mark.parametrize("taken", [True, False])
def test_a_message_of_a_sender_that_died_is_looked_up_and_never_sent_again(
    office: Office, notify: Notify, taken: bool
) -> None:
    """Claimed, and perhaps sent, when its sender died. Notify says whether it has it; what it does not have stays
    uncertain until a person settles it."""
    reference = office.receive()
    stored, waiting = office.store.report(reference), office.message(reference)
    assert stored is not None
    messages.begin(office.store, waiting, stored.row_version, "govuk-notify", ALEX, 8, 3)
    if taken:
        notify.take({"reference": f"{reference}.received"})
    office.world.clock.now += timedelta(seconds=1)
    office.sender.round()
    assert office.state(reference) is MessageState.SENDING
    for _ in range(3):
        office.sender = office.new_sender()
        office.send()
    assert office.state(reference) is (MessageState.SENT if taken else MessageState.UNCERTAIN)
    assert len(notify.sent) == taken
    assert notify.asked == (1 if taken else 3)
    if not taken:
        kind = MessageKind.RECEIVED
        messages.settle(office.store, person("user:kim"), reference, kind, Settlement.RESEND)
        office.send()
        assert len(notify.sent) == 1


def test_an_uncertain_message_is_looked_up_less_and_less_often(office: Office, notify: Notify) -> None:
    """Notify is not asked in every round."""
    reference = office.receive()
    stored, waiting = office.store.report(reference), office.message(reference)
    assert stored is not None
    messages.begin(office.store, waiting, stored.row_version, "govuk-notify", ALEX, 1, 3)
    settings = office.settings.notify.model_copy(update={"retry_seconds": 60, "retry_longest_seconds": 600})
    office.settings = office.settings.model_copy(update={"notify": settings})
    office.sender = office.new_sender()
    for _ in range(5):
        office.send()
    assert notify.asked == 1
