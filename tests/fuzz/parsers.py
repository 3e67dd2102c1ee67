"""The parsers that are tried, each with documents that it reads."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from rpa.documents import csv_table, html_page, json_document, plain_text, rtf, word
from rpa.documents.kinds import kind_of
from rpa.documents.mail import message
from rpa.documents.pdf import document as pdf
from rpa.documents.refused import media_type, refused
from rpa.reading import read
from rpa.report import Submission
from rpa.unpacking import unpack
from tests import every_way
from tests import written_documents as made
from tests.ole_files import ole
from tests.tnef_files import NAMES, attachment, attribute, tnef
from tests.worlds import SAMPLES, all_forms, document
from tests.written_pages import LAYOUTS, page


@dataclass(frozen=True)
class Parser:
    """What reads bytes, and makes samples of what it reads. It raises `Unreadable` or nothing."""

    read: Callable[[bytes], object]
    samples: Callable[[], list[bytes]]


def _json() -> list[bytes]:
    return [path.read_bytes() for path in sorted(SAMPLES.glob("*.json"))[:6]]


def _pdfs() -> list[bytes]:
    lines = [(50.0, 800.0 - 20 * at, f"Question {at}") for at in range(20)]
    lines += [(250.0, 800.0 - 20 * at, f"Answer number {at}, that is longer") for at in range(20)]
    plain = [made.pdf(*lines, pages=2, pageCompression=at) for at in (0, 1)]
    return [
        *plain,
        made.form(),
        made.form(pageCompression=0),
        made.pdf(*lines, encrypt=StandardEncryption("", "x")),
    ]


def _words() -> list[bytes]:
    return [
        made.word(),
        made.word(lambda it: made.table(it, [["A", "B", "C"], ["1", "2", "3"]], bold_first=True)),
    ]


def _word_parts() -> list[bytes]:
    return made.parts(made.word(), "word/document.xml", "word/styles.xml", "word/header1.xml")


def _read_word_part(content: bytes) -> object:
    return word.read(made.zipped({"[Content_Types].xml": b"", "word/document.xml": content}))


def _pages() -> list[bytes]:
    return [made.HTML, made.HTML_FORM, *(page(layout).encode() for layout in LAYOUTS)]


def _texts() -> list[bytes]:
    return [made.TEXT, made.TEXT.decode().encode("utf-16"), "Straße: é\r\n\x0c".encode("cp1252")]


def _tables() -> list[bytes]:
    return [made.CSV, b"Make;Model;Colour\nFord;Focus;Red\nOpel;Corsa;Blue\n", made.CSV.replace(b",", b"\t")]


def _files() -> list[bytes]:
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "PNG")
    old = [ole("WordDocument", "Macros"), ole("__properties_version1.0", "x"), ole("EncryptedPackage")]
    return [
        picture.getvalue(),
        *old,
        made.MESSAGE,
        made.RTF,
        made.HTML,
        made.CSV,
        *_pdfs()[2:3],
        *_words()[:1],
        *_json()[:1],
    ]


def _raw() -> list[dict[str, Any]]:
    return [document(name) for name in ("08-bank-card.json", "10-known-suspect.json")]


def _messages() -> list[bytes]:
    reports = {"a.json": every_way.as_json(_raw()[0]), "b.html": every_way.html(_raw()[1])}
    return [every_way.mail(reports), every_way.mail({"inner.eml": every_way.mail({}, "Inner [1/2]")})]


def _headers() -> list[bytes]:
    passed = (
        b"Authentication-Results: mx.example.org; dmarc=pass (p=none) header.from=example.com; dkim=fail\r\n"
    )
    return [passed + each for each in [*_messages(), b'From: "A" (b) <a@example.com>\r\nTo: "c\r\n\r\nx']]


def _read_header(content: bytes) -> object:
    return message.read_header(content, ["mx.example.org"])


def _outlook_files() -> list[bytes]:
    return [every_way.msg({"a.json": every_way.as_json(_raw()[0])}), ole("__properties_version1.0", "x")]


def _tnef_files() -> list[bytes]:
    subject = attribute(NAMES["subject"], b"A report\0")
    return [
        tnef(subject, attachment("a.json", b"{}")),
        tnef(subject, attachment("b", b"x", {0x3707: "long"})),
    ]


def _sdm() -> list[bytes]:
    return [make(raw) for raw in _raw() for make in (every_way.in_sdm, every_way.skeleton)]


def _read_all(content: bytes) -> object:
    return read(Submission(content, "folder", "report"), all_forms())


def _unpack(content: bytes) -> object:
    return unpack([Submission(content, "folder", "report.eml")], all_forms())


def _tell(content: bytes) -> object:
    return kind_of(content, "a.csv"), media_type(content), refused(content)


PARSERS: Mapping[str, Parser] = {
    "json": Parser(json_document.parse, _json),
    "pdf": Parser(pdf.read, _pdfs),
    "word": Parser(word.read, _words),
    "word-markup": Parser(_read_word_part, _word_parts),
    "html": Parser(html_page.read, _pages),
    "rtf": Parser(rtf.read, lambda: [made.RTF, made.RTF.replace(b"First", rb"\u8217?\'e9\tab ")]),
    "csv": Parser(csv_table.read, _tables),
    "text": Parser(plain_text.read, _texts),
    "kinds": Parser(_tell, _files),
    "message": Parser(message.read, _messages),
    "header": Parser(_read_header, _headers),
    "outlook": Parser(message.read, _outlook_files),
    "tnef": Parser(message.read, _tnef_files),
    "sdm": Parser(_read_all, _sdm),
    "printed": Parser(_read_all, lambda: [every_way.html(raw) for raw in _raw()]),
    "whole": Parser(_unpack, lambda: [every_way.mail({"a.json": every_way.as_json(raw)}) for raw in _raw()]),
}
"""By name: one line for each parser."""
