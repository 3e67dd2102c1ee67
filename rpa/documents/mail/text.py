"""The text in a message: character sets, encoded words, flowed lines and clear signatures."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from itertools import groupby

MOST_PIECES = 10_000  # of base64 text, each with an end of its own

_TEXT_CODEC = re.compile(
    r"ascii|utf-8(-sig)?|utf-(7|16|32)(-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rtu]|gb\w+|hz|big5\w*|shift_jis\w*"
    r"|euc_\w+|iso2022_\w+|mac-[a-z]+|tis-620|johab|ptcp154|kz1048"
)
"""By the names that Python gives them. Of its other codecs some are no character sets, and some take quadratic
time."""

_AS_WINDOWS = frozenset({"ascii", "iso8859-1", "cp1252"})
"""Declared by programs that do not know what they send: what is UTF-8 is read as that, the rest as
Windows-1252."""

_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"\?=\s+=\?")
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}["']?([\w.:-]{1,40})""", re.IGNORECASE)
_SIGNED, _SIGNATURE, _END = (
    f"-----{words} PGP {what}-----"
    for words, what in (("BEGIN", "SIGNED MESSAGE"), ("BEGIN", "SIGNATURE"), ("END", "SIGNATURE"))
)


def decoded(content: bytes, charset: str = "") -> str:
    """The text, with line feeds. A character set that is unknown, or not the one that was used, is no obstacle:
    UTF-8 is recognised, and anything else is taken for Windows-1252."""
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    codec = next((codec for mark, codec in marks if content.startswith(mark)), _codec(charset))
    for each in ("utf-8", "cp1252") if codec in _AS_WINDOWS else (codec, "utf-8", "cp1252"):
        try:
            text = content.decode(each)
            break
        except UnicodeError:
            continue
    else:
        text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name if 0 < len(charset) <= 40 and charset.isascii() else "ascii"
    except (LookupError, ValueError):
        return "ascii"
    return name if _TEXT_CODEC.fullmatch(name) else "ascii"


def html_charset(content: bytes) -> str:
    """The character set that a page itself declares; empty where it declares none."""
    found = _META.search(content, 0, 4_096)
    return found[1].decode("ascii", "replace") if found else ""


def decoded_words(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) decoded, wherever they stand, in one line."""
    joined = _BETWEEN_WORDS.sub("?==?", value)
    pieces: list[str] = []
    at = 0
    words: list[tuple[str, bytes]] = []
    for found in _WORD.finditer(joined):
        if found.start() > at:
            pieces += [_joined(words), joined[at : found.start()]]
            words = []
        words.append((found[1].lower(), _word(found[2].lower(), found[3])))
        at = found.end()
    return " ".join("".join([*pieces, _joined(words), joined[at:]]).split())


def _joined(words: list[tuple[str, bytes]]) -> str:
    """Encoded words that follow each other: a character may have been divided between two."""
    sets = groupby(words, key=lambda word: word[0])
    return "".join(decoded(b"".join(content for _, content in same), charset) for charset, same in sets)


def _word(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding == "q":
        return binascii.a2b_qp(raw, header=True)
    return from_base64(raw)[0]


_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=]")
_OTHER = bytes(each for each in range(256) if _FOREIGN.match(bytes([each])))


def from_base64(raw: bytes) -> tuple[bytes, bool]:
    """What base64 text stands for, and whether it is whole: nothing in it that does not belong, and no end
    missing. What is not whole is decoded as far as it goes."""
    text = raw.translate(None, b" \t\r\n")
    whole = len(text) % 4 == 0 and not _FOREIGN.search(text)
    if not whole:
        text = text.translate(None, _OTHER)
    end = max(len(text) - (2 if text.endswith(b"==") else 1), 0)  # where padding begins, if there is any
    inner = text.count(b"=", 0, end)
    if not inner and len(text) % 4 == 0:
        return base64.b64decode(text), whole
    if inner <= MOST_PIECES:  # pieces that were encoded one by one
        return b"".join(map(_padded, filter(None, text.split(b"=")))), whole and not inner
    return _padded(text.replace(b"=", b"")), False


def _padded(text: bytes) -> bytes:
    if len(text) % 4 == 1:
        text = text[:-1]
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def unflowed(text: str, *, delete_space: bool) -> str:
    """The paragraphs of flowed text (RFC 3676): a line that ends with a space goes on in the next."""
    pieces: list[str] = []
    going_on = False
    for line in text.split("\n"):
        plain = line.removeprefix(" ")
        quoted = plain.startswith(">")
        if pieces and not (going_on and not quoted):
            pieces.append("\n")
        going_on = plain.endswith(" ") and plain != "-- " and not quoted
        pieces.append(plain[:-1] if going_on and delete_space else plain)
    return "".join(pieces)


def without_clear_signature(text: str) -> str:
    """The text of a clear-signed PGP message (RFC 9580, 7) without what belongs to the signature."""
    before, begun, rest = text.partition(_SIGNED)
    _, headed, rest = rest.partition("\n\n")
    inner, signed, rest = rest.partition(f"\n{_SIGNATURE}")
    _, ended, after = rest.partition(_END)
    if not (begun and headed and signed and ended):
        return text
    return f"{before}{re.sub(r'(?m)^- ', '', inner)}{after}"
