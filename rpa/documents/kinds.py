"""What a file is, by its content: what it is called, and what its sender says that it is, may be wrong."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

import olefile

from rpa.documents.decoded import is_text, marked
from rpa.documents.endings import SCRIPTS
from rpa.documents.media_types import media_type_of_bytes
from rpa.documents.size import Unreadable, unreadable
from rpa.documents.zipped import Zipped

_LOOKED_AT = 65_536  # bytes
_MOST_HEADERS = 200  # lines


class Kind(StrEnum):
    """Kinds of file, by who reads them."""

    JSON = "json"
    MESSAGE = "message"  # an email as it travels (RFC 822)
    OUTLOOK = "outlook"  # an email as Outlook keeps it (.msg)
    TNEF = "tnef"  # what Outlook wraps attachments in (winmail.dat)
    PDF = "pdf"
    WORD = "word"  # .docx
    HTML = "html"
    RTF = "rtf"
    CSV = "csv"
    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    ARCHIVE = "archive"
    PROGRAM = "program"
    OTHER = "other"


class Office(StrEnum):
    """What a file in one of the two wrappings of Microsoft's programs is, beside those that are read."""

    ENCRYPTED = "encrypted"
    MACROS = "macros"
    INSTALLER = "installer"
    OLD_WORD = "old word"
    OTHER = "other"


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_INSTALLER = "000C1084-0000-0000-C000-000000000046"
_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x78\x9f\x3e\x22", Kind.TNEF),
    (b"{\\rtf", Kind.RTF),
    (b"\x7fELF", Kind.PROGRAM),
    (b"\xca\xfe\xba\xbe", Kind.PROGRAM),
    (b"\xfe\xed\xfa", Kind.PROGRAM),
    (b"\xce\xfa\xed\xfe", Kind.PROGRAM),
    (b"\xcf\xfa\xed\xfe", Kind.PROGRAM),
    (b"\0asm", Kind.PROGRAM),
    (b"#!AMR", Kind.AUDIO),
    (b"#!/", Kind.PROGRAM),
    (b"#! /", Kind.PROGRAM),
    (b"L\0\0\0\x01\x14\x02\0", Kind.PROGRAM),  # a shortcut, which starts a program
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"BZh91AY&SY", Kind.ARCHIVE),
    (b"\xfd7zXZ\0", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"Rar!\x1a\x07", Kind.ARCHIVE),
    (b"MSCF", Kind.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Kind.ARCHIVE),
)
_MEDIA = {"image": Kind.IMAGE, "audio": Kind.AUDIO, "video": Kind.VIDEO}
_TABLES = (".csv", ".tsv", ".tab")
_JSON = re.compile(r"""\s*(?:\{\s*(?:["}]|\Z)|\[\s*(?:[\[{"\]]|\Z))""")
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|table|div|p|dl|h[1-6]|meta|title|center|font|br)\b", re.IGNORECASE
)
_SVG = re.compile(r"<(?:!doctype\s+svg|(?:\w{1,20}:)?svg)\b", re.IGNORECASE)
_BREAK = re.compile(r"\r\n|\n|\r")
_HEADER = re.compile(r"([!-9;-~]{1,78}):(?:[ \t].*)?")
_OF_MESSAGES = frozenset(
    {"from", "received", "return-path", "delivered-to", "date", "subject", "to", "message-id", "mime-version"}
)
_SENT = frozenset({"from", "received", "return-path", "delivered-to"})


def kind_of(content: bytes, name: str = "") -> Kind:
    """What these bytes are. The name counts only where content cannot tell: whether text is a table, or a script
    that a system would run because of its name."""
    head = content[:_LOOKED_AT]
    if head.startswith(OLE):
        return Kind.OUTLOOK if in_ole(content) is None else Kind.OTHER
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(content)
    if head.lstrip().startswith(b"%PDF-") or (b"%PDF-" in head[:1024] and not is_text(content)):
        return Kind.PDF
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[257:262] == b"ustar":
        return Kind.ARCHIVE
    if is_text(content):
        return _of_text(head, PurePath(name).suffix.lower())
    if head.startswith(b"MZ"):
        return Kind.PROGRAM
    return _MEDIA.get(media_type_of_bytes(head).split("/")[0], Kind.OTHER)


def in_ole(content: bytes) -> Office | None:
    """What a file of Microsoft's older wrapping is; None for a message."""
    with suppress(Unreadable), unreadable("It is damaged."), olefile.OleFileIO(BytesIO(content)) as opened:
        names = {entry[0].lower() for entry in opened.listdir(streams=True, storages=True)}
        if "__properties_version1.0" in names:
            return None
        if "encryptedpackage" in names:
            return Office.ENCRYPTED
        if opened.root.clsid == _INSTALLER:
            return Office.INSTALLER
        if {"macros", "_vba_project_cur", "vba"} & names:
            return Office.MACROS
        return Office.OLD_WORD if "worddocument" in names else Office.OTHER
    return Office.OTHER


def _of_zip(content: bytes) -> Kind:
    try:
        names = Zipped(content).names
    except Unreadable:
        return Kind.ARCHIVE
    if "[Content_Types].xml" in names:
        return Kind.WORD if "word/document.xml" in names else Kind.OTHER
    if any(name.endswith((".class", ".dex")) for name in names):
        return Kind.PROGRAM
    return Kind.OTHER if "mimetype" in names and "content.xml" in names else Kind.ARCHIVE


def _of_text(head: bytes, ending: str) -> Kind:
    text = _decoded(head)
    if ending in SCRIPTS:
        return Kind.PROGRAM
    if _JSON.match(text):
        return Kind.JSON
    if _is_message(text):
        return Kind.MESSAGE
    beginning = _beginning(text)
    if _SVG.match(beginning):
        return Kind.IMAGE
    if _HTML.match(beginning):
        return Kind.HTML
    return Kind.CSV if ending in _TABLES else Kind.TEXT


def _decoded(head: bytes) -> str:
    encoding, length = marked(head) or ("latin-1", 0)
    return head[length:].decode(encoding, "replace")


def _beginning(text: str) -> str:
    """What follows declarations and comments."""
    at = 0
    while True:
        rest = text[at : at + 4]
        if rest[:1].isspace():
            at += 1
        elif rest == "<!--" or rest.startswith("<?"):
            end = text.find("-->" if rest == "<!--" else ">", at)
            if end < 0:
                return ""
            at = end + 1
        elif rest.startswith("->"):
            at += 2
        else:
            return text[at : at + 200]


def _is_message(text: str) -> bool:
    """Whether it begins with header lines, one of which says from where it came, and then a blank line."""
    names = set[str]()
    lines = _BREAK.split(text.lstrip("\r\n"), _MOST_HEADERS)[:_MOST_HEADERS]
    if lines and lines[0].startswith("From "):  # the line before a message in a mailbox file
        lines = lines[1:]
    for line in lines:
        if not line.strip():
            break
        if names and line[0] in " \t":
            continue
        if (found := _HEADER.fullmatch(line)) is None:
            return False
        names.add(found[1].lower())
    return bool(names & _SENT) and len(names & _OF_MESSAGES) >= 2
