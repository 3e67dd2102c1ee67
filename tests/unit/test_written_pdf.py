"""A PDF is read as a person reads it: each label with its own value, whatever the layout of the page."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rpa.documents.pdf.document import MOST_PAGES, Scan, read
from rpa.documents.size import Unreadable
from rpa.documents.written import Block, Field
from tests.written_documents import form, pdf
from tests.written_pages import ADDRESS, ANSWERS, LAYOUTS, page, pairs_of, printed, texts

EXPECTED = [*ANSWERS, (ADDRESS[0], "\n".join(ADDRESS[1]))]
LABELS = [label for label, _ in EXPECTED]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_label_has_its_value(layout: str, tmp_path: Path) -> None:
    """Every answer is back under its own question, over several pages, in every layout of a form."""
    written = read(printed(page(layout, times=4), tmp_path))
    assert sorted(pairs_of(written, LABELS)) == sorted(EXPECTED * 4)
    assert max(part.page for part in written.parts) > 1


@pytest.mark.parametrize(
    ("layout", "font", "size"),
    [("middle", "serif", "9pt"), ("two columns", "monospace", "13pt")],
)
def test_letters_make_no_difference(layout: str, font: str, size: str, tmp_path: Path) -> None:
    """The same with other letters, where other lines are wrapped, pages end within answers, and the first line of
    two pages happens to be the same."""
    written = read(printed(page(layout, times=4, font=font, size=size), tmp_path))
    assert sorted(pairs_of(written, LABELS)) == sorted(EXPECTED * 4)


def test_a_word_that_goes_on_on_the_next_line() -> None:
    """A word that was broken after its hyphen is one word; a dash between two is not."""
    lines = (
        "I left the car behind the shop at nine in the evening and came back when it was ten-",
        "thirty or so. The rear window was broken, and glass was on both of the front seats -",
        "as I said - already.",
    )
    (found,) = texts(read(pdf(*((50.0, 700.0 - 14 * at, line) for at, line in enumerate(lines)))))
    assert found == f"{lines[0]}{lines[1]} {lines[2]}"


def test_headings_and_running_text(tmp_path: Path) -> None:
    """Headings have levels; the head and foot of the pages are apart, and not among the answers."""
    written = read(printed(page("ruled table", times=4), tmp_path))
    headings = [
        (part.text, part.heading) for part in written.parts if isinstance(part, Block) and part.heading
    ]
    assert headings[:3] == [("Report a crime", 1), ("About you", 2), ("Part 1", 2)]
    assert any(text.endswith("1/3") for text in written.running)
    assert not [text for text in texts(written) if text.endswith("/3")]


def test_labels_are_emphasised(tmp_path: Path) -> None:
    """Bold labels, and those of another colour than the text, are told from values."""
    for layout in ("label above", "label above in grey"):
        written = read(printed(page(layout), tmp_path))
        found = {part.text: part.emphasised for part in written.parts if isinstance(part, Block)}
        assert found["First name"]
        assert not found["Amira"]


def test_a_form_with_fields() -> None:
    """What was filled in is read from the form's own fields: with the label that the form gives them, or after the
    text beside them."""
    written = read(form())
    assert [part for part in written.parts if isinstance(part, Field)] == [
        Field("First name", "Amira", 1),
        Field("I agree that the police may contact me", "Yes", 1),
        Field("I have insurance", "No", 1),
        Field("How you are involved", "Victim", 1),
        Field("Country", "Wales", 1),
    ]
    found = texts(written)
    assert found[found.index("Surname") + 1] == "Example"
    assert "First name" not in found
    assert "Witness" not in found


def test_a_picture_of_text_is_a_scan() -> None:
    """Pages without text are told from a PDF that is damaged: they can be recognised, or a person reads them."""
    with pytest.raises(Scan, match="has no text, only pictures"):
        read(scan())


def test_a_page_that_is_a_picture_is_told() -> None:
    """Where other pages have text, it is read, and a note names the page that is not."""
    written = read(scan(with_text=True))
    assert texts(written) == ["What happened", "My car was broken into."]
    assert written.notes == ("Page 2 is a picture, and was not read.",)


def scan(*, with_text: bool = False) -> bytes:
    """A PDF with a picture in place of text, on its second page if there is text on the first."""
    from PIL import Image

    made = io.BytesIO()
    canvas = Canvas(made)
    if with_text:
        canvas.drawString(50, 700, "What happened")
        canvas.drawString(50, 660, "My car was broken into.")
        canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("L", (50, 70), 200)), 0, 0, 500, 700)
    canvas.save()
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pdf((50, 700, "x"), encrypt=StandardEncryption("secret")), "protected by a password"),
        (pdf((50, 700, "some text"), pages=3)[:1500], "damaged or incomplete"),
        (b"%PDF-1.7\n" + b"\0" * 5000, "damaged or incomplete"),
        (b"", "damaged or incomplete"),
        (pdf(pages=1), "has no text. Open it"),
        (pdf((50, 700, "x"), pages=MOST_PAGES + 1), "more than 200 pages"),
    ],
    ids=["password", "truncated", "only its beginning", "empty", "blank", "too many pages"],
)
def test_what_cannot_be_read_says_what_to_do(content: bytes, said: str) -> None:
    """Each is unreadable, with a sentence for the person who has to deal with it."""
    with pytest.raises(Unreadable, match=said):
        read(content)


def test_it_is_quick(tmp_path: Path) -> None:
    """A report of some pages is read in far less than a second of processor time."""
    content = printed(page("ruled table", times=6), tmp_path)
    taken = []
    for _ in range(5):
        before = time.process_time()
        read(content)
        taken.append(time.process_time() - before)
    assert min(taken) < 0.25
