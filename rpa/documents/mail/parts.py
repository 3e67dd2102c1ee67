"""What is in a message, whatever it was sent as: its bodies, its attachments, and what could not be opened."""

from __future__ import annotations

import mimetypes
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from rpa.documents.mail.authentication import Authentication
from rpa.documents.mail.series import Series

MOST_NAME = 255  # bytes of a file name, which is what file systems take

_ENDINGS = {
    "application/json": ".json",
    "application/octet-stream": ".bin",
    "application/pkcs7-mime": ".p7m",
    "message/partial": ".part.txt",
    "message/rfc822": ".eml",
    "text/html": ".html",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A body or an attachment.

    `content`: a body is text in UTF-8 with line feeds, whatever its header or its HTML says of a character set;
    an attachment is the bytes as they were attached. `media_type`: as declared, in lower case, without
    parameters. `inline`: shown within a body, such as a logo. `path`: its place, from 1: "2.1" is the first part
    in the second.
    """

    name: str
    content: bytes = field(repr=False)
    media_type: str
    inline: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message, with those in it opened too.

    `sender`: the one address that the message says it is from; empty where it names none, or several. `sent_at`:
    in UTC, as the sender's clock had it. `bodies`: text and HTML alternatives, in their order (RTF where Outlook
    keeps nothing else). `attachments`: each with a name of its own. `series`: where it is one of several that
    belong together. `authentication`: what a trusted server found out about the sender. `unopened`: a sentence
    for each part that a person has to look at. `message_id`: as it was sent, without its angle brackets.
    """

    subject: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)
    recipients: tuple[str, ...] = field(default=(), repr=False)
    message_id: str = field(default="", repr=False)
    sent_at: datetime | None = None
    bodies: tuple[Part, ...] = field(default=(), repr=False)
    attachments: tuple[Part, ...] = field(default=(), repr=False)
    series: Series | None = field(default=None, repr=False)
    authentication: Authentication | None = None
    unopened: tuple[str, ...] = ()


def clean_name(name: str) -> str:
    """A file name in one line, without a path, and without characters that steer or hide; empty where nothing is
    left. Its ending is kept where it has to be shortened."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    seen = "".join(letter if _is_seen(letter) else " " for letter in last[:10_000])
    plain = " ".join(seen.split()).lstrip(". ")
    return shortened(plain) if plain.strip(". ") else ""


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CZ"


def shortened(name: str, number: int = 1) -> str:
    """The name within the limit, with a number before its ending where it is not the first of that name."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    last = (f" ({number})" if number > 1 else "") + dot + ending
    return stem.encode()[: MOST_NAME - len(last.encode())].decode(errors="ignore") + last


def named(parts: Iterable[Part]) -> Iterator[Part]:
    """The same attachments, each with a name, and no two with the same one whatever the case of its letters."""
    taken: set[str] = set()
    for number, part in enumerate(parts, 1):
        given = clean_name(part.name) or f"attachment {number}{_ending(part.media_type)}"
        name, again = given, 1
        while name.casefold() in taken:
            again += 1
            name = shortened(given, again)
        taken.add(name.casefold())
        yield replace(part, name=name)


def _ending(media_type: str) -> str:
    return _ENDINGS.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"
