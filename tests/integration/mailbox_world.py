"""Mailboxes that are kept for a test, and what came out of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from structlog.testing import capture_logs

from orchestrator.intake.mailbox import Mailboxes, keep_mailboxes
from orchestrator.settings import OperationsSettings, Settings
from rpa.report import Submission
from tests.integration.dovecot import PASSWORD, USER, Dovecot
from tests.system_world import until

QUICK = OperationsSettings(
    restart_seconds=0.05, restart_longest_seconds=0.2, retry_seconds=0.1, retry_longest_seconds=0.3
)


def mail(name: str, size: int = 100, sender: str = "alex@example.com") -> bytes:
    """A message that says its name."""
    return f"From: {sender}\r\nSubject: secret {name}\r\n\r\n{name}\r\n".encode() + b"x" * size + b"\r\n"


@dataclass
class Disk:
    """Takes submissions as the originals' folder would: what is kept is kept whatever happens next."""

    kept: list[Submission] = field(default_factory=list)
    refused: Callable[[bytes], Exception | None] = lambda _: None
    first: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    def receive(self, submission: Submission) -> None:
        """Keep it, or refuse it."""
        error = self.refused(submission.content)
        if error is not None:
            raise error
        with self.lock:
            self.kept.append(submission)
        self.first.set()

    def names(self) -> list[str]:
        """What the messages are called, each time that they came."""
        return [each.content.split(b"\r\n\r\n")[1].split(b"\r\n")[0].decode() for each in self.kept]


@dataclass
class World:
    """What is being kept, and what was logged."""

    disk: Disk
    mailboxes: Mailboxes
    logs: list[Any]

    def told(self, part: str) -> list[Mapping[str, Any]]:
        """The log lines that have these words in their sentence."""
        return [each for each in self.logs if part in each["event"]]

    def until_idle(self, seconds: float = 30) -> None:
        """Until every mailbox was looked through."""
        until(lambda: self.mailboxes.are_idle, seconds, lambda: str(self.logs))

    def until_kept(self, number: int, seconds: float = 30) -> None:
        """Until so many submissions are kept."""
        until(lambda: len(self.disk.kept) >= number, seconds, lambda: str(self.logs))

    def until_told(self, part: str, seconds: float = 30) -> None:
        """Until that was logged."""
        until(lambda: self.told(part), seconds, lambda: str(self.logs))


def keys(server: Dovecot, tmp_path: Path, **other: Any) -> dict[str, Any]:
    """The settings of a mailbox of a server, without encryption and with short waits."""
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    given = {
        "host": "127.0.0.1",
        "port": server.plain,
        "security": "none",
        "username": USER,
        "password_file": secret,
        "poll_seconds": 30,
        "timeout_seconds": 10,
    }
    return {**given, **other}


@contextmanager
def keeping(
    *boxes: dict[str, Any], disk: Disk | None = None, operations: OperationsSettings = QUICK
) -> Iterator[World]:
    """Mailboxes with these settings, kept for as long as the block lasts."""
    disk = disk or Disk()
    named = {f"box{number}": each for number, each in enumerate(boxes)}
    settings = Settings(intake={"mailboxes": named}, operations=operations)  # type: ignore[arg-type]
    with capture_logs() as logs:
        mailboxes = keep_mailboxes(settings, disk.receive)
        try:
            yield World(disk, mailboxes, logs)
        finally:
            mailboxes.stop()
