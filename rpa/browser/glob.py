"""Globs over the address of a page: `*` stands for anything, every other character for itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

PageConditions = Mapping[str, Mapping[str, str | None]]
"""Page conditions by name, each by its parts."""

_MEANS_MORE = re.compile(r"[\\^$.|?+()\[\]{}/]")


def as_javascript(glob: str) -> str:
    """The regular expression that JavaScript tests an address with; several `*` in a row are one."""
    literal = (_MEANS_MORE.sub(r"\\\g<0>", part) for part in re.split(r"\*+", glob))
    return f"^{'.*'.join(literal)}$"


def as_patterns(conditions: PageConditions) -> dict[str, dict[str, str | None]]:
    """The conditions with their address globs as regular expressions that JavaScript tests."""
    return {name: _as_pattern(condition) for name, condition in conditions.items()}


def _as_pattern(condition: Mapping[str, str | None]) -> dict[str, str | None]:
    path = condition.get("path")
    return {**condition, "path": as_javascript(path) if path else None}
