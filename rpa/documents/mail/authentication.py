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
_SIGNED_BY = re.compile(r"\bheader\.(?:d\s*=\s*|i\s*=\s*[^\s@]*@)([a-z0-9.-]+)", re.IGNORECASE)
_ORDINARY = re.compile(r'[^"()\\]+|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Authentication:
    """The results of one trusted server: "pass", "fail" and so on in lower case, empty where it gives none.

    `sender`: whether they show that the sender's own domain sent it: DMARC passed, or a signature of that domain.
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
    listed = [(name.casefold(), value[:MOST]) for name, value in fields]
    for wanted in ("authentication-results", "arc-authentication-results"):
        if found := list(_uppermost(listed, wanted, servers)):
            return _together(found, sender)
    return None


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
    aligned = False
    for part in (part for _, parts in found for part in parts):
        if told := _RESULT.match(part):
            method, result = told[1].lower(), told[2].lower()
            if results.get(method) != "pass" or method == "dmarc":
                results[method] = result
            by = _SIGNED_BY.search(part)
            aligned |= method == "dkim" and result == "pass" and by is not None and _covers(by[1], domain)
    passed = results.get("dmarc") == "pass" or (aligned and "dmarc" not in results)
    return Authentication(found[0][0], **results, sender=bool(domain) and passed)


def _covers(signer: str, domain: str) -> bool:
    signer = signer.casefold().strip(".")
    return "." in signer and (domain == signer or domain.endswith(f".{signer}"))


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
