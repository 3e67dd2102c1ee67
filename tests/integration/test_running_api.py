"""`rpa run` serves the API beside everything else."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import httpx
import pytest
import trustme

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import System, make_short_system, until
from tests.worlds import SAMPLES

NAME = "08-bank-card.json"


def with_api(folder: Path, practice: RunningChs, port: int) -> System:
    """An installation that serves the API."""
    system = make_short_system(folder, practice)
    system.set("enabled = false                      # true: `rpa run` listens", "enabled = true")
    system.set("port = 8020", f"port = {port}")
    return system


@pytest.fixture
def port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
        return found


def test_a_report_by_the_api_is_keyed(tmp_path: Path, practice: RunningChs, port: int) -> None:
    """A client that was added while the system runs sends a report, by the API and then by the folder: it is one
    report with two deliveries, and one record. A client that is revoked meanwhile sends no more."""
    system = with_api(tmp_path, practice, port)
    base = f"http://127.0.0.1:{port}"
    with system.started("run"):
        until(lambda: is_ready(base), why=system.log)
        (client,) = system.rpa_json("api-clients", "add", "hub")
        headers = {**client, "content-type": "application/json"}
        response = httpx.post(f"{base}/reports", content=(SAMPLES / NAME).read_bytes(), headers=headers)
        assert response.status_code == 201, response.text
        reference = response.json()["data"]["id"]
        system.rpa("api-clients", "revoke", "hub")
        assert httpx.post(f"{base}/reports", content=b"{}", headers=headers).status_code == 401
        system.deliver(NAME)
        system.until_state(reference, "review")
        until(lambda: len(system.app.store.deliveries(reference)) == 2)
    assert system.records() == {reference: 1}
    assert [each.source for each in system.app.store.deliveries(reference)] == ["api", "folder"]
    told = (system.folder / "log.jsonl").read_text(encoding="utf-8")
    assert client["client_secret"] not in told
    assert {"event": "the API is served", "port": port}.items() <= served(told).items()
    system.assert_proved()


def served(told: str) -> dict[str, object]:
    """The line of a log that says where the API is served."""
    lines = map(json.loads, told.splitlines())
    found: dict[str, object] = next(line for line in lines if line["event"] == "the API is served")
    return found


def is_ready(base: str) -> bool:
    """Whether a report would be received."""
    try:
        return httpx.get(f"{base}/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_a_port_that_is_taken(tmp_path: Path, practice: RunningChs) -> None:
    """`rpa run` ends with 2, and names the setting and what to do. Nothing else has begun."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        system = with_api(tmp_path, practice, other.getsockname()[1])
        with system.started("run") as process:
            assert process.wait(60) == 2
    said = system.log()
    assert f"{system.config}:" in said
    assert "api.port: the API cannot listen at 127.0.0.1 port" in said
    assert "End what listens there, or choose another port" in said
    assert '"running"' not in said


def test_without_the_api_no_port_is_opened(tmp_path: Path, practice: RunningChs, port: int) -> None:
    """As `rpa init` leaves it the API is off: nobody has a client yet."""
    system = with_api(tmp_path, practice, port)
    system.set("enabled = true\nhost", "enabled = false\nhost")
    with system.started("run"):
        until(lambda: '"running"' in system.log())
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/health/live")


def test_wrong_certificates_are_found_by_check(tmp_path: Path, practice: RunningChs, port: int) -> None:
    """`rpa check` names the file, the line and the setting of a certificate that is not there, a key of another
    and an authority that is none; `rpa run` does not start with them."""
    system = with_api(tmp_path, practice, port)
    authority = trustme.CA()
    one, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    one.cert_chain_pems[0].write_to_path(str(tmp_path / "api.pem"))
    other.private_key_pem.write_to_path(str(tmp_path / "api.key"))
    (tmp_path / "clients.pem").write_text("nothing", encoding="utf-8")
    named = ('certificate = "api.pem"', 'key = "api.key"', 'client_ca = "clients.pem"')
    system.set("enabled = true\n", "enabled = true\n" + "\n".join(named) + "\n")
    faults = {each["place"]: each["message"] for each in system.rpa_json("check", code=2)}
    assert "do not belong together" in faults["api.certificate"]
    assert "no certificate in PEM" in faults["api.client_ca"]
    with system.started("run") as process:
        assert process.wait(60) == 2
    one.private_key_pem.write_to_path(str(tmp_path / "api.key"))
    authority.cert_pem.write_to_path(str(tmp_path / "clients.pem"))
    assert system.rpa_json("check") == []
    for file, place in (("api.key", "api.key"), ("clients.pem", "api.client_ca")):
        (tmp_path / file).rename(tmp_path / "away")
        (fault,) = system.rpa_json("check", code=2)
        assert (fault["place"], "there is no file" in fault["message"]) == (place, True)
        (tmp_path / "away").rename(tmp_path / file)
