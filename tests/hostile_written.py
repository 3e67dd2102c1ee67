"""Documents that people read, made to use up time or memory. Each is small to send; what it would cost is not.

`python -m tests.hostile_written` reads each within the limits of a submission, and says what came of it as JSON.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from zipfile import ZIP_DEFLATED, ZipFile

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from rpa.documents import csv_table, html_page, plain_text, rtf, word
from rpa.documents.kinds import kind_of
from rpa.documents.pdf import document as pdf
from tests import written_documents as made
from tests.fuzz.trial import Failure, failures

Read = Callable[[bytes], object]

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LAUGHS = (
    "<!DOCTYPE a [<!ENTITY l0 'lollollol'>"
    + "".join(f"<!ENTITY l{at} '{f'&l{at - 1};' * 10}'>" for at in range(1, 12))
    + "]>"
)


def _docx(markup: str | bytes) -> bytes:
    content = markup.encode() if isinstance(markup, str) else markup
    return made.zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": content})


def _bomb() -> bytes:
    """Some 200 KB that are 150 MB of paragraphs."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        with archive.open("word/document.xml", "w") as part:
            part.write(f'<w:document xmlns:w="{_WORD}"><w:body>'.encode())
            for _ in range(150):
                part.write(b"<w:p/>" * 180_000)
    return content.getvalue()


def _body(markup: str, before: str = "") -> bytes:
    return _docx(f'{before}<w:document xmlns:w="{_WORD}"><w:body>{markup}</w:body></w:document>')


def _drawn(draw: Callable[[Canvas], None], **options: object) -> bytes:
    content = io.BytesIO()
    canvas = Canvas(content, **options)
    draw(canvas)
    canvas.save()
    return content.getvalue()


def _letters(canvas: Canvas) -> None:
    for at in range(3_000):
        canvas.drawString(at % 500, at % 800, "a b c d e f g h i j k l m n o p q r s t u v w x y z" * 4)


def _scattered(canvas: Canvas) -> None:
    for at in range(30_000):
        canvas.drawString(at * 7 % 590, at * 13 % 830, "ab")


def _lines(canvas: Canvas) -> None:
    for at in range(50_000):
        canvas.line(10, at % 800, 500, at % 800)
    for at in range(0, 800, 10):
        canvas.drawString(10, at, "First name and more of it that goes on")


def _boxes(canvas: Canvas) -> None:
    for at in range(1_500):
        canvas.acroForm.checkbox(name=f"{at}", x=at % 500, y=at % 800, size=14)
        canvas.drawString(at % 500 + 16, at % 800, "an option of many")


def _huge(canvas: Canvas) -> None:
    canvas.setPageSize((10_000_000, 10_000_000))
    canvas.drawString(9_000_000, 9_000_000, "far away")
    canvas.setFont("Helvetica", 1_000_000)
    canvas.drawString(0, 0, "large")


def _chain(number: int) -> bytes:
    """Forms in forms: each page object draws the next one twice."""
    parts = [b"%PDF-1.4", b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj"]
    parts.append(b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj")
    page = b"/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>"
    parts.append(b"3 0 obj<</Type/Page/Parent 2 0 R" + page + b">>endobj")
    parts.append(b"4 0 obj<</Length 5>>stream\n/X Do\nendstream endobj")
    for at in range(5, 5 + number):
        head = b"%d 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 600 800]/Length 11" % at
        parts.append(
            head + b"/Resources<</XObject<</X %d 0 R>>>>>>stream\n/X Do /X Do\nendstream endobj" % (at + 1)
        )
    return b"\n".join([*parts, b"trailer<</Root 1 0 R>>"])


ENDED_FROM_OUTSIDE = "pdf of forms in forms"  # PDFium draws them all, and cannot be stopped

HOSTILE: Mapping[str, tuple[Read, Callable[[], bytes]]] = {
    "pdf of thousands of pages": (pdf.read, lambda: made.pdf((50, 700, "First name"), pages=3_000)),
    "pdf truncated": (pdf.read, lambda: made.pdf((50, 700, "First name"), pages=50)[:-900]),
    "pdf with a password": (pdf.read, lambda: made.pdf((50, 700, "x"), encrypt=StandardEncryption("secret"))),
    "pdf full of letters": (pdf.read, lambda: _drawn(_letters)),
    "pdf of scattered words": (pdf.read, lambda: _drawn(_scattered)),
    "pdf full of lines": (pdf.read, lambda: _drawn(_lines)),
    "pdf full of boxes": (pdf.read, lambda: _drawn(_boxes)),
    "pdf of a huge page": (pdf.read, lambda: _drawn(_huge)),
    ENDED_FROM_OUTSIDE: (pdf.read, lambda: _chain(40)),
    "pdf of many lines": (
        pdf.read,
        lambda: made.pdf(*((50.0, 10.0 + at % 780, "A line") for at in range(20_000))),
    ),
    "docx bomb": (word.read, _bomb),
    "docx of empty paragraphs": (word.read, lambda: _body("<w:p/>" * 1_500_000)),
    "docx of laughs": (word.read, lambda: _body("<w:p><w:r><w:t>&l11;</w:t></w:r></w:p>", _LAUGHS)),
    "docx from outside": (
        word.read,
        lambda: _body(
            "<w:p><w:r><w:t>&a;</w:t></w:r></w:p>", '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        ),
    ),
    "docx nested": (word.read, lambda: _body("<w:sdt><w:sdtContent>" * 100_000)),
    "docx of tables": (
        word.read,
        lambda: _body("<w:tbl><w:tr><w:tc>" * 80 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 80),
    ),
    "docx of many cells": (
        word.read,
        lambda: _body(f"<w:tbl>{'<w:tr><w:tc><w:p/></w:tc></w:tr>' * 200_000}</w:tbl>"),
    ),
    "docx of many parts": (word.read, lambda: made.zipped({f"{at}": b"" for at in range(30_000)})),
    "html of divs": (html_page.read, lambda: b"<div>" * 2_000_000),
    "html of laughs": (html_page.read, lambda: f"{_LAUGHS}<p>&l11;</p>".encode()),
    "html of paragraphs": (html_page.read, lambda: b"<p>x" * 2_000_000),
    "html of tables": (html_page.read, lambda: b"<table><tr><td>x" * 500_000),
    "html of closed tables": (html_page.read, lambda: b"<table><tr><td>" * 40 + b"<td>x" * 300_000),
    "html of attributes": (html_page.read, lambda: b"<p " + b"a=1 " * 1_500_000 + b">x"),
    "html of styles": (html_page.read, lambda: b"<p style='" + b"display: " * 600_000 + b"'>x"),
    "html of labels": (html_page.read, lambda: b"<label for=a>x</label><input id=a>" * 100_000),
    "html of comments": (html_page.read, lambda: b"<!--" * 2_000_000),
    "rtf of braces": (rtf.read, lambda: b"{\\rtf1" + b"{" * 5_000_000),
    "rtf of links": (
        rtf.read,
        lambda: b'{\\rtf1{\\field{\\*\\fldinst{HYPERLINK "x"' + b'HYPERLINK "' * 300_000,
    ),
    "rtf of words": (rtf.read, lambda: b"{\\rtf1" + b"\\par x" * 1_000_000),
    "rtf of bytes": (rtf.read, lambda: b"{\\rtf1" + b"\\bin1 " * 1_000_000),
    "csv of one line": (csv_table.read, lambda: b"a," * 4_000_000),
    "csv of quotes": (csv_table.read, lambda: b'"' * 7_000_000),
    "csv of lines": (csv_table.read, lambda: b"a,b\n" * 1_500_000),
    "text of one line": (plain_text.read, lambda: b"x" * 7_000_000),
    "text of lines": (plain_text.read, lambda: b"x\n" * 3_000_000),
    "text of spaces": (plain_text.read, lambda: b" " * 1_900_000 + b"x"),
    "text of signs": (plain_text.read, lambda: b"-" * 1_900_000 + b"x"),
    "text read as a pdf": (pdf.read, lambda: b"First name: Amira\n" * 100_000),
    "pdf read as a page": (html_page.read, lambda: made.pdf((50, 700, "First name"), pages=20)),
    "word read as text": (plain_text.read, made.word),
    "an unknown file": (kind_of, lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0\1\2\3" * 2_000_000),
}
"""By what it is: what reads it, and what makes it."""


def main() -> None:
    """Read each of them; what failed, by name."""
    names = list(HOSTILE)

    def read(content: bytes) -> object:
        name, _, rest = content.partition(b"\n")
        return HOSTILE[name.decode()][0](rest)

    def content(number: int) -> bytes:
        return names[number].encode() + b"\n" + HOSTILE[names[number]][1]()

    if sys.argv[1:]:
        names = sys.argv[1:]
    found = [each for each in failures(read, content, range(len(names))) if isinstance(each, Failure)]
    json.dump({names[each.number]: each.how for each in found}, sys.stdout)


if __name__ == "__main__":
    main()
