"""Word, HTML, RTF, CSV and plain text are read as they stand: labels with their values, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from rpa.documents import csv_table, html_page, plain_text, rtf, word
from rpa.documents.decoded import READ_AS_WINDOWS
from rpa.documents.size import Unreadable
from rpa.documents.written import Block, Field, Written
from tests import written_documents as made
from tests.written_pages import ADDRESS, LAYOUTS, page, pairs_of
from tests.written_pages import ANSWERS as LONG_ANSWERS

EXPECTED = [*LONG_ANSWERS, (ADDRESS[0], "\n".join(ADDRESS[1]))]


WORD_FIELDS = (
    "<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    """<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr><w:sdtContent>
    <w:r><w:t>\u2612</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t> I agree</w:t></w:r></w:p>""",
    """<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox>
    </w:ffData></w:fldChar></w:r><w:r><w:t>I have insurance</w:t></w:r></w:p>""",
    """<w:p><w:r><w:t xml:space="preserve">Country: </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"><w:ffData>
    <w:ddList><w:result w:val="1"/><w:listEntry w:val="England"/><w:listEntry w:val="Wales"/></w:ddList>
    </w:ffData></w:fldChar></w:r></w:p>""",
    """<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>
    </w:p>""",
    "<w:p><w:r><w:t>Injured? \u2610 Yes \u2612 No</w:t></w:r></w:p>",
)


def fields(written: Written) -> list[tuple[str, str]]:
    """The labels and values that the document itself puts together."""
    return [(part.label, part.value) for part in written.parts if isinstance(part, Field)]


def blocks(written: Written) -> list[str]:
    """The text of every block."""
    return [part.text for part in written.parts if isinstance(part, Block)]


@pytest.mark.parametrize(
    ("read", "content"),
    [(word.read, made.word()), (html_page.read, made.HTML), (rtf.read, made.RTF), (csv_table.read, made.CSV)],
    ids=["word", "html", "rtf", "csv"],
)
def test_a_table_of_two_columns(read: Any, content: bytes) -> None:
    """Each row is a label and its value, with the lines of the value as they were written."""
    assert fields(read(content)) == list(made.ANSWERS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_in_any_layout(layout: str) -> None:
    """On a page of HTML every answer is back under its own question, however the page is laid out."""
    written = html_page.read(page(layout).encode())
    assert sorted(pairs_of(written, [label for label, _ in EXPECTED])) == sorted(EXPECTED)


@pytest.mark.parametrize(
    ("read", "content"), [(word.read, made.word()), (rtf.read, made.RTF)], ids=["word", "rtf"]
)
def test_heads_and_feet_are_apart(read: Any, content: bytes) -> None:
    """What stands at the head of every page is not among the answers."""
    written = read(content)
    assert written.running == ("Force report",)
    assert blocks(written) == ["Report a crime"]


@pytest.mark.parametrize(
    ("read", "content"), [(word.read, made.word()), (html_page.read, made.HTML)], ids=["word", "html"]
)
def test_headings_have_levels(read: Any, content: bytes) -> None:
    """A heading is one by its style or its element."""
    heading = read(content).parts[0]
    assert (heading.text, heading.heading) == ("Report a crime", 1)


def test_labels_before_their_values_in_word() -> None:
    """Bold letters, or a tab, end a label on the line of its value."""

    def fill(document: Any) -> None:
        paragraph = document.add_paragraph()
        paragraph.add_run("Phone:").bold = True
        paragraph.add_run(" 07700 900123")
        document.add_paragraph("Email:\tamira@example.com")

    assert blocks(word.read(made.word(fill))) == ["Phone:", "07700 900123", "Email:", "amira@example.com"]


def test_what_word_hides_is_not_read() -> None:
    """Hidden text, what was deleted, and what a field asks for while nobody has answered."""

    def fill(document: Any) -> None:
        document.add_paragraph("Seen").add_run(" hidden").font.hidden = True
        body = document.element.body
        body.append(
            made.markup(
                "<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>Gone</w:delText></w:r></w:del></w:p>"
            )
        )
        body.append(
            made.markup(
                "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>Click here</w:t></w:r>"
                "</w:p></w:sdtContent></w:sdt>"
            )
        )

    assert blocks(word.read(made.word(fill))) == ["Seen", "Kept"]


def test_the_fields_of_word() -> None:
    """Content controls, text boxes, boxes to tick and lists, new and old, are answers."""

    def fill(document: Any) -> None:
        for xml in WORD_FIELDS:
            document.element.body.append(made.markup(xml))

    written = word.read(made.word(fill))
    assert fields(written) == [("I agree", "Yes"), ("I have insurance", "No"), ("Injured?", "No")]
    assert blocks(written) == ["In a control", "Country: Wales", "In a box"]


def test_tables_that_are_not_pairs() -> None:
    """A first row of labels belongs to each row below; what can be either is read row by row; a table that holds
    others in their places is no table."""
    header = [["Make", "Model", "Colour"], ["Ford", "Focus", "Red"]]
    assert fields(word.read(made.word(lambda it: made.table(it, header, bold_first=True)))) == [
        ("Make", "Ford"),
        ("Model", "Focus"),
        ("Colour", "Red"),
    ]
    either = [["Make", "Model"], ["Ford", "Focus"]]
    assert blocks(word.read(made.word(lambda it: made.table(it, either)))) == [
        "Make",
        "Model",
        "Ford",
        "Focus",
    ]
    inner = b"<table><tr><td>Make<td>Ford<tr><td>Model<td>Focus<tr><td>Colour<td>Red</table>"
    nested = b"<table><tr><td>" + inner + b"</table>"
    assert fields(html_page.read(nested)) == [("Make", "Ford"), ("Model", "Focus"), ("Colour", "Red")]
    several = csv_table.read(b"Make;Model;Colour\nFord;Focus;Red\nOpel;Corsa;Blue\n")
    assert fields(several)[3:] == [("Make", "Opel"), ("Model", "Corsa"), ("Colour", "Blue")]
    assert blocks(several) == ["Row 1", "Row 2"]


def test_a_page_with_a_form() -> None:
    """What stands in the controls of a page is read under their labels; of options only those that were chosen."""
    written = html_page.read(made.HTML_FORM)
    expected = [("Town", "Exampletown"), ("I agree", "Yes"), ("Country", "Wales"), ("More", "two\nlines")]
    assert fields(written) == expected
    assert blocks(written) == ["Involved", "Victim", "Left"]


def test_what_a_page_hides_is_not_read() -> None:
    """Scripts, styles and hidden elements are no text; a link to change an answer is no part of it."""
    written = html_page.read(
        b"<title>t</title><style>p{}</style><script>x</script><p hidden>a<p style='display: none'>b<p>Seen"
        b"<dl><dt>Name<dd>Amira</dd><dd><a href='/'>Change<span> name</span></a></dd></dl>"
    )
    assert blocks(written) == ["Seen"]
    assert fields(written) == [("Name", "Amira")]


def test_labels_before_their_values_on_a_page() -> None:
    """Bold letters end a label, on its line or above it; other line breaks are as the person made them."""
    written = html_page.read(
        b"<p><b>Phone:</b> 07700 900123<p><b>Address</b><br>12 High Street<br>Exampletown"
    )
    assert blocks(written) == ["Phone:", "07700 900123", "Address", "12 High Street\nExampletown"]


def test_letters_of_rtf() -> None:
    """Letters by their code page, by the font's, by number, and of two halves; what is hidden is not read."""
    content = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f1\fcharset204 A;}}Amir\'e9\u8217?s \u-10179?\u-8704?{\v x}"
        rb"{\deleted y} {\f1 \'cf\'f0}\par A:\tab b}"
    )
    assert blocks(rtf.read(content)) == ["Amir\u00e9\u2019s \U0001f600 \u041f\u0440", "A:", "b"]


def test_lines_of_plain_text() -> None:
    """Each line stands by itself, on its page; rows of signs and control characters are no text."""
    written = plain_text.read(b"\xef\xbb\xbfName: Amira\r\n*****\r\n  x\x00\x1b[31my\r\n\x0cPage two")
    assert [(part.text, part.page, part.left) for part in written.parts if isinstance(part, Block)] == [
        ("Name: Amira", 1, 0),
        ("x[31my", 1, 2),
        ("Page two", 2, 0),
    ]


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        ("Café".encode(), ()),
        ("Café".encode("utf-16"), ()),
        ("Café".encode("utf-8-sig"), ()),
        ("Café".encode("cp1252"), (READ_AS_WINDOWS,)),
    ],
    ids=["utf-8", "utf-16", "mark", "windows"],
)
def test_encodings(content: bytes, notes: tuple[str, ...]) -> None:
    """Text is read by its mark, as UTF-8, or as Windows stores it, and then a note says so."""
    written = plain_text.read(content)
    assert blocks(written) == ["Café"]
    assert written.notes == notes


def test_a_page_says_its_encoding() -> None:
    """A page that declares how its letters are stored is read so, without a note."""
    declared = "<meta charset=windows-1251><p>Пример".encode("cp1251")
    assert html_page.read(declared) == html_page.read("<p>Пример".encode())
    assert blocks(html_page.read(b"<meta charset=punycode><p>Caf\xe9")) == ["Café"]


def test_formulas_are_text() -> None:
    """A cell that a spreadsheet would run is read as it stands."""
    assert fields(csv_table.read(b"First name,=cmd|' /C calc'!A0\na,b\nc,d\n"))[0][1] == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (word.read, b"", "damaged"),
        (word.read, made.zipped({"a.txt": b"x"}), "no Word document"),
        (word.read, made.word()[:-40], "damaged"),
        (word.read, made.word(lambda _: None), "no text"),
        (html_page.read, b"", "no text"),
        (html_page.read, b"\0\1\2\3" * 99 + b"\xff", "no text"),
        (rtf.read, b"", "no text"),
        (csv_table.read, b"", "empty"),
        (plain_text.read, b" \r\n ", "empty"),
        (plain_text.read, b"\0\1\2\xff" * 99, "no text"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(read: Any, content: bytes, said: str) -> None:
    """Each is unreadable, with a sentence for the person who has to deal with it."""
    with pytest.raises(Unreadable, match=said):
        read(content)
