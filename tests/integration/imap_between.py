"""What stands between a mailbox and its server, and answers some commands itself, as a faulty server does."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread


@dataclass
class Between:
    """`answers`: what commands get that match, from after their tag on. Any of it may be changed meanwhile."""

    port: int = 0
    answers: dict[bytes, bytes] = field(default_factory=dict)
    asked: int = 0  # times that it answered

    def answer(self, command: bytes) -> bytes | None:
        """What it says to a command itself, `TAG` being that of the command; None where the server is asked."""
        tag, _, rest = command.partition(b" ")
        for pattern, said in tuple(self.answers.items()):
            if re.match(pattern, rest):
                self.asked += 1
                return said.replace(b"TAG", tag)
        return None


@contextmanager
def between(server: int, answers: dict[bytes, bytes]) -> Iterator[Between]:
    """It listens for as long as the block lasts, and passes on all else to the port of a server."""
    found = Between(answers=answers)

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", server)) as other, suppress(OSError):
                Thread(target=_pass_on, args=(other, self.request), daemon=True).start()
                while command := self.request.recv(65_536):
                    said = found.answer(command)
                    (other if said is None else self.request).sendall(said or command)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        found.port = listening.server_address[1]
        thread = Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield found
        finally:
            listening.shutdown()
            thread.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65_536):
            target.sendall(content)
        target.shutdown(socket.SHUT_RDWR)
