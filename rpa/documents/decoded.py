"""Bytes that are text -> that text, by its byte order mark, as UTF-8, or as the encoding of Windows."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from rpa.documents.size import MOST_TEXT, Unreadable

READ_AS_WINDOWS = "The file does not say how its letters are stored. They were read as Windows stores them."
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, as it begins with the same mark
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ENCODING = re.compile(
    r"ascii|iso8859-\d+|cp\d+|utf-16(-[bl]e)?|gb\w+|big5|shift_jis|euc_\w+|koi8-\w|mac-roman"
)
_FEW = 0.02  # of all bytes


def marked(content: bytes) -> tuple[str, int] | None:
    """The encoding that a byte order mark names, and the length of the mark."""
    return next(((encoding, len(mark)) for mark, encoding in _MARKS if content.startswith(mark)), None)


def is_text(content: bytes) -> bool:
    """Whether the beginning of a file is text: few of its bytes are control characters."""
    if marked(content):
        return True
    head = content[:65_536]
    return bool(head.strip()) and len(_CONTROLS.findall(head)) <= _FEW * len(head)


def _known(declared: str) -> str:
    """The encoding of that name where it is one of text; others take long, or are none."""
    with suppress(LookupError, ValueError):
        name = codecs.lookup(declared.strip()).name
        if _ENCODING.fullmatch(name):
            return name
    return "utf-8"


def decode(content: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """The text, and what a person is to know of how it was read. `declared`: what the file says that its encoding
    is, where it is said to be one; a byte order mark says it better.

    Raises `Unreadable` for what is no text, or more than anybody writes.
    """
    if len(content) > 4 * MOST_TEXT + 4:
        raise Unreadable(f"The document has more than {MOST_TEXT:,} characters. Open it to read it.")
    if (mark := marked(content)) is not None:
        encoding, length = mark
        return content[length:].decode(encoding, "replace"), ()
    for encoding in ("utf-8", _known(declared)):
        with suppress(UnicodeError):
            return content.decode(encoding), ()
    if not is_text(content):
        raise Unreadable("The file is no text. Open it to see what it is.")
    return content.decode("cp1252", "replace"), (READ_AS_WINDOWS,)
