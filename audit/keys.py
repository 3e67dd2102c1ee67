"""The two secrets of the trail: the signing key of checkpoints, the key of content digests.

Anyone who has the signing key can sign a forged chain: keep it where the database's
administrators cannot read it, and give the public half (`signing.pub`) to everyone who verifies.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from audit.lines import regular

DIGEST_KEY_BYTES = 32


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key in `signing.key`. Raises ValueError when the file holds something else, OSError when it cannot be
    read."""
    path = folder / "signing.key"
    content, key = regular(path).read_bytes(), None
    with suppress(ValueError, TypeError):  # no key at all, or one with a password
        key = load_pem_private_key(content, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path.name} is not an Ed25519 key")  # noqa: TRY004 - the file is wrong, not a type
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file. ValueError when it holds something else, OSError when unreadable."""
    key = load_pem_public_key(regular(path).read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path.name} is not an Ed25519 public key")  # noqa: TRY004 - the file is wrong, not a type
    return key


def digest_key(folder: Path) -> bytes:
    """The 32 bytes in `digest.key`. Raises ValueError when they are not 32, OSError when it cannot be read."""
    path = folder / "digest.key"
    key = regular(path).read_bytes()
    if len(key) != DIGEST_KEY_BYTES:
        raise ValueError(f"{path.name} does not hold {DIGEST_KEY_BYTES} bytes")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """Sixteen hexadecimal digits that identify a public key."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
