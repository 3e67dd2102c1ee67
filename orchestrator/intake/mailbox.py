"""Mailboxes: what arrives in each is received, and moved once it is on disk.

A thread for each mailbox. It is told by the server when something arrives (IDLE), and looks besides, since a
notification can be lost. What a crash leaves in the folder is received again: a second delivery of the same bytes.
"""

from __future__ import annotations

import random
import select as polling
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from time import monotonic

import structlog
from imapclient import IMAPClient

from orchestrator.intake.imap_connection import (
    Listed,
    MailboxAway,
    MailNotGiven,
    MailNotMoved,
    begin_idle,
    connected,
    contents,
    listed,
    make_folder,
    move,
    select,
)
from orchestrator.intake.senders import is_taken
from orchestrator.settings import MailboxSettings, OperationsSettings, Settings
from orchestrator.waits import back_off, restart_wait
from rpa.report import Submission

_log = structlog.get_logger(__name__)

Receive = Callable[[Submission], object]
"""Keeps a submission: once it returns, the bytes are on disk. Several threads call it at once."""

SOURCE = "mailbox"
MOST_AT_ONCE = 50  # messages fetched with one command
MOST_BYTES_AT_ONCE = 16 * 1024 * 1024
AT_ONCE = 4  # messages of a mailbox that are kept at once
_LOOK_SECONDS = 0.2  # between two looks whether to stop, while nothing arrives
_MEGABYTE = 1024 * 1024


class Mailbox:
    """A mailbox that is kept empty until `stopping` is set.

    The newest message and the oldest are taken in turn. One that the server does not give, or that cannot be
    received, stays where it is, is told once, and is tried again later, longer each time. One that is too large
    stays, and is told once. Mail from outside the list of senders is moved to its own folder, and told.
    """

    def __init__(
        self,
        name: str,
        settings: MailboxSettings,
        operations: OperationsSettings,
        receive: Receive,
        stopping: Event,
    ) -> None:
        self.name, self._settings, self._operations = name, settings, operations
        self._receive, self._stopping = receive, stopping
        self._threads = ThreadPoolExecutor(AT_ONCE, f"mailbox-{name}")
        self._log = _log.bind(place=name)
        self._validity = 0
        self._kept: set[int] = set()  # received, and not moved yet
        self._aside: dict[int, tuple[int, float]] = {}  # (failures, when to try again)
        self._too_large: set[int] = set()
        self._stuck = False  # it was told that messages cannot be moved
        self._told = ""  # why it is away
        self._failures = 0
        self._looked = False

    @property
    def is_idle(self) -> bool:
        """Whether it was looked through, and holds nothing that is still to be received."""
        return self._looked

    def keep(self) -> None:
        """Receive what arrives, until told to stop. Whatever happens to server or network, it is tried again."""
        while not self._stopping.is_set():
            try:
                with connected(self._settings) as client:
                    self._serve(client)
            except MailboxAway as error:
                self._away(str(error), refused=error.refused, error=error)
            except Exception as error:  # noqa: BLE001 - what a server sends may be anything; mail must still come in
                self._away(type(error).__name__, refused=False, error=error)
        self._threads.shutdown()

    def _away(self, why: str, *, refused: bool, error: Exception) -> None:
        self._looked = False
        if self._stopping.is_set():
            return
        self._failures += 1
        wait = (back_off if refused else _restart)(self._failures, self._operations, self._jitter())
        if self._told != why:
            self._told = why
            self._log.error("a mailbox is away and is tried again", error=error)
        self._stopping.wait(wait)

    def _serve(self, client: IMAPClient) -> None:
        """With a connection: take everything, wait, and again."""
        make_folder(client, self._settings.done)
        if self._settings.senders:
            make_folder(client, self._settings.held_folder)
        while not self._stopping.is_set():
            more = True
            while more and not self._stopping.is_set():
                self._selected(client)
                more = self._round(client)
                self._back()
            if not self._stopping.is_set():
                self._looked = True
                if not self._wait(client):
                    return

    def _back(self) -> None:
        """A whole round went well: no single command shows that a server can be used."""
        if self._told:
            self._log.info("a mailbox is back")
        self._told, self._failures = "", 0

    def _selected(self, client: IMAPClient) -> None:
        """Open the folder. Where its numbers mean other messages now, what was known of them is forgotten."""
        validity, self._number = select(client, self._settings.folder)
        if validity != self._validity:
            self._validity = validity
            self._kept, self._aside, self._too_large = set(), {}, set()

    def _round(self, client: IMAPClient) -> bool:
        """Receive for a few seconds; returns whether there is more."""
        there = {each.uid: each for each in listed(client, self._number)}
        self._forget(there)
        self._move_kept(client)
        end = monotonic() + self._operations.receive_round_seconds
        due = [each for uid, each in there.items() if self._is_due(each, uid)]
        self._looked = self._looked and not due
        for batch in _batches(list(_in_turn(due))):
            if self._stopping.is_set():
                return False
            if monotonic() > end:
                return True
            self._take(client, batch)
        return False

    @staticmethod
    def _jitter() -> float:
        return random.random()  # noqa: S311 - spreads tries, guards nothing

    def _forget(self, there: Mapping[int, Listed]) -> None:
        """Of messages that are gone nothing is remembered."""
        self._kept &= there.keys()
        self._too_large &= there.keys()
        self._aside = {uid: each for uid, each in self._aside.items() if uid in there}

    def _is_due(self, message: Listed, uid: int) -> bool:
        if message.size > self._operations.file_megabytes * _MEGABYTE:
            if uid not in self._too_large:
                self._too_large.add(uid)
                self._log.error("a message is too large and stays in the mailbox", number=uid)
            return False
        return uid not in self._kept and monotonic() >= self._aside.get(uid, (0, 0.0))[1]

    def _take(self, client: IMAPClient, batch: Sequence[Listed]) -> None:
        """Receive these messages, and move those that are on disk."""
        found, refused = contents(client, [each.uid for each in batch])
        flagged = {each.uid for each in batch if each.flagged}
        held = [
            uid for uid, each in found.items() if uid not in flagged and not is_taken(self._settings, each)
        ]
        wanted = {uid: each for uid, each in found.items() if uid not in held}
        failed = dict(zip(wanted, self._threads.map(self._received, wanted, wanted.values()), strict=True))
        self._kept |= {uid for uid, error in failed.items() if error is None}
        not_given = dict.fromkeys(refused, MailNotGiven("The server does not give the message."))
        self._set_aside(not_given | {uid: error for uid, error in failed.items() if error is not None})
        self._move_kept(client)
        if held and self._moved(client, held, self._settings.held_folder):
            self._log.warning(
                "mail from outside the list of senders is in the folder for it", count=len(held)
            )

    def _move_kept(self, client: IMAPClient) -> None:
        """Move what is on disk. What the server does not move now is not received again, and moved later."""
        if self._moved(client, sorted(self._kept), self._settings.done):
            self._kept.clear()

    def _moved(self, client: IMAPClient, uids: Sequence[int], folder: str) -> bool:
        try:
            move(client, uids, folder)
        except MailNotMoved as error:
            if not self._stuck:
                self._log.error(
                    "messages cannot be moved and stay in the mailbox", count=len(uids), error=error
                )
            self._stuck = True
            return False
        self._stuck = self._stuck and not uids
        return True

    def _received(self, uid: int, content: bytes) -> Exception | None:
        name = f"{self.name}-{self._validity}-{uid}.eml"
        try:
            self._receive(Submission(content, SOURCE, name))
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it must not stop those behind it
            return error
        self._aside.pop(uid, None)
        return None

    def _set_aside(self, failed: Mapping[int, Exception]) -> None:
        """Try these again later. Each is told once, those of one time together."""
        new = [error for uid, error in failed.items() if uid not in self._aside]
        for uid in failed:
            failures = self._aside.get(uid, (0, 0.0))[0] + 1
            self._aside[uid] = failures, monotonic() + back_off(failures, self._operations, self._jitter())
        if new:
            said = "messages cannot be received, stay in the mailbox and are tried again"
            self._log.error(said, count=len(new), error=new[0])

    def _wait(self, client: IMAPClient) -> bool:
        """Until something may have arrived, or it is time to look. Returns whether the connection can go on."""
        until = min([monotonic() + self._settings.poll_seconds, *(each for _, each in self._aside.values())])
        if not client.has_capability("IDLE"):
            self._stopping.wait(max(until - monotonic(), _LOOK_SECONDS))
            return True
        until = min(until, monotonic() + self._settings.idle_seconds)
        if not begin_idle(client):
            self._stopping.wait(_LOOK_SECONDS)
            return False
        poller = polling.poll()
        poller.register(client.socket(), polling.POLLIN)
        while not self._stopping.is_set() and monotonic() < until:
            if poller.poll(_LOOK_SECONDS * 1_000) and _is_news(client.idle_check(timeout=0)):
                break
        client.idle_done()
        return True


def _restart(failures: int, operations: OperationsSettings, _: float) -> float:
    return restart_wait(failures, operations)


def _is_news(responses: Sequence[tuple[object, ...]]) -> bool:
    """Whether what the server said is more than that it is there. A closed connection says nothing."""
    return not responses or any(len(each) > 1 and each[0] != b"OK" for each in responses)


def _in_turn(messages: Sequence[Listed]) -> Iterator[Listed]:
    """The newest, the oldest, the second newest, and so on."""
    low, high = 0, len(messages) - 1
    while low <= high:
        yield messages[high]
        if low < high:
            yield messages[low]
        low, high = low + 1, high - 1


def _batches(messages: Sequence[Listed]) -> Iterator[list[Listed]]:
    """As many as are fetched with one command; a large one alone."""
    batch: list[Listed] = []
    size = 0
    for each in messages:
        if batch and (len(batch) == MOST_AT_ONCE or size + each.size > MOST_BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
    if batch:
        yield batch


class Mailboxes:
    """All mailboxes of the settings, each in a thread of its own."""

    def __init__(self, settings: Settings, receive: Receive) -> None:
        self._stopping = Event()
        self._kept = [
            Mailbox(name, each, settings.operations, receive, self._stopping)
            for name, each in settings.intake.mailboxes.items()
        ]
        self._threads = [Thread(target=each.keep, name=SOURCE, daemon=True) for each in self._kept]
        self._longest = max((each.timeout_seconds for each in settings.intake.mailboxes.values()), default=0)

    def start(self) -> None:
        """Begin to receive."""
        for each in self._threads:
            each.start()

    @property
    def waiting_for(self) -> Sequence[str]:
        """The names of those that were not looked through yet, or hold what is still to be received."""
        return [each.name for each in self._kept if not each.is_idle]

    @property
    def are_idle(self) -> bool:
        """Whether each was looked through, and holds nothing that is still to be received."""
        return not self.waiting_for

    def stop(self) -> None:
        """Let those in hand be received and moved, and end; no longer than a server may take to respond."""
        self._stopping.set()
        end = monotonic() + self._longest + 1
        for each in self._threads:
            each.join(max(end - monotonic(), 0))


def keep_mailboxes(settings: Settings, receive: Receive) -> Mailboxes:
    """Start to receive from every mailbox of the settings; `stop` ends it."""
    mailboxes = Mailboxes(settings, receive)
    mailboxes.start()
    return mailboxes
