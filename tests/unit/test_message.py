"""A message in, one shape out, however it was put together."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from rpa.documents.mail.message import Message, Part, read
from rpa.documents.size import Unreadable

HEAD = b"From: Alex Example <alex@example.com>\r\nSubject: A report\r\n"
PDF = b"%PDF-1.4 \x00\x01\xff"


def names(message: Message) -> list[str]:
    """The names of its attachments."""
    return [part.name for part in message.attachments]


def texts(message: Message) -> list[str]:
    """Its bodies as text."""
    return [part.content.decode() for part in message.bodies]


def forwarded(inner: EmailMessage) -> EmailMessage:
    """A message with another attached."""
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "desk@example.com", "Fwd: A report"
    outer.set_content("See below.\n")
    outer.add_attachment(inner)
    return outer


def ordinary() -> EmailMessage:
    """Text, HTML with a picture in it, and a PDF."""
    message = EmailMessage()
    message["From"] = '"Example, Alex" <alex@example.com>'
    message["To"], message["Cc"] = "reports@example.com, Two <two@example.com>", "two@example.com"
    message["Subject"] = "Übergabe: a report"
    message["Message-ID"] = "<one@example.com>"
    message["Date"] = "Mon, 30 Nov 2026 10:00:00 +0100"
    message.set_content("Grüße\n")
    message.add_alternative("<p>Grüße</p>", subtype="html")
    html = message.get_payload(1)
    html.add_related(b"GIF89a", "image", "gif", cid="<logo>")  # type: ignore[union-attr]
    message.add_attachment(PDF, "application", "pdf", filename="Bericht ü.pdf")
    return message


def test_an_ordinary_message() -> None:
    """Its header, both bodies as text, and each attachment with its place."""
    found = read(ordinary().as_bytes())
    assert (found.subject, found.sender) == ("Übergabe: a report", "alex@example.com")
    assert found.recipients == ("reports@example.com", "two@example.com")
    assert (found.message_id, found.sent_at) == ("one@example.com", datetime(2026, 11, 30, 9, tzinfo=UTC))
    assert [(part.media_type, part.path) for part in found.bodies] == [
        ("text/plain", "1.1"),
        ("text/html", "1.2.1"),
    ]
    assert texts(found) == ["Grüße\n", "<p>Grüße</p>\n"]
    logo, pdf = found.attachments
    assert (logo.media_type, logo.inline, logo.content) == ("image/gif", True, b"GIF89a")
    assert pdf == Part("Bericht ü.pdf", PDF, "application/pdf", inline=False, path="2")
    assert (found.unopened, found.series, found.authentication) == ((), None, None)


def test_a_forwarded_message_is_opened() -> None:
    """What is in a message that is attached, however deep, is found with its place."""
    found = read(forwarded(forwarded(ordinary())).as_bytes())
    assert found.subject == "Fwd: A report"
    assert texts(found) == ["See below.\n", "See below.\n", "Grüße\n", "<p>Grüße</p>\n"]
    assert [part.path for part in found.attachments] == ["2.2.1.2.2", "2.2.2"]


@pytest.mark.parametrize("media_type", [b"application/octet-stream", b"message/rfc822"])
def test_a_message_that_is_attached_as_a_file(media_type: bytes) -> None:
    """A message that a program attached as any file, in base64, is opened too."""
    inner = b64encode(ordinary().as_bytes())
    part = b'Content-Type: %s; name="fwd.eml"\nContent-Transfer-Encoding: base64\n\n%s\n' % (
        media_type,
        inner,
    )
    found = read(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + part + b"--b--\n")
    assert names(found) == ["attachment 1.gif", "Bericht ü.pdf"]


@pytest.mark.parametrize(
    ("header", "raw", "text"),
    [
        (b"text/plain; charset=iso-8859-1", "café £5".encode("cp1252"), "café £5"),
        (b"text/plain; charset=us-ascii", "café €5".encode(), "café €5"),
        (b"text/plain; charset=iso-8859-1", "café €5".encode(), "café €5"),
        (b"text/plain; charset=utf-8", "caf\xe9 \x80".encode("latin-1"), "café €"),
        (b"text/plain; charset=no-such-set", "café".encode(), "café"),
        (b"text/plain; charset=punycode", b"caf-dma", "caf-dma"),
        (b"text/plain; charset=utf-16", "café".encode("utf-16"), "café"),
        (b"text/plain; charset=gb2312", "中文".encode("gb2312"), "中文"),
        (b"text/html", b'<meta charset="windows-1250">' + b"\xe8", '<meta charset="windows-1250">č'),
        (b"text/plain", b"\x81 is nothing", "\ufffd is nothing"),
        (b"nonsense", b"a\r\nb", "a\nb"),
        (b"text/plain; format=flowed", b"a long \nline\n  >b\n-- \nc", "a long line\n >b\n-- \nc"),
        (b"text/plain; format=flowed; delsp=yes", b"a long \nline", "a longline"),
    ],
)
def test_odd_character_sets(header: bytes, raw: bytes, text: str) -> None:
    """A body is text whatever its header says of it, and a wrong character set loses nothing."""
    assert texts(read(HEAD + b"Content-Type: " + header + b"\r\n\r\n" + raw)) == [text]


@pytest.mark.parametrize(
    ("encoding", "raw", "content", "whole"),
    [
        (b"base64", b"aGVs\r\nbG8=", b"hello", True),
        (b"BASE64 ", b"aGVsbG8", b"hello", False),
        (b"base64", b"aGVs!bG8=", b"hello", False),
        (b"base64", b"aGU=bGxv", b"hello", False),
        (b"base64", b"aGVsbG=v", b"hell", False),
        (b"base64", b"====", b"", False),
        (b"quoted-printable", b"h=65l=\r\nlo", b"hello", True),
        (b"x-uuencode", b"begin 644 a\n%:&5L;&\\\n`\nend\n", b"hello", True),
        (b"8bit", b"h\xe9", b"h\xe9", True),
        (b"x-unheard-of", b"hello", b"hello", False),
    ],
)
def test_odd_transfer_encodings(encoding: bytes, raw: bytes, content: bytes, whole: bool) -> None:
    """What was attached comes out as it went in; where that is not certain, a person is told."""
    head = HEAD + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    found = read(head + raw)
    assert [part.content for part in found.attachments] == [content]
    assert bool(found.unopened) is not whole


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'attachment; filename="a.pdf"', "a.pdf"),
        (b"attachment; filename*=utf-8''caf%C3%A9.pdf", "café.pdf"),
        (b"attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9.pdf", "café.pdf"),
        (b'attachment; filename="=?utf-8?b?Y2Fmw6k=?=.pdf"', "café.pdf"),
        (b"attachment; filename==?iso-8859-1?q?caf=E9.pdf?=", "café.pdf"),
        ('attachment; filename="café.pdf"'.encode(), "café.pdf"),
        (b'attachment; filename="../../etc/passwd"', "passwd"),
        (b'attachment; filename="C:\\\\temp\\\\a.pdf"', "a.pdf"),
        ('attachment; filename="a\u202efdp.exe"'.encode(), "a fdp.exe"),
        (b'attachment; filename="a\x1b[2J.pdf"', "a [2J.pdf"),
        (b'attachment; filename=".."', "attachment 1.pdf"),
        (b"attachment", "attachment 1.pdf"),
        (b'attachment; filename="' + b"x" * 400 + b'.pdf"', "x" * 251 + ".pdf"),
    ],
)
def test_names_of_attachments(disposition: bytes, name: str) -> None:
    """A name is read however it is written, and then is a plain file name that no terminal obeys."""
    head = HEAD + b"Content-Type: application/pdf\r\nContent-Disposition: " + disposition + b"\r\n\r\n"
    assert names(read(head + PDF)) == [name]


def test_no_two_attachments_share_a_name() -> None:
    """Two photographs of one name are two files, whatever the case of its letters."""
    part = b'--b\nContent-Type: image/jpeg; name="%s"\n\nx\n'
    parts = b"".join(part % each for each in (b"p.jpg", b"P.JPG", b"p.jpg"))
    found = read(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--\n")
    assert names(found) == ["p.jpg", "P (2).JPG", "p (3).jpg"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (b"multipart/mixed", b"--x\n\none\n--x\n\ntwo\n--x--\n"),
        (b"multipart/mixed; boundary=other", b"--x\n\none\n--x\n\ntwo\n--x--\n"),
        (b"multipart/mixed; boundary=x", b"before\n--x \r\n\none\r\n--x\t\n\ntwo"),
        (b'multipart/mixed; boundary="x"', b"--x\n\none\n--x\n\ntwo\n--x--\nafter\n--x\n\nthree"),
    ],
)
def test_boundaries_that_are_missing(content_type: bytes, body: bytes) -> None:
    """Parts are found where the header names no boundary, a wrong one, or the last is missing."""
    assert texts(read(HEAD + b"Content-Type: " + content_type + b"\n\n" + body)) == ["one", "two"]


def test_a_multipart_without_parts_is_text() -> None:
    """Where there are no parts at all, a person can still read it."""
    assert texts(read(HEAD + b"Content-Type: multipart/mixed\n\nhello\n")) == ["hello\n"]


def test_a_header_that_ends_early() -> None:
    """A line that does not belong into a header begins the body, and nothing of it is lost."""
    assert texts(read(b"X: y\rz\r\n" + HEAD + b"Hello\rthere\r\nand more")) == ["Hello\nthere\nand more"]
    assert texts(read(HEAD + b"Hello there\r\nand more\r\n\r\nlast\r\n")) == [
        "Hello there\nand more\n\nlast\n"
    ]


@pytest.mark.parametrize(
    ("field", "sender"),
    [
        (b"From: a@example.com", "a@example.com"),
        (b"From: =?utf-8?q?A=40b=2Eexample?= <a@example.com>", "a@example.com"),
        (b'From: "b@example.org" <a@example.com>', "a@example.com"),
        (b"From: a@example.com (b@example.org)", "a@example.com"),
        (b"From: a@example.com, b@example.org", ""),
        (b"From: <a@example.com> <b@example.org>", ""),
        (b"From: a@example.com <b@example.org", ""),
        (b"From: a@example.com\r\nFrom: b@example.org", ""),
        (b"From: a@b@example.org", ""),
        (b'From: [Desk] "A \\"B\\" (C)" <a@example.com>', "a@example.com"),
        (b"From: A B (desk) <a@example.com>", "a@example.com"),
        (b"From: a@example.com <a@example.com>", "a@example.com"),
        (b"From: b@example.org <a@example.com>", ""),
        (b'From: a@example.com (" ) <b@example.org> (" )', ""),
        (b'From: a@example.com (")', ""),
        (b"From: b@example.org ((x) <a@example.com>", ""),
        (b"From: A ((b) <a@example.com>", ""),
        (b'From: A (" ) <a@example.com>', ""),
        (b"From: A <a@example.com> (b)", ""),
        (b'From: A <a@example.com> "b"', ""),
        (b"From: A <(b)a@example.com>", ""),
        (b'From: "A <a@example.com>', ""),
        (b"From: A \\<b@example.org> <a@example.com>", ""),
        (b"X: y\rFrom: a@example.com\r\nTo: b@example.org", ""),
        (b"From: a@example.com\r\nX: y\rFrom: b@example.org", "a@example.com"),
        (b"To: a@example.com", ""),
    ],
)
def test_who_a_message_is_from(field: bytes, sender: str) -> None:
    """The sender is one plain address; where two could be meant, nobody is."""
    assert read(field + b"\r\n\r\nx").sender == sender


@pytest.mark.parametrize(
    ("field", "recipients"),
    [
        (b'To: a@example.com, "b, c" <b@example.com>', ("a@example.com", "b@example.com")),
        (b'To: a@example.com, "b, c@example.com', ("a@example.com",)),
        (b'To: a@example.com, "b, c@example.com, \\', ("a@example.com",)),
        (b"To: a@example.com, (b, c@example.com", ("a@example.com",)),
        (b"To: a@example.com, (b, c@example.com, \\", ("a@example.com",)),
        (b'To: a@example.com, "' + b"x" * 20_000 + b'" <b@example.com>', ("a@example.com",)),
    ],
)
def test_whom_a_message_is_for(field: bytes, recipients: tuple[str, ...]) -> None:
    """A quotation or comment without an end hides what follows it, and the beginning of a long list is read."""
    assert read(field + b"\r\n\r\nx").recipients == recipients


@pytest.mark.parametrize(
    ("subject", "number", "of"),
    [
        ("A report [1/2]", 1, 2),
        ("(2 of 3) A report", 2, 3),
        ("Re: A report Part 1/2", 1, 2),
        ("A report (part 10 of 12)", 10, 12),
        ("A report of 1/2/2026", 0, 0),
        ("A report [3/2]", 0, 0),
        ("A report [0/2]", 0, 0),
        ("A report [1/1]", 0, 0),
    ],
)
def test_a_report_in_parts(subject: str, number: int, of: int) -> None:
    """A subject that says which part of how many a message is, is understood; a date, or what cannot be, is
    not."""
    found = read(f"From: a@example.com\nSubject: {subject}\n\nx".encode()).series
    assert (found and (found.number, found.of)) == ((number, of) if of else None)


def test_parts_of_one_report_share_a_key() -> None:
    """Of the same sender and subject, and not otherwise; the key repeats neither."""
    keys = [
        read(f"From: {sender}\nSubject: {subject}\n\nx".encode()).series.key  # type: ignore[union-attr]
        for sender, subject in [
            ("a@example.com", "A report [1/2]"),
            ("A@EXAMPLE.COM", "RE:  a  report [2/2]"),
            ("b@example.com", "A report [1/2]"),
            ("a@example.com", "Another report [1/2]"),
        ]
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert "example" not in keys[0]


def test_a_fragment_of_a_message() -> None:
    """A message/partial is kept as it is, and says which fragment of which message it is."""
    head = b'Content-Type: message/partial; id="abc"; number=%d%s\n\npiece'
    first, last = (read(HEAD + head % each) for each in ((1, b""), (2, b"; total=2")))
    assert first.series is not None
    assert last.series is not None
    assert first.series.key == last.series.key
    assert ((first.series.number, first.series.of), (last.series.number, last.series.of)) == ((1, 0), (2, 2))
    assert [part.content for part in first.attachments] == [b"piece"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\n\nhello", b'{"a": 1}', b"%PDF-1.4\n", b"\x00" * 1000])
def test_what_is_no_message(content: bytes) -> None:
    """Other bytes are not taken for a message."""
    with pytest.raises(Unreadable, match=r"not a message"):
        read(content)
