"""Files that a report names by their address, fetched by HTTPS from the hosts that the settings list.

An address is a stranger's words: it decides neither which host is asked, nor which address inside our network, nor
how long or how much. No address is ever logged; a host only if it is on the list.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from time import monotonic
from urllib.parse import urljoin, urlsplit

import structlog

from orchestrator.settings.channels import MediaLinkSettings
from rpa.documents.links import Link
from rpa.report import Media, Problem, ProblemKind
from rpa.unpacking import Unpacked

_log = structlog.get_logger(__name__)

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_AT_ONCE = 4  # files of one report
_CHUNK = 64 * 1024
_MEGABYTE = 1024 * 1024
_PORT = 443


class NotFetched(Exception):  # noqa: N818 - what became of a file, not an error of ours
    """Why a file did not arrive, in the words of a sentence that follows "because"."""


class _Room:
    """The bytes that all files of an arrival may have together, while they come and afterwards."""

    def __init__(self, size: float) -> None:
        self._left = size
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Take so many, or give them back when the number is negative. Raises `NotFetched` when fewer are left."""
        with self._lock:
            if size > self._left:
                raise NotFetched("the files are too large together")
            self._left -= size


@dataclass(frozen=True, slots=True)
class _Asking:
    """How an arrival's files are asked for, until when (of the monotonic clock), and how large they may be."""

    settings: MediaLinkSettings
    context: ssl.SSLContext | None
    until: float
    room: _Room


@dataclass(frozen=True, slots=True)
class _Place:
    """What is asked: a host of the list, a port, and what follows in the address."""

    host: str
    port: int
    target: str


def with_linked_files(found: Sequence[Unpacked], settings: MediaLinkSettings) -> Iterator[Unpacked]:
    """What was found in an arrival, with the files that each submission names by their address, and what is said
    of those that did not arrive. Never raises. What has not come within `settings.seconds` is left to itself.

    1. The host is on the list, the scheme is HTTPS, and there is no name or password in the address.
    2. Its name is looked up once. Every address must be a public one, unless the host is in `private_hosts`.
    3. The connection goes to an address that was looked at, and the certificate must be that host's.
    4. A redirect begins again at 1, three times at most.
    5. Nothing is unpacked, and reading ends at the limits of size and time, which are those of the whole arrival.
    """
    if not any(each.links for each in found):
        yield from found
        return
    room = _Room(settings.total_megabytes * _MEGABYTE)
    asking = _Asking(settings, _context(settings), monotonic() + settings.seconds, room)
    for each in found:
        yield _with_its_files(each, asking)


def _with_its_files(found: Unpacked, asking: _Asking) -> Unpacked:
    files, missing = _fetch(found.links, asking)
    if not (files or missing):
        return found
    had = {each.sha256 for each in found.submission.media}
    media = (*found.submission.media, *(each for each in files if each.sha256 not in had))
    told = (Problem(ProblemKind.MESSAGE, "", "Files", sentence) for sentence in missing)
    report = replace(found.report, problems=(*found.report.problems, *told))
    return replace(found, submission=replace(found.submission, media=media), report=report)


def _fetch(links: Sequence[Link], asking: _Asking) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """The files that arrived in time, and a sentence for each that did not, in the order of the links."""
    tasks = [_Task(link, asking) for link in links]
    waiting = iter(tasks)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                task = next(waiting, None)
            if task is None:
                return
            task.run()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(_AT_ONCE, len(tasks)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, asking.until - monotonic()))
    return _outcome(tasks, asking)


def _outcome(tasks: Iterable[_Task], asking: _Asking) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """The files, and what is said of those that did not arrive."""
    files: dict[str, Media] = {}
    missing: list[str] = []
    for task in tasks:
        content, reason = task.result
        if content is None:
            named = f"The file {task.link.name}, which the report names by a link,"
            missing.append(f"{named} did not arrive: {reason}.")
            host = _listed(task.link.url, asking.settings)
            _log.warning("a file that a report names by a link did not arrive", host=host, reason=reason)
        else:
            name = _free(task.link.name, files)
            files[name] = Media(name, content)
    return tuple(files.values()), tuple(missing)


def _free(name: str, taken: Iterable[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    tried, number = name, 1
    while tried in taken:
        number += 1
        tried = f"{stem} {number}{dot}{ending}" if stem else f"{name} {number}"
    return tried


def _listed(url: str, settings: MediaLinkSettings) -> str:
    """The host of an address for the log; nothing of it where the list does not have it."""
    with suppress(NotFetched):
        return _place(url, settings).host
    return "(not listed)"


class _Task:
    """One file to fetch. Whoever waits for it reads `result` when the time is over, finished or not."""

    def __init__(self, link: Link, asking: _Asking) -> None:
        self.link, self._asking = link, asking
        self.result: tuple[bytes | None, str] = (None, "it took too long")

    def run(self) -> None:
        """Fetch it."""
        try:
            self.result = _fetched(self.link.url, self._asking), ""
        except NotFetched as why:
            self.result = None, str(why)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.result = None, _reason(error, self._asking.until)


def _reason(error: Exception, until: float) -> str:
    """An error in our words: its own may repeat the address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the server's certificate is not valid for it"
    if isinstance(error, TimeoutError) or monotonic() >= until:
        return "it took too long"
    if isinstance(error, socket.gaierror):
        return "its server has no address"
    if isinstance(error, http.client.HTTPException | ValueError):
        return "the server's response is not HTTP"
    return "the connection failed"


def _context(settings: MediaLinkSettings) -> ssl.SSLContext | None:
    """What certificates are verified by; None where the authority of the settings cannot be read."""
    try:
        return ssl.create_default_context(cafile=settings.authority)
    except OSError:
        return None


def _fetched(url: str, asking: _Asking) -> bytes:
    for _ in range(_MOST_REDIRECTS + 1):
        place = _place(url, asking.settings)
        content, elsewhere = _asked(place, asking)
        if elsewhere is None:
            return content
        url = urljoin(url, elsewhere)
    raise NotFetched("it leads from one address to the next")


def _place(url: str, settings: MediaLinkSettings) -> _Place:
    """What an address asks. Raises `NotFetched` for one that nobody may fetch."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or _PORT
    except ValueError:
        raise NotFetched("its address is not valid") from None
    if parts.scheme.lower() != "https":
        raise NotFetched("its address is not https")
    if parts.username is not None or parts.password is not None:
        raise NotFetched("its address has a name or password in it")
    if not _is_in(settings.hosts, host, port) and not _is_in(settings.private_hosts, host, port):
        raise NotFetched("its host is not on the list of hosts that files are fetched from")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or any(letter.isspace() or not letter.isprintable() for letter in target):
        raise NotFetched("its address is not valid")
    return _Place(host, port, target)


def _is_in(listed: Iterable[str], host: str, port: int) -> bool:
    """Whether a list names a host, with its port unless that is 443."""
    return any(each == (host if port == _PORT else f"{host}:{port}") for each in listed)


def _asked(place: _Place, asking: _Asking) -> tuple[bytes, str | None]:
    """What the server responds: the file, or where else it is."""
    if asking.context is None:
        raise NotFetched("the file with the certificate authority cannot be read")
    _left(asking.until)  # before its name is looked up
    raw = _connected(_addresses(place, asking.settings), place.port, asking.until)
    secure = asking.context.wrap_socket(
        raw,
        server_hostname=place.host,
        do_handshake_on_connect=False,
        suppress_ragged_eofs=False,  # an end that the server does not confirm is not the end of a file
    )
    with closing(secure), _ended_at(asking.until, secure):
        secure.do_handshake()
        connection = http.client.HTTPSConnection(place.host, place.port)
        connection.sock = secure  # connected and verified: it opens none of its own
        host = place.host if place.port == _PORT else f"{place.host}:{place.port}"
        headers = {"Host": host, "Accept-Encoding": "identity", "Connection": "close"}
        connection.request("GET", place.target, headers=headers)
        with closing(connection.getresponse()) as response:
            return _read(response, asking)


def _addresses(place: _Place, settings: MediaLinkSettings) -> list[str]:
    """The addresses of a host, each of which may be connected to."""
    found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not _is_in(settings.private_hosts, place.host, place.port) and not all(map(_is_public, addresses)):
        raise NotFetched("its host has an address inside a private network")
    return addresses


def _connected(addresses: Iterable[str], port: int, until: float) -> socket.socket:
    """A connection to the first of these addresses that takes one: they are looked at already, and no name is."""
    refused: OSError = ConnectionRefusedError()
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=_left(until))
        except OSError as error:
            refused = error
    raise refused


def _is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where an IPv6 address holds an IPv4 one."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1] or _nat64(parsed)
        if inner is not None and not inner.is_global:
            return False
    return parsed.is_global and not parsed.is_multicast


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in one of the prefix by which IPv6 networks reach IPv4 (RFC 6052)."""
    if address in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _read(response: http.client.HTTPResponse, asking: _Asking) -> tuple[bytes, str | None]:
    elsewhere = response.getheader("Location")
    if response.status in _REDIRECTS and elsewhere:
        return b"", elsewhere
    if response.status != 200:
        raise NotFetched(f"the server responded with status {response.status}")
    if (response.getheader("Content-Encoding") or "identity").strip().lower() != "identity":
        raise NotFetched("it came packed")
    content = bytearray()
    try:
        _fill(content, response, asking)
    except BaseException:
        asking.room.take(-len(content))
        raise
    return bytes(content), None


def _fill(content: bytearray, response: http.client.HTTPResponse, asking: _Asking) -> None:
    """Read it as far as there is room for it. Raises for what is no whole file."""
    most = asking.settings.file_megabytes * _MEGABYTE
    if (response.length or 0) > most:
        raise NotFetched(f"it is larger than {asking.settings.file_megabytes} MB")
    while chunk := response.read(min(_CHUNK, most + 1 - len(content))):
        asking.room.take(len(chunk))
        content += chunk
        if len(content) > most:
            raise NotFetched(f"it is larger than {asking.settings.file_megabytes} MB")
    _left(asking.until)
    if response.length:
        raise NotFetched("the connection ended before all of it had come")
    if not content:
        raise NotFetched("it is empty")


def _left(until: float) -> float:
    """Seconds that are left. Raises `NotFetched` when there are none."""
    if (left := until - monotonic()) <= 0:
        raise NotFetched("it took too long")
    return left


@contextmanager
def _ended_at(until: float, connection: socket.socket) -> Iterator[None]:
    """A connection that is shut down when the time is over, whatever waits for it: a timeout of its own begins
    again with each byte that comes."""
    timer = threading.Timer(_left(until), _end, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        # Not TLS's own, which would wait for the other side.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
