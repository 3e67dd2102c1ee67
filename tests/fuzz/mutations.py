"""Documents changed at random: the same seed and number make the same bytes everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

MOST_BYTES = 400_000
_TOKEN = re.compile(rb"[A-Za-z_/\\<&{}:#%-]{2,24}")
_ODD = (
    b"",
    b"\0",
    b"\xff" * 4,
    b"\x80\0\0\0",
    b"\x7f\xff\xff\xff",
    b"-1",
    b"0",
    b"4294967296",
    b"1e999",
    b"NaN",
    b"%s%n",
    b"\r\n",
    b"\t",
    b'"',
    b"'",
    b"<",
    b">",
    b"&",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"\\",
    b"/",
    b"obj",
    b"endobj",
    b"stream",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"&a;",
)

Change = Callable[[bytearray, Random, Sequence[bytes], Sequence[bytes]], None]


def mutated(samples: Sequence[bytes], tokens: Sequence[bytes], seed: str) -> bytes:
    """One of the samples after some changes."""
    random = Random(seed)
    content = bytearray(random.choice(samples))
    for _ in range(random.choice((1, 1, 2, 3, 5, 8, 20))):
        random.choice(_CHANGES)(content, random, samples, tokens)
    return bytes(content[:MOST_BYTES])


def tokens_of(samples: Sequence[bytes]) -> list[bytes]:
    """The words of a format, as its samples have them, and others that are odd in any."""
    found = {token for sample in samples for token in _TOKEN.findall(sample[:50_000])}
    return [*_ODD, *sorted(found)[:2_000]]


def _place(content: bytearray, random: Random) -> int:
    return random.randrange(len(content) + 1)


def _flip(content: bytearray, random: Random, _samples: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    for _ in range(random.choice((1, 4, 16))):
        if content:
            content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def _cut(content: bytearray, random: Random, _samples: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    del content[_place(content, random) :]


def _remove(content: bytearray, random: Random, _samples: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    at = _place(content, random)
    del content[at : at + random.choice((1, 8, 64, 512))]


def _splice(content: bytearray, random: Random, samples: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    other = random.choice(samples)
    start = random.randrange(len(other) + 1)
    at = _place(content, random)
    content[at : at + random.choice((0, 64, 4096))] = other[start : start + random.choice((16, 256, 8192))]


def _repeat(content: bytearray, random: Random, _samples: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    at = _place(content, random)
    piece = bytes(content[at : at + random.choice((1, 4, 32, 300))])
    content[at:at] = piece * random.choice((2, 20, 300, 3_000)) if len(content) < MOST_BYTES else b""


def _insert(content: bytearray, random: Random, _samples: Sequence[bytes], tokens: Sequence[bytes]) -> None:
    at = _place(content, random)
    content[at : at + random.choice((0, 0, 4))] = random.choice(tokens) * random.choice((1, 1, 3, 50))


def _number(content: bytearray, random: Random, _samples: Sequence[bytes], _tokens: Sequence[bytes]) -> None:
    places = [found.span() for found in re.finditer(rb"\d+", bytes(content[:100_000]))]
    if places:
        start, end = random.choice(places)
        content[start:end] = random.choice(
            (b"0", b"-1", b"1", b"255", b"65536", b"2147483648", b"9" * 40, b"0.0001")
        )


_CHANGES: tuple[Change, ...] = (_flip, _cut, _remove, _splice, _repeat, _insert, _insert, _number)
