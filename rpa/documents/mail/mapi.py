"""What Outlook's formats share: the numbers of MAPI's properties, its code pages, times and bodies
(MS-OXPROPS)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from compressed_rtf import decompress

from rpa.documents.mail.parts import Part
from rpa.documents.mail.text import decoded, html_charset

SUBJECT, SENT_AT, DELIVERED_AT, MESSAGE_ID, HEADERS = 0x0037, 0x0039, 0x0E06, 0x1035, 0x007D
SENDER_TYPE, SENDER, SENDER_SMTP, RECIPIENT, RECIPIENT_SMTP = 0x0C1E, 0x0C1F, 0x5D01, 0x3003, 0x39FE
BODY, RTF, HTML, CODE_PAGE, BODY_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FFD, 0x3FDE
ATTACHED, ATTACHED_HOW, SHORT_NAME, LONG_NAME = 0x3701, 0x3705, 0x3704, 0x3707
DISPLAY_NAME, MEDIA_TYPE, CONTENT_ID = 0x3001, 0x370E, 0x3712

INTEGER, OBJECT, STRING8, STRING, TIME, BINARY = 0x0003, 0x000D, 0x001E, 0x001F, 0x0040, 0x0102

MOST_RTF = 1024 * 1024  # bytes, compressed; the library takes a second for them

_PAGES = {
    1200: "utf-16-le",
    1201: "utf-16-be",
    20127: "ascii",
    20866: "koi8-r",
    21866: "koi8-u",
    65001: "utf-8",
}
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def charset_of(page: int) -> str:
    """The name of a Windows code page, as character sets are declared."""
    return _PAGES.get(page) or (f"iso-8859-{page - 28_590}" if 28_591 <= page <= 28_605 else f"cp{page}")


def moment(hundreds_of_nanoseconds: int) -> datetime | None:
    """A time as MAPI counts it, from 1601; None for one that cannot be."""
    try:
        found = _EPOCH + timedelta(microseconds=hundreds_of_nanoseconds // 10)
    except OverflowError:
        return None
    return found if 1990 <= found.year <= 2200 else None


def bodies(text: str, html: bytes, rtf: bytes, page: int) -> Iterator[Part]:
    """The bodies of a message, as `Part` has them. RTF, which Outlook makes of the others, where it is alone."""
    if plain := text.replace("\r\n", "\n").rstrip("\0"):
        yield Part("", plain.encode("utf-8", "replace"), "text/plain", inline=True, path="1")
    if html:
        page_text = decoded(html.rstrip(b"\0"), html_charset(html) or (charset_of(page) if page else ""))
        yield Part("", page_text.encode("utf-8", "replace"), "text/html", inline=True, path="2")
    if not plain and not html and (found := _decompressed(rtf)):
        yield Part("", found, "text/rtf", inline=True, path="3")


def _decompressed(rtf: bytes) -> bytes:
    """Rich text as it was before Outlook compressed it; empty where it is not that, or too much."""
    if not 16 < len(rtf) <= MOST_RTF:
        return b""
    try:
        return bytes(decompress(rtf)).rstrip(b"\0")
    except Exception:  # noqa: BLE001 - the library raises this very class, and what reading past an end raises
        return b""
