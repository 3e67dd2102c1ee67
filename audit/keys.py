"""The two secrets of the trail, made once: the signing key of checkpoints, the key of content digests.

A key that is missed later is never made anew by itself: what was signed or digested with the old one could not be
proved any more. So reading a key and making the keys are two functions.

Whoever holds the signing key can sign a chain of their own making: keep it where the database's
administrators cannot read it, and give the public half (`signing.pub`) to whoever is to verify.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from audit.lines import regular, sync_folder

DIGEST_KEY_BYTES = 32
SECRETS = ("signing.key", "digest.key")


def make_keys(folder: Path) -> None:
    """Make `signing.key` with its public half `signing.pub`, and `digest.key`, those that are not there yet.

    Only for a trail without entries. Raises OSError when they cannot be read or written, ValueError when
    `signing.key` is there and holds something else.
    """
    fresh = Ed25519PrivateKey.generate()
    _keep(folder / "signing.key", fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _keep(folder / "digest.key", secrets.token_bytes(DIGEST_KEY_BYTES))
    public = signing_key(folder).public_key()
    _keep(folder / "signing.pub", public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def missing_keys(folder: Path) -> list[Path]:
    """The secrets that are not there."""
    return [path for name in SECRETS if not (path := folder / name).exists()]


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key in `signing.key`. Raises ValueError when the file holds something else, OSError when it cannot be
    read."""
    path = folder / "signing.key"
    key = load_pem_private_key(regular(path).read_bytes(), password=None)
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
    """Sixteen hexadecimal digits that tell one public key from another."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _keep(path: Path, content: bytes) -> None:
    """Write a secret that is not there yet, for its owner's eyes only; who comes second keeps the first's."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(partial)
    finally:
        partial.unlink()
    sync_folder(path.parent)
