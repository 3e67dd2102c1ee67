"""Adding to the trail: each entry carries the digest of the one before."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import rfc8785

from audit.entry import GENESIS, Entry, digest


def link(
    previous: Entry | None,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, object],
) -> Entry:
    """The entry that follows `previous` (None: the first of all).

    `at` must be aware. `details` is what JSON can hold, with text that is valid Unicode; anything the public
    wrote goes in by `content_digest` only, so that it can be erased later. Raises ValueError on a naive `at`,
    `rfc8785.CanonicalizationError` on details that have no canonical form.
    """
    if at.tzinfo is None:
        raise ValueError("the time of an entry must say its offset from UTC")
    bare = Entry(
        seq=previous.seq + 1 if previous else 1,
        at=at.astimezone(UTC).isoformat(timespec="microseconds"),
        actor=actor,
        action=action,
        subject=subject,
        details=rfc8785.dumps(dict(details)).decode(),  # type: ignore[arg-type]  # dumps validates every level
        previous=previous.digest if previous else GENESIS,
        digest="",
    )
    return replace(bare, digest=digest(bare))


def content_digest(key: bytes, content: bytes) -> str:
    """HMAC-SHA256 of the content, in hexadecimal.

    Keyed, because a bare hash of a name or a date of birth is found by trying them all: after erasure nothing
    in the trail may show what was erased. With the key, a holder of the content can still prove that it is
    the same.
    """
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def seal(key: bytes, digest: str) -> str:
    """What shows that an entry with this digest was written by whoever has the key: HMAC-SHA256, in hexadecimal.

    It stands beside the entry, which is verified without it. Its own key is derived from the one of content
    digests, so that no digest is ever a seal.
    """
    return hmac.new(_key_of_seals(key), digest.encode(), hashlib.sha256).hexdigest()


@cache
def _key_of_seals(key: bytes) -> bytes:
    return hmac.digest(key, b"seal of an entry", hashlib.sha256)
