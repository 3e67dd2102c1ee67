"""Files that are zips, such as Word's: taken apart only as far as they are not made to fill memory."""

from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress

from rpa.documents.size import Unreadable

MOST_ENTRIES = 2_000
MOST_TOGETHER = 100 * 1024 * 1024  # bytes of everything in it
MOST_OF_TEXT = 20 * 1024 * 1024  # bytes of one part that is read
MOST_RATIO = 200  # of what comes out to what is in the file, where it is more than a megabyte
_LARGE = 1024 * 1024
_END = b"PK\x05\x06"
_END_SIZE = 22 + 65_535

TOO_LARGE = "The file holds far more than a person writes. Open it only on a machine that is made for it."
_DAMAGED = "The file is damaged or incomplete. Ask the sender for it again."
_LOCKED = "The file is protected by a password. Ask the sender for one without, or for the password."


class Zipped:
    """A zip in memory. Raises `Unreadable` where it is damaged or holds too much."""

    def __init__(self, content: bytes) -> None:
        if _entries(content) > MOST_ENTRIES:
            raise Unreadable(TOO_LARGE)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error, EOFError):
            raise Unreadable(_DAMAGED) from None
        self._parts = {part.filename: part for part in self._zip.infolist()}

    @property
    def names(self) -> frozenset[str]:
        """The names of everything in it."""
        return frozenset(self._parts)

    @property
    def is_locked(self) -> bool:
        """Whether anything in it needs a password."""
        return any(part.flag_bits & 1 for part in self._parts.values())

    def check(self) -> None:
        """Raise `Unreadable` for what is more than a person writes, by what the zip says of itself: what it says
        is all that is ever taken out."""
        parts = self._parts.values()
        if sum(part.file_size for part in parts) > MOST_TOGETHER:
            raise Unreadable(TOO_LARGE)
        if any(part.file_size > max(_LARGE, MOST_RATIO * part.compress_size) for part in parts):
            raise Unreadable(TOO_LARGE)
        if self.is_locked:
            raise Unreadable(_LOCKED)

    def read(self, name: str) -> bytes:
        """One part. Raises `Unreadable` where it is not there, is damaged or too large."""
        if (part := self._parts.get(name)) is None:
            raise Unreadable(_DAMAGED)
        if part.file_size > MOST_OF_TEXT:
            raise Unreadable(TOO_LARGE)
        with suppress(zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError, EOFError):
            return self._read(part)
        raise Unreadable(_DAMAGED)

    def _read(self, part: zipfile.ZipInfo) -> bytes:
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(_DAMAGED)  # no program that writes such files compresses them otherwise
        with self._zip.open(part) as opened:
            content = opened.read(MOST_OF_TEXT + 1)
        if len(content) > MOST_OF_TEXT:
            raise Unreadable(TOO_LARGE)
        return content


def _entries(content: bytes) -> int:
    """How many entries the zip says that it has: its list is not read before that is known."""
    end = content.rfind(_END, max(0, len(content) - _END_SIZE))
    if end < 0 or end + 22 > len(content):
        raise Unreadable(_DAMAGED)
    count, size = struct.unpack_from("<HI", content, end + 10)
    return max(int(count), int(size) // 46 if size != 0xFFFFFFFF else 0)
