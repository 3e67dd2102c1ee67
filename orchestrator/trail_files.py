"""The trail's files: its secrets, made once; checkpoints, appended; exports. Reading them is `audit`'s.

A missing key is never replaced by a new one: what was signed or digested with the old key could no longer be
verified.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from audit.checkpoint import Checkpoint
from audit.keys import DIGEST_KEY_BYTES, signing_key
from audit.lines import line
from orchestrator import durable

SECRETS = ("signing.key", "digest.key")


def make_keys(folder: Path) -> None:
    """Make `signing.key` with its public half `signing.pub`, and `digest.key`, where they are not there yet.

    Only for a trail without entries. Raises OSError when they cannot be read or written, ValueError when
    `signing.key` is there and holds something else.
    """
    if missing_keys(folder):
        fresh = Ed25519PrivateKey.generate()
        private = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        durable.write_file(folder / "signing.key", private, mode=0o600)
        durable.write_file(folder / "digest.key", secrets.token_bytes(DIGEST_KEY_BYTES), mode=0o600)
    public = signing_key(folder).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    durable.write_file(folder / "signing.pub", public, mode=0o600)


def missing_keys(folder: Path) -> list[Path]:
    """The secrets that are not there."""
    return [path for name in SECRETS if not (path := folder / name).exists()]


def append_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Add a checkpoint to the file. Existing lines are never changed."""
    durable.append_line(path, line(asdict(checkpoint)))


@contextmanager
def new_export(path: Path) -> Iterator[None]:
    """Empty files for an export and its checkpoints, removed if the block fails. Raises FileExistsError, since an
    export never replaces an earlier one, and another OSError where none can be made."""
    with durable.new_file(path), durable.new_file(checkpoints_of(path)):
        yield


def checkpoints_of(path: Path) -> Path:
    """The file beside an export with the checkpoints that were signed by then."""
    return path.with_name(f"{path.name}.checkpoints.jsonl")


def export(rows: Iterable[Mapping[str, object]], path: Path) -> int:
    """Write the entries as they are stored, one JSON object a line, for `audit.export.load`; returns how many. The
    same for checkpoints. Whole or not at all."""
    return durable.write_lines(path, map(line, rows))
