"""TNEF (winmail.dat), in which Outlook and Exchange send what MIME has no words for (MS-OXTNEF)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from rpa.documents.mail import mapi
from rpa.documents.mail.parts import Message, Part
from rpa.documents.mail.text import decoded
from rpa.documents.size import Unreadable

SIGNATURE = bytes.fromhex("789f3e22")
MOST_ATTRIBUTES = 5_000
MOST_VALUES = 20_000  # of properties, in one list of them

_SUBJECT, _BODY, _PROPERTIES, _CODE_PAGE = 0x8004, 0x800C, 0x9003, 0x9007
_ATTACHED, _DATA, _TITLE, _MORE = 0x9002, 0x800F, 0x8010, 0x9005  # the first begins another attachment
_MESSAGE_OBJECT = bytes.fromhex("0703020000000000c000000000000046")
_NOT_WHOLE = "The message in Outlook's own format (TNEF) is not whole."

_SIZES = {0x0002: 2, 0x000B: 2, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x0048: 16}
_EIGHT = frozenset({0x0005, 0x0006, 0x0007, 0x0014, mapi.TIME})
_LONG = frozenset({mapi.STRING8, mapi.STRING, mapi.BINARY, mapi.OBJECT})
_SEVERAL, _NAMED = 0x1000, 0x8000


@dataclass
class _Attachment:
    title: str = ""
    content: bytes = b""
    properties: dict[int, bytes | str] = field(default_factory=dict)


def read(content: bytes) -> Message:
    """What is in the file. Its own message's sender and recipients are those of the message it came with.

    Raises `Unreadable` for what is not TNEF, or not whole.
    """
    try:
        return _message(content)
    except (struct.error, IndexError, ValueError) as error:
        raise Unreadable(_NOT_WHOLE) from error


def _message(content: bytes) -> Message:
    subject, text, charset = "", "", "cp1252"
    properties: dict[int, bytes | str] = {}
    attached: list[_Attachment] = []
    for name, data in _attributes(content):
        if name == _CODE_PAGE:
            charset = mapi.charset_of(struct.unpack_from("<I", data)[0])
        elif name == _SUBJECT:
            subject = _text(data, charset)
        elif name == _BODY:
            text = _text(data, charset)
        elif name == _PROPERTIES:
            properties |= _properties(data, charset)
        elif name == _ATTACHED:
            attached.append(_Attachment())
        elif attached:
            _add_to(attached[-1], name, data, charset)
    page = int.from_bytes(_bytes(properties, mapi.BODY_CODE_PAGE)[:4], "little")
    html = _bytes(properties, mapi.HTML)
    found = mapi.bodies(_string(properties, mapi.BODY) or text, html, _bytes(properties, mapi.RTF), page)
    return Message(
        subject=_string(properties, mapi.SUBJECT) or subject,
        bodies=tuple(found),
        attachments=tuple(_part(each, number) for number, each in enumerate(attached, 4)),
    )


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(name, data) of each attribute. Their checksums are not looked at: a person can open what is damaged too."""
    at, seen = 6, 0
    if not content.startswith(SIGNATURE):
        raise Unreadable("The file is not TNEF.")
    while at + 11 <= len(content):
        _, name, _, length = struct.unpack_from("<BHHI", content, at)
        at += 9
        seen += 1
        if at + length > len(content) or seen > MOST_ATTRIBUTES:
            raise Unreadable(_NOT_WHOLE)
        yield name, content[at : at + length]
        at += length + 2


def _add_to(attachment: _Attachment, name: int, data: bytes, charset: str) -> None:
    if name == _TITLE:
        attachment.title = _text(data, charset)
    elif name == _DATA:
        attachment.content = data
    elif name == _MORE:
        attachment.properties |= _properties(data, charset)


def _part(attachment: _Attachment, number: int) -> Part:
    properties = attachment.properties
    names = (_string(properties, each) for each in (mapi.LONG_NAME, mapi.SHORT_NAME))
    name = next(filter(None, (*names, attachment.title, _string(properties, mapi.DISPLAY_NAME))), "")
    content = attachment.content or _bytes(properties, mapi.ATTACHED).removeprefix(_MESSAGE_OBJECT)
    media_type = _string(properties, mapi.MEDIA_TYPE).lower() or "application/octet-stream"
    return Part(name, content, media_type, bool(_string(properties, mapi.CONTENT_ID)), str(number))


def _string(properties: dict[int, bytes | str], name: int) -> str:
    found = properties.get(name, "")
    return found if isinstance(found, str) else decoded(found)


def _bytes(properties: dict[int, bytes | str], name: int) -> bytes:
    found = properties.get(name, b"")
    return found if isinstance(found, bytes) else found.encode("utf-8", "replace")


def _text(data: bytes, charset: str) -> str:
    return decoded(data.rstrip(b"\0"), charset)


def _properties(data: bytes, charset: str) -> dict[int, bytes | str]:
    """Property -> its first value: text, or the bytes of any other."""
    found: dict[int, bytes | str] = {}
    (number,) = struct.unpack_from("<I", data)
    at, seen = 4, 0
    for _ in range(min(number, MOST_VALUES)):
        kind, name = struct.unpack_from("<HH", data, at)
        at = _after_name(data, at + 4) if name >= _NAMED else at + 4
        several, kind = bool(kind & _SEVERAL), kind & ~_SEVERAL
        values = 1
        if several or kind in _LONG:
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        seen += values
        if seen > MOST_VALUES:
            raise Unreadable(_NOT_WHOLE)
        for each in range(values):
            start, length = at, _SIZES.get(kind, 8 if kind in _EIGHT else 0)
            if kind in _LONG:
                (length,) = struct.unpack_from("<I", data, at)
                start = at + 4
            elif not length:
                raise Unreadable(_NOT_WHOLE)
            at = start + length + -length % 4
            if start + length > len(data):
                raise Unreadable(_NOT_WHOLE)
            if not each and name < _NAMED:
                found[name] = _value(kind, data[start : start + length], charset)
    return found


def _after_name(data: bytes, at: int) -> int:
    """Where the value of a named property begins, after its GUID and its number or name."""
    (kind,) = struct.unpack_from("<I", data, at + 16)
    (length,) = struct.unpack_from("<I", data, at + 20)
    return at + 24 + (length + -length % 4 if kind else 0)


def _value(kind: int, data: bytes, charset: str) -> bytes | str:
    if kind == mapi.STRING:
        return data.decode("utf-16-le", "replace").rstrip("\0")
    return _text(data, charset) if kind == mapi.STRING8 else data
