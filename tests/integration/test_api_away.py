"""What the API says when it cannot receive: a system error, to be sent again, and nothing lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil

from orchestrator.actions import api_clients
from orchestrator.intake.recovery import recover
from orchestrator.reading import Reader
from tests.api_world import KIM, Service, error_of, install, opened, process_of, sample, serving
from tests.integration.postgres import database, postgres, standing_still
from tests.system_world import until
from tests.worlds import all_forms


def ready(service: Service) -> tuple[int, dict[str, str]]:
    """What is said of the service's readiness."""
    response = service.request("GET", "/health/ready")
    checks: dict[str, str] = response.json()["checks"]
    return response.status_code, checks


def test_health(tmp_path: Path) -> None:
    """Live and ready, to anybody who asks, with no detail; HEAD works too."""
    with serving(tmp_path) as service:
        service.headers = {}
        live = service.request("GET", "/health/live")
        assert (live.status_code, live.json()) == (200, {"status": "live"})
        assert ready(service) == (200, {"database": "ok", "disk": "ok", "reader": "ok"})
        assert service.request("HEAD", "/health/ready").status_code == 200


def test_a_database_that_is_away(tmp_path: Path) -> None:
    """While the server of the database stands still a report gets 503 and when to come again, as does whoever
    wants to know whether we are ready. Sent again later, it is one report."""
    with postgres() as url, database(url, "api") as here, serving(tmp_path, database=here, busy=1) as service:
        assert service.post("/reports", b"{}").status_code == 201
        with standing_still(url):
            response = service.post("/reports", sample())
            error = error_of(response)
            assert (response.status_code, error["code"]) == (503, "database_away")
            assert int(response.headers["retry-after"]) > 0
            status, checks = ready(service)
            assert (status, checks["database"], checks["disk"]) == (503, "failed", "ok")
        reference = until(lambda: received(service))
        assert len(service.deliveries(reference)) == 1


def received(service: Service) -> str:
    """The reference of the sample, once it is received."""
    response = service.post("/reports", sample())
    return str(response.json()["data"]["id"]) if response.status_code == 201 else ""


def test_a_database_that_is_busy_loses_nothing(tmp_path: Path) -> None:
    """A writer that does not end: the sender is told who it is and to come again; the original is on disk, and the
    next start receives it if nobody sends it again."""
    with serving(tmp_path, busy=0.3) as service:
        with service.app.store.writing():
            response = service.post("/reports", sample())
        error = error_of(response)
        assert (response.status_code, error["code"]) == (503, "database_away")
        assert error["meta"]["submissionId"] is not None
        assert list(service.app.store.reports()) == []
        (receipt,) = recover(Reader(all_forms()), service.app.store, service.app.originals)
        assert service.post("/reports", sample()).json()["data"]["id"] == receipt.reference


@contextmanager
def in_a_process(folder: Path) -> Iterator[tuple[Service, psutil.Process]]:
    """A server in a process of its own, with readers in processes of their own."""
    path = install(folder)
    with opened(path) as app:
        client = api_clients.add(app.store, KIM, "hub")
        with process_of(folder) as (process, port):
            yield Service(app, f"http://127.0.0.1:{port}", client), psutil.Process(process.pid)


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    """A report gets 503 and is not acknowledged; when there is room again it is received, and the service is
    ready."""
    with in_a_process(tmp_path) as (service, process):
        _, most = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (0, most))
        error = error_of(service.post("/reports", sample()))
        assert (error["status"], error["code"], error["meta"]["errorType"]) == (
            "503",
            "disk_refuses",
            "system",
        )
        status, checks = ready(service)
        assert (status, checks["disk"]) == (503, "failed")
        assert list(service.app.store.reports()) == []
        process.rlimit(psutil.RLIMIT_FSIZE, (most, most))
        assert service.post("/reports", sample()).status_code == 201
        until(lambda: ready(service)[0] == 200)


def test_a_disk_with_too_little_room(tmp_path: Path) -> None:
    """With less room than the settings ask for, the service is not ready; what comes all the same is received."""
    with serving(tmp_path, "least_free_megabytes = 1048576") as service:
        assert ready(service) == (503, {"database": "ok", "disk": "failed", "reader": "ok"})
        assert service.post("/reports", sample()).status_code == 201


def test_a_reader_that_has_ended(tmp_path: Path) -> None:
    """Where what starts the readers was killed, a report gets 503; its original is on disk for the next start."""
    with in_a_process(tmp_path) as (service, process):
        (host,) = process.children()
        assert ready(service)[0] == 200
        host.kill()
        until(lambda: host.status() == psutil.STATUS_ZOMBIE)
        error = error_of(service.post("/reports", sample()))
        assert (error["status"], error["code"]) == ("503", "reader_away")
        until(lambda: ready(service)[0] == 503)
        assert ready(service) == (503, {"database": "ok", "disk": "ok", "reader": "failed"})
        assert len(list(service.app.originals.pending())) == 1


def test_what_is_in_hand_is_finished(tmp_path: Path) -> None:
    """Told to stop while requests wait for the database, the server answers each, and then ends."""
    with in_a_process(tmp_path) as (service, process), ThreadPoolExecutor(4) as pool:
        with service.app.store.writing():
            sent = [pool.submit(service.post, "/reports", b'{"a": %d}' % number) for number in range(4)]
            until(lambda: len(list(service.app.originals.folder.glob("originals/pending/*.json"))) == 4)
            process.terminate()
            until(lambda: not _listens(service.port))
        assert [each.result().status_code for each in sent] == [201] * 4
        process.wait(20)
    assert len(list(service.app.store.reports())) == 4


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
