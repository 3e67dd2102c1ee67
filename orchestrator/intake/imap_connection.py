"""One connection to a mailbox: signing in, the folder, moving. What a server or a network does wrong is
`MailboxAway`, in words that repeat nothing of a message."""

from __future__ import annotations

import shlex
import ssl
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
)

from orchestrator.settings import MailboxSettings
from rpa.errors import OperatingError

MOST_SECRET = 20_000  # characters of a password or token
MOST_LISTED = 50_000  # messages of a folder that are listed at once: a server lists them in one line
MOST_MOVED = 500
_LISTED = ["UNDELETED"]
_SIZE, _BODY, _FLAGS = b"RFC822.SIZE", b"BODY[]", b"FLAGS"


class MailboxAway(OperatingError):  # noqa: N818 - a state of the mailbox, not a mistake of ours
    """A mailbox cannot be used now; the message says why. `refused`: it lets us in no more, and others might be
    locked out by trying often."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        self.refused = refused
        super().__init__(message)


class MailNotGiven(OperatingError):  # noqa: N818 - says what did not happen
    """The server does not give a message that is there."""


class MailNotMoved(OperatingError):  # noqa: N818 - says what did not happen
    """The server does not move messages; they stay where they are."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message of the folder: its size in bytes, and whether a person has flagged it."""

    uid: int
    size: int
    flagged: bool


@contextmanager
def connected(settings: MailboxSettings) -> Iterator[IMAPClient]:
    """A connection that is signed in, for as long as the block lasts. Every call has the time limit of the
    settings. Raises `MailboxAway`, also for what the block meets."""
    with _translated():
        client = _open(settings)
        try:
            _sign_in(client, settings)
            yield client
        finally:
            _close(client)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except MailboxAway:
        raise
    except LoginError as error:
        raise MailboxAway("The server refuses the name, password or token.", refused=True) from error
    except ssl.SSLCertVerificationError as error:
        raise MailboxAway("The server's certificate is not trusted, or is for another host.") from error
    except IMAPClientReadOnlyError as error:
        raise MailboxAway("The folder can only be read, so no message could be moved out of it.") from error
    except IMAPClientAbortError as error:
        raise MailboxAway("The server closed the connection.") from error
    except IMAPClientError as error:
        raise MailboxAway("The server refused a command.") from error
    except TimeoutError as error:
        raise MailboxAway("The server does not respond in time.") from error
    except OSError as error:
        raise MailboxAway("The server cannot be reached.") from error


def _open(settings: MailboxSettings) -> IMAPClient:
    timeout = SocketTimeout(settings.timeout_seconds, settings.timeout_seconds)
    context = _context(settings)
    tls = settings.security == "tls"
    client = IMAPClient(
        settings.host, settings.port, ssl=tls, ssl_context=context if tls else None, timeout=timeout
    )
    if settings.security == "starttls":
        try:
            client.starttls(context)
        except BaseException:
            _close(client)
            raise
    return client


def _context(settings: MailboxSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca)
    except OSError as error:
        raise MailboxAway(
            "The file that `ca` names cannot be used: it must hold certificates in PEM."
        ) from error


def _close(client: IMAPClient) -> None:
    """End the connection without waiting for a server that may not respond."""
    try:
        client.shutdown()
    except (OSError, IMAPClientError):
        return


def _sign_in(client: IMAPClient, settings: MailboxSettings) -> None:
    name = settings.username
    if settings.password_file is not None:
        password = _read(settings.password_file, "password")
        if client.has_capability("AUTH=PLAIN"):
            client.sasl_login("PLAIN", lambda _: f"\0{name}\0{password}".encode())
        else:
            client.login(name, password)
        return
    token = _token(settings)
    if client.has_capability("AUTH=OAUTHBEARER"):
        escaped = name.replace("=", "=3D").replace(",", "=2C")
        _authenticate(client, "OAUTHBEARER", f"n,a={escaped},\1auth=Bearer {token}\1\1")
    else:
        _authenticate(client, "XOAUTH2", f"user={name}\1auth=Bearer {token}\1\1")


def _authenticate(client: IMAPClient, mechanism: str, said: str) -> None:
    """A server that refuses says why, and waits for an empty response."""
    responses = iter([said.encode()])
    client.sasl_login(mechanism, lambda _: next(responses, b""))


def _read(path: Path, what: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            found = file.read(MOST_SECRET).strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise MailboxAway(f"The {what} file cannot be read.", refused=True) from error
    if not found:
        raise MailboxAway(f"The {what} file is empty.", refused=True)
    return found


def _token(settings: MailboxSettings) -> str:
    if settings.token_file is not None:
        return _read(settings.token_file, "token").strip()
    try:
        done = subprocess.run(  # noqa: S603 - the administrator's own command, without a shell
            settings.token_command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=settings.timeout_seconds,
            check=True,
        )
        token = done.stdout[:MOST_SECRET].decode("ascii").strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        raise MailboxAway("The token command failed.", refused=True) from error
    if not token or any(not " " < letter < "\x7f" for letter in token):
        raise MailboxAway("The token command printed no token.", refused=True)
    return token


def select(client: IMAPClient, folder: str) -> tuple[int, int]:
    """Open a folder for reading and moving: (UIDVALIDITY, number of messages). Raises `MailboxAway` where there is
    none, or it can only be read."""
    if not client.folder_exists(folder):
        raise MailboxAway(f"There is no folder {shlex.quote(folder)}.")
    selected = client.select_folder(folder)
    return int(selected.get(b"UIDVALIDITY", 0)), int(selected.get(b"EXISTS", 0))


def make_folder(client: IMAPClient, folder: str) -> None:
    """Make a folder that is not there."""
    if not client.folder_exists(folder):
        client.create_folder(folder)
        client.subscribe_folder(folder)


def listed(client: IMAPClient, number: int) -> list[Listed]:
    """The messages of the folder, oldest first. Of very many, the oldest and the newest."""
    half = MOST_LISTED // 2
    few = [f"1:{half},{number - half + 1}:{number}"] if number > MOST_LISTED else []
    uids = client.search([*few, *_LISTED])
    found: list[Listed] = []
    for at in range(0, len(uids), 1_000):
        told = client.fetch(uids[at : at + 1_000], [_SIZE, _FLAGS])
        found += [
            Listed(uid, int(each[_SIZE]), b"\\Flagged" in each.get(_FLAGS, ()))
            for uid, each in told.items()
            if _SIZE in each
        ]
    return sorted(found, key=lambda each: each.uid)


def contents(client: IMAPClient, uids: Sequence[int]) -> tuple[dict[int, bytes], list[int]]:
    """The bytes of messages, which stay unread; and those that the server does not give. One that is gone is in
    neither."""
    found = _fetched(client, uids)
    missing = [uid for uid in uids if uid not in found]
    return found, _still_there(client, missing) if missing else []


def _fetched(client: IMAPClient, uids: Sequence[int]) -> dict[int, bytes]:
    """One by one where the server refuses: it may do so for a single message."""
    try:
        told = client.fetch(uids, [b"BODY.PEEK[]"])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        if len(uids) == 1:
            return {}
        return {each: content for uid in uids for each, content in _fetched(client, [uid]).items()}
    return {uid: bytes(each[_BODY]) for uid, each in told.items() if each.get(_BODY) is not None}


def _still_there(client: IMAPClient, uids: Sequence[int]) -> list[int]:
    """Those of these messages that are in the folder."""
    client.noop()
    return [int(uid) for uid in client.search(["UID", ",".join(map(str, uids))])]


def move(client: IMAPClient, uids: Sequence[int], folder: str) -> None:
    """Move messages; one that is gone meanwhile is no fault.

    Where the server has no MOVE they are copied first and then removed, those and no others; where it cannot
    remove single messages either, they stay, marked as deleted. Raises `MailNotMoved`.
    """
    for at in range(0, len(uids), MOST_MOVED):
        try:
            _move_all(client, uids[at : at + MOST_MOVED], folder)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise MailNotMoved(f"The server does not move messages to {shlex.quote(folder)}.") from error


def _move_all(client: IMAPClient, uids: Sequence[int], folder: str) -> None:
    """Twice where some of them are gone: a server may refuse to move the rest until it has said so."""
    make_folder(client, folder)
    try:
        _move(client, uids, folder)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        there = _still_there(client, uids)
        if len(there) == len(uids):
            raise
        if there:
            _move(client, there, folder)


def _move(client: IMAPClient, uids: Sequence[int], folder: str) -> None:
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.delete_messages(uids, silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)


def begin_idle(client: IMAPClient) -> bool:
    """Ask the server to tell of mail. False where it told something before it agreed: the library takes that for a
    fault, and the connection is of no more use."""
    try:
        client.idle()
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        return False
    return True
