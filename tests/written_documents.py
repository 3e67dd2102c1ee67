"""Documents as other programs write them, with the same few answers, by their kind."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.pdfgen.canvas import Canvas

ANSWERS = (("First name", "Amira"), ("Surname", "Example"), ("Address", "12 High Street\nExampletown"))


def pdf(*lines: tuple[float, float, str], pages: int = 1, **options: Any) -> bytes:
    """A PDF with these texts at (points from the left, points from the bottom) of every page."""
    made = io.BytesIO()
    canvas = Canvas(made, **options)
    for _ in range(pages):
        for x, y, text in lines:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def form(**options: Any) -> bytes:
    """A PDF form of fields, filled in."""
    made = io.BytesIO()
    canvas = Canvas(made, **options)
    fields = canvas.acroForm
    canvas.drawString(50, 755, "First name:")
    fields.textfield(name="a", tooltip="First name", value="Amira", x=200, y=750, width=200, height=20)
    canvas.drawString(50, 715, "Surname")
    fields.textfield(name="b", value="Example", x=200, y=710, width=200, height=20)
    fields.checkbox(name="c", checked=True, x=50, y=680, size=14)
    canvas.drawString(70, 683, "I agree that the police may contact me")
    fields.checkbox(name="d", checked=False, x=50, y=650, size=14)
    canvas.drawString(70, 653, "I have insurance")
    for number, option in enumerate(("Victim", "Witness")):
        involved = {"name": "e", "tooltip": "How you are involved", "value": option.lower(), "size": 14}
        fields.radio(**involved, selected=option == "Victim", x=50 + 100 * number, y=620)
        canvas.drawString(70 + 100 * number, 623, option)
    countries = ["England", "Wales"]
    fields.choice(
        name="f", tooltip="Country", value="Wales", options=countries, x=200, y=580, width=99, height=20
    )
    canvas.save()
    return made.getvalue()


def word(fill: Callable[[Any], None] | None = None) -> bytes:
    """A Word document: a table of answers, or what `fill` puts into it."""
    made = docx.Document()
    if fill is None:
        made.sections[0].header.paragraphs[0].text = "Force report"
        made.add_heading("Report a crime", 1)
        table(made, ANSWERS)
    else:
        fill(made)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def table(made: Any, rows: Sequence[Sequence[str]], *, bold_first: bool = False) -> Any:
    """Put a table into a Word document."""
    added = made.add_table(rows=len(rows), cols=len(rows[0]))
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            added.cell(at, column).text = text
            for run in added.cell(at, column).paragraphs[0].runs:
                run.bold = bold_first and at == 0
    return added


def markup(xml: str) -> Any:
    """An element of Word's own markup."""
    names = f'{nsdecls("w")} xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    return parse_xml(xml.replace(">", f" {names}>", 1))


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip with these parts."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def replaced(content: bytes, name: str, part: bytes) -> bytes:
    """A zip with another part in place of the one of that name."""
    with ZipFile(io.BytesIO(content)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    return zipped({**parts, name: part})


def parts(content: bytes, *names: str) -> list[bytes]:
    """Those parts of a zip that it has."""
    with ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in names if name in archive.namelist()]


HTML = (
    b"<!doctype html><meta charset=utf-8><h1>Report a crime</h1><table><tr><th>First name<td>Amira<tr><th>Surname"
    b"<td>Example<tr><th>Address<td>12 High Street<br>Exampletown</table>"
)
HTML_FORM = (
    b"<form><label for=a>Town</label><input id=a value=Exampletown><input type=hidden value=token>"
    b"<input type=checkbox id=b checked><label for=b>I agree</label><fieldset><legend>Involved</legend>"
    b"<input type=radio id=c checked><label for=c>Victim</label><input type=radio id=d><label for=d>Witness"
    b"</label></fieldset><select aria-label=Country><option>England<option selected>Wales</select>"
    b"<textarea aria-label=More>two\nlines</textarea><label for=gone>Left</label></form>"
)
RTF = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset204 Arial;}}"
    rb"{\header Force report}{\info{\title Secret}}\pard\b Report a crime\b0\par"
    rb"\trowd\cellx100\cellx200\pard\intbl First name\cell Amira\cell\row"
    rb"\trowd\cellx100\cellx200\pard\intbl Surname\cell Example\cell\row"
    rb"\trowd\cellx100\cellx200\pard\intbl Address\cell 12 High Street\par Exampletown\cell\row\pard}"
)
CSV = b'First name,Amira\r\nSurname,Example\r\nAddress,"12 High Street\nExampletown"\r\n'
TEXT = b"Report a crime\r\n==============\r\n\r\nFirst name: Amira\r\nSurname: Example\r\n"
MESSAGE = (
    b"Return-Path: <amira@example.com>\r\nReceived: from mail.example.com\r\n by mx.example.com;\r\n"
    b"From: Amira <amira@example.com>\r\nSubject: Report\r\nMIME-Version: 1.0\r\n\r\nFirst name: Amira\r\n"
)
