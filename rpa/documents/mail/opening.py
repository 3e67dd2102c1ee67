"""Opening a message: its parts, and the parts of the messages in it, whatever kind each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rpa.documents.mail import mime, outlook, signed, tnef
from rpa.documents.mail.parts import Message, Part, clean_name
from rpa.documents.mail.text import decoded, html_charset, unflowed, without_clear_signature
from rpa.documents.size import Unreadable

MOST_OPENED = 150 * 1024 * 1024  # bytes of all bodies and attachments together
MOST_PARTS = 200
MOST_DEPTH = 30
MOST_FLOWED = 1_000_000  # characters of a body whose lines are joined

FOREIGN = (outlook.SIGNATURE, tnef.SIGNATURE)
"""What files of Outlook begin with; others than messages begin with the first of them too."""

_ENCRYPTED = "The message, or a part of it, is encrypted. Ask the sender for it without encryption."
_ELSEWHERE = "A part of the message is kept elsewhere and was not fetched. Ask the sender for it."
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_PKCS7 = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_FIELDS = ("From", "To", "Subject", "Date", "Message-ID", "Received", "MIME-Version", "Content-Type")


@dataclass
class Opening:
    """What has been found so far, in all messages together."""

    bodies: list[Part] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)
    unopened: list[str] = field(default_factory=list)
    parts: int = 0
    total: int = 0

    def enter(self, depth: int) -> None:
        """Raise `Unreadable` for one part too many, or one too deep."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise Unreadable(f"The message has more than {MOST_PARTS} parts.")
        if depth > MOST_DEPTH:
            raise Unreadable(f"The message has parts within parts, more than {MOST_DEPTH} deep.")

    def weigh(self, content: bytes) -> None:
        """Raise `Unreadable` once everything together is too large."""
        self.total += len(content)
        if self.total > MOST_OPENED:
            raise Unreadable(f"The message holds more than {MOST_OPENED // 1024 // 1024} MB.")


def has_header(content: bytes) -> bool:
    """Whether the bytes begin as a MIME message does."""
    try:
        header = mime.entity(content, 0, len(content)).header
    except Unreadable:
        return True  # whoever reads it says what is wrong with it
    return any(header.get(name) is not None for name in _FIELDS)


def is_message(content: bytes, name: str = "") -> bool:
    """Whether these bytes are to be read as a message: by what they are, and for MIME by their name too."""
    if content.startswith(FOREIGN):
        return content.startswith(tnef.SIGNATURE) or outlook.is_message(content)
    return name.lower().endswith(".eml") and has_header(content)


def add_entity(part: mime.Entity, opening: Opening, path: str, depth: int) -> None:
    """Add everything in a MIME entity to what was found. Raises `Unreadable` above the limits."""
    opening.enter(depth)
    kind = part.media_type
    if kind == "multipart/encrypted":
        opening.unopened.append(_ENCRYPTED)
    elif kind.startswith("multipart/") and (inner := _children(part, kind)):
        for number, child in enumerate(inner, 1):
            add_entity(child, opening, _below(path, number), depth + 1)
    else:
        _add_leaf(part, opening, path or "1", depth)


def _children(part: mime.Entity, kind: str) -> Sequence[mime.Entity]:
    found: list[mime.Entity] = []
    for child in mime.children(part):
        if not (kind == "multipart/signed" and child.media_type in _SIGNATURES):
            found.append(child)
        if len(found) > MOST_PARTS:
            raise Unreadable(f"The message has more than {MOST_PARTS} parts.")
    return found


def _below(path: str, number: int | str) -> str:
    return f"{path}.{number}" if path else str(number)


def _add_leaf(leaf: mime.Entity, opening: Opening, path: str, depth: int) -> None:
    content, whole = mime.payload(leaf)
    opening.weigh(content)
    name, kind, shown = mime.file_name(leaf), leaf.media_type, mime.disposition(leaf)
    if kind.startswith("multipart/"):
        kind = "text/plain"  # without parts it is read as what it looks like
    if kind in ("text/plain", "text/html") and not name and shown != "attachment":
        opening.bodies.append(_body(leaf, content, kind, path, opening))
        return
    if kind == "message/external-body":
        opening.unopened.append(_ELSEWHERE)
    if not whole:
        said = f"The attachment {clean_name(name) or 'without a name'} is damaged."
        opening.unopened.append(f"{said} Ask the sender for it again if it does not open.")
    inline = shown == "inline" or (shown != "attachment" and leaf.header.get("Content-ID") is not None)
    _add_part(Part(name, content, kind, inline, path), opening, depth)


def _body(leaf: mime.Entity, content: bytes, kind: str, path: str, opening: Opening) -> Part:
    charset = mime.parameter(leaf.header, "charset")
    text = decoded(content, charset or (html_charset(content) if kind == "text/html" else ""))
    if len(text) <= MOST_FLOWED and mime.parameter(leaf.header, "format").lower() == "flowed":
        text = unflowed(text, delete_space=mime.parameter(leaf.header, "delsp").lower() == "yes")
    return _plain_body(Part("", text.encode("utf-8", "replace"), kind, inline=True, path=path), opening)


def _plain_body(body: Part, opening: Opening) -> Part:
    """The body as a person wrote it. One that PGP encrypted stays as it is, and somebody is told."""
    if b"-----BEGIN PGP MESSAGE-----" in body.content:
        opening.unopened.append(_ENCRYPTED)
    if b"-----BEGIN PGP SIGNED MESSAGE-----" in body.content:
        return replace(body, content=without_clear_signature(body.content.decode()).encode())
    return body


def _add_part(part: Part, opening: Opening, depth: int) -> None:
    """Add an attachment. What is a message is opened, and its parts are added instead."""
    if part.media_type in _MESSAGES or part.media_type.startswith("multipart/"):
        add_entity(mime.entity(part.content, 0, len(part.content)), opening, part.path, depth + 1)
    elif part.media_type in _PKCS7 or part.name.lower().endswith(".p7m"):
        _add_signed(part, opening, depth + 1)
    elif not is_message(part.content, part.name):
        opening.attachments.append(part)
    elif part.content.startswith(FOREIGN):
        _add_foreign_part(part, opening, depth + 1)
    else:
        add_entity(mime.entity(part.content, 0, len(part.content)), opening, part.path, depth + 1)


def _add_signed(part: Part, opening: Opening, depth: int) -> None:
    inner = signed.signed_content(part.content)
    if inner is None:
        opening.unopened.append(_ENCRYPTED)
    else:
        opening.weigh(inner)
        add_entity(mime.entity(inner, 0, len(inner)), opening, part.path, depth)


def _add_foreign_part(part: Part, opening: Opening, depth: int) -> None:
    try:
        found = _read_foreign(part.content)
    except Unreadable:
        opening.attachments.append(part)
        opening.unopened.append(f"The attached message {clean_name(part.name)} cannot be opened.")
    else:
        _add_found(found, opening, part.path, depth)


def add_foreign(content: bytes, opening: Opening, path: str, depth: int) -> Message:
    """Add what is in a message of Outlook's kinds, and return what it says of itself. Raises `Unreadable`."""
    found = _read_foreign(content)
    _add_found(found, opening, path, depth)
    return found


def _read_foreign(content: bytes) -> Message:
    return tnef.read(content) if content.startswith(tnef.SIGNATURE) else outlook.read(content)


def _add_found(found: Message, opening: Opening, path: str, depth: int) -> None:
    opening.unopened += found.unopened
    for body in found.bodies:
        opening.enter(depth)
        opening.weigh(body.content)
        opening.bodies.append(_plain_body(replace(body, path=_below(path, body.path)), opening))
    for part in found.attachments:
        opening.enter(depth)
        opening.weigh(part.content)
        _add_part(replace(part, path=_below(path, part.path)), opening, depth)
