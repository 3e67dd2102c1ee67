"""A body of several parts: the report and its files, whatever names and numbers they come with."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.web.api.parts import MOST_PARTS, Parts, free_name, parts, plain_name
from orchestrator.web.api.refusals import Refused
from rpa.documents.files import FileLimits, is_note
from rpa.visible import one_line

LIMITS = FileLimits(file_megabytes=1, media_files=3, media_megabytes=1, total_megabytes=2, folder_levels=1)
BOUNDARY = "example"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
REPORT = b'{"a": 1}'
MEGABYTE = 1024 * 1024


def part(name: str, content: bytes, file: str | None = None) -> bytes:
    """One part, as a form sends it."""
    named = "" if file is None else f'; filename="{file}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def body(*given: bytes) -> bytes:
    """Parts, and the end."""
    return b"".join(given) + f"--{BOUNDARY}--\r\n".encode()


def read(content: bytes, kind: str = TYPE, size: int = 1000) -> Parts:
    """The parts, of a body that comes in pieces."""
    pieces = deque(bytearray(content[at : at + size]) for at in range(0, len(content), size))
    found = parts(kind, pieces, LIMITS)
    assert not pieces
    return found


def files(found: Parts) -> Mapping[str, bytes]:
    """The files by name."""
    return {each.name: each.content for each in found.media}


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_report_and_its_files(size: int) -> None:
    """Every byte of each is there, however the body is cut on its way."""
    odd = b"\r\n--exampl\x00\xff\r\n-"
    found = read(body(part("photo", odd, "a b.png"), part("report", REPORT), part("x", b"", "e")), size=size)
    assert (found.report, files(found), found.left_out) == (REPORT, {"a b.png": odd, "e": b""}, 0)


def test_a_part_without_a_file_name_is_a_file_all_the_same() -> None:
    """It goes by the name of the part; a field of files that nobody filled in is nothing."""
    found = read(body(part("report", REPORT), part("note", b"text"), part("upload", b"", "")))
    assert files(found) == {"note": b"text"}


@pytest.mark.parametrize(
    "content",
    [
        body(),
        body(part("photo", b"x", "a.png")),
        body(part("report", REPORT), part("report", REPORT)),
    ],
    ids=["nothing", "no report", "two reports"],
)
def test_there_is_one_report(content: bytes) -> None:
    """A body without a report, or with two, is refused."""
    with pytest.raises(Refused, match="wrong_parts"):
        read(content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (body(part("report", REPORT))[:-6], TYPE),
        (part("report", REPORT), TYPE),
        (b"", TYPE),
        (b"x" * 5000, TYPE),
        (body(part("report", REPORT)), "multipart/form-data"),
        (body(part("report", REPORT)), "multipart/form-data; boundary="),
        (body(part("report", REPORT)), f"multipart/form-data; boundary={'x' * 5000}"),
        (body(part("report", REPORT)), "multipart/form-data; boundary=other"),
        (body(part("report", REPORT)).replace(b"form-data", b"form-data" + b"x" * 100_000), TYPE),
        (body(part("report", REPORT).replace(b"\r\n\r\n", b"\r\n" + b"a: b\r\n" * 1000 + b"\r\n", 1)), TYPE),
    ],
    ids=[
        *("cut off", "no end", "empty", "no parts", "no boundary", "empty boundary", "long boundary"),
        *("another boundary", "a long header", "many headers"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(content: bytes, kind: str) -> None:
    """A body whose end is missing may lack files: nothing of it is taken for the whole."""
    with pytest.raises(Refused, match="not_multipart"):
        read(content, kind)


def test_a_file_over_a_limit_is_told() -> None:
    """The report goes on: a note says which file was not received; so does one for the files that are too many."""
    large = part("x", b"x" * (MEGABYTE + 1), "film.mp4")
    found = read(body(large, part("report", REPORT), *(part("x", b"1", f"{n}.png") for n in range(5))))
    assert found.left_out == 4
    notes = {each.name: each.content.decode() for each in found.media if is_note(each)}
    assert [each.name for each in found.media if not is_note(each)] == ["0.png", "1.png"]
    assert "film.mp4 was not received" in notes["film.mp4.not-received.txt"]
    assert "at most 3 files, and 3 more came" in notes["further files.not-received.txt"]


def test_files_count_together() -> None:
    """The file that brings all of them over their limit is told, and a smaller one after it is taken."""
    near = b"x" * (MEGABYTE - 10)
    found = read(
        body(part("report", REPORT), part("a", near, "a"), part("b", b"x" * 1000, "b"), part("c", near, "c"))
    )
    assert [is_note(each) for each in found.media] == [False, False, True]


def test_a_report_over_its_limit_is_refused() -> None:
    """What is cut is no report."""
    with pytest.raises(Refused, match="too_large"):
        read(body(part("report", b"x" * (MEGABYTE + 1))))


def test_ten_thousand_parts_are_refused() -> None:
    """After the thousandth nothing more is looked at."""
    with pytest.raises(Refused, match="too_large"):
        read(body(part("report", REPORT), *(part("x", b"", f"{n}") for n in range(10 * MOST_PARTS))))


NAMES = {
    b"../../etc/passwd": "passwd",
    b"C:\\Users\\example\\photo.png": "photo.png",
    b"..": "file-3",
    b" ": "file-3",
    b"": "file-3",
    b"a\x00b\r\nX-Injected: 1.png": "a_b__X-Injected: 1.png",
    b"\x1b[2Jphoto.png": "_[2Jphoto.png",
    "photo\u202egnp.exe".encode(): "photo_gnp.exe",
    "süß.png".encode(): "süß.png",
    "süß.png".encode("latin-1"): "süß.png",
    b"x" * 300 + b".jpeg": "x" * 115 + ".jpeg",
    b"x." + b"y" * 300: "x." + "y" * 118,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_a_plain_name(name: bytes) -> None:
    """No folder, nothing that steers a terminal or cannot be seen, no more than people read."""
    assert plain_name(name, 3) == NAMES[name]


def test_two_files_of_one_name_are_two_files() -> None:
    """The second has a number before its ending; neither takes the other's place."""
    same = [part("x", content, "photo.png") for content in (b"1", b"2", b"3")]
    found = read(body(part("report", REPORT), *same))
    assert files(found) == {"photo.png": b"1", "photo (2).png": b"2", "photo (3).png": b"3"}
    assert free_name("a", {"a", "a (2)"}) == "a (3)"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.binary(max_size=400))
def test_any_name_becomes_a_plain_one(name: bytes) -> None:
    """Whatever the bytes, the name is one line, no path, and not too long."""
    plain = plain_name(name, 1)
    assert one_line(plain) == plain
    assert plain not in {"", ".", ".."}
    assert not set("/\\") & set(plain)
    assert len(plain) <= 120


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=2000), st.integers(1, 300))
def test_any_body_is_parts_or_is_refused(content: bytes, size: int) -> None:
    """Nothing else comes of it, with a beginning that looks like one too."""
    for beginning in (b"", f"--{BOUNDARY}\r\n".encode(), part("report", REPORT)):
        with suppress(Refused):
            read(beginning + content, size=size)
