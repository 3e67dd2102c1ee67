"""One message, one SMTP transaction: what is known of it afterwards, reply by reply.

Until the server has agreed to take the content nothing can have been sent. From then on only its reply tells.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import localtime
from threading import Timer
from time import monotonic
from typing import Any

from orchestrator.notify.letters import Letter
from orchestrator.notify.outcomes import InDoubt, NotSent, Outcome, Sent
from orchestrator.settings.notify import Security, SmtpSettings

_GO_AHEAD = 354
_ERRORS = (OSError, smtplib.SMTPException, UnicodeError, ValueError)
_CREDENTIALS_REFUSED = frozenset({530, 534, 535, 538})


class _Plain(smtplib.SMTP):
    """A client that has so many seconds: to connect, and until its connection is cut, however slowly its server
    responds."""

    _line: socket.socket | None = None
    _timer: Timer | None = None

    def __init__(self, seconds: float, *given: Any, **named: Any) -> None:
        self._end = monotonic() + seconds
        try:
            super().__init__(*given, **named)
        except BaseException:
            self.close()
            raise

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to one of the host's addresses, tried in turn while there is time."""
        failed: OSError = TimeoutError()
        for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            left = self._end - monotonic()
            if left <= 0:
                break
            try:
                self.sock = socket.create_connection((str(address[0]), port), min(timeout, left))
            except OSError as error:
                failed = error
            else:
                self.sock.settimeout(timeout)
                self._cut_in_time(self.sock)
                return self.sock
        raise failed

    def _cut_in_time(self, line: socket.socket) -> None:
        """By a copy of the socket: TLS takes the other over, and holds it alone until it is agreed."""
        self._line = line.dup()
        self._timer = Timer(self._end - monotonic(), self._cut, [self._line])
        self._timer.daemon = True
        self._timer.start()

    @staticmethod
    def _cut(line: socket.socket) -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection, and its limit."""
        if self._timer is not None:
            self._timer.cancel()
        if self._line is not None:
            self._line.close()
        super().close()


class _Tls(smtplib.SMTP_SSL, _Plain):
    """The same, over TLS from the start."""

    def __init__(self, seconds: float, *given: Any, context: ssl.SSLContext, **named: Any) -> None:
        self.context = context
        _Plain.__init__(self, seconds, *given, **named)


def send(
    settings: SmtpSettings, password: str | None, letter: Letter, timeout_seconds: float, seconds: float
) -> Outcome:
    """Send it; `timeout_seconds` for each response, `seconds` for all of it. Raises nothing."""
    try:
        content = as_bytes(message_of(settings, letter))
    except ValueError:
        return NotSent("The message cannot be written: a fact in it is no text for a header", for_good=True)
    try:
        client = _connected(settings, timeout_seconds, seconds)
    except _ERRORS:
        return NotSent("The mail server cannot be reached, or its certificate is not accepted", channel=True)
    try:
        refused = _signed_in(client, settings, password) or _envelope(client, settings, letter)
        return refused or _content(client, content)
    except _ERRORS:
        return NotSent("The mail server ended the conversation before it took the message", channel=True)
    finally:
        with suppress(*_ERRORS):
            client.putcmd("QUIT")
        client.close()


def message_of(settings: SmtpSettings, letter: Letter) -> EmailMessage:
    """The message with its headers. Programs do not answer it, and each try of it has the same id."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = settings.sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = localtime()
    message["Message-ID"] = f"<{letter.client_reference}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.body, cte="quoted-printable")
    return message


def as_bytes(message: EmailMessage) -> bytes:
    """As it goes over the line: whole lines, and one that begins with a dot has two."""
    content = message.as_bytes()
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)


def _connected(settings: SmtpSettings, timeout_seconds: float, seconds: float) -> smtplib.SMTP:
    given: dict[str, Any] = {"local_hostname": socket.gethostname(), "timeout": timeout_seconds}
    if settings.security is Security.NONE:
        return _Plain(seconds, settings.host, settings.port, **given)
    context = ssl.create_default_context(cafile=settings.authorities)
    if settings.security is Security.TLS:
        return _Tls(seconds, settings.host, settings.port, context=context, **given)
    client = _Plain(seconds, settings.host, settings.port, **given)
    try:
        client.starttls(context=context)
    except BaseException:
        client.close()
        raise
    return client


def _signed_in(client: smtplib.SMTP, settings: SmtpSettings, password: str | None) -> NotSent | None:
    client.ehlo_or_helo_if_needed()
    if settings.username is None or password is None:
        return None
    try:
        client.login(settings.username, password)
    except smtplib.SMTPAuthenticationError:
        return NotSent("The mail server refuses our name or password", channel=True)
    except smtplib.SMTPNotSupportedError:
        return NotSent("The mail server offers no way to sign in", channel=True)
    return None


def _envelope(client: smtplib.SMTP, settings: SmtpSettings, letter: Letter) -> NotSent | None:
    back = settings.sender if settings.envelope_sender is None else settings.envelope_sender
    code, _ = client.mail(back)
    if not _is_taken(code):
        return _refused(code, "the sender", channel=True)
    code, _ = client.rcpt(letter.recipient)
    if not _is_taken(code):
        return _refused(code, "the recipient")
    code, _ = client.docmd("DATA")
    return None if code == _GO_AHEAD else _refused(code, "the message")


def _content(client: smtplib.SMTP, content: bytes) -> Outcome:
    """From here on the server may have it."""
    try:
        client.send(content + b".\r\n")
        code, _ = client.getreply()
    except _ERRORS:
        return InDoubt("The mail server was given the message and did not say whether it took it")
    if _is_taken(code):
        return Sent()
    if not 400 <= code < 600:
        return InDoubt("The mail server was given the message and gave no reply that means anything")
    return _refused(code, "the message")


def _is_taken(code: int) -> bool:
    return 200 <= code < 300


def _refused(code: int, what: str, *, channel: bool = False) -> NotSent:
    """A refusal: from 500 on it is for good, unless it is about us."""
    ours = channel or code in _CREDENTIALS_REFUSED or code == 421
    words = f"The mail server refuses {what} (reply {code})"
    return NotSent(words, for_good=500 <= code < 600 and not ours, channel=ours)
