"""Files in the older wrapping of Microsoft's programs (Compound File Binary), as small as they can be."""

from __future__ import annotations

import struct

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def ole(*names: str) -> bytes:
    """A file with a stream of nothing by each of these names."""
    entries = [_entry("Root Entry", 5, child=1 if names else _FREE)]
    entries += [
        _entry(name, 2, right=at + 2 if at + 1 < len(names) else _FREE) for at, name in enumerate(names)
    ]
    directory = b"".join(entries).ljust(_SECTOR * ((len(entries) + 3) // 4), b"\0")
    count = len(directory) // _SECTOR
    chain = [_FAT, *range(2, count + 1), _END]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    return _header() + fat + directory


def _header() -> bytes:
    start = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    sizes = struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    return start + sizes + struct.pack("<I", 0) + b"\xff" * 4 * 108


def _entry(name: str, kind: int, right: int = _FREE, child: int = _FREE) -> bytes:
    written = name.encode("utf-16-le")
    start = written.ljust(64, b"\0") + struct.pack("<HBBIII", len(written) + 2, kind, 1, _FREE, right, child)
    return (start + b"\0" * 36 + struct.pack("<IQ", _END, 0)).ljust(128, b"\0")
