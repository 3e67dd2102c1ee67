"""A picture of text is recognised where Tesseract is installed, within limits, and marked as read by machine."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rpa.documents.ocr import is_installed, read
from rpa.documents.pdf.document import Scan
from rpa.documents.pdf.document import read as read_text
from rpa.documents.size import Unreadable
from rpa.documents.written import Block
from tests.worlds import ROOT
from tests.written_documents import pdf

LINES = (
    (50.0, 760.0, "First name"),
    (250.0, 760.0, "Amira"),
    (50.0, 720.0, "Surname"),
    (250.0, 720.0, "Example"),
    (50.0, 680.0, "Registration number"),
    (250.0, 680.0, "AB12 CDE"),
)
EXPECTED = ["First name", "Amira", "Surname", "Example", "Registration number", "AB12 CDE"]
_LIMITED = """
import sys
from orchestrator.reading.process import _limit
from rpa.documents.ocr import read
from tests.unit.test_ocr import scanned
content = scanned()
_limit(500)
print(len(read(content).parts))
"""


def picture() -> bytes:
    """A picture (PNG) of some lines of a form."""
    with pypdfium2.PdfDocument(pdf(*LINES)) as document:
        content = io.BytesIO()
        document[0].render(scale=200 / 72).to_pil().save(content, "PNG")
    return content.getvalue()


def scanned() -> bytes:
    """A PDF that has only a picture of some lines of a form."""
    content = io.BytesIO()
    canvas = Canvas(content)
    canvas.drawImage(ImageReader(io.BytesIO(picture())), 0, 0, 595, 842)
    canvas.save()
    return content.getvalue()


@pytest.mark.parametrize("made", [picture, scanned])
def test_text_in_a_picture(made: object) -> None:
    """Labels are followed by their values, and all of it is marked; without Tesseract a person is told."""
    content = made()
    if not is_installed():
        with pytest.raises(Unreadable, match="Tesseract is not installed"):
            read(content)
        return
    written = read(content)
    assert written.machine_read
    assert [part.text for part in written.parts if isinstance(part, Block)] == EXPECTED


def test_without_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed, a scan is for a person."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not is_installed()
    with pytest.raises(Unreadable, match="Tesseract is not installed"):
        read(scanned())
    with pytest.raises(Scan):
        read_text(scanned())


def test_it_works_within_the_limits_of_a_reader() -> None:
    """It writes no file and opens few, so a process that reads submissions can run it."""
    command = [sys.executable, "-c", _LIMITED]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(len(EXPECTED)) if is_installed() else done.returncode, done.stderr


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, b"plain", pdf(pages=21)])
def test_what_is_no_picture(content: bytes) -> None:
    """What cannot be recognised is unreadable."""
    with pytest.raises(Unreadable):
        read(content)
