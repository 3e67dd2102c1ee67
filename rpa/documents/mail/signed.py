"""Signed and encrypted content in CMS (RFC 5652), which S/MIME calls application/pkcs7-mime.

Only what was signed is taken out; whether the signature is right is not looked at. The `cryptography` library
verifies and decrypts, and gives out no content without that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SIGNED = bytes.fromhex("2a864886f70d010702")
_OCTETS, _OCTETS_IN_PIECES = 0x04, 0x24
_MOST_DEPTH = 20
_MOST_PIECES = 200_000


@dataclass(frozen=True, slots=True)
class _Element:
    """One element of BER: what it is, where its content stands, and where the next begins."""

    tag: int
    start: int
    end: int
    after: int


_NOT_BER = "not BER, or more of it than any message has"


def signed_content(content: bytes) -> bytes | None:
    """What was signed; None where it is not signed but encrypted, has no content, or is not CMS."""
    try:
        top = _element(content, 0, len(content))
        identifier, explicit = _first(content, top, 2)
        if content[identifier.start : identifier.end] != _SIGNED:
            return None
        (signed,) = _first(content, explicit, 1)
        *_, wrapped = _first(content, signed, 3)  # version, digest algorithms, what was signed
        _, explicit = _first(content, wrapped, 2)
        (octets,) = _first(content, explicit, 1)
        return b"".join(_octets(content, octets))
    except (ValueError, IndexError):
        return None


def _octets(content: bytes, element: _Element, depth: int = 0) -> Iterator[bytes]:
    if element.tag == _OCTETS:
        yield content[element.start : element.end]
    elif element.tag == _OCTETS_IN_PIECES and depth < _MOST_DEPTH:
        for piece in _within(content, element):
            yield from _octets(content, piece, depth + 1)
    else:
        raise ValueError(_NOT_BER)


def _first(content: bytes, element: _Element, number: int) -> list[_Element]:
    found = [each for each, _ in zip(_within(content, element), range(number), strict=False)]
    if len(found) < number:
        raise ValueError(_NOT_BER)
    return found


def _within(content: bytes, element: _Element) -> Iterator[_Element]:
    at, seen = element.start, 0
    while at < element.end:
        inner = _element(content, at, element.end)
        seen += 1
        if seen > _MOST_PIECES:
            raise ValueError(_NOT_BER)
        if inner.tag == 0 and inner.start == inner.end:
            return
        yield inner
        at = inner.after


def _element(content: bytes, at: int, end: int, depth: int = 0) -> _Element:
    """The element that begins there, with a length or, as BER allows, with an end."""
    tag, length, start = content[at], content[at + 1], at + 2
    if length == 0x80:
        return _of_unknown_length(content, tag, start, end, depth)
    if length > 0x80:
        figures = length - 0x80
        if figures > 8:
            raise ValueError(_NOT_BER)
        length = int.from_bytes(content[start : start + figures])
        start += figures
    if start + length > end:
        raise ValueError(_NOT_BER)
    return _Element(tag, start, start + length, start + length)


def _of_unknown_length(content: bytes, tag: int, start: int, end: int, depth: int) -> _Element:
    if depth > _MOST_DEPTH:
        raise ValueError(_NOT_BER)
    at, seen = start, 0
    while content[at : at + 2] != b"\0\0":
        at = _element(content, at, end, depth + 1).after
        seen += 1
        if at >= end or seen > _MOST_PIECES:
            raise ValueError(_NOT_BER)
    return _Element(tag, start, at, at + 2)
