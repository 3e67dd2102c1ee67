"""Files that are kept, and never uploaded into a target: what would do more there than show itself.

A page for a browser (HTML, SVG or any other XML, MHTML) is never uploaded: what of it is a script is for browsers
to say, and they say it differently. Of other text the first and the last 64 KB are searched for parts of one, and
no more: browsers look at less before they take a file for a page.
"""

from __future__ import annotations

import re

from rpa.documents.decoded import is_text
from rpa.documents.endings import PAGES, PROGRAMS, WITH_MACROS, ending_of
from rpa.documents.kinds import Kind, Office, in_ole, kind_of
from rpa.documents.media_types import UNKNOWN, media_type_of_bytes
from rpa.documents.pdf.document import needs_password
from rpa.documents.size import Unreadable
from rpa.documents.zipped import Zipped

_TYPES = {
    Kind.JSON: "application/json",
    Kind.MESSAGE: "message/rfc822",
    Kind.OUTLOOK: "application/vnd.ms-outlook",
    Kind.TNEF: "application/vnd.ms-tnef",
    Kind.PDF: "application/pdf",
    Kind.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.HTML: "text/html",
    Kind.RTF: "application/rtf",
    Kind.CSV: "text/csv",
    Kind.TEXT: "text/plain",
}
_SVG = "image/svg+xml"

A_PROGRAM = "it is a program or a script"
AN_ARCHIVE = "it is an archive, and what is in it is not looked at"
MACROS = "it is an Office file with macros, which are programs"
LOCKED = "it is protected by a password, and cannot be looked at"
ACTIVE = "it is a page for a browser, or has parts of one, and may have scripts in it"
BY_NAME = "its name is that of a program, a page for a browser, or another file that starts programs"

_LOOKED_AT = 65_536  # bytes, at the beginning and at the end
_BEFORE = bytes(range(33)) + b"\xef\xbb\xbf\xfe\xff"  # white space, and byte order marks
_PAGE = re.compile(rb"<(?:[!?]|[a-z][\w:.-]{0,99}[\s/>])", re.IGNORECASE)
_SCRIPT = re.compile(
    rb"<\s{0,9}[\w:]{0,99}(?:script|iframe|object|embed|applet|foreignObject)\b|(?:java|vb)script\s*:|\bon\w+\s*=|"
    rb"<Saved by |\bSnapshot-Content-Location:",  # of MHTML
    re.IGNORECASE,
)
_BROKEN = re.compile(rb"=\r?\n")  # a line of a message, within a word


def media_type(content: bytes, name: str = "") -> str:
    """The MIME type of a file by its content; `application/octet-stream` where that does not tell."""
    kind = kind_of(content, name)
    if kind is Kind.IMAGE and b"<" in content[:1024] and media_type_of_bytes(content) == UNKNOWN:
        return _SVG
    return _TYPES.get(kind) or media_type_of_bytes(content)


def refused(content: bytes, name: str = "") -> str | None:
    """Why a file is kept and never uploaded into a target, in words that end a sentence; None where it may be."""
    kind = kind_of(content, name)
    if kind is Kind.PROGRAM:
        return A_PROGRAM
    if ending_of(name) in PAGES | PROGRAMS:
        return BY_NAME
    if kind is Kind.ARCHIVE:
        return AN_ARCHIVE
    if content.startswith(b"PK"):
        return _in_zip(content, name)
    if _is_page(content, kind):
        return ACTIVE
    if kind is Kind.PDF:
        return LOCKED if needs_password(content) else None
    return {Office.ENCRYPTED: LOCKED, Office.MACROS: MACROS, Office.INSTALLER: A_PROGRAM}.get(
        in_ole(content) or Office.OTHER
    )


def _is_page(content: bytes, kind: Kind) -> bool:
    """Whether it is a page for a browser, or text with parts of one that may be scripts."""
    parts = (content[:_LOOKED_AT], content[-_LOOKED_AT:])
    if media_type(content) in (_TYPES[Kind.HTML], _SVG) or _PAGE.match(_plain(parts[0]).lstrip(_BEFORE)):
        return True
    if kind is Kind.PDF:
        return False
    texts = [_BROKEN.sub(b"", part) if kind is Kind.MESSAGE else part for part in parts if is_text(part)]
    return any(b"<" in text and _SCRIPT.search(_plain(text)) for text in texts)


def _plain(content: bytes) -> bytes:
    """Letters as they are in ASCII, whatever the encoding."""
    return content.replace(b"\0", b"")


def _in_zip(content: bytes, name: str) -> str | None:
    try:
        zipped = Zipped(content)
    except Unreadable:
        return AN_ARCHIVE
    if zipped.is_locked:
        return LOCKED
    has_macros = any("vbaproject" in part.lower() or "macrosheets/" in part.lower() for part in zipped.names)
    return MACROS if has_macros or ending_of(name) in WITH_MACROS else None
