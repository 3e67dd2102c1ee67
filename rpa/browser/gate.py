"""The gate: the only way from a robot's browser context to the network. It decides what may leave (P2).

A SOCKS5 relay in the worker's own process, which the context uses as its proxy. It does not open TLS: it forwards
bytes, and decides only whether they may leave. What this process does not forward has not left the machine,
whatever happens to the page, the browser or this process. When the process stops, nothing is forwarded.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from contextlib import suppress

from rpa.browser.clock import now
from rpa.browser.upstream import CONNECT_SECONDS, connect, exactly

MOST_LINKS = 64  # connections of one browser context at a time; Chromium itself opens 32 through one proxy
REFUSED_SECONDS = 0.1  # until we ask a system again that has no more connections to give
_CHUNK = 64 * 1024
_OK, _FAILED, _REFUSED = b"\x00", b"\x01", b"\x02"  # SOCKS5 replies: RFC 1928, section 6
_NAME = re.compile(r"[A-Za-z0-9._:-]+")  # of a host; it becomes part of a line to the proxy
_ANY_ADDRESS = b"\x00\x01" + bytes(6)


class GateClosedError(ConnectionError):
    """What was to be sent may not leave."""


class Gate:
    """The way out of one browser context, on a free port of this machine. Open at first.

    `proxy`: the proxy that the network requires, `http://HOST:PORT` or `socks5://HOST:PORT`; None: connect
    directly. `only`: the hosts and ports that may be reached; None: all.
    """

    def __init__(self, proxy: str | None = None, only: frozenset[tuple[str, int]] | None = None) -> None:
        self._proxy, self._only = proxy, only
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listening.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listening, self._accept)
        self._closed = False
        self._passing = asyncio.Event()
        self._passing.set()
        self._until: float | None = None
        self._shut = False
        self._links: set[asyncio.Task[None]] = set()
        self.address = f"socks5://127.0.0.1:{self._listening.getsockname()[1]}"
        self.forwarded = 0  # bytes that have left
        self.failed = ""  # what could not be reached last, and why

    async def hold(self) -> None:
        """Close every connection; whatever is to be sent after that waits for `open`.

        Returns when the connections are gone, so that the next request needs a fresh one: a browser sends a
        request again by itself, a POST included, on a connection that it had before.
        """
        self._passing.clear()
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    def open(self, until: float | None = None) -> None:
        """Forward what is sent before `until` (on `clock.now`; None: no limit). Once shut, the gate stays shut."""
        self._until = until
        self._passing.set()

    def shut(self) -> None:
        """Forward nothing from now on. What is in the system's own buffers is discarded."""
        self._shut = True
        self._passing.set()
        for link in self._links:
            link.cancel()

    async def close(self) -> None:
        """Shut it and stop listening."""
        self.shut()
        self._closed = True
        self._loop.remove_reader(self._listening)
        await asyncio.gather(*self._links, return_exceptions=True)
        self._listening.close()

    async def _permission(self) -> None:
        """Return as soon as something may leave. Raises `GateClosedError` when nothing may, or no longer."""
        await self._passing.wait()
        if self._shut or (self._until is not None and now() >= self._until):
            raise GateClosedError

    def _accept(self) -> None:
        """Take the connection that waits. No task does: one that is cancelled can lose it, still open."""
        try:
            client, _ = self._listening.accept()
        except BlockingIOError:  # the browser has hung up meanwhile
            return
        except OSError:  # no file descriptor is left; other tabs give some back
            self._loop.remove_reader(self._listening)
            self._loop.call_later(REFUSED_SECONDS, self._accept_again)
            return
        client.setblocking(False)
        if self._shut or len(self._links) >= MOST_LINKS:
            _reset(client)
            return
        link = asyncio.create_task(self._forward(client))
        self._links.add(link)
        link.add_done_callback(self._links.discard)
        link.add_done_callback(lambda _: _reset(client))  # it may be cancelled before it begins

    def _accept_again(self) -> None:
        if not self._closed:
            self._loop.add_reader(self._listening, self._accept)

    async def _forward(self, client: socket.socket) -> None:
        """Forward one connection from its first byte to its last. When it is cut short, both its ends are
        reset."""
        upstream: socket.socket | None = None
        ended = False
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                host, port = await _requested(client)
            upstream = await self._connected(client, host, port)
            async with asyncio.TaskGroup() as group:
                down = group.create_task(_pump(upstream, client))
                up = group.create_task(self._pump_up(client, upstream))
                await asyncio.wait({down, up}, return_when=asyncio.FIRST_COMPLETED)
                ended = down.done() and not down.cancelled() and down.exception() is None
                down.cancel()
                up.cancel()
        except* (OSError, TimeoutError, ValueError):
            pass  # the browser sees a connection that ended, as it would without a gate
        finally:
            for end in (client, upstream):
                if end is not None:
                    end.close() if ended else _reset(end)

    async def _connected(self, client: socket.socket, host: str, port: int) -> socket.socket:
        """A connection to the requested host, once something may leave; reports the result to the browser."""
        loop = asyncio.get_running_loop()
        await self._permission()
        if self._only is not None and (host, port) not in self._only:
            await loop.sock_sendall(client, b"\x05" + _REFUSED + _ANY_ADDRESS)
            raise GateClosedError
        try:
            upstream = await connect(host, port, self._proxy)
        except OSError as error:
            self.failed = str(error)
            await loop.sock_sendall(client, b"\x05" + _FAILED + _ANY_ADDRESS)
            raise
        try:
            self._expire_with_us(upstream)
            await loop.sock_sendall(client, b"\x05" + _OK + _ANY_ADDRESS)
        except BaseException:
            _reset(upstream)
            raise
        return upstream

    def _expire_with_us(self, upstream: socket.socket) -> None:
        """Have the system drop what the target has not taken by `until`: it would go on sending without us."""
        if self._until is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            left = max(int((self._until - now()) * 1000), 1)
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, left)

    async def _pump_up(self, client: socket.socket, upstream: socket.socket) -> None:
        """Forward what the browser sends. Permission is checked for each piece, right before the system gets
        it."""
        loop = asyncio.get_running_loop()
        while piece := await loop.sock_recv(client, _CHUNK):
            rest = memoryview(piece)
            while rest:
                await self._permission()
                try:
                    sent = upstream.send(rest)
                except BlockingIOError:
                    await _until_writable(upstream)
                    continue
                self.forwarded += sent
                rest = rest[sent:]


async def _requested(client: socket.socket) -> tuple[str, int]:
    """The host and port that the browser requests: SOCKS5 greeting and request, RFC 1928. Raises `OSError`."""
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    loop = asyncio.get_running_loop()
    version, methods = await exactly(client, 2)
    await exactly(client, methods)
    if version != 5:
        raise ConnectionError("not SOCKS5")
    await loop.sock_sendall(client, b"\x05\x00")
    _, command, _, kind = await exactly(client, 4)
    if kind == 3:
        (length,) = await exactly(client, 1)
        host = (await exactly(client, length)).decode("ascii", "strict")
    else:
        family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
        host = socket.inet_ntop(family, await exactly(client, size))
    (port,) = struct.unpack("!H", await exactly(client, 2))
    if not _NAME.fullmatch(host):
        raise ConnectionError("not a valid host name")
    if command != 1:
        await loop.sock_sendall(client, b"\x05" + _REFUSED + _ANY_ADDRESS)
        raise ConnectionError("only connections are forwarded")
    return host, port


async def _pump(source: socket.socket, sink: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while piece := await loop.sock_recv(source, _CHUNK):
        await loop.sock_sendall(sink, piece)


async def _until_writable(end: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(end, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(end)


def _reset(end: socket.socket) -> None:
    """Reset a connection: nothing that waits in the system's buffers is sent."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
