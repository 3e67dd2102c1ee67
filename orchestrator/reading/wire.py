"""How a reader and its processes speak: messages of bytes on a socket, each after its length. A message is a head
in JSON, and the contents that it speaks of.

What comes from a process that read a stranger's bytes is JSON, never a pickle: it is checked like anything from
outside.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from rpa.documents.links import Link
from rpa.documents.mail.message import Series
from rpa.reading import Corrections
from rpa.report import Change, Media, Report, Submission
from rpa.unpacking import Contents, Unpacked

_LENGTH = struct.Struct("!Q")
_CORRECTIONS = TypeAdapter(list[list[Change]])
_LINKS = TypeAdapter(tuple[Link, ...])
_SERIES: TypeAdapter[Series | None] = TypeAdapter(Series | None)


class Gone(Exception):  # noqa: N818 - it says what the other side is
    """The other side has ended, or says more than is allowed, or nothing in time."""


def send(line: socket.socket, message: bytes) -> None:
    """Send one message. Raises `Gone`."""
    try:
        line.sendall(_LENGTH.pack(len(message)))
        line.sendall(message)
    except OSError as error:
        raise Gone from error


def receive(line: socket.socket, most: int) -> bytes:
    """The next message, of at most that many bytes. Raises `Gone`."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    if length > most:
        raise Gone
    return _exactly(line, length)


def _exactly(line: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        try:
            piece = line.recv(min(length - len(received), 2**20))
        except OSError as error:  # a time limit that has passed, too
            raise Gone from error
        if not piece:
            raise Gone
        received += piece
    return bytes(received)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: to unpack all of these, or to read the only one with what people corrected laid over it.
    `contents`: every content in them, once."""

    unpack: bool
    submissions: tuple[Submission, ...]
    corrections: Corrections
    contents: Sequence[bytes]


def as_request(submissions: Sequence[Submission], corrections: Corrections = (), *, unpack: bool) -> bytes:
    """A request, to be sent."""
    contents = _Contents()
    changes = [[asdict(change) for change in changes] for changes in corrections]
    return _message([unpack, [_head(each, contents) for each in submissions], changes], contents.every)


def from_request(message: bytes) -> Request:
    """The request in a message of ours."""
    (unpack, heads, changes), contents = _parted(message)
    submissions = tuple(_submission(head, contents) for head in heads)
    return Request(unpack, submissions, _CORRECTIONS.validate_python(changes), contents)


def as_response(found: Contents, request: Request) -> bytes:
    """What was found, to be sent. It names the contents that came with the request, and has only the others."""
    contents = _Contents(list(request.contents))
    parts = [
        [_head(each.submission, contents), asdict(each.report), [asdict(link) for link in each.links]]
        for each in found.unpacked
    ]
    series = found.series and asdict(found.series)
    return _message([parts, series], contents.every[len(request.contents) :])


def from_response(message: bytes, sent: Sequence[bytes]) -> Contents:
    """What was found, by a response to a request with the contents `sent`. Raises `Gone` when it is none."""
    try:
        (parts, series), more = _parted(message)
        every = [*sent, *more]
        unpacked = (
            Unpacked(_submission(head, every), _reports().validate_python(it), _LINKS.validate_python(links))
            for head, it, links in parts
        )
        return Contents(tuple(unpacked), _SERIES.validate_python(series))
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        struct.error,
    ) as error:  # ValidationError is a ValueError
        raise Gone from error


@dataclass(slots=True)
class _Contents:
    """The contents that a message speaks of, each once: a head names them by number."""

    every: list[bytes] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = {content: number for number, content in enumerate(self.every)}

    def number(self, content: bytes) -> int:
        """Its number; a new one if it is not among them."""
        if content not in self._numbers:
            self._numbers[content] = len(self.every)
            self.every.append(content)
        return self._numbers[content]


def _message(head: Any, contents: Sequence[bytes]) -> bytes:
    written = json.dumps([head, [len(each) for each in contents]], default=_as_text).encode()
    return b"".join((_LENGTH.pack(len(written)), written, *contents))


def _parted(message: bytes) -> tuple[Any, list[bytes]]:
    (length,) = _LENGTH.unpack_from(message)
    end = _LENGTH.size + length
    head, lengths = json.loads(message[_LENGTH.size : end])
    return head, list(_pieces(memoryview(message)[end:], lengths))


def _pieces(rest: memoryview, lengths: Sequence[int]) -> Iterator[bytes]:
    for each in lengths:
        if not 0 <= each <= len(rest):
            raise ValueError("a content that is not there")
        yield bytes(rest[:each])
        rest = rest[each:]


def _head(submission: Submission, contents: _Contents) -> list[Any]:
    files = (submission.media, submission.copies, submission.messages)
    named = [[[each.name, contents.number(each.content)] for each in some] for some in files]
    return [contents.number(submission.content), submission.source, submission.name, *named]


def _submission(head: Sequence[Any], contents: Sequence[bytes]) -> Submission:
    number, source, name, *named = head
    files = (tuple(Media(str(each), contents[where]) for each, where in some) for some in named)
    return Submission(contents[number], str(source), str(name), *files)


@cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a report has no {type(value).__name__} in it")
