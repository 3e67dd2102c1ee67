"""The practice CHS as a running server."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import uvicorn

from .app import build_app
from .connection import CuttableProtocol


class AnnouncingServer(uvicorn.Server):
    """Says where it listens once it does, for the process that started it."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; then print the one line `practice CHS ready on http://HOST:PORT`."""
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            print(f"practice CHS ready on http://{shown}:{port}", flush=True)


def make_server(data: Path) -> uvicorn.Server:
    """A server of the application, not yet listening; it keeps its ledger in `data`."""
    config = uvicorn.Config(
        build_app(data),
        http=CuttableProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    return AnnouncingServer(config)


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        OSError: the port is taken or the host is not ours.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP outright: only then does asyncio turn off Nagle's algorithm, which else adds 40 ms to a page.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


def serve(port: int, data: Path, *, host: str = "127.0.0.1") -> None:
    """Run until told to stop (SIGINT, SIGTERM).

    Args:
        port: where to listen; 0 takes a free one.
        data: the directory of the ledger, made if it is not there.
        host: the address to listen on; /practice/* serves loopback clients only, whatever it is.

    Raises:
        OSError: the port is taken, or the directory cannot be made.

    """
    # uvicorn stops in good order on SIGINT and then raises the interrupt that asked for it.
    with listen(port, host) as listening, contextlib.suppress(KeyboardInterrupt):
        make_server(data).run(sockets=[listening])
