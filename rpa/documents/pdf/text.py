"""A page of a PDF -> its words, and what is drawn across it."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

from rpa.documents.pdf.characters import clean
from rpa.documents.pdf.words import Page, Rule, Word

_MOST_DRAWN = 20_000  # objects of a page that are looked at for lines
_FARTHEST = 20_000.0  # points
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 700
_FORCED_BOLD = 1 << 18
_INVISIBLE = 3
_SMALLEST = 0.5  # points: text that is smaller cannot be read
_APART = 0.15  # of the height of the letters: a space is about 0.25
_HYPHEN = 2  # what stands for the hyphen of a word that goes on on the next line
_SPACES = frozenset(map(ord, " \t\r\n\v\f\0")) | {0x2028, 0x2029, 0xFFFE, 0xFFFF}
_NO_CHARACTER = (0xE000, 0xF900)  # the range that has no characters of its own

_Corners = tuple[float, float, float, float]  # left, bottom, right, top
_Turn = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Found:
    """One word as it stands in the file: its first and last corner, upwards from below, and its direction."""

    text: str
    corners: _Corners
    origin: tuple[float, float]
    size: float
    bold: bool
    colour: int
    quarter: int  # turns to the left from the horizontal; -1 for what stands askew
    hidden: bool
    apart: bool


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a page. `hidden`: the words that are not to be seen, such as those behind a picture of them.
    `unknown`: how many characters have a shape, and nothing that says which they are."""

    page: Page
    hidden: Page
    characters: int
    unknown: int
    turn: _Turn


def text_of(page: Any, text: Any, most: int) -> Text:
    """The text of a page (handles of PDFium), with at most so many characters."""
    count = min(pdfium.FPDFText_CountChars(text), most)
    codes = [pdfium.FPDFText_GetUnicode(text, at) for at in range(count)]
    found = list(_Reader(text, codes).words())
    quarter = Counter(word.quarter for word in found if word.quarter >= 0).most_common(1)
    turn, tall = _turned(page, quarter[0][0] if quarter else 0)
    rules = list(_rules(page, turn)) if found else []
    seen, hidden = (
        Page(
            list(_placed([word for word in found if word.hidden is is_hidden], turn, quarter, tall)),
            tall,
            rules,
        )
        for is_hidden in (False, True)
    )
    unknown = sum(code == 0xFFFD or _NO_CHARACTER[0] <= code < _NO_CHARACTER[1] for code in codes)
    return Text(seen, hidden, sum(code not in _SPACES for code in codes), unknown, turn)


def _is_bold(font: Any) -> bool:
    name = ctypes.create_string_buffer(200)
    pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
    if _BOLD.search(name.value.decode("latin-1")):
        return True
    flags = pdfium.FPDFFont_GetFlags(font)
    return pdfium.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT or (flags > 0 and bool(flags & _FORCED_BOLD))


class _Reader:
    """Reads the words of one page; what PDFium writes its answers to is made once."""

    def __init__(self, text: Any, codes: Sequence[int]) -> None:
        self._text, self._codes = text, codes
        self._box, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._colours = tuple(ctypes.c_uint() for _ in range(4))
        self._bold: dict[int, bool] = {}

    def words(self) -> Iterator[_Found]:
        start = 0
        for at, code in enumerate((*self._codes, 0x20)):
            if code in _SPACES or code == _HYPHEN:
                end = at + (code == _HYPHEN)
                for first, letters in self._pieces(start, end):
                    yield from self._word(first, letters, first > start)
                start = at + 1

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, list[_Corners]]]:
        """Where letters are apart as words are and there is no space between them, as between two cells of a
        table, they are two words."""
        corners = [self._corners(at) for at in range(start, end)]
        gaps = [max(b[0] - a[2], a[0] - b[2]) for a, b in pairwise(corners)]
        usual = sorted(gaps)[len(gaps) // 2] if gaps else 0
        first = 0
        for at, gap in enumerate(gaps, 1):
            height = corners[at][3] - corners[at][1]
            if gap > _APART * height and gap > usual + _APART * height:
                yield start + first, corners[first:at]
                first = at
        if corners:
            yield start + first, corners[first:]

    def _corners(self, at: int) -> _Corners:
        box = self._box
        pdfium.FPDFText_GetLooseCharBox(self._text, at, box)
        return box.left, box.bottom, box.right, box.top

    def _word(self, at: int, letters: Sequence[_Corners], apart: bool) -> Iterator[_Found]:
        text, matrix = self._text, self._matrix
        lefts, bottoms, rights, tops = zip(letters[0], letters[-1], strict=True)
        corners = min(lefts), min(bottoms), max(rights), max(tops)
        pdfium.FPDFText_GetCharOrigin(text, at, self._x, self._y)
        pdfium.FPDFText_GetMatrix(text, at, matrix)
        origin = self._x.value, self._y.value
        size = pdfium.FPDFText_GetFontSize(text, at) * math.hypot(matrix.c, matrix.d)
        word = clean("".join(map(_character, self._codes[at : at + len(letters)])))
        if word and size >= _SMALLEST and all(map(_is_possible, (*corners, *origin, size))):
            bold, hidden = self._look(at)
            quarter = _quarter(matrix.a, matrix.b)
            yield _Found(word, corners, origin, size, bold, self._colour(at), quarter, hidden, apart)

    def _look(self, at: int) -> tuple[bool, bool]:
        shown = pdfium.FPDFText_GetTextObject(self._text, at)
        if not shown:
            return False, False
        font = pdfium.FPDFTextObj_GetFont(shown)
        address = ctypes.cast(font, ctypes.c_void_p).value or 0
        if address not in self._bold:
            self._bold[address] = bool(address) and _is_bold(font)
        return self._bold[address], pdfium.FPDFTextObj_GetTextRenderMode(shown) == _INVISIBLE

    def _colour(self, at: int) -> int:
        pdfium.FPDFText_GetFillColor(self._text, at, *self._colours)
        red, green, blue, _ = (each.value & 255 for each in self._colours)
        return red << 16 | green << 8 | blue


def _is_possible(measure: float) -> bool:
    return math.isfinite(measure) and abs(measure) < _FARTHEST


def _character(code: int) -> str:
    if code == _HYPHEN:
        return "-"
    return chr(code) if 0 < code <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"


def _quarter(a: float, b: float) -> int:
    angle = math.degrees(math.atan2(b, a)) if math.isfinite(a) and math.isfinite(b) else 0
    nearest = round(angle / 90)
    return nearest % 4 if abs(angle - 90 * nearest) < 8 else -1


def _turned(page: Any, quarter: int) -> tuple[_Turn, float]:
    """From places in the file to those on the page as most of its text is read, and the height of that page."""
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    left, bottom, right, top = (
        each if _is_possible(each) else 0.0 for each in (box.left, box.bottom, box.right, box.top)
    )
    turns: tuple[_Turn, ...] = (
        lambda x, y: (x - left, top - y),
        lambda x, y: (y - bottom, x - left),
        lambda x, y: (right - x, y - bottom),
        lambda x, y: (top - y, right - x),
    )
    return turns[quarter], top - bottom if quarter % 2 == 0 else right - left


def _placed(
    found: Sequence[_Found], turn: _Turn, quarter: Sequence[tuple[int, int]], tall: float
) -> Iterator[Word]:
    way = quarter[0][0] if quarter else 0
    for word in found:
        if word.quarter == way:
            (left, _), (right, _) = turn(*word.corners[:2]), turn(*word.corners[2:])
            base = turn(*word.origin)[1]
            left, right = sorted((left, right))
            yield Word(word.text, left, right, base, word.size, word.bold, word.colour, apart=word.apart)
    askew = " ".join(word.text for word in found if word.quarter != way)
    if askew:  # such as what is written along the margin: it is read last
        yield Word(askew, 0, 1, tall, 1, colour=-1, box=(tall, tall + 1))


def _rules(page: Any, turn: _Turn) -> Iterator[Rule]:
    sides = tuple(ctypes.c_float() for _ in range(4))
    for at in range(min(pdfium.FPDFPage_CountObjects(page), _MOST_DRAWN)):
        drawn = pdfium.FPDFPage_GetObject(page, at)
        if pdfium.FPDFPageObj_GetType(drawn) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        if pdfium.FPDFPageObj_GetBounds(drawn, *sides):
            left, bottom, right, top = (side.value for side in sides)
            if all(map(_is_possible, (left, bottom, right, top))):
                yield from _edges(turn(left, bottom), turn(right, top))


def _edges(one: tuple[float, float], other: tuple[float, float]) -> Iterator[Rule]:
    left, right = sorted((one[0], other[0]))
    upper, lower = sorted((one[1], other[1]))
    if right - left > 4:
        yield Rule(left, right, upper)
        if lower - upper > 2:
            yield Rule(left, right, lower)


def has_picture(page: Any) -> bool:
    """Whether there is a picture on the page."""
    count = min(pdfium.FPDFPage_CountObjects(page), _MOST_DRAWN)
    kinds = (pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, at)) for at in range(count))
    return any(kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM) for kind in kinds)
