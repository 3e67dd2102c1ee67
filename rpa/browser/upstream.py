"""From the gate onward: directly to the target, or through the proxy that the network requires."""

from __future__ import annotations

import asyncio
import base64
import socket
import struct
from urllib.parse import SplitResult, unquote, urlsplit

CONNECT_SECONDS = 20.0
_MOST_ANSWER = 16 * 1024


async def connect(host: str, port: int, proxy: str | None) -> socket.socket:
    """A connection to `host`. Raises `OSError` when there can be none, and says why."""
    way = urlsplit(proxy) if proxy else None
    place = _place(host, port)
    if way is not None:
        through = (way.hostname or "", way.port or (1080 if _is_socks(way) else 3128))
        place = f"the proxy {_place(*through)}"
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await (_directly(host, port) if way is None else _by(way, through, host, port))
    except OSError as error:
        raise OSError(f"{place} {_why(error)}") from error


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _why(error: OSError) -> str:
    """Why something cannot be reached. Of errors that are not ours only the type is read."""
    kinds = {
        ConnectionRefusedError: "refuses the connection",
        ConnectionResetError: "breaks the connection",
        TimeoutError: "does not respond",
        socket.gaierror: "has a name that is not known here",
        ConnectionError: str(error),
    }
    return kinds.get(type(error), "cannot be reached")


async def _by(way: SplitResult, through: tuple[str, int], host: str, port: int) -> socket.socket:
    connection = await _directly(*through)
    try:
        await (_by_socks if _is_socks(way) else _by_http)(connection, way, host, port)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_socks(way: SplitResult) -> bool:
    return way.scheme.startswith("socks")


async def _directly(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    refused: OSError = ConnectionError("has a name without an address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await loop.sock_connect(connection, address)
        except OSError as error:
            refused = error
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise refused


async def _by_http(connection: socket.socket, way: SplitResult, host: str, port: int) -> None:
    """CONNECT, RFC 9110 section 9.3.6."""
    loop = asyncio.get_running_loop()
    place = _place(host, port)
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if way.username is not None:
        pair = f"{unquote(way.username)}:{unquote(way.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}")
    await loop.sock_sendall(connection, "\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        piece = await loop.sock_recv(connection, 1)  # not a byte further: what follows is the target's
        if not piece or len(answer) > _MOST_ANSWER:
            raise ConnectionError("gives no response")
        answer += piece
    if answer.split(b" ", 2)[1:2] != [b"200"]:
        raise ConnectionError(f"refuses a connection to {_place(host, port)}")


async def _by_socks(connection: socket.socket, way: SplitResult, host: str, port: int) -> None:
    """SOCKS5 with the name left to the proxy, RFC 1928; a user name and password by RFC 1929."""
    loop = asyncio.get_running_loop()
    named = way.username is not None
    await loop.sock_sendall(connection, b"\x05\x01\x02" if named else b"\x05\x01\x00")
    if (await exactly(connection, 2))[1] != (2 if named else 0):
        raise ConnectionError("requires another way of signing in")
    if named:
        name, password = unquote(way.username or "").encode(), unquote(way.password or "").encode()
        await loop.sock_sendall(
            connection, b"\x01" + bytes([len(name)]) + name + bytes([len(password)]) + password
        )
        if (await exactly(connection, 2))[1] != 0:
            raise ConnectionError("refuses the user name or password")
    wanted = host.encode("idna")
    await loop.sock_sendall(
        connection, b"\x05\x01\x00\x03" + bytes([len(wanted)]) + wanted + struct.pack("!H", port)
    )
    _, reply, _, kind = await exactly(connection, 4)
    if reply != 0:
        raise ConnectionError(f"refuses a connection to {_place(host, port)}")
    size = (await exactly(connection, 1))[0] if kind == 3 else 4 if kind == 1 else 16
    await exactly(connection, size + 2)


async def exactly(connection: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes. Raises `ConnectionError` when the connection ends before."""
    loop = asyncio.get_running_loop()
    found = b""
    while len(found) < size:
        piece = await loop.sock_recv(connection, size - len(found))
        if not piece:
            raise ConnectionError("hangs up")
        found += piece
    return found
