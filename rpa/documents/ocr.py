"""A picture of text -> the text that Tesseract recognises in it, where that program is installed.

It takes seconds for a page, and is a program of its own: it is given the picture through a pipe and answers
through another, writes no file, opens few, and is ended when its time is over. So it works within the limits of a
process that reads submissions; the time it takes is its own, up to `MOST_SECONDS`.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

import pypdfium2

from rpa.documents.kinds import Kind, kind_of
from rpa.documents.pdf.characters import clean
from rpa.documents.pdf.layout import parts_of
from rpa.documents.pdf.words import Page, Word
from rpa.documents.size import Unreadable, unreadable
from rpa.documents.written import Written

MOST_PAGES = 20
MOST_SECONDS = 60.0  # for a whole document
_DOTS = 200.0  # an inch
_MOST_DOTS = 12_000_000  # of one page
_POINTS = 72.0  # an inch
_NEAR = 3.0  # points: letters that begin so near to each other begin at one edge
_LARGER = 1.5  # than most lines: a heading
_PROGRAM = "tesseract"
_WORD_LEVEL = "5"

_NOT_INSTALLED = "The document is a picture of text, and Tesseract is not installed. Open it to read it."
_NO_PICTURE = "The document is no picture that can be recognised. Open it to see what it is."
_TOO_MANY = f"The document is a picture of more than {MOST_PAGES} pages. Open it to read it."
_TOO_LONG = f"The text in the picture was not recognised within {MOST_SECONDS:g} seconds. Open it to read it."
_NOTHING = "No text was recognised in the picture. Open it to see what it shows."


def is_installed() -> bool:
    """Whether pictures can be recognised on this machine."""
    return shutil.which(_PROGRAM) is not None


def read(content: bytes, languages: str = "eng") -> Written:
    """The text that is recognised in a PDF or a picture of up to 20 pages; it may be wrong, and says so.
    `languages`: as Tesseract names those that are installed, such as "eng+cym".

    Raises `Unreadable` where nothing is recognised in time, or Tesseract is not installed.
    """
    if not is_installed():
        raise Unreadable(_NOT_INSTALLED)
    until = time.monotonic() + MOST_SECONDS
    with unreadable(_NO_PICTURE):
        pages = [
            _page(_recognised(picture.content, languages, until), picture.scale)
            for picture in _pictures(content)
        ]
    parts, running = parts_of(pages)
    if not parts:
        raise Unreadable(_NOTHING)
    return Written(parts, running, machine_read=True)


@dataclass(frozen=True, slots=True)
class _Picture:
    """One page. `scale`: points for each dot."""

    content: bytes
    scale: float


def _pictures(content: bytes) -> Iterator[_Picture]:
    kind = kind_of(content)
    if kind is Kind.IMAGE:
        yield _Picture(content, _POINTS / _DOTS)
    elif kind is Kind.PDF:
        with pypdfium2.PdfDocument(content) as document:
            if len(document) > MOST_PAGES:
                raise Unreadable(_TOO_MANY)
            for page in document:
                yield _drawn(page)
    else:
        raise Unreadable(_NO_PICTURE)


def _drawn(page: pypdfium2.PdfPage) -> _Picture:
    wide, tall = page.get_size()
    if not (0 < wide < _MOST_DOTS and 0 < tall < _MOST_DOTS):
        raise Unreadable(_NO_PICTURE)
    scale = min(_DOTS / _POINTS, (_MOST_DOTS / (wide * tall)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        rows = memoryview(bitmap.buffer).cast("B")
        lines = (rows[at * bitmap.stride : at * bitmap.stride + bitmap.width] for at in range(bitmap.height))
        return _Picture(b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(lines), 1 / scale)
    finally:
        bitmap.close()


def _recognised(picture: bytes, languages: str, until: float) -> str:
    """What Tesseract says of a picture: a line for each word, with where it stands."""
    command = [_PROGRAM, "stdin", "stdout", "-l", languages, "--dpi", f"{_DOTS:g}", "tsv"]
    environment: Mapping[str, str] = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    seconds = max(0.1, until - time.monotonic())
    with subprocess.Popen(  # noqa: S603 - a program of the system, and nothing of a submission in its words
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        most = int(seconds) + 1  # it ends then, also where this process has been ended before
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (most, most))
        try:
            said, _ = process.communicate(picture, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Unreadable(_TOO_LONG) from None
    if process.returncode:
        raise Unreadable(_NO_PICTURE)
    return said.decode("utf-8", "replace")


def _page(table: str, scale: float) -> Page:
    """The words of a page. Their boxes are as tall as their letters happen to be: all but headings have the same
    size, and stand on the line that most of their line stands on."""
    rows = [row for row in (line.split("\t") for line in table.splitlines()[1:]) if len(row) == 12]
    words = [row for row in rows if row[0] == _WORD_LEVEL and clean(row[11])]
    lines: dict[tuple[str, ...], list[list[str]]] = {}
    for row in words:
        lines.setdefault(tuple(row[1:5]), []).append(row)
    boxes = {key: _box(line, scale) for key, line in lines.items()}
    usual = median([lower - upper for upper, lower in boxes.values()]) if boxes else 0
    edges: list[float] = []
    found = []
    for key, line in lines.items():
        upper, lower = boxes[key]
        size = round(lower - upper) if lower - upper > _LARGER * usual else round(usual)
        for row in line:
            left, wide = _snapped(int(row[6]) * scale, edges), int(row[8]) * scale
            found.append(Word(clean(row[11]), left, left + wide, lower, max(size, 1)))
    return Page(found, max((lower for _, lower in boxes.values()), default=1) + usual)


def _box(line: list[list[str]], scale: float) -> tuple[float, float]:
    """The upper and lower edge of a line, as most of its words have them."""
    upper = median(int(row[7]) for row in line)
    return upper * scale, median(int(row[7]) + int(row[9]) for row in line) * scale


def _snapped(left: float, edges: list[float]) -> float:
    near = next((edge for edge in edges[-200:] if abs(edge - left) <= _NEAR), None)
    if near is None:
        edges.append(left)
        return left
    return near
