"""Encrypted and signed mail, and what a trusted server says of a sender."""

from __future__ import annotations

import datetime as dt
from base64 import encodebytes

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509.oid import NameOID

from rpa.documents.mail.authentication import Authentication
from rpa.documents.mail.message import read

HEAD = b"From: alex@example.com\r\nSubject: A report\r\n"
INNER = (
    b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nhello\r\n"
    b'--i\r\nContent-Type: a/b; name="r.bin"\r\n\r\n{}\r\n--i--\r\n'
)


def signed() -> bytes:
    """The inner message in a signed CMS, with its content in it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    builder = PKCS7SignatureBuilder().set_data(INNER).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])


def of_pieces() -> bytes:
    """The same content as programs stream it: with lengths that are not known at the start."""
    cut = (INNER[at : at + 100] for at in range(0, len(INNER), 100))
    pieces = b"".join(b"\x04" + bytes([len(each)]) + each for each in cut)
    octets = b"\x24\x80" + pieces + b"\0\0"
    wrapped = b"\x30\x80" + bytes.fromhex("06092a864886f70d010701") + b"\xa0\x80" + octets + b"\0\0\0\0"
    signed_data = b"\x30\x80\x02\x01\x01\x31\x00" + wrapped + b"\x31\x00\0\0"
    return b"\x30\x80" + bytes.fromhex("06092a864886f70d010702") + b"\xa0\x80" + signed_data + b"\0\0\0\0"


@pytest.mark.parametrize("in_pieces", [False, True])
def test_opaque_signed_mail_is_opened(in_pieces: bool) -> None:
    """What was signed is taken out of S/MIME, however its lengths are written."""
    head = HEAD + b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\r\n'
    content = of_pieces() if in_pieces else signed()
    found = read(head + b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(content))
    assert [part.content for part in found.bodies] == [b"hello"]
    assert [(part.name, part.content) for part in found.attachments] == [("r.bin", b"{}")]
    assert found.unopened == ()


def test_mail_with_its_signature_beside_it_is_opened() -> None:
    """A multipart/signed is its content; the signature is no attachment of the report."""
    for protocol in (b"application/pkcs7-signature", b"application/pgp-signature"):
        parts = b"--s\r\n" + INNER + b"\r\n--s\r\nContent-Type: " + protocol + b"\r\n\r\nxx\r\n--s--\r\n"
        found = read(HEAD + b"Content-Type: multipart/signed; boundary=s\r\n\r\n" + parts)
        assert [part.name for part in found.attachments] == ["r.bin"]


def test_clear_signed_text_is_the_text() -> None:
    """The lines around a clear-signed text are no part of what a person wrote."""
    text = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n- -----\n"
    signature = b"-----BEGIN PGP SIGNATURE-----\n\nxx\n-----END PGP SIGNATURE-----\n"
    found = read(HEAD + b"\n" + text + signature)
    assert [part.content for part in found.bodies] == [b"hello\n-----\n"]


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n0\x80x",
        b"Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n\r\nVersion: 1\r\n--b--\r\n",
        b"\r\nHello\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nxx\r\n-----END PGP MESSAGE-----\r\n",
        b'Content-Type: application/octet-stream; name="smime.p7m"\r\n\r\nxx',
    ],
)
def test_encrypted_mail_is_told(rest: bytes) -> None:
    """Encrypted mail of each kind is not opened, and what to do is said once."""
    found = read(HEAD + rest)
    assert found.attachments == ()
    assert found.unopened == (
        "The message, or a part of it, is encrypted. Ask the sender for it without encryption.",
    )


PASSED = b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.com; spf=pass; dkim=pass"


@pytest.mark.parametrize(
    ("header", "results"),
    [
        (PASSED, Authentication("mx.example.org", "pass", "pass", "pass", sender=True)),
        (PASSED.replace(b"mx.example.org", b"mx.example.net"), None),
        (PASSED.replace(b"mx.example.org", b"mx.example.net; x=mx.example.org"), None),
        (b"Authentication-Results: mx.example.net (mx.example.org); dmarc=pass", None),
        (
            b'Authentication-Results: mx.example.org 1; dkim=fail reason="; dmarc=pass" (; dmarc=pass)',
            Authentication("mx.example.org", "fail"),
        ),
        (
            b"Authentication-Results: MX.example.org;\r\n dkim=pass header.d=example.com;\r\n spf=softfail",
            Authentication("mx.example.org", "pass", "softfail", sender=True),
        ),
        (
            b"Authentication-Results: mx.example.org; dkim=pass header.i=@other.example",
            Authentication("mx.example.org", "pass"),
        ),
        (
            b"Authentication-Results: mx.example.org; dkim=pass header.d=example.com; dmarc=fail",
            Authentication("mx.example.org", "pass", "", "fail"),
        ),
        (
            b"Received: from x\r\n" + PASSED,
            Authentication("mx.example.org", "pass", "pass", "pass", sender=True),
        ),
        (
            b"Authentication-Results: mx.example.org; dmarc=fail\r\nReceived: from x\r\n" + PASSED,
            Authentication("mx.example.org", "", "", "fail"),
        ),
        (
            b"ARC-Authentication-Results: i=2; mx.example.org 1; dmarc=pass header.from=example.com",
            Authentication("mx.example.org", "", "", "pass", sender=True),
        ),
        (
            (
                b"ARC-Authentication-Results: i=2; mx.example.net; dmarc=pass\r\n"
                b"ARC-Authentication-Results: i=1; mx.example.org; dmarc=pass"
            ),
            None,
        ),
        (b"Authentication-Results: mx.example.org; none", Authentication("mx.example.org")),
        (b"Authentication-Results:", None),
    ],
)
def test_only_a_trusted_server_is_believed(header: bytes, results: Authentication | None) -> None:
    """Results count where a trusted server's own header gives them, above what it received, and nowhere else."""
    assert read(header + b"\r\n" + HEAD + b"\r\nx", ["mx.example.org"]).authentication == results


def test_without_a_trusted_server_nobody_is_believed() -> None:
    """No setting, no results."""
    assert read(PASSED + b"\r\n" + HEAD + b"\r\nx").authentication is None
