"""Files of one JSON object a line: how the chain and its checkpoints go from one machine to another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path


def read(path: Path) -> Iterator[Mapping[str, object]]:
    """Each line's object, in order. A line that is not a JSON object, or has a key twice, gives an empty one.

    Raises OSError when the file cannot be read.
    """
    return map(_object, _filled(path))


def finished(path: Path) -> Iterator[Mapping[str, object]]:
    """The same without incomplete lines. Raises OSError when the file cannot be read."""
    return (_object(line) for line in _filled(path) if not _torn(line))


def torn(path: Path) -> int:
    """How many lines are incomplete: power failed, or the process died, while they were being written."""
    return sum(map(_torn, _filled(path)))


def line(document: Mapping[str, object]) -> bytes:
    """An object as one line, without its end."""
    return json.dumps(dict(document), sort_keys=True, separators=(",", ":")).encode()


def regular(path: Path) -> Path:
    """The same path. Raises OSError when it is not a regular file: reading a pipe would wait for ever."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path.name} is not a regular file")
    return path


def _filled(path: Path) -> Iterator[bytes]:
    with regular(path).open("rb") as file:
        yield from filter(bytes.strip, file)


def _torn(line: bytes) -> bool:
    return not line.rstrip().endswith(b"}")


def _object(line: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key is there twice")
    return document
