"""The gate by itself: what passes, what waits, and what never leaves (P2)."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
import pytest_asyncio

from rpa.browser import clock
from rpa.browser.gate import MOST_LINKS, REFUSED_SECONDS, Gate
from tests.system_world import until

LITTLE = 64 * 1024  # bytes that a far side takes without reading


@pytest.fixture
def far() -> Iterator[socket.socket]:
    """The far side: it listens, and takes little before it is read from."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(5)
        yield listening


@pytest_asyncio.fixture
async def gate() -> AsyncIterator[Gate]:
    """An open gate."""
    gate = Gate()
    yield gate
    await gate.close()


async def through(gate: Gate, far: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask the gate for a connection to the far side."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gate.address.rsplit(":", 1)[1]))
    writer.write(b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01" + struct.pack("!H", far.getsockname()[1]))
    return reader, writer


async def test_what_is_sent_passes(gate: Gate, far: socket.socket) -> None:
    """An open gate carries bytes both ways, and counts those that leave."""
    reader, writer = await through(gate, far)
    assert await reader.readexactly(12) == b"\x05\x00\x05\x00\x00\x01" + bytes(6)
    near, _ = await asyncio.to_thread(far.accept)
    writer.write(b"there")
    assert await asyncio.to_thread(near.recv, 5) == b"there"
    near.sendall(b"back")
    assert await reader.readexactly(4) == b"back"
    assert gate.forwarded == 5
    near.close()
    writer.close()


async def test_what_waits_is_let_go(gate: Gate, far: socket.socket) -> None:
    """A held gate has closed what was open, lets nothing out, and lets go what waits once it is opened."""
    reader, writer = await through(gate, far)
    await reader.readexactly(12)
    await gate.hold()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await reader.readexactly(1)
    writer.close()
    reader, writer = await through(gate, far)
    assert await reader.readexactly(2) == b"\x05\x00"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(1), 0.1)
    gate.open(clock.now() + 5)
    assert (await reader.readexactly(10))[1] == 0
    writer.close()


async def test_a_connection_that_is_cut_before_it_begins(gate: Gate) -> None:
    """A connection that was taken just before the gate closes all of them is reset: nobody waits for it."""
    with socket.create_connection(("127.0.0.1", int(gate.address.rsplit(":", 1)[1]))) as client:
        gate._accept()
        await gate.hold()
        client.settimeout(5)
        with pytest.raises(ConnectionResetError):
            client.recv(1)


async def test_a_connection_that_is_cut_as_it_is_told(gate: Gate, far: socket.socket) -> None:
    """A connection to the far side that is cut while the browser is told of it is closed, not left to be found."""
    near, ours = socket.socketpair()
    ours.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            ours.send(bytes(LITTLE))  # the browser takes nothing: what it is told has to wait
    link = asyncio.create_task(gate._connected(ours, *far.getsockname()))
    given, _ = await asyncio.to_thread(far.accept)
    given.settimeout(5)
    link.cancel()
    with pytest.raises(asyncio.CancelledError):
        await link
    with suppress(ConnectionResetError):
        assert await asyncio.to_thread(given.recv, 1) == b""
    for each in (near, ours, given):
        each.close()


@pytest.mark.parametrize("how", ["shut", "too late"])
async def test_what_never_leaves(how: str, gate: Gate, far: socket.socket) -> None:
    """Once it is shut, or the time is up, nothing more leaves by any connection, and opening it does not help."""
    reader, writer = await through(gate, far)
    await reader.readexactly(12)
    near, _ = await asyncio.to_thread(far.accept)
    if how == "shut":
        gate.shut()
        gate.open()
    else:
        gate.open(clock.now())
    writer.write(b"late")
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await reader.readexactly(1)
    near.settimeout(5)
    with pytest.raises(ConnectionResetError):
        await asyncio.to_thread(near.recv, 5)
    assert gate.forwarded == 0
    near.close()
    writer.close()


async def test_what_the_system_holds_is_not_delivered_late(gate: Gate, far: socket.socket) -> None:
    """What the system has taken from us and the far side has not, it drops when the time is up, even while this
    process stands still."""
    await gate.hold()
    reader, writer = await through(gate, far)
    gate.open(clock.now() + 0.5)
    await reader.readexactly(12)
    near, _ = await asyncio.to_thread(far.accept)
    writer.write(bytes(8 * 1024 * 1024))
    await asyncio.to_thread(until, lambda: gate.forwarded >= 2 * LITTLE)
    time.sleep(1.5)  # noqa: ASYNC251 - this process stands still
    near.settimeout(5)
    taken = 0
    try:
        while piece := near.recv(1024 * 1024):
            taken += len(piece)
    except ConnectionError:
        pass
    assert taken < gate.forwarded
    near.close()
    writer.close()


async def test_connections_are_bounded(gate: Gate, far: socket.socket) -> None:
    """More connections than a page can want are turned away, and the rest goes on."""
    await gate.hold()
    opened = [await through(gate, far) for _ in range(MOST_LINKS)]
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await _one_more(gate, far)
    assert not [reader for reader, _ in opened if await _ended(reader)]
    for _, writer in opened:
        writer.close()


async def test_a_system_that_has_no_more_connections(gate: Gate, far: socket.socket) -> None:
    """Connections that come while no file descriptor is left are taken once there is one again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    client = socket.create_connection(("127.0.0.1", int(gate.address.rsplit(":", 1)[1])))
    client.close()
    client = socket.socket()
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno() + 50, hard))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(client.fileno()))
        client.connect(("127.0.0.1", int(gate.address.rsplit(":", 1)[1])))
        await asyncio.sleep(3 * REFUSED_SECONDS)  # it is refused meanwhile
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    client.settimeout(5)
    client.sendall(b"\x05\x01\x00")
    assert await asyncio.to_thread(client.recv, 2) == b"\x05\x00"
    client.close()


async def _one_more(gate: Gate, far: socket.socket) -> None:
    reader, _ = await through(gate, far)
    await reader.readexactly(3)


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 5) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "given",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50",
        b"\x04",
        b"\x05\x01\x00\x05\x01\x00\x03\x0bx\r\nEvil: yes\x00\x50",
        b"\x05\x01\x00\x05\x01\x00\x03\x02\xff\xfe\x00\x50",
    ],
    ids=["another protocol", "another command", "another version", "more than a name", "no name"],
)
async def test_what_is_no_request(given: bytes, gate: Gate) -> None:
    """Whoever speaks something else, or asks for more than a connection, is hung up on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gate.address.rsplit(":", 1)[1]))
    writer.write(given)
    writer.write_eof()
    answer = b""
    with suppress(ConnectionError):
        while piece := await asyncio.wait_for(reader.read(64), 5):
            answer += piece
    assert len(answer) <= 12
    writer.close()
