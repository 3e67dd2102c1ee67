"""A server of files by HTTPS that does everything a server can do wrong."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme

_RESPONSES = {
    "/photo.png": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nphoto",
    "/chunked.txt": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "/absent.png": b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
    "/packed.png": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nphoto",
    "/cut.png": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nphoto",
    "/unconfirmed.bin": b"HTTP/1.1 200 OK\r\n\r\nthe first half of",
    "/whole.bin": b"HTTP/1.1 200 OK\r\n\r\nall of it",
    "/nothing.png": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "/said-large.bin": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nphoto",
    "/large.bin": b"HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n" + bytes(4 * 2**20),
    "/noise.bin": b"\x00\x01\x02 noise\r\n\r\n",
}


@dataclass
class FileServer:
    """A running server. `asked`: the first line and the headers of each request."""

    port: int
    authority: Path
    asked: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "localhost") -> str:
        """The address of a file on it."""
        return f"https://{host}:{self.port}{path}"


@contextmanager
def file_server(folder: Path, *, certified: str = "localhost") -> Iterator[FileServer]:
    """A server on a free port of this machine, with a certificate for a name, for as long as a block lasts."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(certified).configure_cert(context)
    trusted = folder / f"authority-{certified}.pem"
    authority.cert_pem.write_to_path(str(trusted))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = FileServer(listening.getsockname()[1], trusted)
        threading.Thread(target=_serve, args=(listening, context, server), daemon=True).start()
        try:
            yield server
        finally:
            server.ended.set()
            listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, context: ssl.SSLContext, server: FileServer) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_respond, args=(connection, context, server), daemon=True).start()


def _respond(raw: socket.socket, context: ssl.SSLContext, server: FileServer) -> None:
    with suppress(OSError), context.wrap_socket(raw, server_side=True) as connection:
        request = b""
        while b"\r\n\r\n" not in request:
            if not (received := connection.recv(4096)):
                return
            request += received
        server.asked.append(request.decode())
        path = request.split()[1].decode().partition("?")[0]
        for piece in _pieces(path, server):
            connection.sendall(piece)
        if path != "/unconfirmed.bin":
            with suppress(OSError):
                connection.unwrap()


def _pieces(path: str, server: FileServer) -> Iterator[bytes]:
    if path.startswith("/to/"):
        yield f"HTTP/1.1 302 Found\r\nLocation: {path[4:]}\r\nContent-Length: 0\r\n\r\n".encode()
    elif path == "/again":
        yield b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    elif path == "/silent.png":
        server.ended.wait()
    elif path == "/dripping.png":  # a byte now and then, so that no timeout of a single read is ever over
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
        while not server.ended.wait(0.05):
            yield b"x"
    elif path == "/dripping-headers.png":
        yield b"HTTP/1.1 200 OK\r\nX-Header: "
        while not server.ended.wait(0.05):
            yield b"x"
    elif path == "/endless.bin":
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while not server.ended.is_set():
            yield b"x" * 65_536
    else:
        yield _RESPONSES.get(path, _RESPONSES["/absent.png"])
