"""How a reader and its processes speak: messages of bytes on a socket, each after its length.

What comes from a process that read a stranger's bytes is JSON, never a pickle: it is checked like anything from
outside.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rpa.reading import Corrections
from rpa.report import Change, Report, Submission

_LENGTH = struct.Struct("!Q")
_CORRECTIONS = TypeAdapter(list[list[Change]])


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


def as_request(submission: Submission, corrections: Corrections) -> bytes:
    """A submission to be read, with what people corrected. Its files stay here: no process needs them."""
    changes = [[asdict(change) for change in changes] for changes in corrections]
    head = json.dumps([submission.source, submission.name, changes]).encode()
    return b"".join((_LENGTH.pack(len(head)), head, submission.content))


def from_request(message: bytes) -> tuple[Submission, Corrections]:
    """The submission and the corrections in a request."""
    (length,) = _LENGTH.unpack_from(message)
    source, name, changes = json.loads(message[_LENGTH.size : _LENGTH.size + length])
    corrections = _CORRECTIONS.validate_python(changes)
    return Submission(message[_LENGTH.size + length :], source, name), corrections


def as_response(report: Report) -> bytes:
    """A report, to be sent."""
    return json.dumps(asdict(report), default=_as_text).encode()


def from_response(message: bytes) -> Report:
    """The report in a response. Raises `Gone` when it is none."""
    try:
        return _reports().validate_json(message)
    except ValidationError as error:
        raise Gone from error


@cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a report has no {type(value).__name__} in it")
