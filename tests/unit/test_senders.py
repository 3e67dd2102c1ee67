"""Whose mail is taken: what other people can write into a message does not make them a sender of the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.intake.senders import is_taken
from orchestrator.settings import MailboxSettings

LISTED = MailboxSettings(
    host="localhost", username="u", password_file=Path("password"), senders=("example.org",)
)
VERIFIED = LISTED.model_copy(update={"trusted_authserv": ("mx.example.org",)})


def message(sender: str, results: str) -> bytes:
    """A message as a trusted server delivers it."""
    head = f"Authentication-Results: mx.example.org; {results}\r\nReceived: from x\r\n"
    return f"{head}From: {sender}\r\n\r\nhello\r\n".encode()


@pytest.mark.parametrize(
    ("sender", "results"),
    [
        ("a@example.org", "dmarc=pass header.from=example.org"),
        ("A <a@example.org>", "dmarc=pass (p=none) header.from=Example.org"),
        ("a@mail.example.org", "dmarc=pass action=none header.from=example.org"),
        ("a@example.org", "dkim=pass header.i=@example.org header.s=x; dkim=fail header.d=example.net"),
        ("a@example.org", "dkim=pass header.i=x@example.org header.d=example.org"),
        ("a@example.org", 'dkim=pass header.i="a@b"@example.org'),
        ("a@example.org", "dkim=pass header.i=a@b@example.org"),
    ],
)
def test_a_verified_sender_is_taken(sender: str, results: str) -> None:
    """DMARC that passed for the domain of the sender, or its signature, is enough."""
    settings = VERIFIED.model_copy(update={"senders": ("example.org", "mail.example.org")})
    assert is_taken(settings, message(sender, results))


@pytest.mark.parametrize(
    ("sender", "results"),
    [
        ("b@example.org", "dmarc=pass header.from=example.net"),
        ("b@example.org", "dmarc=pass header.from=example.org.example.net"),
        ("b@example.org", "dmarc=pass header.from=example.org/example.net"),
        ("b@example.org", "dmarc=pass header.from=mail.example.org"),
        ("b@example.org", "dmarc=pass"),
        ("b@example.org", "dmarc=pass smtp.header.from=example.org"),
        ("b@example.org", "dmarc=pass header.from=example.org header.from=example.net"),
        ('b@example.org (" ) <a@example.net> (" )', "dmarc=pass header.from=example.net"),
        ("a@example.net ((x) <b@example.org>", "dmarc=pass header.from=example.net"),
        ("a@example.net <b@example.org>", "dmarc=pass header.from=example.net"),
        ("b@example.org", "dkim=pass header.i=x@example.org@example.net"),
        ("b@example.org", "dkim=pass header.i=x header.d=example.org@example.net"),
        ("b@example.org", "dkim=pass header.d=example.org; dmarc=pass header.from=example.net"),
        ("b@example.org", "dkim=pass header.d=example.net header.d=example.org"),
        ("b@example.org", "dmarc=fail; dmarc=pass header.from=example.org"),
        ("b@example.org", "dmarc=fail header.from=example.org; dmarc=pass header.from=example.org"),
        ("b@example.org", "dmarc=pass header.from=example.org; dmarc=fail"),
        ("b@example.org", "dmarc=pass header.from=example.org; dmarc=pass header.from=example.net"),
        ("b@example.org", f"dmarc=pass {'x' * 19_949} header.from=example.org.example.net"),
    ],
)
def test_a_sender_that_nobody_verified_is_held(sender: str, results: str) -> None:
    """What passed for another domain, or is not said to have passed for this one, verifies nobody."""
    assert not is_taken(VERIFIED, message(sender, results))


@pytest.mark.parametrize("place", ["X: y\r{}\r\nReceived: from x\r\n", "Received: from x\r\nX: y\r{}\r\n"])
def test_results_within_another_field_are_not_results(place: str) -> None:
    """A carriage return alone begins no field: the server that removes forged fields sees none either."""
    results = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org"
    assert is_taken(VERIFIED, f"{results}\r\nFrom: b@example.org\r\n\r\nhello".encode())
    assert not is_taken(VERIFIED, f"{place.format(results)}From: b@example.org\r\n\r\nhello".encode())


def test_only_the_sender_decides() -> None:
    """A field that cannot be read is told by whoever reads the message; it makes nobody a stranger."""
    assert is_taken(LISTED, b"From: a@example.org\r\nSubject: " + b"x" * 30_000 + b"\r\n\r\nhello")
    assert not is_taken(LISTED, b"From: a@example.net\r\n\r\nhello")
    assert not is_taken(LISTED, b"no message")
