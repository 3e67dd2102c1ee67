"""Globs over the address of a page: `*` stands for anything, every other character for itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rpa.browser.names import calling, literal

PageConditions = Mapping[str, Mapping[str, str | None]]
"""Page conditions by name, each by its parts."""


def as_javascript(glob: str) -> str:
    """The regular expression that JavaScript tests an address with; several `*` in a row are one."""
    return f"^{'.*'.join(map(literal, re.split(r'[*]+', glob)))}$"


def as_patterns(conditions: PageConditions) -> dict[str, dict[str, str | None]]:
    """The conditions with their address globs and headings as regular expressions that JavaScript tests."""
    return {name: _as_pattern(condition) for name, condition in conditions.items()}


def _as_pattern(condition: Mapping[str, str | None]) -> dict[str, str | None]:
    path, heading = condition.get("path"), condition.get("heading")
    patterns = {"path": path and as_javascript(path), "heading": heading and calling(heading)}
    return {**condition, **patterns}
