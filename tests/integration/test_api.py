"""The Standard API: what is sent is on disk before it is acknowledged, once, whoever sends it how often."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestrator.actions import api_clients
from orchestrator.actions.permissions import INTAKE
from orchestrator.states import State
from rpa.documents.files import read_file
from tests.api_world import (
    JSON_API,
    KIM,
    Service,
    error_of,
    identified,
    incident,
    install,
    opened,
    process_of,
    sample,
    serving,
)
from tests.worlds import SAMPLES


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One server for tests that leave it as it is."""
    with serving(tmp_path_factory.mktemp("api")) as service:
        yield service


def test_a_report_is_received(shared: Service) -> None:
    """201 says our reference and how the report stands; it is in the store, sorted, with its bytes."""
    content = sample("05-shop-theft.json")
    response = shared.post("/reports", content)
    assert (response.status_code, response.headers["content-type"]) == (201, JSON_API)
    body = response.json()
    stored = shared.report(body["data"]["id"])
    assert body["data"] == {
        "type": "report",
        "id": stored.reference,
        "attributes": {"new": True, "state": "ready"},
    }
    assert body["meta"]["submissionId"] == stored.submission_id
    assert (stored.state, stored.form, stored.source) == (State.READY, "ocr", "api")
    assert shared.app.originals.read(stored.sha256) == content


def test_the_same_again_is_the_same_report(tmp_path: Path) -> None:
    """A sender that did not get our response sends again: it gets 201 again, as on anything else it would go on,
    with the same reference. There is one report, with two deliveries."""
    with serving(tmp_path) as service:
        first, second = (service.post("/reports", sample()).json() for _ in range(2))
        assert first["data"]["id"] == second["data"]["id"]
        assert (first["data"]["attributes"]["new"], second["data"]["attributes"]["new"]) == (True, False)
        assert service.deliveries(first["data"]["id"]) == [("api", "report-hub.json")] * 2
        assert len(list(service.app.store.reports())) == 1


def test_the_same_by_two_ways_is_one_report(tmp_path: Path) -> None:
    """What came by the API and lies in the watched folder too, in other bytes, is one report with two
    deliveries."""
    from orchestrator.actions import arrivals
    from orchestrator.reading import Reader
    from tests.worlds import all_forms

    with serving(tmp_path) as service:
        reference = service.post("/reports", sample("01-bicycle-theft.json")).json()["data"]["id"]
        again = read_file(SAMPLES / "16-bicycle-theft-again.json")
        arrivals.receive(service.app.store, service.app.originals, Reader(all_forms()), INTAKE, again)
        assert [source for source, _ in service.deliveries(reference)] == ["api", "folder"]
        assert len(list(service.app.store.reports())) == 1


def test_the_same_many_times_at_once_is_one_report(tmp_path: Path) -> None:
    """Twenty requests side by side with one submission: each gets 201 and the same reference, one of them as
    new."""
    with serving(tmp_path) as service, ThreadPoolExecutor(20) as pool:
        bodies = list(pool.map(lambda _: service.post("/reports", sample()).json()["data"], range(20)))
        assert len({body["id"] for body in bodies}) == 1
        assert sum(body["attributes"]["new"] for body in bodies) == 1
        assert len(service.deliveries(bodies[0]["id"])) == 20
        assert len(list(service.app.store.reports())) == 1


def test_the_trail_says_which_client(tmp_path: Path) -> None:
    """Each delivery is an entry with the client that sent it; being let in is none."""
    with serving(tmp_path) as service:
        reference = service.post("/reports", sample()).json()["data"]["id"]
        told = [
            (row["actor"], row["action"])
            for row in service.app.store.entries()
            if row["subject"] == reference
        ]
        assert told[0] == ("api:hub", "received")
        acts = [
            row["action"] for row in service.app.store.entries() if str(row["subject"]).startswith("client:")
        ]
        assert acts == ["added"]


@pytest.mark.parametrize("kind", [JSON_API, "application/json", "application/vnd.api+json; charset=utf-8"])
def test_an_incident_is_received(shared: Service, kind: str) -> None:
    """A submission in the Standard Data Model is on disk with every byte, under either type of body."""
    content = incident() + b" " * len(kind)
    response = shared.post("/incidents", content, kind)
    assert response.status_code == 201
    assert response.json()["meta"]["submissionId"] == "7d0c0a2e-3a5b-4c0f-9d7e-0000000000a1"
    stored = shared.report(response.json()["data"]["id"])
    assert stored.sha256 in {each.sha256 for each in shared.app.store.deliveries(stored.reference)}
    assert content in {
        shared.app.originals.read(each.sha256) for each in shared.app.store.deliveries(stored.reference)
    }


@pytest.mark.parametrize("name", ["15-invalid.json", "14-new-question.json"])
def test_what_a_person_must_look_at_is_received(shared: Service, name: str) -> None:
    """A report with impossible answers, or new questions, is a report: the sender has done its part."""
    response = shared.post("/reports", sample(name))
    assert response.status_code == 201
    assert shared.report(response.json()["data"]["id"]).answer_count


REFUSED = {
    "nothing": ("/reports", b"", "not_json"),
    "no JSON": ("/reports", b"surname=Example", "not_json"),
    "cut off": ("/reports", sample()[:-40], "not_json"),
    "no text": ("/reports", b'{"a": "\xff\xfe"}', "not_json"),
    "not a number": ("/reports", b'{"a": NaN}', "not_json"),
    "a list": ("/reports", b"[1, 2]", "not_a_report"),
    "a large thing that is no JSON": ("/reports", b"x" * 2_000_000, "not_json"),
    "an incident that is no JSON": ("/incidents", b"<incident/>", "not_json"),
    "an incident without data": ("/incidents", b"{}", "not_json_api"),
    "raw JSON as an incident": ("/incidents", sample(), "not_json_api"),
    "data that is a list": ("/incidents", b'{"data": [{"type": "incident"}]}', "not_json_api"),
    "data without a type": ("/incidents", b'{"data": {"id": "1"}}', "not_json_api"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_report_is_refused(shared: Service, case: str) -> None:
    """A business error says what is wrong, repeats nothing of the body, and nothing is kept."""
    path, content, code = REFUSED[case]
    before = sum(1 for _ in shared.app.originals.folder.rglob("*"))
    response = shared.post(path, content)
    error = error_of(response)
    assert (response.status_code, error["code"], error["meta"]["errorType"]) == (400, code, "business")
    assert "Example" not in response.text
    assert sum(1 for _ in shared.app.originals.folder.rglob("*")) == before


HOSTILE = {
    "nested": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a long number": b'{"a": ' + b"9" * 100_000 + b"}",
    "many keys": b"{" + b",".join(b'"k%d": 1' % number for number in range(60_000)) + b"}",
    "one key often": b"{" + b",".join(b'"k": %d' % number for number in range(60_000)) + b"}",
    "half a character": b'{"a": "\\ud800"}',
    "escapes": b'{"submissionId": "\\u001b[2J", "a": "\\u202e"}',
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_document_is_kept_for_a_person(shared: Service, case: str) -> None:
    """What is JSON and no report is taken in, whatever it does to whoever reads it, and is a person's."""
    response = shared.post("/reports", HOSTILE[case])
    assert response.status_code == 201, response.text
    assert shared.report(response.json()["data"]["id"]).state in (State.ATTENTION, State.HELD)
    assert response.json()["meta"]["submissionId"] is None


def test_other_types_and_encodings_are_refused(shared: Service) -> None:
    """415 says which types an address takes."""
    for kind, more in (("text/plain", {}), ("", {}), ("application/json", {"content-encoding": "gzip"})):
        error = error_of(shared.post("/reports", sample(), kind, **more))
        assert (error["status"], error["code"]) == ("415", "unsupported_type")
    error = error_of(shared.post("/incidents", sample(), "multipart/form-data; boundary=x"))
    assert (error["status"], error["source"]) == ("415", {"header": "Content-Type"})
    assert JSON_API in error["detail"]


def test_other_addresses_and_methods(shared: Service) -> None:
    """404 and 405 are errors of the same form; no address is redirected to what the sender says our name is."""
    assert error_of(shared.request("GET", "/nothing"))["code"] == "not_found"
    assert error_of(shared.post("/incidents/", incident(), Host="evil.example.com"))["code"] == "not_found"
    response = shared.request("GET", "/incidents")
    assert (error_of(response)["code"], response.headers["allow"]) == ("not_allowed", "POST")


def test_what_a_response_says_of_us(shared: Service) -> None:
    """No server's name; nothing is cached, embedded or guessed at; each has an id of its own."""
    responses = [shared.request("GET", path) for path in ("/health/live", "/nothing", "/openapi.json")]
    for response in responses:
        assert "server" not in response.headers
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in response.headers["content-security-policy"]
    assert len({response.headers["x-request-id"] for response in responses}) == 3


def test_persisted_before_201(tmp_path: Path) -> None:
    """The server is killed the moment its 201 arrives: bytes, report, delivery and entry are there."""
    path = install(tmp_path)
    with opened(path) as app:
        client = api_clients.add(app.store, KIM, "hub")
    with process_of(tmp_path) as (process, port):
        send_and_kill(port, identified(client), process)
    with opened(path) as app:
        (stored,) = app.store.reports()
        assert app.originals.read(stored.sha256) == sample()
        assert len(app.store.deliveries(stored.reference)) == 1
        assert list(app.store.altered()) == []


def send_and_kill(port: int, headers: Mapping[str, str], process: subprocess.Popen[str]) -> None:
    """Send a report by hand, and kill the server as soon as 201 arrives."""
    content = sample()
    lines = {**headers, "host": "x", "content-type": "application/json", "content-length": str(len(content))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"POST /reports HTTP/1.1\r\n{head}\r\n".encode() + content)
        received = line.recv(12, socket.MSG_WAITALL)
        process.kill()
        process.wait(20)
    assert received == b"HTTP/1.1 201"
