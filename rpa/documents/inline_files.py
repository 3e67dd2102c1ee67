"""Files that stand in a document itself, as base64: decoded strictly, under safe names, within limits."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from mimetypes import guess_extension
from pathlib import PurePosixPath
from typing import Any, Final

from rpa.documents.files import NOTE_ENDING, FileLimits, is_note
from rpa.documents.size import FILE_CONTENT
from rpa.report import Media

NAME: Final = "attachmentName"
MIME_TYPE: Final = "attachmentMimeType"

_MOST_NAME = 100  # characters
_MEGABYTE = 1024 * 1024
_UNSAFE = re.compile(r"[^\w .,()@+=-]+")


@dataclass
class InlineFiles:
    """The files of one document, as they are taken out of it."""

    limits: FileLimits = field(default_factory=FileLimits)
    media: list[Media] = field(default_factory=list)
    _room: int = field(init=False)

    def __post_init__(self) -> None:
        self._room = self.limits.total_megabytes * _MEGABYTE

    def take(self, attributes: Mapping[str, Any]) -> tuple[str, str]:
        """Take the file in an entity's attributes: its name, and what is wrong with it ("" where nothing is).

        One that cannot be decoded is kept as the text it came as; a note takes the place of one too large or too
        many, up to as many notes as files.
        """
        content = attributes[FILE_CONTENT]
        name = self._free(safe_name(_text(attributes, NAME), _text(attributes, MIME_TYPE)))
        if sum(not is_note(each) for each in self.media) >= self.limits.media_files:
            return name, self._note(name, f"a report takes at most {self.limits.media_files} files")
        most = min(self.limits.media_megabytes * _MEGABYTE, self._room)
        encoded = "".join(content.split())
        if len(encoded) > most * 4 // 3 + 4:
            return name, self._note(name, "it is larger than a report's files may be")
        try:
            decoded = b64decode(encoded.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return self._as_text(name, content)
        if len(decoded) > most:
            return name, self._note(name, "it is larger than a report's files may be")
        self._add(name, decoded)
        return name, ""

    def _as_text(self, name: str, content: str) -> tuple[str, str]:
        kept = self._free(f"{name}.as-received.txt")
        self._add(kept, content.encode(errors="backslashreplace"))
        return kept, "it is not valid base64, so it is kept as the text it came as"

    def _note(self, name: str, reason: str) -> str:
        if sum(map(is_note, self.media)) >= self.limits.media_files:
            return reason
        said = f"The file {name} was not received: {reason}. Ask the sender of the report for it.\n"
        self.media.append(Media(self._free(f"{name}{NOTE_ENDING}"), said.encode(errors="backslashreplace")))
        return reason

    def _add(self, name: str, content: bytes) -> None:
        self._room -= len(content)
        self.media.append(Media(name, content))

    def _free(self, name: str) -> str:
        """The name, with a number before its ending where another file of the report has it."""
        taken = {each.name.casefold() for each in self.media}
        path, number, tried = PurePosixPath(name), 1, name
        while tried.casefold() in taken:
            number += 1
            tried = f"{path.stem} {number}{path.suffix}"
        return tried


def safe_name(given: str, mime_type: str = "") -> str:
    """A file's name that is safe in any folder: the last part of a path, of letters, digits and plain signs, up to
    100 characters, with the ending of its type where it has none."""
    last = re.split(r"[/\\]", given)[-1]
    plain = " ".join(_UNSAFE.sub("_", last).split()).strip(". ")
    path = PurePosixPath(plain or "file")
    ending = path.suffix or guess_extension(mime_type.partition(";")[0].strip().lower()) or ""
    return f"{path.stem[: _MOST_NAME - len(ending[:20])]}{ending[:20]}"


def _text(attributes: Mapping[str, Any], key: str) -> str:
    value = attributes.get(key)
    return value if isinstance(value, str) else ""
