"""How much a document may hold. What a person filled in is far below it; what is above it was made to use up time
or memory, and a person looks at the original."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from rpa.errors import ReportError

MOST_ANSWERS = 5_000
MOST_KEY = 200  # characters
MOST_POINTERS = 1_000_000  # characters of all answers' JSON Pointers together: each repeats the keys above it
MOST_CHARACTERS = 1_000_000  # of one answer
MOST_PARTS = 50_000  # of a written document: blocks and fields
MOST_BLOCKS = 20_000  # of a document that people read
MOST_TEXT = 2_000_000  # characters of all its text
TOO_MANY = f"The document has more than {MOST_BLOCKS:,} pieces of text. Open it to read it."
FILE_CONTENT: Final = (
    "attachmentContent"  # the attribute of the Standard Data Model that holds a file, as base64
)


class Unreadable(ReportError):  # noqa: N818 - what the bytes are, not an error of ours
    """The bytes are not a document. The message is a sentence for the person who looks at them."""


@contextmanager
def unreadable(said: str) -> Iterator[None]:
    """Whatever a library fails on in a document, the document cannot be read: raise `Unreadable` with this
    sentence. Only where memory is refused the process has its own way."""
    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - libraries of formats raise anything on bytes that nobody meant
        raise Unreadable(said) from None


def check_text(blocks: Iterable[str]) -> None:
    """Raise `Unreadable` for a document that people read with more text than they do."""
    number = length = 0
    for text in blocks:
        number, length = number + 1, length + len(text)
        if number > MOST_BLOCKS:
            raise Unreadable(TOO_MANY)
        if length > MOST_TEXT:
            raise Unreadable(f"The document has more than {MOST_TEXT:,} characters. Open it to read it.")


def check_size(document: Any, *, files: bool = False) -> None:
    """Raise `Unreadable` for a document, as JSON has it, that is larger than anything a person fills in. `files`:
    a file in it may be longer than an answer."""
    answers = pointers = 0
    pending: list[tuple[Any, int, str | int]] = [(document, 0, "")]
    while pending:
        value, above, under = pending.pop()
        if isinstance(value, dict | list) and value:
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            pending.extend((inner, above + 1 + _length(key), key) for key, inner in entries)
        else:
            answers, pointers = answers + 1, pointers + above
            is_file = files and under == FILE_CONTENT
            if isinstance(value, str) and len(value) > MOST_CHARACTERS and not is_file:
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
