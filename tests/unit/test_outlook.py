"""Outlook's own formats, .msg and winmail.dat, give what a MIME message gives."""

from __future__ import annotations

from datetime import UTC, datetime

import compressed_rtf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpa.documents.mail.message import Part, is_message, read
from rpa.documents.size import Unreadable
from tests.outlook_files import compound_file, message_file
from tests.tnef_files import NAMES, attachment, attribute, properties, tnef

PDF = b"%PDF-1.4 \x01\xff\0\0"
SENT = 134_251_200_000_000_000
VALUES = {
    0x0037: "Übergabe",
    0x5D01: "alex@example.com",
    0x1000: "Grüße\r\n",
    0x1013: "<p>Grüße</p>".encode("cp1252"),
    0x1035: "<one@example.com>",
    0x0039: SENT,
    0x3FDE: 1252,
}


def test_a_message_of_outlook() -> None:
    """A .msg: header, recipients, both bodies, and attachments small and large as they were."""
    attachments = [("Bericht ü.pdf", PDF), ("large.bin", bytes(range(256)) * 400), ("", b"x")]
    content = compound_file(message_file(VALUES, ["reports@example.com"], attachments))
    found = read(content)
    assert (found.subject, found.sender, found.message_id) == (
        "Übergabe",
        "alex@example.com",
        "one@example.com",
    )
    assert found.recipients == ("reports@example.com",)
    assert found.sent_at == datetime(2026, 6, 5, 8, tzinfo=UTC)
    assert [(part.media_type, part.content.decode()) for part in found.bodies] == [
        ("text/plain", "Grüße\n"),
        ("text/html", "<p>Grüße</p>"),
    ]
    assert [(part.name, part.content) for part in found.attachments] == [
        ("Bericht ü.pdf", PDF),
        ("large.bin", attachments[1][1]),
        ("attachment 3.bin", b"x"),
    ]
    assert is_message(content)


def test_text_of_a_code_page() -> None:
    """Properties that are not Unicode are read by the message's code page."""
    tree = message_file({0x3FFD: 1250})
    tree["__substg1.0_1000001E"] = "čaj".encode("cp1250")
    assert [part.content.decode() for part in read(compound_file(tree)).bodies] == ["čaj"]


def test_rich_text_alone_is_a_body() -> None:
    """Where Outlook keeps nothing else, its rich text is given; where it does, it is not."""
    packed = compressed_rtf.compress(rb"{\rtf1 hello}")
    alone, beside = ({0x1009: packed}, {0x1009: packed, 0x1000: "hello"})
    assert [part.media_type for part in read(compound_file(message_file(alone))).bodies] == ["text/rtf"]
    assert read(compound_file(message_file(alone))).bodies[0].content == rb"{\rtf1 hello}"
    assert [part.media_type for part in read(compound_file(message_file(beside))).bodies] == ["text/plain"]


def test_messages_in_messages() -> None:
    """A message in a .msg, a .msg in a MIME message, and a MIME message in a .msg are all opened."""
    innermost = b"From: a@example.com\nContent-Type: application/pdf; name=deep.pdf\n\n%PDF"
    inner = message_file({0x1000: "inner"}, attachments=[("deep.eml", innermost)], head=24)
    outer = compound_file(message_file({0x1000: "outer"}, attachments=[("inner", inner), ("a.pdf", PDF)]))
    mime = b'From: b@example.com\nContent-Type: application/vnd.ms-outlook; name="x.msg"\n'
    found = read(mime + b"Content-Transfer-Encoding: 8bit\n\n" + outer)
    assert [part.content for part in found.bodies] == [b"outer", b"inner"]
    assert [part.name for part in found.attachments] == ["deep.pdf", "a.pdf"]
    assert len({part.path for part in (*found.bodies, *found.attachments)}) == 4


def test_signed_mail_of_outlook() -> None:
    """Outlook keeps signed mail as one attachment that is the whole of it."""
    whole = b"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nhello\r\n--s--\r\n"
    kinds = {"smime.p7m": {0x370E: "multipart/signed"}}
    for name in ("smime.p7m", "signed"):
        tree = message_file(attachments=[(name, whole)], kinds={name: kinds["smime.p7m"]})
        assert [part.content for part in read(compound_file(tree)).bodies] == [b"hello"]


def test_what_only_outlook_can_open_is_told() -> None:
    """An attachment that is a link, or an object of another program, is not opened, and a person is told."""
    for how in (2, 6):
        tree = message_file(attachments=[("a", b"x")], kinds={"a": {0x3705: how}})
        found = read(compound_file(tree))
        assert (found.attachments, len(found.unopened)) == ((), 1)


def test_other_compound_files_are_no_messages() -> None:
    """An older Word file is the same kind of file, and stays an attachment."""
    word = compound_file({"WordDocument": b"x" * 5_000})
    assert not is_message(word)
    mime = b'From: b@example.com\nContent-Type: application/msword; name="x.doc"\n\n'
    assert [part.content for part in read(mime + word).attachments] == [word]


def test_a_damaged_message_within_another_is_kept() -> None:
    """What looks like a message and cannot be opened stays an attachment, and a person is told."""
    damaged = compound_file(message_file({0x1000: "x"}))[:700] + "__properties_version1.0".encode("utf-16-le")
    found = read(b'From: b@example.com\nContent-Type: a/b; name="x.msg"\n\n' + damaged)
    assert [part.content for part in found.attachments] == [damaged]
    assert found.unopened == ("The attached message x.msg cannot be opened.",)


def test_winmail_dat() -> None:
    """TNEF in a MIME message: its bodies and attachments are the message's, and the file is none."""
    values = properties({0x1000: "Grüße", 0x1013: b"<p>x</p>", 0x3FDE: 65001})
    content = tnef(
        attribute(NAMES["page"], b"\xe4\x04\0\0\0\0\0\0"),
        attribute(NAMES["subject"], b"caf\xe9\0"),
        attribute(NAMES["properties"], values),
        attachment("SHORT~1.PDF", PDF, {0x3707: "Bericht ü.pdf"}),
        attachment("caf\u00e9.txt", b"second"),
        attachment("third", b"", {0x3701: b"third\0\0"}),
    )
    mime = b'From: b@example.com\nSubject: outer\nContent-Type: application/ms-tnef; name="winmail.dat"\n\n'
    found = read(mime + content)
    assert [(part.media_type, part.content.decode()) for part in found.bodies] == [
        ("text/plain", "Grüße"),
        ("text/html", "<p>x</p>"),
    ]
    assert [(part.name, part.content) for part in found.attachments] == [
        ("Bericht ü.pdf", PDF),
        ("café.txt", b"second"),
        ("third", b"third\0\0"),
    ]
    assert (found.subject, read(content).subject) == ("outer", "café")


def test_a_message_in_winmail_dat() -> None:
    """A message that was forwarded in TNEF is opened too."""
    inner = tnef(attribute(NAMES["body"], b"inner\0"), attachment("a.pdf", PDF))
    marked = bytes.fromhex("0703020000000000c000000000000046") + inner
    found = read(tnef(attachment("fwd", b"", {0x3701: marked})))
    assert [part.content for part in found.bodies] == [b"inner"]
    assert [part.name for part in found.attachments] == ["a.pdf"]


_INNER = message_file(VALUES, head=24)
WHOLE = (
    compound_file(message_file(VALUES, ["a@example.com"], [("a.pdf", PDF), ("in", _INNER)])),
    tnef(
        attribute(NAMES["properties"], properties({0x1000: "x", 0x3FDE: 1252})),
        attachment("a", PDF, {0x3707: "b"}),
    ),
    (
        b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
        b"Content-Type: a/b; name*=utf-8''x\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--b--\n"
    ),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    whole=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), max_size=8),
    end=st.integers(0, 20_000),
)
def test_damaged_messages_are_unreadable_at_worst(
    whole: bytes, changes: list[tuple[int, bytes]], end: int
) -> None:
    """Whatever happens to a message of any kind on its way, reading it raises nothing but `Unreadable`."""
    damaged = bytearray(whole)
    for at, new in changes:
        at %= len(whole)
        damaged[at : at + len(new)] = new
    try:
        found = read(bytes(damaged[: end % (2 * len(whole)) or None]))
    except Unreadable:
        return
    assert all(isinstance(part, Part) and part.path for part in (*found.bodies, *found.attachments))


@pytest.mark.parametrize("content", [tnef(attribute(0x9003, b"\xff")), tnef()[:8] + b"\xff" * 20])
def test_tnef_that_is_not_whole(content: bytes) -> None:
    """Counts and lengths that lead out of the file make it unreadable."""
    with pytest.raises(Unreadable, match="TNEF"):
        read(content)
