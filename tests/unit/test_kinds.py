"""What a file is, is found in its content; its name and what its sender says of it are not believed."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from rpa.documents.kinds import Kind, kind_of
from rpa.documents.refused import A_PROGRAM, ACTIVE, AN_ARCHIVE, BY_NAME, LOCKED, MACROS, media_type, refused
from tests import written_documents as made
from tests.ole_files import ole


def picture(kind: str) -> bytes:
    """A small picture."""
    content = io.BytesIO()
    Image.new("RGB", (20, 20)).save(content, kind)
    return content.getvalue()


SVG = b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
DOCM = made.replaced(made.word(), "word/vbaProject.bin", b"x")
FILES: dict[str, tuple[bytes, Kind, str, str | None]] = {
    "json": (b' {"category": "OCR"}', Kind.JSON, "application/json", None),
    "json of 16 bits": (json.dumps({"a": 1}).encode("utf-16"), Kind.JSON, "application/json", None),
    "json with a mark": (b"\xef\xbb\xbf[{}]", Kind.JSON, "application/json", None),
    "text in brackets": (b"[1/2] First name: Amira", Kind.TEXT, "text/plain", None),
    "message": (made.MESSAGE, Kind.MESSAGE, "message/rfc822", None),
    "text with labels": (b"Name: Amira\nFrom: Exampletown\n\nx", Kind.TEXT, "text/plain", None),
    "outlook": (ole("__properties_version1.0"), Kind.OUTLOOK, "application/vnd.ms-outlook", None),
    "old word": (ole("WordDocument"), Kind.OTHER, "application/octet-stream", None),
    "old word with macros": (ole("WordDocument", "Macros"), Kind.OTHER, "application/octet-stream", MACROS),
    "encrypted word": (
        ole("EncryptedPackage", "EncryptionInfo"),
        Kind.OTHER,
        "application/octet-stream",
        LOCKED,
    ),
    "damaged": (ole("WordDocument")[:600], Kind.OTHER, "application/octet-stream", None),
    "tnef": (b"\x78\x9f\x3e\x22\0\0", Kind.TNEF, "application/vnd.ms-tnef", None),
    "pdf": (made.pdf((50, 700, "x")), Kind.PDF, "application/pdf", None),
    "pdf after spaces": (b"\r\n" + made.pdf((50, 700, "x")), Kind.PDF, "application/pdf", None),
    "text about a pdf": (b"It began with %PDF-1.7", Kind.TEXT, "text/plain", None),
    "locked pdf": (made.pdf(encrypt=StandardEncryption("secret")), Kind.PDF, "application/pdf", LOCKED),
    "pdf that may not be changed": (
        made.pdf(encrypt=StandardEncryption("", "x")),
        Kind.PDF,
        "application/pdf",
        None,
    ),
    "docx": (made.word(), Kind.WORD, media_type(made.word()), None),
    "docm": (DOCM, Kind.WORD, media_type(made.word()), MACROS),
    "html": (b"<!-- a --><!-- b -->\n<!DOCTYPE html><p>x", Kind.HTML, "text/html", ACTIVE),
    "html with scripts": (b"<html><p onclick='x()'>x", Kind.HTML, "text/html", ACTIVE),
    "rtf": (made.RTF, Kind.RTF, "application/rtf", None),
    "png": (picture("PNG"), Kind.IMAGE, "image/png", None),
    "jpeg": (picture("JPEG"), Kind.IMAGE, "image/jpeg", None),
    "bmp": (picture("BMP"), Kind.IMAGE, "image/x-ms-bmp", None),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Kind.IMAGE, "image/heic", None),
    "svg": (SVG, Kind.IMAGE, "image/svg+xml", ACTIVE),
    "svg with scripts": (
        SVG.replace(b"<path", b"<script>x</script><path"),
        Kind.IMAGE,
        "image/svg+xml",
        ACTIVE,
    ),
    "mp4": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", Kind.VIDEO, "video/mp4", None),
    "mov": (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", Kind.VIDEO, "video/quicktime", None),
    "m4a": (b"\0\0\0\x20ftypM4A \0\0\2\0M4A mp42isom", Kind.AUDIO, "audio/mp4", None),
    "mp3": (b"ID3\x03\0\0\0\0\0" + b"\0" * 99, Kind.AUDIO, "audio/mpeg", None),
    "zip": (made.zipped({"a.pdf": b"x"}), Kind.ARCHIVE, "application/octet-stream", AN_ARCHIVE),
    "half a zip": (made.word()[:500], Kind.ARCHIVE, "application/octet-stream", AN_ARCHIVE),
    "7z": (b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, Kind.ARCHIVE, "application/octet-stream", AN_ARCHIVE),
    "exe": (b"MZ\x90\0\x03\0\0\0" + b"\0" * 99, Kind.PROGRAM, "application/octet-stream", A_PROGRAM),
    "text from MZ": (b"MZ wrote: it was red", Kind.TEXT, "text/plain", None),
    "elf": (b"\x7fELF\x02\x01\x01" + b"\0" * 99, Kind.PROGRAM, "application/octet-stream", A_PROGRAM),
    "script": (b"#!/bin/sh\necho x", Kind.PROGRAM, "application/octet-stream", A_PROGRAM),
    "nothing": (b"", Kind.OTHER, "application/octet-stream", None),
    "noise": (bytes(range(256)) * 9, Kind.OTHER, "application/octet-stream", None),
}
"""Content, what it is, its MIME type, and why it is refused."""


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("said", ["", "report.pdf", "report.json", "photo.jpg", "report.docx"])
def test_content_decides(name: str, said: str) -> None:
    """Each is what its content is, whatever it is called."""
    content, kind, media, reason = FILES[name]
    assert (kind_of(content, said), media_type(content, said), refused(content, said)) == (
        kind,
        media,
        reason,
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", Kind.CSV),
        ("a.TSV", Kind.CSV),
        ("a.txt", Kind.TEXT),
        ("a.ps1", Kind.PROGRAM),
        ("a", Kind.TEXT),
    ],
)
def test_a_name_tells_text_apart(name: str, kind: Kind) -> None:
    """Whether text is a table or a script that a system would run, its name says."""
    assert kind_of(b"First name,Amira\n", name) is kind


PAGES = {
    "a handler": b"<!doctype html><body onpageshow=alert(1)>",
    "a handler that is not listed": b"<html><video src=x onloadstart=alert(1)>",
    "no script at all": b"<html><p>x",
    "text before it": b"Hi<script>alert(1)</script>",
    "text before a handler": b"Hi <img src=x onerror =alert(1)>",
    "another tag before it": b"<a href=1><script>alert(1)</script>",
    "data before it": b'{"a":1}<script>alert(1)</script>',
    "a picture's sign before it": b"GIF89a<script>alert(1)</script>",
    "another document type": b'<?xml version="1.0"?><!DOCTYPE foo><svg xmlns="x"><script>1</script></svg>',
    "an entity": b'<!DOCTYPE x [<!ENTITY a "b">]><svg xmlns="x"/>',
    "a handler that is set": b'<svg xmlns="x"><set attributeName="onmouseover" to="alert(1)"/></svg>',
    "a prefix": b'<s:svg xmlns:s="x"><s:script>alert(1)</s:script></s:svg>',
    "a prefix after text": b"Hi<s:script>alert(1)</s:script>",
    "a prefix in xhtml": b'<?xml version="1.0"?><h:html xmlns:h="x"><h:script>alert(1)</h:script></h:html>',
    "an address in parts": b'<html><a href="java&#x09;script:alert(1)">x</a>',
    "an address": b'Hi <a href="javascript:alert(1)">x</a>',
    "a message": b"From: a\nDate: b\nMIME-Version: 1.0\n\n<script>alert(1)</script>",
    "a saved page": b"From: <Saved by Blink>\nDate: b\nMIME-Version: 1.0\n\nx",
    "a style sheet": b'<?xml-stylesheet type="text/xsl" href="https://example.com/x.xsl"?><a/>',
    "sixteen bits": "<html><p>x".encode("utf-16"),
    "sixteen bits without a mark": "<html><p>x".encode("utf-16-le"),
    "a mark": b"\xef\xbb\xbf \n<a href=1>x</a>",
    "bytes after it": b"<html>" + bytes(range(256)) * 9,
    "a pdf after it": b"<script>alert(1)</script>" + made.pdf((50, 700, "x")),
    "at the end": b"x " * 100_000 + b"<script>alert(1)</script>",
}


@pytest.mark.parametrize("content", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("name", ["", "report.pdf", "photo.jpg", "notes.txt"])
def test_a_page_is_never_uploaded(content: bytes, name: str) -> None:
    """Whatever a browser may take for a page is refused, whatever it is called and wherever its script is."""
    assert refused(content, name) == ACTIVE


@pytest.mark.parametrize(
    "name",
    [
        *(
            "x.exe ",
            "x.exe. .",
            "x.EXE",
            "x.pdf.exe",
            "x.url",
            "x.chm",
            "x.iso",
            "x.one",
            "x.sct",
        ),
        *(
            "x.html",
            "x.html.",
            "x.htm ",
            ".html",
            "x.xhtml",
            "x.svg",
            "x.xml",
            "x.mht",
            "x.mhtml\u00a0",
            "x.hta",
        ),
        *("x.lnk", "x.msi", "x.ps1xml", "x.dll", "x.jar", "x.scf", "x.vhdx", "x.settingcontent-ms"),
    ],
)
@pytest.mark.parametrize(
    "content", [bytes(2048), picture("PNG"), made.pdf((50, 700, "x"))], ids=["zeros", "a picture", "a pdf"]
)
def test_a_name_is_enough_to_refuse(name: str, content: bytes) -> None:
    """What a system would open as a page, or start, because of its name is refused, whatever is in it."""
    assert refused(content, name) == BY_NAME


@pytest.mark.parametrize(
    "content",
    [
        b"Transcript: he said <nothing>, and 3 < 4. The description is on the other page.",
        b"<alex@example.com> wrote to me.",
        b"Only once = one time",
        b'{"transcript": "one < two", "on": "<b>"}',
        made.MESSAGE,
        b"From: <a@example.com>\r\nDate: b\r\n\r\nHe came on=\r\nly once, and on=\r\nce more.",
        b"From: <a@example.com>\r\nDate: b\r\n\r\nHe came once=\r\n more.",
    ],
    ids=["signs", "an address", "no sign", "data", "a message", "a broken word", "a broken line"],
)
def test_text_that_is_no_page_is_uploaded(content: bytes) -> None:
    """What people write, signs of less and more in it, is no page."""
    assert refused(content, "notes.txt") is None


LONG: dict[str, Callable[[], bytes]] = {
    "comments": lambda: b"<!---->" * 2_000_000,
    "declarations": lambda: b"<?x?>" * 2_000_000,
    "spaces": lambda: b" " * 20_000_000,
    "headers": lambda: b"From: x\r\n" * 2_000_000,
    "brackets": lambda: b"[" * 20_000_000,
    "entries of a zip": lambda: made.zipped({f"{n}": b"" for n in range(20_000)}),
    "handlers": lambda: b"<html>" + b"onclick " * 2_000_000,
    "tags": lambda: b"<html>" + b"<" * 20_000_000,
    "tags in text": lambda: b"x" + b"<" * 20_000_000,
    "names of tags": lambda: b"x" + b"<aaaaaaaaa" * 2_000_000,
    "spaces in tags": lambda: b"x<onx" + b" " * 20_000_000,
    "words in tags": lambda: b"x<" + b"on" * 10_000_000,
    "spaces before a colon": lambda: b"x<" + (b"javascript" + b" " * 1000) * 20_000,
    "an old wrapping": lambda: ole("WordDocument") + b"\xff" * 10_000_000,
}


@pytest.mark.parametrize("name", LONG)
def test_it_takes_no_time(name: str) -> None:
    """Files made to use up time are told in little of it."""
    content = LONG[name]()
    before = time.process_time()
    kind_of(content)
    refused(content)
    assert time.process_time() - before < 5


def test_many_large_files_take_no_time() -> None:
    """Ten of 20 MB that would be pages take less than a second together: a bounded part of each is looked at."""
    shapes = (b"<html>" + b"<" * 20_000_000, b"x" + b"< on" * 5_000_000, b"x<" + b"on" * 10_000_000)
    files = [shapes[number % 3] for number in range(10)]
    before = time.process_time()
    for content in files:
        refused(content, "notes.txt")
    assert time.process_time() - before < 1
