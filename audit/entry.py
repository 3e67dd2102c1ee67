"""One entry of the trail, and the bytes of it that are hashed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import rfc8785

GENESIS = "0" * 64  # what the first entry has for `previous`


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, linked to the one before.

    `seq` counts from 1 without gaps; `at` is UTC in ISO 8601 with microseconds; `details` is canonical JSON
    text (RFC 8785) of an object; `previous` and `digest` are 64 lower-case hexadecimal digits.
    """

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    details: str
    previous: str
    digest: str


def canonical(entry: Entry) -> bytes:
    """The bytes the digest is taken over: every field but the digest, as canonical JSON (RFC 8785).

    Raises `rfc8785.CanonicalizationError` where a text is no valid Unicode or a number is out of bounds.
    """
    return rfc8785.dumps({name: getattr(entry, name) for name in Entry.__slots__ if name != "digest"})


def digest(entry: Entry) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal. What `entry.digest` says plays no part in it."""
    return hashlib.sha256(canonical(entry)).hexdigest()
