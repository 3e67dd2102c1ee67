"""What tests of messages share: a report to tell about, an outbox, a real mail server, and one that speaks
Notify."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from orchestrator.actions import messages
from orchestrator.app import App
from orchestrator.notify import Sender
from orchestrator.originals import Originals
from orchestrator.settings import Settings, load_settings
from orchestrator.states import MessageState, Reason, State
from orchestrator.store import Outgoing, Store
from rpa.forms import understand
from rpa.report import MessageKind, Report, Submission
from tests import acts
from tests.integration.store_world import World
from tests.least_report import LEAST
from tests.worlds import all_forms

ALEX = "alex.example@example.com"
SENDER = "no-reply@police.example"
ALL = {str(kind): True for kind in MessageKind}
TEMPLATE = "11111111-1111-4111-8111-111111111111"
KEY = "live-22222222-2222-4222-8222-222222222222-33333333-3333-4333-8333-333333333333"
WAIT = 20  # seconds, at most, for what is awaited


def told(number: int = 1, **person: Any) -> tuple[Report, Submission]:
    """A report of somebody who asks to be emailed, with these answers of theirs, and its bytes."""
    about = {"emailAddress": ALEX, "contactPreference": "CPNC_0001", **person}
    document = {
        **LEAST,
        "submissionId": f"00000000-0000-4000-8000-{number:012}",
        "submitTime": "2026-01-05T08:30:00Z",
        "personReporting": {**LEAST["personReporting"], **about},
    }
    return read_of(document)


def read_of(document: Mapping[str, Any]) -> tuple[Report, Submission]:
    """The report that a document makes, and its bytes."""
    submission = Submission(json.dumps(document).encode(), "folder", "report.json")
    return understand(document, all_forms(), submission=submission), submission


class MailServer:
    """A real SMTP server. `refuses`: what it replies to a recipient or the content, in place of taking it.
    `silent`: it takes the content and never replies."""

    def __init__(self, port: int = 0, context: ssl.SSLContext | None = None, **given: Any) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.recipient_reply, self.content_reply = "250 OK", "250 OK"
        self.silent, self.has_content = False, Event()
        self._given, self._port, self._context = given, port, context
        self._controller: _Controller | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    def start(self) -> MailServer:
        """Listen; again at the same port, once it has stopped."""
        self._controller = _Controller(self, "127.0.0.1", self._port, self._context, **self._given)
        self._controller.start()
        assert self._controller.server is not None
        self._port = self._controller.server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """End it, and every conversation."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def message(self, number: int = -1) -> EmailMessage:
        """One that it took, as a recipient reads it."""
        return message_from_bytes(self.taken[number][2], policy=policy.default)  # type: ignore[return-value]

    async def handle_RCPT(self, _server: SMTP, _session: Any, envelope: Any, address: str, _: Any) -> str:  # noqa: N802
        """Somebody is to have it."""
        if self.recipient_reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_reply

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        """The whole message is here."""
        if self.content_reply.startswith("250"):
            self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        self.has_content.set()
        if self.silent:
            await asyncio.Event().wait()
        return self.content_reply


class _Controller(Controller):
    """Whose first connection, which it makes itself at its start, says nothing: a TLS server would not take it."""

    def __init__(
        self, handler: MailServer, host: str, port: int, context: ssl.SSLContext | None, **given: Any
    ) -> None:
        super().__init__(handler, host, port, ssl_context=context, **given)

    def _trigger_server(self) -> None:
        assert self.server is not None
        socket.create_connection(self.server.sockets[0].getsockname()[:2], timeout=WAIT).close()


@contextmanager
def mail_server(context: ssl.SSLContext | None = None, **given: Any) -> Iterator[MailServer]:
    """One for as long as a block lasts."""
    server = MailServer(0, context, **given).start()
    try:
        yield server
    finally:
        server.stop()


def only(username: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator of `aiosmtpd` that lets in nobody else."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (username.encode(), password.encode())
        return AuthResult(success=right, handled=right)

    return check


@dataclass
class Notify:
    """A server that speaks the API of GOV.UK Notify, as far as we use it. `status`: what it replies to a message
    in place of taking it. `loses`: it takes the message and ends the conversation."""

    base_url: str
    sent: list[dict[str, Any]] = field(default_factory=list)
    status: int = 201
    words: bytes = b""
    loses: bool = False
    asked: int = 0

    def take(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take a message."""
        made = {"id": f"44444444-4444-4444-8444-{len(self.sent):012}", **request}
        self.sent.append(made)
        return made


@contextmanager
def notify_server() -> Iterator[Notify]:
    """One for as long as a block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """It says nothing."""

        def _reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _is_ours(self) -> bool:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            claims = jwt.decode(token, KEY[-36:], algorithms=["HS256"])
            return bool(claims["iss"] == KEY[-73:-37])

        def do_POST(self) -> None:
            assert self._is_ours()
            assert self.path == "/v2/notifications/email"
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if notify.loses:
                notify.take(request)
                self.close_connection = True
            elif notify.status != 201:
                said = {"status_code": notify.status, "errors": [{"error": "Error", "message": "no"}]}
                self._reply(notify.status, notify.words or json.dumps(said).encode())
            else:
                self._reply(201, json.dumps(notify.take(request)).encode())

        def do_GET(self) -> None:
            assert self._is_ours()
            notify.asked += 1
            reference = parse_qs(urlsplit(self.path).query)["reference"][0]
            found = [each for each in notify.sent if each["reference"] == reference]
            self._reply(200, json.dumps({"notifications": found, "links": {}}).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    notify = Notify(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield notify
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def by_smtp(server: MailServer, **given: Any) -> dict[str, Any]:
    """The settings of messages through a mail server."""
    smtp = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": SENDER, **given}
    return {"channel": "smtp", "smtp": smtp}


def by_notify(notify: Notify, folder: Path) -> dict[str, Any]:
    """The settings of messages through GOV.UK Notify."""
    key = folder / "notify-key"
    key.write_text(KEY + "\n", encoding="ascii")
    templates = {str(kind): TEMPLATE for kind in MessageKind}
    given = {"api_key_file": key, "base_url": notify.base_url, "templates": templates}
    return {"channel": "govuk-notify", "govuk_notify": given}


QUICK = {
    "most_a_day": 1000,
    "retry_seconds": 0.01,
    "retry_longest_seconds": 0.01,
    "timeout_seconds": 2,
    "message_seconds": 4,
}


def settings_with(folder: Path, notify: Mapping[str, Any], on: Mapping[str, bool] = ALL) -> Settings:
    """The settings of a system that sends these messages so."""
    target = {"profile": "chs", "url": "http://127.0.0.1:9"}
    forms = {"ocr": {"target": "chs", "messages": on}}
    return load_settings(data_dir=folder, targets={"chs": target}, forms=forms, notify={**QUICK, **notify})


class Office:
    """A store whose crime form tells the people who reported, and its sender."""

    def __init__(self, world: World, notify: Mapping[str, Any], on: Mapping[str, bool] = ALL) -> None:
        self.world, self.store = world, world.store
        self.settings = settings_with(world.folder, notify, on)
        self.configure(self.settings)
        self.stopped = False
        self.sender = self.new_sender()

    def configure(self, settings: Settings) -> None:
        """Follow the settings."""
        messages.configure(self.store, settings.message_switches)

    def new_sender(self, store: Store | None = None) -> Sender:
        """A sender that has sent nothing yet, as after a start."""
        app = App(self.settings, store or self.store, Originals(self.world.folder))
        return Sender(app, all_forms(), lambda: self.stopped)

    def receive(self, number: int = 1, **person: Any) -> str:
        """Receive a report; returns its reference."""
        return acts.receive(self.store, *told(number, **person)).reference

    def move(self, reference: str, *ways: State, reason: Reason, **columns: Any) -> None:
        """Move it along these states, each for the same reason."""
        for frm, to in pairwise(ways):
            acts.move(self.store, reference, frm, to, actor="user:kim", reason=reason, **columns)

    def send(self) -> None:
        """A round, later than what waits has to."""
        self.world.clock.turn(10)
        self.sender.round()

    def message(self, reference: str, kind: MessageKind = MessageKind.RECEIVED) -> Outgoing:
        """The one message of that kind about a report."""
        (found,) = [each for each in self.store.messages.of_report(reference) if each.kind is kind]
        return found

    def state(self, reference: str, kind: MessageKind = MessageKind.RECEIVED) -> MessageState:
        """Where it is."""
        return self.message(reference, kind).state

    def actions(self) -> list[str]:
        """What the trail says of messages, in order."""
        return [each for each in self.world.actions() if each.startswith("message ")]
