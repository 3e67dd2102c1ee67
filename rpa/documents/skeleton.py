"""A skeleton: all answers of a form as one plain text, which opens with a protective marking between asterisks."""

from __future__ import annotations

import re

from rpa.documents.size import Unreadable
from rpa.documents.written import Block, Field, Written

MARKING = "Protective marking"
MOST_CHARACTERS = 1_000_000

_STARS = re.compile(r"[\s*]*")
_LONGEST_MARKING = 200  # characters
_PARAGRAPHS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)*")


def read(text: str) -> Written:
    """What is written in a skeleton's text: its marking as a field, and its paragraphs as they stand.

    Raises `Unreadable` for a text of more than a million characters, or for none.
    """
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"The report has more than {MOST_CHARACTERS:,} characters. Open it to read it.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Unreadable("The report has no text.")
    marking, rest = _marking(text)
    paragraphs = (part.strip("\n") for part in _PARAGRAPHS.split(rest))
    blocks = tuple(Block(part) for part in paragraphs if part.strip())
    return Written((Field(MARKING, marking), *blocks) if marking else blocks)


def _marking(text: str) -> tuple[str, str]:
    """(the marking, the text after it): in the row of asterisks, or in a line between two rows of them."""
    lines = text.lstrip("\n \t").split("\n")
    if not lines[0].startswith("**"):
        return "", text
    inside = lines[0].strip("* \t")
    if inside:
        at = 1
        while at < len(lines) and lines[at].strip() and not lines[at].strip("* \t"):
            at += 1
        return (inside, "\n".join(lines[at:])) if len(inside) <= _LONGEST_MARKING else ("", text)
    for at, line in enumerate(lines[1:6], 1):
        if _STARS.fullmatch(line) and line.strip():
            marking = " ".join(" ".join(each.strip("* \t") for each in lines[1:at]).split())
            found = 0 < len(marking) <= _LONGEST_MARKING
            return (marking, "\n".join(lines[at + 1 :])) if found else ("", text)
    return "", text
