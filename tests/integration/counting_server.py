"""A web server that counts: every request that reached it whole, when, and on which connection; and that answers
in each untidy way a real one does.

HTTP/1.1 by hand, byte for byte, and HTTP/2 over TLS; in a thread with an event loop of its own.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from rpa.browser.clock import now

REFERENCE = "CHS-2026-0000001"
SAVED = f"<!doctype html><h1>Record saved</h1><p class=reference>{REFERENCE}</p>"
FORM = (
    "<!doctype html><h1>Review</h1><main id=content><form method=post action={action} {more}>"
    "<label>Town <input name=town></label><button>Save record</button></form></main>{script}"
)


@dataclass(frozen=True)
class Arrived:
    """One request that arrived whole: `moment` on `rpa.browser.clock`."""

    method: str
    path: str
    moment: float
    connection: int
    body: bytes = field(repr=False)


@dataclass
class Counting:
    """The running server: what arrived, and pages by path."""

    base: str = ""
    arrived: list[Arrived] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    awaited: list[tuple[str, str, asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=list)

    def form(self, action: str, more: str = "", script: str = "", path: str = "/form") -> str:
        """Put up a form that posts to an address; its path."""
        self.pages[path] = FORM.format(action=action, more=more, script=script)
        return path

    def when(self, method: str, path: str = "") -> asyncio.Event:
        """An event of the caller's own loop, set once such a request has arrived."""
        event = asyncio.Event()
        self.awaited.append((method, path, asyncio.get_running_loop(), event))
        return event

    def take(self, arrived: Arrived) -> None:
        """Count a request, and tell those that wait for it."""
        self.arrived.append(arrived)
        for method, path, loop, event in self.awaited:
            if arrived.method == method and arrived.path.startswith(path):
                loop.call_soon_threadsafe(event.set)

    def posts(self, path: str) -> list[Arrived]:
        """The posts that arrived at a path."""
        return [
            each for each in self.arrived if each.method == "POST" and each.path.partition("?")[0] == path
        ]


def _http(status: str, body: str, *headers: str, version: str = "HTTP/1.1", length: bool = True) -> bytes:
    lines = [f"{version} {status}", "Content-Type: text/html", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode()


_CHUNKS = "".join(f'{len(each):X};odd="yes"\r\n{each}\r\n' for each in (SAVED[:1], SAVED[1:20], SAVED[20:]))
# What an address answers, and whether the connection is kept open after it. None: nothing at all.
ANSWERS: dict[str, tuple[bytes | None, bool]] = {
    "plain": (_http("303 See Other", "", "Location: /saved"), True),
    "direct": (_http("200 OK", SAVED), True),
    "extra": (_http("200 OK", SAVED, "Connection: close") + b"more than was announced", False),
    "chunked": (
        _http(
            "200 OK", f"{_CHUNKS}000\r\nX-Trailer: yes\r\n\r\n", "Transfer-Encoding: chunked", length=False
        ),
        True,
    ),
    "http10": (_http("200 OK", SAVED, version="HTTP/1.0", length=False), False),
    "no-length": (_http("200 OK", SAVED, "Connection: close", length=False), False),
    "cookie": (_http("302 Found", "", "Location: /with-cookie", "Set-Cookie: proof=1; Path=/"), True),
    "hints": (b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>\r\n\r\n" + _http("200 OK", SAVED), True),
    "repeat": (_http("307 Temporary Redirect", "", "Location: /save/direct"), True),
    "repeat-for-ever": (_http("308 Permanent Redirect", "", "Location: /save/repeat-for-ever?again"), True),
    "drop": (None, False),
    "half": (b"HTTP/1.1 200 OK\r\nContent-", False),
}
UNTIDY = ("direct", "extra", "chunked", "http10", "no-length", "cookie", "hints", "plain")


class _Server:
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end, whatever becomes of it."""
        self._counting.connections += 1
        number = self._counting.connections
        tls = writer.get_extra_info("ssl_object")
        with suppress(OSError, EOFError, ProtocolError, asyncio.LimitOverrunError):
            if tls is not None and tls.selected_alpn_protocol() == "h2":
                await self._http2(reader, writer, number)
            else:
                while await self._one(reader, writer, number):
                    pass
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        """One request and its answer; whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        if "upgrade" in headers:
            await self._socket(reader, writer, headers["sec-websocket-key"], number)
            return False
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self._counting.take(Arrived(method, path, now(), number, body))
        answer, stays = await self._answer(method, path, "proof=1" in headers.get("cookie", ""))
        if answer is not None:
            writer.write(answer)
            await writer.drain()
        return stays

    async def _socket(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, number: int
    ) -> None:
        """A WebSocket, RFC 6455; each short message that arrives is counted."""
        proof = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())
        headers = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {proof.decode()}"
        writer.write(f"HTTP/1.1 101 Switching\r\n{headers}\r\n\r\n".encode())
        while True:
            _, size = await reader.readexactly(2)
            masked = await reader.readexactly(4 + (size & 0x7F))
            self._counting.arrived.append(Arrived("MESSAGE", "/socket", now(), number, masked[4:]))

    async def _answer(self, method: str, path: str, proved: bool) -> tuple[bytes | None, bool]:
        plain, _, query = path.partition("?")
        page = self._counting.pages.get(plain)
        if plain.startswith("/trial/"):
            plain = "/" + plain.split("/", 3)[-1]
        if plain == "/saved" or (plain == "/with-cookie" and proved):
            return _http("200 OK", SAVED), True
        if plain.startswith("/slow/"):
            await asyncio.sleep(float(query or 1))
            plain = plain.removeprefix("/slow")
        if method == "POST" and plain.startswith("/save/"):
            return ANSWERS.get(plain.rsplit("/", 1)[-1], ANSWERS["direct"])
        return _http("200 OK" if page else "404 Not Found", page or "<h1>No such page</h1>"), True

    async def _http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        asked: dict[int, tuple[str, str]] = {}
        bodies: dict[int, bytes] = {}
        while piece := await reader.read(65536):
            for event in connection.receive_data(piece):
                if isinstance(event, RequestReceived):
                    headers = dict(event.headers or ())
                    asked[event.stream_id or 0] = (headers[":method"], headers[":path"])
                elif isinstance(event, DataReceived):
                    stream = event.stream_id or 0
                    bodies[stream] = bodies.get(stream, b"") + (event.data or b"")
                    connection.acknowledge_received_data(event.flow_controlled_length or 0, stream)
                elif isinstance(event, StreamEnded):
                    stream = event.stream_id or 0
                    method, path = asked[stream]
                    self._counting.arrived.append(
                        Arrived(method, path, now(), number, bodies.get(stream, b""))
                    )
                    if path.startswith("/save/drop"):
                        for _ in range(8):  # the connection is alive and well, and then gone
                            connection.ping(b"12345678")
                        writer.write(connection.data_to_send())
                        await writer.drain()
                        return
                    page = SAVED if method == "POST" else self._counting.pages.get(path, "<h1>None</h1>")
                    connection.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
                    connection.send_data(stream, page.encode(), end_stream=True)
            writer.write(connection.data_to_send())
            await writer.drain()


@contextmanager
def counting(secured: ssl.SSLContext | None = None) -> Iterator[Counting]:
    """A counting server on a free port for as long as the block lasts."""
    found = Counting()
    started = threading.Event()

    async def run() -> None:
        serving: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            serving.add(task)
            try:
                await _Server(found).serve(reader, writer)
            finally:
                writer.transport.abort()
                serving.discard(task)

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=secured, limit=2**20)
        found.base = f"{'https' if secured else 'http'}://localhost:{server.sockets[0].getsockname()[1]}"
        started.set()
        await stopping.wait()
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    started.wait(10)
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join()
        loop.close()


@dataclass(frozen=True)
class Secured:
    """What TLS needs: the server's context, and a client certificate in files."""

    server: Callable[..., ssl.SSLContext]
    authority: Path
    certificate: Path
    key: Path


def secured(folder: Path) -> Secured:
    """An authority of its own for `localhost`, with files in a folder."""
    authority = trustme.CA()
    for_server, for_client = authority.issue_cert("localhost"), authority.issue_cert("robot@example.com")
    paths = [folder / name for name in ("authority.pem", "certificate.pem", "key.pem")]
    authority.cert_pem.write_to_path(paths[0])
    for_client.cert_chain_pems[0].write_to_path(paths[1])
    for_client.private_key_pem.write_to_path(paths[2])

    def server(*, http2: bool = False, client: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for_server.configure_cert(context)
        context.set_alpn_protocols(["h2"] if http2 else ["http/1.1"])
        if client:
            context.verify_mode = ssl.CERT_REQUIRED
            authority.configure_trust(context)
        return context

    return Secured(server, *paths)
