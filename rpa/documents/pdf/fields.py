"""The fields of a PDF's form, and what was typed onto its pages -> words that stand in their places."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from rpa.documents.pdf.characters import clean
from rpa.documents.pdf.text import Text
from rpa.documents.pdf.words import Page, Word

MOST_FIELDS = 5_000
_TALLEST = 60  # points: a box to tick is not taller
_MOST_VALUE = 2_000_000  # bytes
_NEAR = 24.0  # points between a box to tick and the words beside it
_HIDDEN = 1 << 1 | 1 << 5  # flags of an annotation: hidden, and not shown on screens
_PASSWORD = 1 << 13

_TYPED = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX)


@dataclass
class Form:
    """The form of a document, with the names of its fields that were read: one shown twice is one."""

    handle: Any
    read: set[str] = field(default_factory=set)
    left: int = MOST_FIELDS


@contextmanager
def form_of(document: pypdfium2.PdfDocument) -> Iterator[Form]:
    """The form of a document, to be opened before its pages."""
    document.init_forms()
    yield Form(document.formenv.raw if document.formenv else None)


def with_fields(page: Any, text: Text, form: Form) -> Page:
    """The page with the values of its fields among its words."""
    words = _Words(text.page.words)
    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page), form.left)):
        annotation = pdfium.FPDFPage_GetAnnot(page, at)
        if not annotation:
            continue
        try:
            form.left -= 1
            words.added.extend(_of_one(annotation, words, text, form))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return replace(text.page, words=words.all())


class _Words:
    """The words of a page, of which those beside a box to tick are taken away, as its label."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words, self._taken = words, set[int]()
        self._at: dict[int, list[Word]] = {}
        self.added: list[Word] = []
        for word in words:
            self._at.setdefault(int(word.base), []).append(word)

    def all(self) -> list[Word]:
        return [*(word for word in self._words if id(word) not in self._taken), *self.added]

    def take_beside(self, place: Word) -> str:
        """Take the words to the right of a box, up to the next column."""
        upper, lower = int(place.top) - 2, int(place.bottom) + 2
        heights = range(upper, min(lower, upper + _TALLEST) + 1)
        line = [
            word for height in heights for word in self._at.get(height, ()) if word.left >= place.right - 1
        ]
        found: list[str] = []
        right, room = place.right, _NEAR
        for word in sorted(line, key=lambda word: word.left):
            if word.left - right > room or word.box or id(word) in self._taken:
                break
            self._taken.add(id(word))
            found.append(word.text)
            right, room = word.right, word.size
        return " ".join(found)


def _of_one(annotation: Any, words: _Words, text: Text, form: Form) -> list[Word]:
    subtype = pdfium.FPDFAnnot_GetSubtype(annotation)
    box = pdfium.FS_RECTF()
    if pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN or not pdfium.FPDFAnnot_GetRect(annotation, box):
        return []
    place = _place(box, text, form.left)
    if place is None:
        return []
    if subtype == pdfium.FPDF_ANNOT_FREETEXT:
        typed = _value(lambda *to: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", *to))
        return [replace(place, text=typed)] if typed else []
    if subtype != pdfium.FPDF_ANNOT_WIDGET or form.handle is None:
        return []
    return _of_field(_Field(form.handle, annotation), place, words, form)


@dataclass(frozen=True)
class _Field:
    form: Any
    annotation: Any

    @property
    def kind(self) -> int:
        return int(pdfium.FPDFAnnot_GetFormFieldType(self.form, self.annotation))

    @property
    def name(self) -> str:
        return self._text(pdfium.FPDFAnnot_GetFormFieldName)

    @property
    def label(self) -> str:
        return self._text(pdfium.FPDFAnnot_GetFormFieldAlternateName)

    @property
    def value(self) -> str:
        return self._text(pdfium.FPDFAnnot_GetFormFieldValue)

    @property
    def export(self) -> str:
        return self._text(pdfium.FPDFAnnot_GetFormFieldExportValue)

    @property
    def is_checked(self) -> bool:
        return bool(pdfium.FPDFAnnot_IsChecked(self.form, self.annotation))

    @property
    def is_secret(self) -> bool:
        flags = pdfium.FPDFAnnot_GetFormFieldFlags(self.form, self.annotation)
        return self.kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and bool(flags & _PASSWORD)

    def chosen(self) -> str:
        count = min(pdfium.FPDFAnnot_GetOptionCount(self.form, self.annotation), MOST_FIELDS)
        return "\n".join(
            _value(lambda *to, at=at: pdfium.FPDFAnnot_GetOptionLabel(self.form, self.annotation, at, *to))
            for at in range(count)
            if pdfium.FPDFAnnot_IsOptionSelected(self.form, self.annotation, at)
        )

    def _text(self, read: Any) -> str:
        return _value(lambda *to: read(self.form, self.annotation, *to))


def _of_field(one: _Field, place: Word, words: _Words, form: Form) -> list[Word]:
    kind = one.kind
    if kind == pdfium.FPDF_FORMFIELD_CHECKBOX:
        beside = words.take_beside(place)
        return [replace(place, text="Yes" if one.is_checked else "No", label=one.label or beside)]
    if (
        kind == pdfium.FPDF_FORMFIELD_RADIOBUTTON
    ):  # of options to choose from, only the chosen one is an answer
        option = words.take_beside(place) or one.export
        label = one.label if one.label != option else ""
        return [replace(place, text=option, label=label)] if one.is_checked else []
    name = one.name
    if kind not in (*_TYPED, pdfium.FPDF_FORMFIELD_LISTBOX) or name in form.read or one.is_secret:
        return []
    form.read.add(name)
    value, label = one.value if kind in _TYPED else one.chosen() or one.value, one.label
    return [replace(place, text=value, label=label)] if value or label else []


def _place(box: Any, text: Text, number: int) -> Word | None:
    (left, upper), (right, lower) = text.turn(box.left, box.top), text.turn(box.right, box.bottom)
    left, right = sorted((left, right))
    upper, lower = sorted((upper, lower))
    if not all(-20_000 < each < 20_000 for each in (left, right, upper, lower)):
        return None
    base = min(upper + 12, (upper + lower) / 2 + 3)
    return Word("", left, right, base, 9, colour=-2 - number, box=(upper, lower))


def _value(read: Any) -> str:
    needed = read(None, 0)
    if not 2 < needed <= _MOST_VALUE:
        return ""
    units = (ctypes.c_ushort * (needed // 2))()
    read(units, needed)
    return clean(bytes(units)[: needed - 2].decode("utf-16-le", errors="replace").rstrip("\0"))
