"""What tests of the API share: an installation, its server, and clients of it.

`python -m tests.api_world FOLDER` serves the installation in a folder in a process of its own, with a reader in
processes of its own, until it is told to stop; its log says the port once it listens.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from orchestrator.actions import api_clients, switching
from orchestrator.actions.api_clients import NewClient
from orchestrator.actions.permissions import Actor, Role
from orchestrator.app import App, open_app, upgrade_database
from orchestrator.monitoring import logs
from orchestrator.reading import Reader, isolated
from orchestrator.settings import load_settings
from orchestrator.store import Stored
from orchestrator.web import server
from tests.system_world import until
from tests.worlds import ROOT, SAMPLES, all_forms

KIM = Actor("user:kim", Role.ADMINISTRATOR)
SAMPLE = "08-bank-card.json"
JSON_API = "application/vnd.api+json"
_SETTINGS = """
data_dir = "var"
[database]
url = "{database}"
[targets.chs]
profile = "chs"
url = "http://127.0.0.1:8010"
[forms.ocr]
target = "chs"
[operations]
database_busy_seconds = {busy}
media_files = 3
media_megabytes = 1
media_total_megabytes = 2
file_megabytes = 12
[api]
enabled = true
port = 0
{api}
"""


@dataclass
class Service:
    """A running server, its installation, and a client of it."""

    app: App
    base: str
    client: NewClient
    trusted: ssl.SSLContext | bool = True
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = identified(self.client)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.base.rpartition(":")[2])

    def post(
        self, path: str, content: bytes, kind: str = "application/json", **headers: str
    ) -> httpx.Response:
        """Send a body as the client."""
        return self.request("POST", path, content=content, headers={"content-type": kind, **headers})

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> httpx.Response:
        """Send anything as the client."""
        with httpx.Client(verify=self.trusted, timeout=30) as client:
            return client.request(
                method, f"{self.base}{path}", headers={**self.headers, **(headers or {})}, **rest
            )

    def report(self, reference: str) -> Stored:
        """A report as the store has it."""
        found = self.app.store.report(reference)
        assert found is not None
        return found

    def deliveries(self, reference: str) -> list[tuple[str, str]]:
        """By which way, and under which name, a report came."""
        return [(each.source, each.name) for each in self.app.store.deliveries(reference)]


def identified(client: NewClient) -> dict[str, str]:
    """The headers of a client."""
    return {"client_id": client.client_id, "client_secret": client.client_secret}


def install(folder: Path, api: str = "", database: str = "sqlite:///var/rpa.db", busy: float = 5) -> Path:
    """An installation with every table, and forms on; its rpa.toml."""
    path = folder / "rpa.toml"
    path.write_text(_SETTINGS.format(api=api, database=database, busy=busy), encoding="utf-8")
    settings = load_settings(path)
    upgrade_database(settings)
    with opened(path) as app:
        switching.configure(app.store, settings.form_switches, settings.target_switches)
    return path


@contextmanager
def opened(path: Path) -> Iterator[App]:
    """The installation, its connections closed at the end."""
    app = open_app(load_settings(path))
    try:
        yield app
    finally:
        app.store._engine.dispose()


@contextmanager
def serving(
    folder: Path,
    api: str = "",
    *,
    reader: Reader | None = None,
    trusted: ssl.SSLContext | None = None,
    **given: Any,
) -> Iterator[Service]:
    """A server in a thread of this process, for as long as a block lasts; at the end it is told to stop."""
    with opened(install(folder, api, **given)) as app:
        client = api_clients.add(app.store, KIM, "hub")
        bound = server.bind(app.settings)
        listening: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        used = reader or Reader(all_forms())

        async def main() -> None:
            stopping = asyncio.Event()
            listening.set_result((asyncio.get_running_loop(), stopping))
            await server.serve(app, used, bound, stopping)

        thread = threading.Thread(target=asyncio.run, args=(main(),))
        thread.start()
        try:
            loop, stopping = listening.result(10)
            scheme = "https" if app.settings.api.certificate else "http"
            base = f"{scheme}://{'localhost' if trusted else '127.0.0.1'}:{bound.getsockname()[1]}"
            until(lambda: listens(bound.getsockname()[1]))
            yield Service(app, base, client, trusted if trusted is not None else True)
        finally:
            loop.call_soon_threadsafe(stopping.set)
            thread.join(60)
            assert not thread.is_alive()


@contextmanager
def process_of(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The server of an installation as a process of its own, and its port."""
    command = [sys.executable, "-m", "tests.api_world", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            said = map(json.loads, process.stderr)
            yield process, next(line["port"] for line in said if line["event"] == "the API is served")
        finally:
            process.kill()


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def sample(name: str = SAMPLE) -> bytes:
    """The bytes of a sample."""
    return (SAMPLES / name).read_bytes()


def incident(submission_id: str = "7d0c0a2e-3a5b-4c0f-9d7e-0000000000a1") -> bytes:
    """A small submission in the Standard Data Model."""
    submission = {"id": "s1", "type": "submission", "attributes": {"submissionId": submission_id}}
    related = {"submission": {"data": [{"id": "s1", "type": "submission"}]}}
    data = {"id": "i1", "type": "incident", "attributes": {}, "relationships": related}
    return json.dumps({"data": data, "included": [submission]}).encode()


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The one error of a response, which has the form of the API's errors."""
    assert response.headers["content-type"] == JSON_API
    (error,) = response.json()["errors"]
    assert error.keys() - {"source"} == {"id", "status", "code", "title", "detail", "links", "meta"}
    assert error["status"] == str(response.status_code)
    assert error["id"] == response.headers["x-request-id"]
    assert error["title"].startswith(f"{error['meta']['errorType'].capitalize()} error: ")
    assert (error["meta"]["errorType"] == "system") == ("retry-after" in response.headers)
    found: dict[str, Any] = error
    return found


def _main(folder: Path) -> None:
    logs.configure(json=True)
    settings = load_settings(folder / "rpa.toml")
    with isolated(all_forms(), settings) as reader, opened(folder / "rpa.toml") as app:
        bound = server.bind(settings)

        async def main() -> None:
            stopping = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
            await server.serve(app, reader, bound, stopping)

        asyncio.run(main())


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
