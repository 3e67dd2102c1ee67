"""A proxy as a network may demand one: HTTP CONNECT and SOCKS5 on one port, with or without a password."""

from __future__ import annotations

import base64
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Proxy:
    """The running proxy: how many connections it carried, and under which `name:password`."""

    port: int
    refusing: bool
    carried: int = 0
    named: str = ""

    def serve(self, client: socket.socket) -> None:
        """One connection to its end."""
        with closing(client), suppress(OSError):
            first = client.recv(1, socket.MSG_PEEK)
            asked = self._socks(client) if first == b"\x05" else self._http(client)
            if self.refusing:
                client.sendall(
                    b"\x05\x02\x00\x01" + bytes(6) if first == b"\x05" else b"HTTP/1.1 403 No\r\n\r\n"
                )
                return
            with socket.create_connection(asked, 5) as upstream:
                client.sendall(
                    b"\x05\x00\x00\x01" + bytes(6) if first == b"\x05" else b"HTTP/1.1 200 Yes\r\n\r\n"
                )
                self.carried += 1
                back = threading.Thread(target=_pump, args=(upstream, client))
                back.start()
                _pump(client, upstream)
                back.join()

    def _http(self, client: socket.socket) -> tuple[str, int]:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        lines = head.decode().split("\r\n")
        for line in lines:
            if line.startswith("Proxy-Authorization: Basic "):
                self.named = base64.b64decode(line.split(" ")[-1]).decode()
        host, _, port = lines[0].split(" ")[1].rpartition(":")
        return host, int(port)

    def _socks(self, client: socket.socket) -> tuple[str, int]:
        _, number = client.recv(2)
        method = client.recv(number)[:1]
        client.sendall(b"\x05" + method)
        if method == b"\x02":
            name = client.recv(client.recv(2)[1])
            password = client.recv(client.recv(1)[0])
            self.named = f"{name.decode()}:{password.decode()}"
            client.sendall(b"\x01\x00")
        client.recv(4)
        host = client.recv(client.recv(1)[0]).decode()
        return host, struct.unpack("!H", client.recv(2))[0]


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(*, refusing: bool = False) -> Iterator[Proxy]:
    """A proxy on a free port for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = Proxy(listening.getsockname()[1], refusing)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=proxy.serve, args=(client,), daemon=True).start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        yield proxy
        listening.shutdown(socket.SHUT_RDWR)
    accepting.join()
