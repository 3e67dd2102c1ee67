"""What reports, files and pages bring with them is shown by a terminal, and never obeyed.

A terminal obeys escape sequences, and turns text around where a character says so. Whatever steers a terminal or
cannot be seen is written as the escape that JSON has for it.
"""

from __future__ import annotations

import json
import re
import unicodedata

_KEPT = frozenset("\n\t")
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\u2800\U0001d159]"
)
"""What a terminal draws nothing for: Default_Ignorable_Code_Point in DerivedCoreProperties.txt of the Unicode
Character Database (version 16.0), and two signs that are blank: a Braille pattern, a null notehead."""


def visible(text: str) -> str:
    """The text with every character that steers a terminal, or cannot be seen, as an escape."""
    seen = text.isprintable() and not _IGNORABLE.search(text)
    return text if seen else "".join(map(_visible, text))


def one_line(text: str) -> str:
    """The same in one line: its line breaks and tabs are escapes too, and none of it looks like a line of ours."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _visible(letter: str) -> str:
    seen = letter.isprintable() or letter in _KEPT or unicodedata.category(letter) == "Zs"
    return letter if seen and not _IGNORABLE.match(letter) else json.dumps(letter)[1:-1]
