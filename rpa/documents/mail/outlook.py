"""Outlook's .msg files: a compound file with a storage for the message and one for each attachment (MS-OXMSG)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from olefile import OleFileIO

from rpa.documents.mail import mapi
from rpa.documents.mail.address import address_of
from rpa.documents.mail.parts import Message, Part
from rpa.documents.mail.text import decoded, decoded_words
from rpa.documents.size import Unreadable

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
MOST_ENTRIES = 20_000  # streams and storages
MOST_DEPTH = 10  # messages within messages
MOST_BYTES = 150 * 1024 * 1024  # of all streams that are read: several may lie in the same place
MOST_ATTACHMENTS = 200  # of one message, and recipients

_PROPERTIES = "__properties_version1.0"
_STREAM = "__substg1.0_"
_EMBEDDED_MESSAGE, _OLE_OBJECT, _BY_REFERENCE = 5, 6, frozenset({2, 3, 4, 7})
_NOT_OPENED = "The message of Outlook (.msg) cannot be opened."

_Path = tuple[str, ...]


@dataclass
class _File:
    """The open file. `names`: what each storage holds; `left`: how many bytes may still be read."""

    ole: OleFileIO
    names: Mapping[_Path, tuple[str, ...]]
    left: int = MOST_BYTES

    def stream(self, path: _Path) -> bytes:
        """The content of a stream; empty where there is none. Raises `Unreadable` above the limit."""
        if path[-1] not in self.names.get(path[:-1], ()):
            return b""
        self.left -= self.ole.get_size(list(path))
        if self.left < 0:
            raise Unreadable(f"The message of Outlook holds more than {MOST_BYTES // 1024 // 1024} MB.")
        with self.ole.openstream(list(path)) as stream:
            return bytes(stream.read())


@dataclass(frozen=True, slots=True)
class _Object:
    """A message, a recipient or an attachment: the storage with its properties.
    fixed size; `charset`: that of its text that is not Unicode."""

    file: _File
    path: _Path
    fixed: Mapping[int, bytes]
    charset: str

    def bytes_of(self, name: int, kind: int = mapi.BINARY) -> bytes:
        return self.file.stream((*self.path, f"{_STREAM}{name:04X}{kind:04X}"))

    def text(self, *names: int) -> str:
        """The first of these properties that says something."""
        for name in names:
            if found := self.bytes_of(name, mapi.STRING):
                return found.decode("utf-16-le", "replace").rstrip("\0")
            if found := self.bytes_of(name, mapi.STRING8):
                return decoded(found.rstrip(b"\0"), self.charset)
        return ""

    def number(self, name: int) -> int:
        return int.from_bytes(self.fixed.get(name, b"")[:4], "little")


def is_message(content: bytes) -> bool:
    """Whether a compound file is a message. Others, such as older Word files, have no storage of its
    properties."""
    return content.startswith(SIGNATURE) and _PROPERTIES.encode("utf-16-le") in content


def read(content: bytes) -> Message:
    """The message in a .msg file, and what is in the messages attached to it. Raises `Unreadable`."""
    try:
        with OleFileIO(io.BytesIO(content)) as ole:
            return _message(_object(_File(ole, _names(ole)), (), 32), 1)
    except Unreadable:
        raise
    except Exception as error:  # whatever a library raises for a file that is not what it says
        raise Unreadable(_NOT_OPENED) from error


def _names(ole: OleFileIO) -> Mapping[_Path, tuple[str, ...]]:
    """Storage -> the names in it."""
    if len(ole.direntries) > MOST_ENTRIES:
        raise Unreadable("The message of Outlook has more parts than any message has.")
    found: dict[_Path, list[str]] = {}
    for path in ole.listdir(streams=True, storages=True):
        found.setdefault(tuple(path[:-1]), []).append(path[-1])
    return {storage: tuple(names) for storage, names in found.items()}


def _object(file: _File, path: _Path, head: int, charset: str = "") -> _Object:
    fixed = dict(_fixed(file.stream((*path, _PROPERTIES)), head))
    page = int.from_bytes(fixed.get(mapi.CODE_PAGE, b"")[:4], "little")
    return _Object(file, path, fixed, charset or (mapi.charset_of(page) if page else "cp1252"))


def _fixed(stream: bytes, head: int) -> Iterator[tuple[int, bytes]]:
    """(name, eight bytes) of each property of fixed size."""
    for at in range(head, len(stream) - 15, 16):
        _, name, _, value = struct.unpack_from("<HHI8s", stream, at)
        yield name, value


def _message(top: _Object, depth: int) -> Message:
    sender = address_of([top.text(mapi.SENDER_SMTP)]) or address_of([top.text(mapi.SENDER)])
    html = top.bytes_of(mapi.HTML) or top.text(mapi.HTML).encode("utf-8", "replace")
    rtf, page = top.bytes_of(mapi.RTF), top.number(mapi.BODY_CODE_PAGE)
    found = Message(
        subject=" ".join(decoded_words(top.text(mapi.SUBJECT)).split()),
        sender=sender,
        recipients=tuple(_recipients(top)),
        message_id=top.text(mapi.MESSAGE_ID).strip().strip("<>"),
        sent_at=_moment(top),
        bodies=tuple(mapi.bodies(top.text(mapi.BODY), html, rtf, page)),
    )
    for number, path in enumerate(_storages(top, "__attach_version1.0_"), 4):
        found = _with_attachment(found, _object(top.file, path, 8, top.charset), str(number), depth)
    return found


def _moment(top: _Object) -> datetime | None:
    times = (int.from_bytes(top.fixed.get(name, b""), "little") for name in (mapi.SENT_AT, mapi.DELIVERED_AT))
    return next((found for time in times if time and (found := mapi.moment(time))), None)


def _recipients(top: _Object) -> Iterator[str]:
    for path in _storages(top, "__recip_version1.0_"):
        each = _object(top.file, path, 8, top.charset)
        if address := address_of([each.text(mapi.RECIPIENT_SMTP)]) or address_of([each.text(mapi.RECIPIENT)]):
            yield address


def _storages(top: _Object, beginning: str) -> Iterator[_Path]:
    names = sorted(name for name in top.file.names.get(top.path, ()) if name.startswith(beginning))
    if len(names) > MOST_ATTACHMENTS:
        raise Unreadable(
            f"The message of Outlook has more than {MOST_ATTACHMENTS} attachments or recipients."
        )
    return ((*top.path, name) for name in names)


def _with_attachment(message: Message, attached: _Object, place: str, depth: int) -> Message:
    """The message with one more attachment; or with the bodies and attachments of a message that is attached."""
    how = attached.number(mapi.ATTACHED_HOW)
    name = attached.text(mapi.LONG_NAME, mapi.SHORT_NAME, mapi.DISPLAY_NAME)
    if how == _EMBEDDED_MESSAGE:
        if depth >= MOST_DEPTH:
            raise Unreadable(f"The message has messages in messages, more than {MOST_DEPTH} deep.")
        path = (*attached.path, f"{_STREAM}{mapi.ATTACHED:04X}{mapi.OBJECT:04X}")
        inner = _message(_object(attached.file, path, 24), depth + 1)
        return replace(
            message,
            bodies=(*message.bodies, *(_below(each, place) for each in inner.bodies)),
            attachments=(*message.attachments, *(_below(each, place) for each in inner.attachments)),
            unopened=(*message.unopened, *inner.unopened),
        )
    if how == _OLE_OBJECT or how in _BY_REFERENCE:
        kind = "an object of another program" if how == _OLE_OBJECT else "kept elsewhere"
        said = f"An attachment of the message is {kind} and was not opened. Open the original in Outlook."
        return replace(message, unopened=(*message.unopened, said))
    media_type = attached.text(mapi.MEDIA_TYPE).lower() or "application/octet-stream"
    inline = bool(attached.text(mapi.CONTENT_ID))
    part = Part(name, attached.bytes_of(mapi.ATTACHED), media_type, inline, place)
    return replace(message, attachments=(*message.attachments, part))


def _below(part: Part, place: str) -> Part:
    return replace(part, path=f"{place}.{part.path}")
