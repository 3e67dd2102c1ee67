"""The address that a message is from. It decides whether mail is taken, so what is not plain names nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*+\)", re.DOTALL)
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)*")
_MOST = 2_000  # characters of a field that names one
_MOST_LISTED = 100


def address_of(fields: Sequence[str]) -> str:
    """The one address in the From fields of a message, as written; empty where there is none, or more than one."""
    if len(fields) != 1 or len(fields[0]) > _MOST:
        return ""
    plain = _COMMENT.sub(" ", _QUOTED.sub(" ", fields[0])).strip()
    before, angle, after = plain.rpartition("<")
    if angle:
        inner, closed, rest = after.partition(">")
        if not closed or rest.strip() or any(mark in before for mark in "<>,;:"):
            return ""
        plain = inner.strip()
    return plain if len(plain) <= 254 and _ADDRESS.fullmatch(plain) else ""


def addresses_of(fields: Sequence[str]) -> tuple[str, ...]:
    """The addresses in fields that list them, each once, as many as `_MOST_LISTED`."""
    plain = _COMMENT.sub(" ", _QUOTED.sub(" ", ", ".join(fields)))
    found = (address_of([each]) for each in re.split("[,;:]", plain[: 10 * _MOST]))
    return tuple(dict.fromkeys(filter(None, found)))[:_MOST_LISTED]
