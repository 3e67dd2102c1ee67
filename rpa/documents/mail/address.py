"""The address that a message is from. It decides whether mail is taken, so what is not plain names nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ADDRESS = r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)*"
_NAME = r'(?:[^"()<>@,;:\\]|"(?:[^"\\]|\\.)*+"|\([^"()\\]*+\))*+'
_NAMED = re.compile(rf"{_NAME}<\s*({_ADDRESS})\s*>", re.DOTALL)
_PLAIN = re.compile(rf'({_ADDRESS})\s*(?:<\1>|\([^"()\\]*+\))?')  # some programs repeat it, or name it behind
_ASIDE = re.compile(r'"(?:[^"\\]|\\.?)*+"?|\((?:[^()\\]|\\.?)*+\)?', re.DOTALL)
"""A quoted string or a comment. One without an end goes on to the end, so that it is looked for only once."""
_MOST = 2_000  # characters of a field that names one
_MOST_LISTED = 100


def address_of(fields: Sequence[str]) -> str:
    """The one address in the From fields of a message, as written; empty where there is none, or more than one.

    Quoted strings and comments may stand in the name of a person only, each with its end: what stands elsewhere,
    or in each other, is read as another address by some programs.
    """
    if len(fields) != 1 or len(fields[0]) > _MOST:
        return ""
    written = fields[0].strip()
    found = _NAMED.fullmatch(written) or _PLAIN.fullmatch(written)
    return found[1] if found and len(found[1]) <= 254 else ""


def addresses_of(fields: Sequence[str]) -> tuple[str, ...]:
    """The addresses in fields that list them, each once, as many as `_MOST_LISTED`."""
    plain = _ASIDE.sub(" ", ", ".join(fields)[: 10 * _MOST])
    found = (address_of([each]) for each in re.split("[,;:]", plain))
    return tuple(dict.fromkeys(filter(None, found)))[:_MOST_LISTED]
