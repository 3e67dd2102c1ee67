"""The chain as a file of its own, to be verified by somebody who has neither database nor software."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from audit import lines


def export(rows: Iterable[Mapping[str, object]], path: Path) -> int:
    """Write the entries as they stand, one JSON object a line; returns how many.

    Whole or not at all. Raises FileExistsError: an export never replaces an earlier one.
    """
    return lines.write(path, rows)


def load(path: Path) -> Iterator[Mapping[str, object]]:
    """The rows of an export, for `verify`; a line that cannot be read is an empty one. Raises OSError."""
    return lines.read(path)
