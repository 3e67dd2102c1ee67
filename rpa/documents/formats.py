"""The formats of written documents: which module reads which kind of file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from rpa.documents import csv_table, html_page, plain_text, rtf, word
from rpa.documents.kinds import Kind, kind_of
from rpa.documents.pdf import document as pdf
from rpa.documents.size import Unreadable
from rpa.documents.written import Written

WRITTEN: Mapping[Kind, Callable[[bytes], Written]] = MappingProxyType(
    {
        Kind.PDF: pdf.read,
        Kind.WORD: word.read,
        Kind.HTML: html_page.read,
        Kind.RTF: rtf.read,
        Kind.CSV: csv_table.read,
        Kind.TEXT: plain_text.read,
    }
)


def read_written(content: bytes, name: str) -> Written:
    """What is written in a document. Raises `Unreadable` where it cannot be read, or is none."""
    kind = kind_of(content, name)
    if kind not in WRITTEN:
        raise Unreadable(
            "The file is not a document that can be read as a report. Open it to see what it is."
        )
    return WRITTEN[kind](content)
