"""What reports, files and pages bring with them is shown by a terminal, and never obeyed.

A terminal obeys escape sequences, and turns text around where a character says so. Whatever steers a terminal or
cannot be seen is written as the escape that JSON has for it.
"""

from __future__ import annotations

import json
import unicodedata

_KEPT = frozenset("\n\t")


def visible(text: str) -> str:
    """The text with every character that steers a terminal, or cannot be seen, as an escape."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(letter: str) -> str:
    seen = letter.isprintable() or letter in _KEPT or unicodedata.category(letter) == "Zs"
    return letter if seen else json.dumps(letter)[1:-1]
