"""MIME entities within bytes (RFC 2045, 2046, 2231), each by where it begins and ends.

The standard library reads the headers, by its policy `compat32`: measured on hostile input, its newer policies
take over a minute for a header of 10 MB and 23 seconds for 100,000 parts. The body is divided here, without a
copy: the library's parser takes nine times the size of a message in memory, and a microsecond for each empty
line.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message as Header
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import collapse_rfc2231_value

from rpa.documents.mail.text import decoded, decoded_words, from_base64
from rpa.documents.size import Unreadable

MOST_HEADER = 256 * 1024  # bytes of one entity's header
MOST_FIELDS = 2_000  # in one header, and of them
MOST_FIELD = 20_000  # characters of one that is read
MOST_DELIMITERS = 10_000  # lines that look like one
MOST_LINES = 2_000_000  # of uuencoded text: as many as the largest message has

_BLANK_LINE = re.compile(rb"\n\r?\n")
_BARE_RETURN = re.compile(rb"\r(?!\n)")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:|From |[ \t]")
_GUESSED = re.compile(rb"^--([^\s-][^\r\n]{0,199}?)[ \t]*\r?$", re.MULTILINE)
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


@dataclass(frozen=True, slots=True)
class Entity:
    """A message or a part of one: its header, and where its body stands in the content."""

    header: Header
    content: bytes = field(repr=False)
    start: int
    end: int
    default_type: str = "text/plain"

    @property
    def media_type(self) -> str:
        """As declared, in lower case; the default where nothing possible is declared."""
        declared = value(self.header, "Content-Type").partition(";")[0].strip().lower()
        return declared if _TYPE.fullmatch(declared) else self.default_type

    @property
    def body(self) -> bytes:
        """The bytes as they stand, still encoded."""
        return self.content[self.start : self.end]


def entity(content: bytes, start: int, end: int, default_type: str = "text/plain") -> Entity:
    """The entity that stands there. Raises `Unreadable` for a header that is too large."""
    after = 1 if content.startswith(b"\n", start) else 2 if content.startswith(b"\r\n", start) else 0
    if after or not _FIELD.match(content, start, end):
        return Entity(Header(compat32), content, min(start + after, end), end, default_type)
    blank = _BLANK_LINE.search(content, start, min(end, start + MOST_HEADER))
    if not blank and end - start > MOST_HEADER:
        raise Unreadable(f"The message has a header of more than {MOST_HEADER // 1024} KB.")
    block = content[start : blank.start() + 1 if blank else end]
    if block.count(b"\n") > MOST_FIELDS:
        raise Unreadable(f"The message has a header of more than {MOST_FIELDS:,} lines.")
    # A carriage return alone would be a line break to the library, and is none to the servers that checked it.
    header = HeaderParser(policy=compat32).parsestr(decoded(_BARE_RETURN.sub(b" ", block)))
    if left := header.get_payload():  # from a line on that does not belong into a header
        return Entity(header, content, start + _length_without(block, str(left)), end, default_type)
    return Entity(header, content, blank.end() if blank else end, end, default_type)


def _length_without(block: bytes, left: str) -> int:
    """How many bytes of the block come before its last lines, which the library has left over."""
    breaks = [found.end() for found in re.finditer(b"\n", block)]
    kept = len(breaks) - left.count("\n")
    return breaks[kept - 1] if kept > 0 else 0


def value(header: Header, name: str) -> str:
    """A field as it stands; empty where there is none. Raises `Unreadable` for one of more than `MOST_FIELD`."""
    found = str(header.get(name, ""))
    if len(found) > MOST_FIELD:
        raise Unreadable(f"The message has a header field of more than {MOST_FIELD:,} characters.")
    return found


def parameter(header: Header, name: str, of: str = "Content-Type") -> str:
    """A parameter of a field, decoded however it was encoded; empty where there is none."""
    value(header, of)
    try:
        found = header.get_param(name, "", of)
        text = collapse_rfc2231_value(found) if isinstance(found, tuple) else str(found or "")
    except (MessageError, ValueError, TypeError, AttributeError, LookupError):
        return ""  # the library's own trouble with what is no parameter
    return decoded_words(text)


def file_name(entity: Entity) -> str:
    """The name that a part was given, not cleaned; empty where it was given none."""
    return parameter(entity.header, "filename", "Content-Disposition") or parameter(entity.header, "name")


def disposition(entity: Entity) -> str:
    """How it is to be shown: attachment, inline or another word; empty where nothing is said."""
    return value(entity.header, "Content-Disposition").partition(";")[0].strip().lower()


def children(parent: Entity) -> Iterator[Entity]:
    """The parts of a multipart entity; none where it has no boundary. Without its last delimiter, the last part
    ends where the whole does."""
    default = "message/rfc822" if parent.media_type == "multipart/digest" else "text/plain"
    content = parent.content
    begun: int | None = None
    for start, end, is_last in _delimiters(parent):
        if begun is not None:
            yield entity(content, begun, _before_line_break(content, begun, start), default)
        if is_last:
            return
        begun = end
    if begun is not None:
        yield entity(content, begun, parent.end, default)


def _delimiters(parent: Entity) -> Iterator[tuple[int, int, bool]]:
    """(where the line begins, where the next begins, whether it is the last) of each delimiter."""
    boundary = parameter(parent.header, "boundary").rstrip()
    mark = b"--" + boundary.encode("utf-8", "replace")
    if not boundary or len(mark) > 300 or parent.content.find(mark, parent.start, parent.end) < 0:
        guessed = _GUESSED.search(parent.content, parent.start, min(parent.end, parent.start + 65_536))
        if not guessed:
            return
        mark = b"--" + guessed[1]
    at, seen = parent.start, 0
    while (found := parent.content.find(mark, at, parent.end)) >= 0:
        seen += 1
        if seen > MOST_DELIMITERS:
            raise Unreadable(f"The message has more than {MOST_DELIMITERS:,} parts, or what looks like them.")
        line_end = parent.content.find(b"\n", found, parent.end)
        after = line_end + 1 if line_end >= 0 else parent.end
        rest = parent.content[found + len(mark) : min(after, found + len(mark) + 200)].rstrip()
        if rest in (b"", b"--") and (found == parent.start or parent.content[found - 1 : found] == b"\n"):
            yield found, after, rest == b"--"
        at = max(after, found + 1)


def _before_line_break(content: bytes, start: int, end: int) -> int:
    if end > start and content[end - 1 : end] == b"\n":
        end -= 1
    if end > start and content[end - 1 : end] == b"\r":
        end -= 1
    return end


def payload(part: Entity) -> tuple[bytes, bool]:
    """The bytes of a part that is no multipart, decoded; and whether they are whole. What is in an unknown
    encoding stays as it is, and is not."""
    encoding = value(part.header, "Content-Transfer-Encoding").strip().lower().partition(";")[0].strip("\"' ")
    if encoding == "base64":
        return from_base64(part.body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(part.body), True
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _from_uuencode(part.body)
    return part.body, encoding in ("", "7bit", "8bit", "binary")


def _from_uuencode(raw: bytes) -> tuple[bytes, bool]:
    begun = re.search(rb"^begin [^\n]{0,300}\n", raw, re.MULTILINE)
    if not begun:
        return raw, False
    found = bytearray()
    for number, line in enumerate(re.finditer(rb"([^\r\n]*)\r?\n?", raw[begun.end() :])):
        if line[1].strip() in (b"end", b"`", b""):
            return bytes(found), True
        try:
            found += binascii.a2b_uu(line[1])
        except binascii.Error:
            break
        if number > MOST_LINES:
            break
    return bytes(found), False
