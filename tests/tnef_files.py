"""Writes TNEF (winmail.dat) as MS-OXTNEF describes it."""

from __future__ import annotations

import struct
from collections.abc import Mapping

NAMES = {"subject": 0x8004, "body": 0x800C, "properties": 0x9003, "page": 0x9007}
ATTACHED, DATA, TITLE, MORE = 0x9002, 0x800F, 0x8010, 0x9005


def attribute(name: int, data: bytes, level: int = 1) -> bytes:
    """One attribute, with its checksum."""
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def tnef(*attributes: bytes) -> bytes:
    """A file of these attributes."""
    version = attribute(0x9006, struct.pack("<I", 0x10000))
    return struct.pack("<IH", 0x223E9F78, 1) + version + b"".join(attributes)


def properties(values: Mapping[int, str | bytes | int]) -> bytes:
    """A list of MAPI properties: text in Unicode, bytes, numbers."""
    found = struct.pack("<I", len(values))
    for name, value in values.items():
        if isinstance(value, int):
            found += struct.pack("<HHI", 0x0003, name, value)
            continue
        kind, raw = (
            (0x0102, value) if isinstance(value, bytes) else (0x001F, f"{value}\0".encode("utf-16-le"))
        )
        found += struct.pack("<HHII", kind, name, 1, len(raw)) + raw + b"\0" * (-len(raw) % 4)
    return found


def attachment(title: str, content: bytes, values: Mapping[int, str | bytes | int] | None = None) -> bytes:
    """An attachment: its title in the old way, its content, its properties."""
    more = attribute(MORE, properties(values), 2) if values else b""
    data = attribute(DATA, content, 2) if content else b""
    named = attribute(TITLE, title.encode("cp1252") + b"\0", 2)
    return attribute(ATTACHED, b"\0" * 14, 2) + named + data + more
