"""What one sender, or many, may use up of the API: bytes, time, connections; and files with a report."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from rpa.documents.files import is_note
from tests.api_world import Service, error_of, identified, sample, serving
from tests.system_world import until

MEGABYTE = 1024 * 1024
QUICK = "receive_seconds = 1\nbody_megabytes = 1\nbodies_megabytes = 2\nconnections = 6\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server with small limits that the settings do not lower further."""
    with serving(tmp_path_factory.mktemp("api")) as service:
        yield service


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Service]:
    """A server with limits that are reached at once."""
    with serving(tmp_path, QUICK) as service:
        yield service


def head(service: Service, *more: str, path: str = "/reports") -> bytes:
    """A request up to its body."""
    known = [f"{name}: {value}" for name, value in identified(service.client).items()]
    lines = [f"POST {path} HTTP/1.1", "host: x", "content-type: application/json", *known, *more, "", ""]
    return "\r\n".join(lines).encode()


def opened(service: Service) -> socket.socket:
    """A connection."""
    return socket.create_connection(("127.0.0.1", service.port), 20)


def until_closed(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    received = b""
    while piece := line.recv(65536):
        received += piece
    return received


# Size


def test_a_body_that_says_it_is_too_large_is_refused_unread(quick: Service) -> None:
    """413 comes before the body: a sender that waits to be asked for it sends nothing."""
    with opened(quick) as line:
        line.sendall(head(quick, "content-length: 2000000", "expect: 100-continue"))
        assert line.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 413"
    error = error_of(quick.post("/reports", b" " * 2_000_000))
    assert (error["status"], error["code"], error["meta"]["errorType"]) == ("413", "too_large", "business")
    assert "1 MB" in error["detail"]


def test_a_body_of_unknown_length_ends_at_the_limit(quick: Service) -> None:
    """However it is sent, no more than the limit is taken in."""
    endless = (b"x" * 100_000 for _ in range(1000))
    response = quick.request(
        "POST", "/reports", content=endless, headers={"content-type": "application/json"}
    )
    assert error_of(response)["code"] == "too_large"


def test_all_bodies_together_are_limited(quick: Service) -> None:
    """Where what is being received fills the room, a sender is told to come again, and is received once there is
    room."""
    with ExitStack() as stack:
        lines = [stack.enter_context(opened(quick)) for _ in range(3)]
        for line in lines:
            line.sendall(head(quick, f"content-length: {MEGABYTE}") + b" " * (MEGABYTE - 10))
        found = [line.recv(12) for line in lines]
        assert sorted(found) == [b"HTTP/1.1 408", b"HTTP/1.1 408", b"HTTP/1.1 503"]
    assert quick.post("/reports", sample()).status_code == 201


def test_a_large_report_is_received(tmp_path: Path) -> None:
    """A body of some megabytes is taken in as it is; what is in it is the reader's matter."""
    with serving(tmp_path) as service:
        content = sample() + b" " * (8 * MEGABYTE)
        response = service.post("/reports", content)
        assert (response.status_code, response.json()["data"]["attributes"]["state"]) == (201, "ready")


def test_a_head_that_is_too_large_is_refused(quick: Service) -> None:
    """Headers have a limit of their own."""
    with opened(quick) as line:
        line.sendall(head(quick, *(f"x-{number}: {'y' * 1000}" for number in range(100))))
        assert until_closed(line).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "sent",
    [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /health/live HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        b"POST /reports HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"POST /reports HTTP/1.1\r\nhost: x\r\nclient_id: a\nclient_secret: b\r\n\r\n",
        b"POST /reports HTTP/1.1\r\nhost: x\r\n client_id: folded\r\n\r\n",
        b"POST /reports HTTP/1.1\r\nhost: x\r\nclient_id: a\x00b\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(shared: Service, sent: bytes) -> None:
    """Garbage, TLS where there is none, two lengths, and headers with breaks in them: refused, and closed."""
    with opened(shared) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        response = until_closed(line)
        assert response == b"" or response.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401"))
    assert shared.request("GET", "/health/live").status_code == 200


def test_no_header_of_a_response_is_the_senders(shared: Service) -> None:
    """What a sender puts into address, headers or body comes back in no header."""
    odd = "/reports%0d%0aX-Injected:%20yes"
    for response in (
        shared.post(odd, b"{}"),
        shared.post("/reports", b'{"submissionId": "x\\r\\nX-Injected: yes"}'),
        shared.post("/reports", b"{}", **{"x-request-id": "mine"}),
    ):
        assert "x-injected" not in response.headers
        assert response.headers["x-request-id"] != "mine"


# Time


def test_a_slow_body_is_given_up(quick: Service) -> None:
    """Byte by byte, a body has the time that it has: then 408, a system error, and the connection ends."""
    with opened(quick) as line:
        line.sendall(head(quick, "content-length: 1000", "connection: close") + b"{")
        for _ in range(5):
            line.sendall(b" ")
        response = until_closed(line)
        assert response.startswith(b"HTTP/1.1 408")
        assert b'"too_slow"' in response
        assert b'"system"' in response


def test_a_slow_head_is_given_up(quick: Service) -> None:
    """Whoever connects and says nothing, or never ends the head of a request, is let go; on a connection that
    served a request before, too."""
    with ExitStack() as stack:
        silent, slow, second = (stack.enter_context(opened(quick)) for _ in range(3))
        slow.sendall(head(quick)[:-2])
        second.sendall(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        assert second.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"
        while not second.recv(65536).endswith(b"}"):
            pass
        second.sendall(b"GET /hea")
        assert until_closed(silent) == until_closed(slow) == until_closed(second) == b""


def test_what_goes_on_sending_after_its_answer_is_cut_off(quick: Service) -> None:
    """An answer that came early is not lost, and nobody can go on sending for ever."""
    with opened(quick) as line:
        line.sendall(b"POST /reports HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n")
        assert line.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 401"
        line.settimeout(0.05)

        def is_closed() -> bool:
            try:
                line.sendall(b" " * 1000)
                while line.recv(65536):
                    pass
            except TimeoutError:
                return False
            except OSError:
                return True
            return True

        assert until(is_closed, 20)


def test_connections_are_limited(quick: Service) -> None:
    """Beyond so many at once a request gets 503; those that were there are served, and later ones are."""
    with ExitStack() as stack:
        lines = [stack.enter_context(opened(quick)) for _ in range(6)]
        with opened(quick) as more:
            more.sendall(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
            assert more.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 503"
        lines[0].sendall(b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert until_closed(lines[0]).startswith(b"HTTP/1.1 200")


def test_a_slow_sender_keeps_no_other_waiting(shared: Service) -> None:
    """While many send slowly, another is received."""
    with ExitStack() as stack:
        for _ in range(30):
            line = stack.enter_context(opened(shared))
            line.sendall(head(shared, "content-length: 1000") + b"{")
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: shared.post("/reports", sample()).status_code, range(16)))
        assert found == [201] * 16


# Files


def test_files_come_with_a_report(shared: Service) -> None:
    """Each file of a form is kept with the report, byte for byte, under its own plain name."""
    files = [
        ("photo", ("../../photo one.png", b"\x89PNG\r\n\x1a\n\x00", "image/png")),
        ("report", ("report.json", sample("07-phone-snatch.json"), "application/json")),
        ("photo", ("photo one.png", b"another", "image/png")),
        ("other", ("a\x1b[2J.txt", b"", "text/plain")),
    ]
    response = shared.request("POST", "/reports", files=files)
    assert response.status_code == 201, response.text
    assert response.json()["meta"]["filesNotReceived"] == 0
    stored = shared.report(response.json()["data"]["id"])
    kept = shared.app.originals.find(stored.sha256, "api", "report-hub.json")
    assert kept.content == sample("07-phone-snatch.json")
    named = {each.name: each.content for each in kept.media}
    assert named["photo one.png"] == b"\x89PNG\r\n\x1a\n\x00"
    assert named["photo one (2).png"] == b"another"
    assert len(named) == 3
    assert all("\x1b" not in name and "/" not in name for name in named)


def test_a_file_over_a_limit_keeps_no_report_out(shared: Service) -> None:
    """The report is received; the response says how many files were not, and a note on the report says which."""
    files = [
        ("report", ("", sample("05-shop-theft.json"))),
        ("film", ("film.mp4", b"x" * (MEGABYTE + 1))),
    ]
    body = shared.request("POST", "/reports", files=files).json()
    assert body["meta"]["filesNotReceived"] == 1
    stored = shared.report(body["data"]["id"])
    (media,) = shared.app.originals.find(stored.sha256, "api", "report-hub.json").media
    assert is_note(media)
    assert "film.mp4" in media.content.decode()


def test_a_form_that_was_cut_off_is_refused(shared: Service) -> None:
    """Nothing of it is kept: its sender has all of it."""
    request = httpx.Request("POST", "http://x", files={"report": sample(), "photo": b"x" * 1000})
    content = request.read()[:-30]
    error = error_of(shared.post("/reports", content, request.headers["content-type"]))
    assert (error["status"], error["code"], error["meta"]["errorType"]) == (
        "400",
        "not_multipart",
        "business",
    )


def test_ten_thousand_parts_are_refused(shared: Service) -> None:
    """413, and the service goes on."""
    files = [("report", ("r", sample())), *((f"f{number}", (f"{number}", b"x")) for number in range(10_000))]
    assert error_of(shared.request("POST", "/reports", files=files))["code"] == "too_large"
    assert shared.post("/reports", sample()).status_code == 201
