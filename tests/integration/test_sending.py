"""What is known of a message after a mail server has refused it, gone away, or said nothing."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
import trustme
from structlog.testing import capture_logs

from orchestrator.actions import messages, switching
from orchestrator.app import open_app, upgrade_database
from orchestrator.notify import Sender, smtp
from orchestrator.notify.letters import Letter
from orchestrator.notify.outcomes import NotSent
from orchestrator.settings import load_settings
from orchestrator.settings.notify import SmtpSettings
from orchestrator.states import MessageState
from orchestrator.store import Store, open_engine, utc_now
from rpa.report import MessageKind
from tests import acts
from tests.integration.notify_world import (
    WAIT,
    MailServer,
    Office,
    by_smtp,
    mail_server,
    only,
    told,
)
from tests.integration.store_world import World
from tests.worlds import ROOT, all_forms


@pytest.fixture
def office(world: World, mail: MailServer) -> Office:
    """An office that sends through it."""
    return Office(world, by_smtp(mail))


def test_a_server_that_was_away_gets_it_when_it_is_back(office: Office, mail: MailServer) -> None:
    """Nothing left while nobody listened: the message waits, each try is counted, and it is sent once."""
    mail.stop()
    reference = office.receive()
    office.send()
    waiting = office.message(reference)
    assert (waiting.state, waiting.attempts) == (MessageState.WAITING, 1)
    assert waiting.message == "The mail server cannot be reached, or its certificate is not accepted"
    mail.start()
    office.sender = office.new_sender()
    office.send()
    office.send()
    assert office.state(reference) is MessageState.SENT
    assert len(mail.taken) == 1


def test_a_server_that_stays_away_is_not_tried_for_ever(office: Office, mail: MailServer) -> None:
    """After its attempts the message has failed, and that is told."""
    mail.stop()
    notify = office.settings.notify.model_copy(update={"attempts": 2})
    office.settings = office.settings.model_copy(update={"notify": notify})
    reference = office.receive()
    with capture_logs() as logs:
        for _ in range(3):
            office.sender = office.new_sender()
            office.send()
    assert (office.state(reference), office.message(reference).attempts) == (MessageState.FAILED, 2)
    assert [each["event"] for each in logs if each["log_level"] == "error"] == [
        "a message was not sent, and is not tried again"
    ]


@pytest.mark.parametrize(
    ("where", "reply", "state"),
    [
        ("recipient_reply", "550 5.1.1 <alex.example@example.com> unknown", MessageState.FAILED),
        ("recipient_reply", "451 try later", MessageState.WAITING),
        ("content_reply", "554 no thanks", MessageState.FAILED),
        ("content_reply", "452 full", MessageState.WAITING),
    ],
)
def test_a_refusal_is_believed(
    office: Office, mail: MailServer, where: str, reply: str, state: MessageState
) -> None:
    """A refusal for good is not tried again, one for now is; neither was sent. Of what the server says only the
    number is kept: it may quote the address. The next message is sent."""
    setattr(mail, where, reply)
    reference = office.receive(1)
    with capture_logs() as logs:
        office.send()
    message = office.message(reference)
    assert message.state is state
    assert not mail.taken
    assert reply[:3] in (message.message or "")
    assert "example.com" not in str(logs) + str(message.message)
    setattr(mail, where, "250 OK")
    other = office.receive(2)
    office.send()
    assert office.state(other) is MessageState.SENT


def test_a_server_that_says_nothing_makes_it_uncertain(office: Office, mail: MailServer) -> None:
    """The server has the whole message and does not reply: it is told, never sent again, and the others wait."""
    mail.silent = True
    first, second = office.receive(1), office.receive(2)
    with capture_logs() as logs:
        office.send()
    assert office.state(first) is MessageState.UNCERTAIN
    assert office.state(second) is MessageState.WAITING
    assert "may have been sent" in next(each["event"] for each in logs if each["log_level"] == "error")
    mail.silent = False
    office.sender = office.new_sender()
    for _ in range(3):
        office.send()
    assert office.state(first) is MessageState.UNCERTAIN
    assert office.state(second) is MessageState.SENT
    assert len(mail.taken) == 2


def dripping(listener: socket.socket, cut: Event) -> None:
    """A server that goes on with its first reply, a line at a time, until somebody has had enough: `cut`. It
    gives up when a test would fail anyway."""
    connection, _ = listener.accept()
    end = monotonic() + WAIT
    with connection:
        try:
            while monotonic() < end:
                connection.sendall(b"220-not yet\r\n")
                connection.settimeout(0.01)
                with suppress(TimeoutError):
                    if connection.recv(1) == b"":
                        raise ConnectionResetError
                connection.settimeout(None)
        except OSError:
            cut.set()


def test_a_reply_without_end_ends(office: Office) -> None:
    """However slowly and however much a server replies, a message has its time and no more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cut = Event()
        thread = Thread(target=dripping, args=(listener, cut))
        thread.start()
        server = MailServer(listener.getsockname()[1])
        notify = office.settings.notify.model_copy(
            update={
                "message_seconds": 0.5,
                "smtp": office.settings.notify.smtp.model_copy(update={"port": server.port}),  # type: ignore[union-attr]
            }
        )
        office.settings = office.settings.model_copy(update={"notify": notify})
        office.sender = office.new_sender()
        reference = office.receive()
        office.send()
        thread.join(WAIT)
        assert cut.is_set()
    assert office.state(reference) is MessageState.WAITING


@pytest.mark.parametrize(
    ("security", "waiting"),
    [("none", 3), ("tls", 0)],
    ids=["while it connects", "while TLS is agreed"],
)
def test_the_time_of_a_message_is_all_that_it_has(security: str, waiting: int) -> None:
    """Whenever it passes, a server that says nothing does not hold the sender until the time for a response."""
    letter = Letter("CR-EXAMPLE", MessageKind.RECEIVED, "alex.example@example.com", "Subject", "Body", {})
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener, ExitStack() as others:
        for _ in range(waiting):  # one more than it has room for is not connected
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        port = listener.getsockname()[1]
        given = {"host": "127.0.0.1", "port": port, "security": security, "sender": "x@police.example"}
        begun = monotonic()
        outcome = smtp.send(SmtpSettings.model_validate(given), None, letter, WAIT, 0.2)
        assert monotonic() - begun < WAIT / 2
    assert isinstance(outcome, NotSent)


def test_told_to_stop_it_begins_no_other(office: Office, mail: MailServer) -> None:
    """The message in hand is the last."""
    office.receive(1)
    office.stopped = True
    office.send()
    assert not mail.taken
    office.stopped = False
    office.send()
    assert len(mail.taken) == 1


def test_a_round_is_bounded(office: Office, mail: MailServer) -> None:
    """A round sends so many messages and leaves the rest to the next."""
    notify = office.settings.notify.model_copy(update={"round_messages": 2})
    office.settings = office.settings.model_copy(update={"notify": notify})
    office.sender = office.new_sender()
    for number in range(1, 4):
        office.receive(number)
    office.send()
    assert len(mail.taken) == 2
    office.send()
    assert len(mail.taken) == 3


AUTHORITY, STRANGER = trustme.CA(), trustme.CA()


def server_context() -> ssl.SSLContext:
    """A certificate for this machine."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


def protected(world: World, mail: MailServer, security: str, authority: trustme.CA, word: str) -> Office:
    """An office that signs in to a server over TLS."""
    trusted, password = world.folder / "authority.pem", world.folder / "password"
    authority.cert_pem.write_to_path(str(trusted))
    password.write_text(f"{word}\n", encoding="ascii")
    login = {"username": "reports", "password_file": password}
    return Office(world, by_smtp(mail, security=security, authorities=trusted, **login))


@pytest.mark.filterwarnings(
    "ignore:Requiring AUTH"
)  # the server does not know that its socket is TLS already
@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("authority", "word", "arrives"),
    [(AUTHORITY, "secret", True), (STRANGER, "secret", False), (AUTHORITY, "wrong", False)],
    ids=["as it should be", "an unknown authority", "a wrong password"],
)
def test_over_tls_with_a_password(
    world: World, security: str, authority: trustme.CA, word: str, arrives: bool
) -> None:
    """It is sent to a server whose certificate is good and that lets us in, and to no other; then it waits."""
    given: dict[str, Any] = {"authenticator": only("reports", "secret"), "auth_required": True}
    if security == "starttls":
        given |= {"require_starttls": True, "tls_context": server_context()}
    else:
        given |= {"auth_require_tls": False}
    with mail_server(None if security == "starttls" else server_context(), **given) as mail:
        office = protected(world, mail, security, authority, word)
        reference = office.receive()
        office.send()
        assert office.state(reference) is (MessageState.SENT if arrives else MessageState.WAITING)
        assert len(mail.taken) == arrives


def test_starttls_is_not_done_without(world: World, mail: MailServer) -> None:
    """A server that does not offer it is told nothing."""
    office = Office(world, by_smtp(mail, security="starttls"))
    reference = office.receive()
    office.send()
    assert office.state(reference) is MessageState.WAITING
    assert not mail.taken


def test_a_secret_that_is_not_there_sends_nothing(world: World, mail: MailServer) -> None:
    """It is said once, and the messages wait."""
    away = world.folder / "away"
    office = Office(world, by_smtp(mail, username="reports", password_file=away))
    reference = office.receive()
    with capture_logs() as logs:
        office.send()
        office.send()
    assert [each["event"] for each in logs] == ["no message can be sent"]
    assert office.state(reference) is MessageState.WAITING
    assert office.message(reference).attempts == 0


RPA_TOML = """\
data_dir = "var"
[targets.chs]
profile = "chs"
url = "http://127.0.0.1:9"
[notify]
channel = "smtp"
timeout_seconds = 60
message_seconds = 60
[notify.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "no-reply@police.example"
[forms.ocr]
target = "chs"
messages = {{ received = true }}
"""


def test_killed_between_sending_and_marking_it_is_told_and_never_sent_again(
    tmp_path: Path, mail: MailServer
) -> None:
    """A sender is killed when the server has the message and it has not read the reply. Whoever comes next, once
    the claim is over, says so; the message stays as it is, and the server has it once."""
    config = tmp_path / "rpa.toml"
    config.write_text(RPA_TOML.format(port=mail.port), encoding="utf-8")
    settings = load_settings(config)
    upgrade_database(settings)
    app = open_app(settings)
    switching.configure(app.store, settings.form_switches, settings.target_switches)
    messages.configure(app.store, settings.message_switches)
    reference = acts.receive(app.store, *told()).reference
    mail.silent = True
    command = [sys.executable, "-m", "tests.sending_once", str(config)]
    sender = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert mail.has_content.wait(WAIT)
    finally:
        sender.send_signal(signal.SIGKILL)
        sender.wait(WAIT)
    mail.silent = False
    (left,) = app.store.messages.of_report(reference)
    assert left.state is MessageState.SENDING
    Sender(app, all_forms(), lambda: False).round()
    assert app.store.messages.of_report(reference) == [left], "its claim is not over"
    engine = open_engine(settings.database.url)
    key = (settings.keys_dir / "digest.key").read_bytes()
    later = Store(engine, lambda: utc_now() + timedelta(seconds=121), key)
    with capture_logs() as logs:
        for _ in range(3):
            Sender(type(app)(settings, later, app.originals), all_forms(), lambda: False).round()
    (found,) = later.messages.of_report(reference)
    assert found.state is MessageState.UNCERTAIN
    assert len(mail.taken) == 1
    assert [each["event"] for each in logs] == [
        "a message may have been sent, and is not sent again; see `rpa messages list`"
    ]
    assert [row["action"] for row in later.entries()][-2:] == ["message sending", "message uncertain"]
    engine.dispose()
