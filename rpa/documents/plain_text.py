"""Plain text -> the paragraphs in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from rpa.documents.decoded import decode
from rpa.documents.pdf.characters import clean
from rpa.documents.size import MOST_BLOCKS, Unreadable, check_text
from rpa.documents.written import Block, Written

_SEPARATOR = re.compile(r"[\W_]{3,}")
_INDENT = re.compile(r"[ \t]*")
_LINE = re.compile(r"\r\n|[\n\r\v\x85\u2028\u2029]")
_NOTHING = "The file is empty. Ask the sender what was to be in it."


def read(content: bytes) -> Written:
    """Every line that is not blank is a block of its own, as it stands: what is a label, a value or a wrapped line
    is for the one who knows the form. Rows of signs that separate parts are left out; pages end at form feeds.

    Raises `Unreadable` for what is empty, no text, or more than anybody writes.
    """
    text, notes = decode(content)
    blocks = tuple(islice(_blocks(text), MOST_BLOCKS + 1))
    if not blocks:
        raise Unreadable(_NOTHING)
    check_text(block.text for block in blocks)
    return Written(blocks, notes=notes)


def _blocks(text: str) -> Iterator[Block]:
    pages = text.split("\f")
    for number, page in enumerate(pages, 1):
        for line in _LINE.split(page):
            words = clean(line)
            if words and not _SEPARATOR.fullmatch(words):
                indent = _INDENT.match(line)
                left = len(indent[0].expandtabs(4)) if indent else 0
                yield Block(words, number if len(pages) > 1 else 0, left=left)
