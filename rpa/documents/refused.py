"""Files that are kept, and never uploaded into a target: what would do more there than show itself."""

from __future__ import annotations

import re
from pathlib import PurePath

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
ACTIVE = "it is a page with scripts in it"

_WITH_SCRIPTS = re.compile(
    rb"<\s*(?:script|iframe|object|embed|applet|foreignObject)\b|javascript\s*:|\bon(?:load|unload|error|click|dblclick|"
    rb"mouse\w{2,6}|key\w{2,5}|pointer\w{2,8}|touch\w{2,6}|focus\w{0,3}|blur|submit|change|input|toggle|begin|end|repeat|"
    rb"drag\w{0,5}|drop|wheel|resize|scroll|copy|cut|paste|message|select\w{0,6}|abort|play\w{0,4}|before\w{1,12}|"
    rb"after\w{1,12}|animation\w{1,9}|transition\w{1,6})\s*=",
    re.IGNORECASE,
)
_MACRO_ENDINGS = (".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam", ".pptm", ".potm", ".ppsm", ".ppam")


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
    if kind is Kind.ARCHIVE:
        return AN_ARCHIVE
    if content.startswith(b"PK"):
        return _in_zip(content, name)
    if kind is Kind.PDF:
        return LOCKED if needs_password(content) else None
    if kind is Kind.HTML or media_type(content, name) == _SVG:
        return ACTIVE if _WITH_SCRIPTS.search(_plain(content)) else None
    return {Office.ENCRYPTED: LOCKED, Office.MACROS: MACROS, Office.INSTALLER: A_PROGRAM}.get(
        in_ole(content) or Office.OTHER
    )


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
    return MACROS if has_macros or PurePath(name).suffix.lower() in _MACRO_ENDINGS else None
