"""Messages that were made to use up time or memory; as a program, one of them read, and what that took."""

from __future__ import annotations

import json
import os
import struct
import sys
import time
from base64 import encodebytes
from collections.abc import Callable, Mapping
from pathlib import Path

from rpa.documents.mail.message import read
from rpa.documents.size import Unreadable
from tests.outlook_files import compound_file, message_file
from tests.tnef_files import attribute, tnef

HEAD = b"From: alex@example.com\r\n"
_MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def _nested(number: int) -> bytes:
    part = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    ends = b"".join(b"--b%d--\r\n" % each for each in reversed(range(number)))
    return b"".join(part % (each, each) for each in range(number)) + b"\r\nhello\r\n" + ends


def _deep_messages() -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * 50_000 + b"\r\nhello"


def _parts(number: int) -> bytes:
    return HEAD + _MIXED + b"--b\r\n\r\nx\r\n" * number + b"--b--\r\n"


def _large() -> bytes:
    part = b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return HEAD + _MIXED + part + encodebytes(os.urandom(1024 * 1024 * 3)) * 23 + b"--b--\r\n"


def _encoded(encoding: bytes, body: bytes) -> bytes:
    return HEAD + b"Content-Type: a/b\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body


def _text(parameters: bytes, body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/plain; " + parameters + b"\r\n\r\n" + body


def _repeated_streams() -> bytes:
    """A compound file of 2 MB whose two hundred attachments all lie in the same place."""
    return compound_file(message_file(attachments=[("a", b"x" * 2_000_000)] * 200), same_place=True)


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "parts in parts": lambda: _nested(10_000),
    "messages in messages": _deep_messages,
    "many parts": lambda: _parts(100_000),
    "a header of 10 MB": lambda: b"Subject: " + b"a " * 5_000_000 + b"\r\n\r\nx",
    "many headers": lambda: b"".join(b"X-%d: y\r\n" % each for each in range(500_000)) + b"\r\nx",
    "many encoded words": lambda: b"Subject: " + b"=?utf-8?q?=41?= " * 1_200 + b"\r\n\r\nx",
    "comments in comments": lambda: HEAD + b"To: " + b"(" * 200_000 + b"\r\n\r\nx",
    "a comment that does not end": lambda: HEAD + b"To: (" + b"\\(" * 120_000 + b"\r\n\r\nx",
    "a quotation that does not end": lambda: HEAD + b'To: "' + b'\\"' * 120_000 + b"\r\n\r\nx",
    "many parameters": lambda: (
        HEAD
        + b"Content-Type: text/plain; "
        + b"; ".join(b"n*%d*=%%41" % each for each in range(1_300))
        + b"\r\n\r\nx"
    ),
    "one line of 5 MB": lambda: HEAD + b"\r\n" + b"a" * 5_000_000,
    "empty lines": lambda: HEAD + b"\r\n" + b"\n" * 90_000_000,
    "lines like delimiters": lambda: HEAD + _MIXED + b"--bx\n" * 15_000_000,
    "garbage for base64": lambda: _encoded(b"base64", b"===A" * 10_000_000),
    "uuencoded lines": lambda: _encoded(b"uuencode", b"begin 644 x\n" + b"#AAAA\n" * 15_000_000),
    "quoted-printable": lambda: _encoded(b"quoted-printable", b"=3D=\n" * 10_000_000),
    "a quadratic character set": lambda: _text(b"charset=punycode", b"a-" * 2_000_000),
    "flowed text": lambda: _text(b"format=flowed", b"a \n" * 5_000_000),
    "clear signatures": lambda: HEAD + b"\r\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n\n" * 100_000,
    "a large attachment": _large,
    "BER in BER": lambda: HEAD + b"Content-Type: application/pkcs7-mime\r\n\r\n" + b"\x30\x80" * 1_000_000,
    "TNEF of many attributes": lambda: tnef(*[attribute(0x800F, b"x")] * 500_000),
    "TNEF that counts to four billion": lambda: tnef(attribute(0x9003, struct.pack("<I", 0xFFFFFFFF))),
    "TNEF with a property of many values": lambda: tnef(
        attribute(0x9003, struct.pack("<IHHI", 1, 0x1002, 0x1000, 0xFFFFFFFF))
    ),
    "a compound file of one place": _repeated_streams,
    "a compound file that ends early": lambda: compound_file(message_file())[:1_500],
    "a compound file of noise": lambda: compound_file(message_file())[:512] + os.urandom(5_000_000),
}
"""By what it is."""


def main(name: str) -> None:
    """Read one, and print what came of it."""
    content = HOSTILE[name]()
    begun = time.process_time()
    try:
        read(content)
        said = ""
    except Unreadable as error:
        said = str(error)
    took = time.process_time() - begun
    status = Path("/proc/self/status").read_text(
        encoding="ascii"
    )  # `getrusage` begins with the parent's peak
    megabytes = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    print(json.dumps({"seconds": took, "megabytes": megabytes, "said": said}))


if __name__ == "__main__":
    main(sys.argv[1])
