"""The server: it listens, serves the API in threads of its own, and ends in order."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import ceil

import structlog
import uvicorn

from orchestrator.app import App
from orchestrator.reading import Reader
from orchestrator.settings import Settings
from orchestrator.web.api.application import Api, application
from orchestrator.web.connection import BoundedConnection
from orchestrator.web.tls import server_context
from rpa.errors import DefinitionError

_log = structlog.get_logger(__name__)

MOST_OF_HEAD = 32 * 1024  # bytes of a request's line and headers
KEEP_ALIVE_SECONDS = 15
_BACKLOG = 256


def bind(settings: Settings) -> socket.socket:
    """The address of the API, ours from now on; nobody is let in before `serve`. Raises `DefinitionError` where
    it is taken, or is none of this machine's."""
    api = settings.api
    host = "127.0.0.1" if api.host == "localhost" else api.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP outright: only then does asyncio turn off Nagle's algorithm, which else adds 40 ms to a
    # response.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, api.port))
    except OSError as error:
        bound.close()
        said = f"the API cannot listen at {api.host} port {api.port}: {os.strerror(error.errno or 0)}"
        remedy = "End what listens there, or choose another port"
        raise DefinitionError(settings.fault(("api", "port"), said, remedy)) from error
    return bound


async def serve(app: App, reader: Reader, bound: socket.socket, stopping: asyncio.Event) -> None:
    """Serve the API until `stopping` is set; what is in hand then is finished and answered."""
    threads = ThreadPoolExecutor(app.settings.api.threads, "api")
    try:
        server = _Server(_config(app.settings, application(Api(app, reader, threads))))
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        server.should_exit = True
        await serving
    finally:
        await asyncio.to_thread(
            threads.shutdown
        )  # what was begun is stored, whether or not its sender is there


class _Server(uvicorn.Server):
    """A server among other things that one program does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and then say where."""
        await super().startup(sockets)
        for each in sockets or ():
            _log.info("the API is served", port=each.getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the program's, which says when to stop."""
        yield


def _config(settings: Settings, served: object) -> uvicorn.Config:
    api = settings.api
    context = server_context(api)
    connection = type("Connection", (BoundedConnection,), {"head_seconds": api.receive_seconds})
    return uvicorn.Config(
        served,  # type: ignore[arg-type]  # Starlette's own types are not uvicorn's
        http=connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(api.trusted_proxies),
        forwarded_allow_ips=list(api.trusted_proxies),
        limit_concurrency=api.connections + 1,  # uvicorn counts the one that it asks about
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=ceil(api.receive_seconds + settings.operations.database_busy_seconds),
        h11_max_incomplete_event_size=MOST_OF_HEAD,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )
