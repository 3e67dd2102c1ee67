"""How much a document may hold. What a person filled in is far below it; what is above it was made to use up time
or memory, and a person looks at the original."""

from __future__ import annotations

from typing import Any

from rpa.errors import ReportError

MOST_ANSWERS = 5_000
MOST_KEY = 200  # characters
MOST_POINTERS = 1_000_000  # characters of all answers' JSON Pointers together: each repeats the keys above it
MOST_CHARACTERS = 1_000_000  # of one answer


class Unreadable(ReportError):  # noqa: N818 - what the bytes are, not an error of ours
    """The bytes are not a document. The message is a sentence for the person who looks at them."""


def check_size(document: Any) -> None:
    """Raise `Unreadable` for a document, as JSON has it, that is larger than anything a person fills in."""
    answers = pointers = 0
    pending: list[tuple[Any, int]] = [(document, 0)]
    while pending:
        value, above = pending.pop()
        if isinstance(value, dict | list) and value:
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            pending.extend((inner, above + 1 + _length(key)) for key, inner in entries)
        else:
            answers, pointers = answers + 1, pointers + above
            if isinstance(value, str) and len(value) > MOST_CHARACTERS:
                raise Unreadable(f"The document has an answer of more than {MOST_CHARACTERS:,} characters.")
        if answers + len(pending) > MOST_ANSWERS:
            raise Unreadable(f"The document has more than {MOST_ANSWERS:,} answers.")
        if pointers > MOST_POINTERS:
            said = f"names that are more than {MOST_POINTERS:,} characters long together"
            raise Unreadable(f"The document's answers have {said}.")


def _length(key: str | int) -> int:
    length = len(str(key))
    if length > MOST_KEY:
        raise Unreadable(f"The document has a key of more than {MOST_KEY} characters.")
    return length
