"""Globs over the address of a page: `*` stands for anything, every other character for itself."""

from __future__ import annotations

import re

_MEANS_MORE = re.compile(r"[\\^$.|?+()\[\]{}/]")


def as_javascript(glob: str) -> str:
    """The regular expression that JavaScript tests an address with; several `*` in a row are one."""
    literal = (_MEANS_MORE.sub(r"\\\g<0>", part) for part in re.split(r"\*+", glob))
    return f"^{'.*'.join(literal)}$"
