"""The chain as a file of its own, to be verified without our database and software."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from audit import lines


def load(path: Path) -> Iterator[Mapping[str, object]]:
    """The rows of an export, for `verify`; a line that cannot be read is an empty one. Raises OSError."""
    return lines.read(path)
