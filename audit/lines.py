"""Files of one JSON object a line: how the chain and its checkpoints go from one machine to another."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def read(path: Path) -> Iterator[Mapping[str, object]]:
    """Each line's object, in order. A line that is no JSON object, or names a key twice, is an empty one.

    Raises OSError when the file cannot be read.
    """
    return map(_object, _filled(path))


def finished(path: Path) -> Iterator[Mapping[str, object]]:
    """The same without the lines that break off. Raises OSError when the file cannot be read."""
    return (_object(line) for line in _filled(path) if not _torn(line))


def torn(path: Path) -> int:
    """How many lines break off: power failed, or the process died, while they were being written."""
    return sum(map(_torn, _filled(path)))


def append(path: Path, document: Mapping[str, object]) -> None:
    """Add one line and have it on disk before returning. What stands in the file is never touched.

    Raises OSError when the disk does not take all of it, and then none of it is left in the file, or when there is
    something else than a file.
    """
    new = not regular(path).exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, _mended(descriptor, size) + _line(document))
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if new:
        sync_folder(path.parent)


def write(path: Path, documents: Iterable[Mapping[str, object]]) -> int:
    """A new file, one line a document, whole or not at all; returns how many. Raises FileExistsError."""
    if path.exists():
        raise FileExistsError(path)
    partial = path.with_name(f"{path.name}.part")
    number = 0
    with partial.open("wb") as file:
        for document in documents:
            file.write(_line(document))
            number += 1
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    sync_folder(path.parent)
    return number


def regular(path: Path) -> Path:
    """The same path. Raises OSError when there is something else than a file: a pipe would be waited for."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path.name} is not a regular file")
    return path


def sync_folder(folder: Path) -> None:
    """Have the folder itself on disk, so that a new name in it outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _filled(path: Path) -> Iterator[bytes]:
    with regular(path).open("rb") as file:
        yield from filter(bytes.strip, file)


def _torn(line: bytes) -> bool:
    return not line.rstrip().endswith(b"}")


def _line(document: Mapping[str, object]) -> bytes:
    return json.dumps(dict(document), sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _write_all(descriptor: int, content: bytes) -> None:
    """A disk that is nearly full takes a part and says so by number only."""
    while content:
        content = content[os.write(descriptor, content) :]


def _mended(descriptor: int, size: int) -> bytes:
    """A line break where a crash left the last line without one: the new line must not be lost in it."""
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""


def _object(line: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document
