"""Which keys of a document may be named outside the report: anybody can send any key, a name or a number too."""

from __future__ import annotations

import re

_IDENTIFIER = re.compile(r"(?!.*[0-9]{5})[A-Za-z_][A-Za-z0-9_.-]{0,60}")


def is_identifier(key: str) -> bool:
    """Whether a key looks like the name of a question in a form: one word of plain characters, at most 61, without
    a number as long as a telephone number or a date."""
    return _IDENTIFIER.fullmatch(key) is not None
