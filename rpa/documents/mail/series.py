"""A report that was sent in several messages: which of them one is."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

MOST = 100  # messages that one report may come in

_NUMBERS = r"(\d{1,3})\s{0,3}(?:/|of)\s{0,3}(\d{1,3})"
_MARKERS = (
    re.compile(rf"\[\s{{0,3}}(?:part\s{{1,3}})?{_NUMBERS}\s{{0,3}}\]", re.IGNORECASE),
    re.compile(r"\(\s{0,3}(\d{1,3})\s{0,3}of\s{0,3}(\d{1,3})\s{0,3}\)", re.IGNORECASE),  # "(5/11)" is a date
    re.compile(rf"\bpart\s{{1,3}}{_NUMBERS}(?![\d/])", re.IGNORECASE),
)
_REPLY = re.compile(r"^(?:\s{0,3}(?:re|fw|fwd)\s{0,3}:)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Series:
    """One message of several. `key`: the same for all of them, and not readable; `number`: from 1, of `of`."""

    key: str
    number: int
    of: int


def series_of(sender: str, subject: str) -> Series | None:
    """What a subject says: "[1/2]", "(1 of 2)", "Part 1/2". None where it says nothing, or nothing possible."""
    for marker in _MARKERS:
        if found := marker.search(subject):
            rest = subject[: found.start()] + subject[found.end() :]
            number, of = int(found[1]), int(found[2])
            return _series(sender, f"{of} {' '.join(_REPLY.sub('', rest).split())}", number, of)
    return None


def series_of_fragment(sender: str, identifier: str, number: str, of: str) -> Series | None:
    """What the header of a message/partial says (RFC 2046, 5.2.2). Only the last fragment need say of how many it
    is; 0 stands for a number that is not known yet."""
    if not (identifier and re.fullmatch(r"[0-9]{1,3}", number) and re.fullmatch(r"[0-9]{0,3}", of)):
        return None
    return _series(sender, f"partial {identifier}", int(number), int(of or 0), known=bool(of))


def _series(sender: str, what: str, number: int, of: int, *, known: bool = True) -> Series | None:
    possible = 1 <= number <= MOST and (not known or (number <= of and 2 <= of <= MOST))
    digest = hashlib.sha256(f"{sender.casefold()}\n{what.casefold()}".encode(errors="surrogatepass"))
    return Series(digest.hexdigest(), number, of) if possible else None
