"""Files of one JSON object a line: how the chain and its checkpoints go from one machine to another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_BLOCK = 64 * 1024  # bytes
_MOST_LINE = 2**26  # bytes


def read(path: Path) -> Iterator[Mapping[str, object]]:
    """Each line's object, in order. A line that is not a JSON object, or has a key twice, gives an empty one.

    Raises OSError when the file cannot be read.
    """
    return map(_object, _filled(path))


def finished(path: Path) -> Iterator[Mapping[str, object]]:
    """The same without incomplete lines. Raises OSError when the file cannot be read."""
    return (_object(line) for line in _filled(path) if not _torn(line))


def latest(path: Path) -> Iterator[Mapping[str, object]]:
    """The same from the last line to the first. Reads no more of the file than is asked for, from its end. Raises
    OSError when the file cannot be read."""
    return (_object(line) for line in _from_the_end(path) if line.strip() and not _torn(line))


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
        while line := file.readline(_MOST_LINE + 1):
            if len(line) > _MOST_LINE:
                raise _too_long(path)
            if line.strip():
                yield line


def _from_the_end(path: Path) -> Iterator[bytes]:
    with regular(path).open("rb") as file:
        end, rest, size = file.seek(0, os.SEEK_END), b"", _BLOCK
        while end:
            start = max(0, end - size)
            file.seek(start)
            rest, *lines = (file.read(end - start) + rest).split(b"\n")
            yield from reversed(lines)
            if len(rest) > _MOST_LINE:
                raise _too_long(path)
            end, size = start, size * 2  # so that a line without end is not read again and again
        yield rest


def _too_long(path: Path) -> OSError:
    return OSError(f"{path.name} has a line of more than {_MOST_LINE // 2**20} MB: it is not what it was")


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
