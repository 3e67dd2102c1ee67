"""Regular expressions that people write into definitions: which of them may be used on what others write."""

from __future__ import annotations

import re

_ESCAPE_OR_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")


def pattern_fault(pattern: str) -> str | None:
    """What keeps a pattern from being used, in a few words; None when nothing does.

    A repeated group is refused: it may be tried in more ways than time allows before it is certain that a text
    does not match, and Python cannot be stopped while it tries.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        return f"not a regular expression: {error}"
    if _REPEATED_GROUP.search(_ESCAPE_OR_CLASS.sub("x", pattern)):
        return "a group is repeated, and the search for it may never end: repeat characters such as [A-Z0-9]+"
    return None
