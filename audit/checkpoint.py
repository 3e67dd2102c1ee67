"""Signed checkpoints: what the end of the chain was at some time, kept outside the database.

The chain alone shows that no entry was altered unless all after it were rewritten. A checkpoint shows that
too: up to the entry it names, nothing can be rewritten, removed or added without the signing key. Entries
after the last checkpoint are protected by the chain only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit import lines
from audit.entry import Entry
from audit.keys import key_id


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last entry at a time: its number and digest, how many entries there were up to it, and a signature.

    `at` is UTC in ISO 8601; `signature` is the Ed25519 signature, in hexadecimal, over the canonical JSON
    (RFC 8785) of the other fields.
    """

    seq: int
    digest: str
    at: str
    count: int
    key_id: str
    signature: str


_KINDS = {"seq": int, "digest": str, "at": str, "count": int, "key_id": str, "signature": str}


def sign(entry: Entry, key: Ed25519PrivateKey, at: datetime) -> Checkpoint:
    """A checkpoint of the chain whose last entry this is; `at` must be aware."""
    fields: dict[str, object] = {
        "seq": entry.seq,
        "digest": entry.digest,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "count": entry.seq,
        "key_id": key_id(key.public_key()),
    }
    fields["signature"] = key.sign(_signed(fields)).hex()
    return Checkpoint(**fields)  # type: ignore[arg-type]  # of the kinds in _KINDS


def is_genuine(checkpoint: Checkpoint, key: Ed25519PublicKey) -> bool:
    """Whether this very key signed exactly this."""
    fields = asdict(checkpoint)
    del fields["signature"]
    try:
        key.verify(bytes.fromhex(checkpoint.signature), _signed(fields))
    except (InvalidSignature, ValueError):  # ValueError: no hexadecimal, or no canonical form
        return False
    return True


def load(path: Path) -> list[Mapping[str, object]]:
    """The checkpoints in a file as they are there, for `verify`; none when there is no file yet.

    An incomplete line never became a checkpoint: it is omitted here, and `torn` counts it. That hides nothing
    which could not be hidden by removing the line.
    """
    return list(lines.finished(path)) if path.exists() else []


def torn(path: Path) -> int:
    """How many lines of the file are incomplete."""
    return lines.torn(path) if path.exists() else 0


def last(path: Path, key: Ed25519PublicKey) -> Checkpoint | None:
    """The last line of a file that is a genuine checkpoint; None when none is. Reads the file from its end."""
    found = filter(None, map(parse, lines.latest(path))) if path.exists() else ()
    return next((each for each in found if is_genuine(each, key)), None)


def highest(documents: Iterable[Mapping[str, object]], key: Ed25519PublicKey) -> Checkpoint | None:
    """The genuine checkpoint with the highest number among these lines."""
    found = sorted(filter(None, map(parse, documents)), key=lambda each: each.seq, reverse=True)
    return next((each for each in found if is_genuine(each, key)), None)


def since(documents: Sequence[Mapping[str, object]], signature: str) -> Sequence[Mapping[str, object]]:
    """These lines without those up to the one with that signature, wherever they stand; all where none has it."""
    signatures = [str(each.get("signature", "")) for each in documents]
    if not signature or signature not in signatures:
        return documents
    before = set(signatures[: signatures.index(signature) + 1])
    return [each for each, theirs in zip(documents, signatures, strict=True) if theirs not in before]


def parse(document: Mapping[str, object]) -> Checkpoint | None:
    """The checkpoint a line holds, None when it is not one."""
    if document.keys() != _KINDS.keys():
        return None
    if any(type(document[name]) is not kind for name, kind in _KINDS.items()):
        return None
    return Checkpoint(**document)  # type: ignore[arg-type]  # checked against _KINDS just now


def _signed(fields: Mapping[str, object]) -> bytes:
    return rfc8785.dumps(dict(fields))  # type: ignore[arg-type]  # numbers and texts only
