"""A body of several parts: the report, and the files with it. Nothing in it names a place: what it says of names
is a stranger's."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from orchestrator.web.api.bodies import MEGABYTE, Pieces
from orchestrator.web.api.refusals import Code, Refused
from rpa.documents.files import FileLimits, note
from rpa.report import Media
from rpa.visible import one_line

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 1_000
REPORT = "report"
_LONGEST_NAME = 120  # characters
_LONGEST_ENDING = 20


@dataclass(frozen=True, slots=True)
class Parts:
    """A report and the files with it; a note is in the place of each of the `left_out` files over a limit, and one
    for all that are too many."""

    report: bytes = field(repr=False)
    media: tuple[Media, ...]
    left_out: int


def parts(content_type: str, pieces: Pieces, limits: FileLimits) -> Parts:
    """The parts of a body, whose pieces are gone then.

    Raises `Refused` when they cannot be told apart, the end is missing, there is no report or more than one,
    or there are too many parts.
    """
    reading = _Reading(limits)
    try:
        parser = MultipartParser(_boundary(content_type), reading.callbacks())
        while pieces:
            parser.write(bytes(pieces.popleft()))
    except FormParserError as error:
        raise Refused(Code.NOT_MULTIPART) from error
    if not reading.ended:
        raise Refused(Code.NOT_MULTIPART)
    return reading.found()


def _boundary(content_type: str) -> bytes:
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary:
        raise Refused(Code.NOT_MULTIPART)
    return boundary


@dataclass
class _Part:
    """The part that is being read. `room`: bytes that it may still have."""

    name: bytes = b""
    file: bytes | None = None
    room: int = 0
    content: bytearray = field(default_factory=bytearray)
    is_too_large: bool = False

    @property
    def is_report(self) -> bool:
        """Whether it is the report."""
        return self.name == REPORT.encode()


class _Reading:
    """What the parser has found so far."""

    def __init__(self, limits: FileLimits) -> None:
        self._limits = limits
        self._room = limits.total_megabytes * MEGABYTE
        self._part, self._number = _Part(), 0
        self._header, self._value = bytearray(), bytearray()
        self._reports: list[bytes] = []
        self._media: dict[str, Media] = {}
        self._left_out = self._too_many = 0
        self.ended = False

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def found(self) -> Parts:
        """The parts."""
        if len(self._reports) != 1:
            raise Refused(Code.WRONG_PARTS)
        media = list(self._media.values())
        if self._too_many:
            said = f"a report takes at most {self._limits.media_files} files"
            media.append(note(self._free("further files"), f"{said}, and {self._too_many} more came with it"))
        return Parts(self._reports[0], tuple(media), self._left_out + self._too_many)

    def _begin(self) -> None:
        self._part, self._number = _Part(), self._number + 1
        if self._number > MOST_PARTS:
            raise Refused(Code.TOO_LARGE, f"The body has more than {MOST_PARTS:,} parts, and was not kept.")

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._part.name, self._part.file = options.get(b"name", b""), options.get(b"filename")
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        if self._part.is_report:
            self._part.room = self._limits.file_megabytes * MEGABYTE
        else:
            self._part.room = min(self._limits.media_megabytes * MEGABYTE, self._room)

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if len(part.content) + end - start > part.room:
            part.is_too_large = True
            part.content.clear()
        if not part.is_too_large:
            part.content += data[start:end]

    def _end(self) -> None:
        part = self._part
        if part.file == b"" and not part.content:
            return  # what a browser sends for a file that nobody chose
        if part.is_report and part.is_too_large:
            raise Refused(Code.TOO_LARGE, "The report is larger than is received, and was not kept.")
        if part.is_report:
            self._reports.append(bytes(part.content))
        elif len(self._media) == self._limits.media_files:
            self._too_many += 1
        else:
            self._add(part)

    def _add(self, part: _Part) -> None:
        name = self._free(plain_name(part.file or part.name, self._number))
        if part.is_too_large:
            most, total = self._limits.media_megabytes, self._limits.total_megabytes
            self._media[name] = note(name, f"a report takes files of {most} MB each, and {total} MB together")
            self._left_out += 1
        else:
            self._media[name] = Media(name, bytes(part.content))
            self._room -= len(part.content)

    def _free(self, name: str) -> str:
        return free_name(name, self._media.keys())

    def _all(self) -> None:
        self.ended = True


def plain_name(given: bytes, number: int) -> str:
    """The name of a file as the report may refer to it: no folder, nothing that cannot be seen, not too long; the
    number of its part where nothing is left."""
    try:
        text = given.decode()
    except UnicodeDecodeError:
        text = given.decode("latin-1")
    last = re.split(r"[/\\]", text)[-1]
    seen = "".join(each if one_line(each) == each else "_" for each in last).strip()
    if len(seen) > _LONGEST_NAME:
        ending = PurePath(seen).suffix
        ending = ending if len(ending) <= _LONGEST_ENDING else ""
        seen = seen[: _LONGEST_NAME - len(ending)] + ending
    return f"file-{number}" if seen.strip(".") == "" else seen


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number before its ending where another file has it."""
    path, number, free = PurePath(name), 1, name
    while free in taken:
        number += 1
        free = f"{path.stem} ({number}){path.suffix}"
    return free
