"""Files that a report names by their address: fetched from listed hosts within limits, or told missing."""

from __future__ import annotations

import socket
import sys
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.media_links import with_linked_files
from orchestrator.settings.channels import MediaLinkSettings
from rpa.documents.links import Link, file_name
from rpa.forms import understand
from rpa.report import Media, Submission
from rpa.unpacking import Unpacked
from tests.integration.file_server import FileServer, file_server
from tests.worlds import all_forms

SECRET = "?key=a-secret-of-the-address"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    """A server of files."""
    with file_server(tmp_path) as running:
        yield running


def settings(server: FileServer, **changes: Any) -> MediaLinkSettings:
    """Settings by which files come from that server."""
    given = {"private_hosts": (f"localhost:{server.port}",), "authority": server.authority, "seconds": 5}
    return MediaLinkSettings(**(given | changes))


def link(url: str) -> Link:
    """A link to an address."""
    return Link(file_name(url), url, "/included/0/attributes/mediaUpload")


def naming(links: Sequence[Link]) -> Unpacked:
    """A submission that names these files by their address."""
    document: dict[str, Any] = {}
    submission = Submission(b"{}", "folder", "report.json")
    return Unpacked(submission, understand(document, all_forms(), submission=submission), tuple(links))


def fetch(links: Sequence[Link], given: MediaLinkSettings) -> tuple[tuple[Media, ...], tuple[str, ...]]:
    """The files of one submission that arrived, and what is said of the others."""
    before = naming(links)
    (found,) = with_linked_files([before], given)
    told = found.report.problems[len(before.report.problems) :]
    return found.submission.media, tuple(each.message for each in told)


def missed(url: str, given: MediaLinkSettings) -> str:
    """What is said of a file that did not arrive."""
    files, missing = fetch([link(url)], given)
    assert files == ()
    assert len(missing) == 1
    return missing[0]


def test_files_arrive_by_https(server: FileServer) -> None:
    """Each file arrives under its own name, and is asked for without anything of ours but the address."""
    urls = [
        server.url(f"/photo.png{SECRET}"),
        server.url("/chunked.txt"),
        server.url("/whole.bin"),
        server.url("/to//photo.png"),
    ]
    files, missing = fetch([link(url) for url in urls], settings(server))
    assert [(each.name, each.content) for each in files] == [
        ("photo.png", b"photo"),
        ("chunked.txt", b"hello"),
        ("whole.bin", b"all of it"),
        ("photo 2.png", b"photo"),
    ]
    assert missing == ()
    assert any(asked.startswith(f"GET /photo.png{SECRET} HTTP/1.1") for asked in server.asked)


def test_by_default_nothing_is_fetched(server: FileServer) -> None:
    """Without a list no host is asked at all."""
    assert "not on the list" in missed(server.url("/photo.png"), MediaLinkSettings())
    assert server.asked == []


def test_a_listed_name_that_leads_inside_is_refused(server: FileServer) -> None:
    """A listed host with an address of this machine or a private network is asked only as a private host."""
    given = settings(server, hosts=(f"localhost:{server.port}",), private_hosts=())
    assert "inside a private network" in missed(server.url("/photo.png"), given)
    assert server.asked == []


INSIDE = ("10.0.0.1", "169.254.169.254", "0.0.0.1", "100.64.0.1", "192.0.2.1", "224.0.0.1")


@pytest.mark.parametrize("host", INSIDE)
def test_listed_addresses_inside_are_refused(host: str) -> None:
    """What is no address of the public internet is refused however it is written, before it is asked."""
    given = MediaLinkSettings(hosts=(host, "2130706433", "0x7f000001"))
    assert "inside a private network" in missed(f"https://{host}/photo.png", given)
    assert "inside a private network" in missed("https://2130706433/photo.png", given)
    assert "inside a private network" in missed("https://0x7f000001/photo.png", given)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/to/http://localhost/photo.png", "not https"),
        ("/to/https://127.0.0.1:{port}/photo.png", "not on the list"),
        ("/to/https://inside.example.com/photo.png", "not on the list"),
        ("/to/file:///etc/hostname", "not https"),
        ("/again", "from one address to the next"),
    ],
)
def test_a_redirect_is_bound_by_the_same_rules(server: FileServer, path: str, said: str) -> None:
    """A redirect leads nowhere that the address itself could not have led, and not round in circles."""
    assert said in missed(server.url(path.format(port=server.port)), settings(server))


def test_a_redirect_into_a_private_network_is_refused(server: FileServer) -> None:
    """A host on the list redirects to another on the list whose address is inside: that is not asked."""
    given = settings(server, hosts=(f"127.0.0.1:{server.port}",))
    url = server.url(f"/to/https://127.0.0.1:{server.port}/photo.png")
    assert "inside a private network" in missed(url, given)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/photo.png",
        "https://user:pass@localhost:{port}/photo.png",
        "https://localhost:{port}/photo.png\r\nX: y",
        "https://localhost:99999/photo.png",
        "https:///photo.png",
        "https://localhost.evil.example:{port}/photo.png",
        "https://localhost:{port}@evil.example/photo.png",
    ],
)
def test_other_addresses_are_refused(server: FileServer, url: str) -> None:
    """No plain HTTP, no password in it, no line of its own in a request, no host that only looks listed."""
    missed(url.format(port=server.port), settings(server))
    assert server.asked == []


def test_the_certificate_must_be_the_hosts(tmp_path: Path, server: FileServer) -> None:
    """A certificate for another name, or of an authority that nobody trusts, ends it before anything is asked."""
    with file_server(tmp_path, certified="other.example.com") as other:
        assert "certificate" in missed(other.url("/photo.png"), settings(other))
        untrusted = settings(server, authority=other.authority)
        assert "certificate" in missed(server.url("/photo.png"), untrusted)
        assert other.asked == server.asked == []


@pytest.mark.parametrize("path", ["/silent.png", "/dripping.png", "/dripping-headers.png"])
def test_a_slow_server_does_not_hold_up_the_report(server: FileServer, path: str) -> None:
    """However it is slow, what has not come when the time is over is missing, and the rest is there."""
    began = monotonic()
    files, missing = fetch(
        [link(server.url(path)), link(server.url("/photo.png"))], settings(server, seconds=1.5)
    )
    assert monotonic() - began < 4
    assert [each.name for each in files] == ["photo.png"]
    assert "it took too long" in missing[0]


def test_many_slow_files_take_no_longer_than_one(server: FileServer) -> None:
    """The time is for all files of a report together."""
    began = monotonic()
    files, missing = fetch(
        [link(server.url(f"/silent.png?{n}")) for n in range(20)], settings(server, seconds=1.5)
    )
    assert monotonic() - began < 4
    assert (len(files), len(missing)) == (0, 20)


def test_one_that_takes_no_connection_is_bounded() -> None:
    """A server that listens and never speaks is given up in time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        given = MediaLinkSettings(private_hosts=(f"localhost:{port}",), seconds=0.3)
        assert "it took too long" in missed(f"https://localhost:{port}/photo.png", given)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/endless.bin", "larger than 1 MB"),
        ("/said-large.bin", "larger than 1 MB"),
        ("/absent.png", "status 404"),
        ("/packed.png", "packed"),
        ("/cut.png", "before all of it had come"),
        ("/unconfirmed.bin", "the connection failed"),
        ("/nothing.png", "empty"),
        ("/noise.bin", "not HTTP"),
    ],
)
def test_what_is_no_whole_file_is_missing(server: FileServer, path: str, said: str) -> None:
    """A file that is endless, too large, packed, cut off or not there is told as missing, with the reason."""
    assert said in missed(server.url(path), settings(server, file_megabytes=1))


def test_an_authority_that_is_not_there_is_told(server: FileServer, tmp_path: Path) -> None:
    """Without the file of the authority nothing is fetched, and the report goes on."""
    assert "authority" in missed(
        server.url("/photo.png"), settings(server, authority=tmp_path / "absent.pem")
    )


def test_the_files_of_all_reports_of_an_arrival_share_its_time(server: FileServer) -> None:
    """An arrival with many reports whose files never come takes no longer than one report, and each is told."""
    reports = [naming([link(server.url(f"/silent.png?{number}"))]) for number in range(8)]
    began = monotonic()
    found = list(with_linked_files(reports, settings(server, seconds=1)))
    assert monotonic() - began < 3
    assert ["it took too long" in each.report.problems[-1].message for each in found] == [True] * 8


def test_when_the_time_of_an_arrival_is_over_no_server_is_asked(server: FileServer) -> None:
    """After a report whose files used up the time, those of the next are told missing, and not even the name of
    their host is looked up."""
    looked_up: list[object] = []
    watching = [True]  # a hook stays for as long as the process does

    def watch(event: str, given: tuple[object, ...]) -> None:
        if watching and event == "socket.getaddrinfo":
            looked_up.append(given[0])

    sys.addaudithook(watch)
    reports = [naming([link(url)]) for url in (server.url("/silent.png"), "https://late.example.com/a.png")]
    _, late = with_linked_files(reports, settings(server, hosts=("late.example.com",), seconds=1))
    for thread in threading.enumerate():
        if thread.name.endswith("(work)"):
            thread.join(5)
    watching.clear()
    assert "it took too long" in late.report.problems[-1].message
    assert "localhost" in looked_up
    assert "late.example.com" not in looked_up


def test_all_files_together_are_bounded(server: FileServer) -> None:
    """Files beyond the size of all of them are missing, whichever report of an arrival names them."""
    links = [link(server.url(f"/photo.png?{number}")) for number in range(3)]
    given = settings(server).model_copy(update={"total_megabytes": 11 / 2**20})
    files, missing = fetch(links, given)
    assert (len(files), len(missing)) == (2, 1)
    assert "too large together" in missing[0]
    found = list(with_linked_files([naming([each]) for each in links], given))
    assert [len(each.submission.media) for each in found] == [1, 1, 0]


def test_files_that_do_not_fit_are_not_held_in_memory(server: FileServer) -> None:
    """However many large files a report names, no more than the size of them all is read into memory."""
    links = [link(server.url(f"/large.bin?{number}")) for number in range(12)]
    given = settings(server, total_megabytes=10, seconds=30)
    fetch(links[:1], given)
    tracemalloc.start()
    try:
        files, missing = fetch(links, given)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(files) + len(missing) == 12
    assert 1 <= len(files) <= 2
    assert peak < 30 * 2**20


def test_what_does_not_arrive_leaves_its_room_to_others(server: FileServer) -> None:
    """A file that is cut off gives back what it had taken of the size of all files."""
    links = [link(server.url(path)) for path in ("/cut.png", "/photo.png")]
    given = settings(server).model_copy(update={"total_megabytes": 5 / 2**20})
    found = list(with_linked_files([naming([each]) for each in links], given))
    assert [len(each.submission.media) for each in found] == [0, 1]


def test_no_address_is_ever_told(server: FileServer) -> None:
    """Neither the log nor what the operator reads has an address or its query; the log has only a listed host."""
    with capture_logs() as logs:
        said = missed(server.url(f"/absent.png{SECRET}"), settings(server))
        other = missed(f"https://who-was-it.example.com/absent.png{SECRET}", settings(server))
    assert [entry["host"] for entry in logs] == ["localhost", "(not listed)"]
    for text in (said, other, str(logs)):
        assert SECRET not in text
        assert "who-was-it" not in text
