"""What the receiving mail server found out about a sender, as it says in the header (RFC 8601, RFC 8617).

Anybody can write such a header. One counts only if it names a server that the settings trust, and that server
removes those that arrive with its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST = 20_000  # characters of one header that are read

_RESULT = re.compile(r"\s*(dkim|spf|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_SIGNED_BY = re.compile(r"(?<!\S)header\.[di]\s*=\s*(\S+)", re.IGNORECASE)
_FROM = re.compile(r"(?<!\S)header\.from\s*=\s*(\S+)", re.IGNORECASE)
_ORDINARY = re.compile(r'[^"()\\]+|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Authentication:
    """The results of one trusted server: "pass", "fail" and so on in lower case, empty where it gives none.

    `dmarc`: the first that is no pass, where there are several. `sender`: whether they show that the sender's own
    domain sent it: DMARC passed for it, or where nothing is said of DMARC, a signature of that domain.
    """

    server: str
    dkim: str = ""
    spf: str = ""
    dmarc: str = ""
    sender: bool = False


def authentication_of(
    fields: Iterable[tuple[str, str]], trusted: Iterable[str], sender: str
) -> Authentication | None:
    """What the uppermost headers of a trusted server say; None where no trusted server says anything.

    `fields`: (name, value) of the header from the top. Servers write above what they receive: what stands below a
    Received header that comes after the first trusted one was there before, and does not count. ARC results count
    where there are no others.
    """
    servers = {each.casefold() for each in trusted}
    if not servers:
        return None
    listed = [(name.casefold(), _bounded(value)) for name, value in fields]
    for wanted in ("authentication-results", "arc-authentication-results"):
        if found := list(_uppermost(listed, wanted, servers)):
            return _together(found, sender)
    return None


def _bounded(value: str) -> str:
    """As much of it as is read, without a result that would be cut off."""
    return value if len(value) <= MOST else value[:MOST].rpartition(";")[0]


def _uppermost(
    fields: Iterable[tuple[str, str]], wanted: str, servers: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """(server, results) of each header that counts."""
    begun = False
    for name, value in fields:
        if name == "received" and begun:
            return
        if name == wanted:
            parts = _plain(value).split(";")
            if wanted.startswith("arc-"):
                parts = parts[1:] if re.fullmatch(r"\s*i\s*=\s*\d+\s*", parts[0]) else []
            server = parts[0].split()[:1] if parts else []
            if server and server[0].casefold() in servers:
                begun = True
                yield server[0].casefold(), parts[1:]
            elif wanted.startswith("arc-"):
                return  # an instance that somebody else added later says that the message was altered since


def _together(found: list[tuple[str, list[str]]], sender: str) -> Authentication:
    domain = sender.rpartition("@")[2].casefold()
    results: dict[str, str] = {}
    signed, aligned = False, True
    for part in (part for _, parts in found for part in parts):
        if told := _RESULT.match(part):
            method, result = told[1].lower(), told[2].lower()
            if method not in results or (results[method] == "pass") is (method == "dmarc"):
                results[method] = result
            if method == "dmarc":
                aligned &= _are_of(_FROM.findall(part), domain)
            elif method == "dkim" and result == "pass":
                signed |= _are_of(_SIGNED_BY.findall(part), domain)
    passed = (results["dmarc"] == "pass" and aligned) if "dmarc" in results else signed
    return Authentication(found[0][0], **results, sender=bool(domain) and passed)


def _are_of(found: list[str], domain: str) -> bool:
    """Whether domains or addresses are given, and each is the sender's domain or above it."""
    return bool(found) and all(_covers(each.rpartition("@")[2], domain) for each in found)


def _covers(given: str, domain: str) -> bool:
    given = given.casefold().strip(".")
    return "." in given and (domain == given or domain.endswith(f".{given}"))


def _plain(value: str) -> str:
    """The value without its comments and quoted strings, in which anything may stand."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for piece in (found[0] for found in _ORDINARY.finditer(value)):
        if escaped:
            escaped, piece = False, piece[1:]
        if piece == "\\":
            escaped = depth > 0 or quoted
        elif piece == '"' and not depth:
            quoted = not quoted
        elif piece in ("(", ")") and not quoted:
            depth = depth + 1 if piece == "(" else max(depth - 1, 0)
        elif not depth and not quoted:
            kept.append(piece)
    return "".join(kept)
