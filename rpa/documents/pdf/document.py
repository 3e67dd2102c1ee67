"""A PDF -> what is written in it: its text as it stands on the pages, and the fields of its form as filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from rpa.documents.pdf.fields import Form, form_of, with_fields
from rpa.documents.pdf.layout import parts_of
from rpa.documents.pdf.text import has_picture, text_of
from rpa.documents.pdf.words import Page
from rpa.documents.size import Unreadable
from rpa.documents.written import Written

MOST_PAGES = 200
MOST_CHARACTERS = 250_000
_MOSTLY = 0.3  # of the characters of a page: where as many are not known, its text is not to be read

_PASSWORD = "The PDF is protected by a password. Ask the sender for one without, or for the password."  # noqa: S105
_DAMAGED = "The PDF is damaged or incomplete. Ask the sender for it again."
_OTHER_FORM = "The PDF is a form that only Adobe's own programs show. Open it with one of them."
_PICTURES = "The PDF has no text, only pictures of it. Open it to read it."
_EMPTY = "The PDF has no text. Open it to see what it shows."
_SHAPES = "The text of the PDF cannot be read by a program, only seen. Open it to read it."


class Scan(Unreadable):
    """There is a picture in place of text: a person can read it, or a program that recognises letters."""


def read(content: bytes) -> Written:
    """What is written in a PDF of up to 200 pages and 250,000 characters.

    Raises `Scan` where it has pictures in place of text, and `Unreadable` where it has no text, is damaged, needs
    a password, or holds more.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(_PASSWORD if _is_locked(error) else _DAMAGED) from None
    with document:
        return _read(document)


def needs_password(content: bytes) -> bool:
    """Whether a PDF cannot be opened without a password; one that only may not be changed can."""
    if b"/Encrypt" not in content:
        return False
    try:
        pypdfium2.PdfDocument(content).close()
    except pypdfium2.PdfiumError as error:
        return _is_locked(error)
    return False


def _is_locked(error: pypdfium2.PdfiumError) -> bool:
    return getattr(error, "err_code", 0) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)


def _read(document: pypdfium2.PdfDocument) -> Written:
    count = len(document)
    if count > MOST_PAGES:
        raise Unreadable(f"The PDF has more than {MOST_PAGES} pages. Open it to read it.")
    if document.get_formtype() == pdfium.FORMTYPE_XFA_FULL:
        raise Unreadable(_OTHER_FORM)
    room, found = MOST_CHARACTERS, []
    with form_of(document) as form:
        for number in range(count):
            found.append(_page(document, number, form, room + 1))
            room -= found[-1].characters
            if room < 0:
                raise Unreadable(f"The PDF has more than {MOST_CHARACTERS:,} characters. Open it to read it.")
    return _written(found)


@dataclass(frozen=True, slots=True)
class _Page:
    """What was found on one page. `note`: what a person is to know of it."""

    page: Page
    characters: int = 0
    hidden: Page | None = None
    note: str = ""
    shapes: bool = False


def _page(document: pypdfium2.PdfDocument, number: int, form: Form, most: int) -> _Page:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return _Page(Page((), 1), note=f"Page {number + 1} is damaged, and was not read.")
    try:
        return _content(page, number + 1, form, most)
    except pypdfium2.PdfiumError:
        return _Page(Page((), 1), note=f"Page {number + 1} is damaged, and was not read.")
    finally:
        page.close()


def _content(page: pypdfium2.PdfPage, number: int, form: Form, most: int) -> _Page:
    text = page.get_textpage()
    try:
        found = text_of(page.raw, text.raw, most)
        whole = with_fields(page.raw, found, form)
    finally:
        text.close()
    if found.unknown > _MOSTLY * found.characters:
        note = f"The text of page {number} can be seen, and not read by a program."
        return _Page(whole, found.characters, note=note, shapes=True)
    if not whole.words and not found.hidden.words and has_picture(page.raw):
        return _Page(whole, note=f"Page {number} is a picture, and was not read.")
    return _Page(whole, found.characters, found.hidden)


def _written(found: Sequence[_Page]) -> Written:
    """Text that is there and not to be seen lies behind a picture of it: it was recognised by a program."""
    recognised = not any(each.page.words for each in found)
    pages = [each.hidden or each.page if recognised else each.page for each in found]
    notes = tuple(each.note for each in found if each.note)
    if not any(page.words for page in pages):
        raise Scan(_PICTURES) if any("picture" in note for note in notes) else Unreadable(_EMPTY)
    if all(each.shapes or not each.page.words for each in found) and not recognised:
        raise Scan(_SHAPES)
    parts, running = parts_of(pages)
    return Written(parts, running, recognised, notes)
