"""Writes Outlook's .msg files: a compound file (MS-CFB) with MAPI's properties in it (MS-OXMSG)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Tree = dict[str, "bytes | Tree"]
Value = str | bytes | int

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_PROPERTIES = "__properties_version1.0"


def message_file(
    values: Mapping[int, Value] | None = None,
    recipients: Sequence[str] = (),
    attachments: Sequence[tuple[str, bytes | Tree]] = (),
    *,
    kinds: Mapping[str, Mapping[int, Value]] | None = None,
    head: int = 32,
) -> Tree:
    """The storage of a message. An attachment is a name and its bytes, or the storage of another message; `kinds`
    adds properties to one, by its name; `head` is 24 for a message in another."""
    tree = _storage(values or {}, head)
    for number, address in enumerate(recipients):
        tree[f"__recip_version1.0_#{number:08X}"] = _storage({0x39FE: address}, 8)
    for number, (name, content) in enumerate(attachments):
        own = {0x3707: name, **((kinds or {}).get(name, {}))}
        if isinstance(content, bytes):
            storage = _storage({0x3705: 1, 0x3701: content, **own}, 8)
        else:
            storage = _storage({0x3705: 5, **own}, 8)
            storage["__substg1.0_3701000D"] = content
        tree[f"__attach_version1.0_#{number:08X}"] = storage
    return tree


def _storage(values: Mapping[int, Value], head: int) -> Tree:
    tree: Tree = {}
    fixed = b"\0" * head
    for name, value in values.items():
        if isinstance(value, int):
            kind, raw = (
                (0x0040, struct.pack("<Q", value)) if value > 2**32 else (0x0003, struct.pack("<Q", value))
            )
            fixed += struct.pack("<HHI", kind, name, 6) + raw
            continue
        kind, raw = (0x0102, value) if isinstance(value, bytes) else (0x001F, value.encode("utf-16-le"))
        fixed += struct.pack("<HHIQ", kind, name, 6, len(raw) + (2 if kind == 0x001F else 0))
        tree[f"__substg1.0_{name:04X}{kind:04X}"] = raw
    tree[_PROPERTIES] = fixed
    return tree


@dataclass
class _Entry:
    name: str
    kind: int
    content: bytes = b""
    children: list[int] = field(default_factory=list)
    start: int = _END


def compound_file(tree: Tree, *, same_place: bool = False) -> bytes:
    """A compound file of these storages (folders) and streams (bytes). `same_place`: streams that are the same
    share their sectors, which no program writes."""
    entries = [_Entry("Root Entry", 5)]
    _enter(entries, 0, tree)
    sectors: list[bytes] = []
    fat: list[int] = []
    mini, mini_fat = b"", list[int]()
    places: dict[bytes, int] = {}
    for entry in entries[1:]:
        if entry.kind != 2 or not entry.content:
            continue
        if same_place and entry.content in places:
            entry.start = places[entry.content]
        elif len(entry.content) < _CUTOFF:
            entry.start = len(mini_fat)
            number = -(-len(entry.content) // _MINI)
            mini_fat += [*range(entry.start + 1, entry.start + number), _END]
            mini += entry.content.ljust(number * _MINI, b"\0")
        else:
            entry.start = _chain(sectors, fat, entry.content)
        places[entry.content] = entry.start
    entries[0].content = mini
    entries[0].start = _chain(sectors, fat, mini)
    mini_start = _chain(sectors, fat, struct.pack(f"<{len(mini_fat)}I", *mini_fat), fill=b"\xff")
    mini_number = -(-len(mini_fat) * 4 // _SECTOR)
    listed = b"".join(_directory_entry(entries, number) for number in range(len(entries)))
    directory = _chain(sectors, fat, listed)
    number = 1
    while number * 128 < len(fat) + number:
        number += 1
    first = len(fat)
    fat += [_FAT] * number
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(number * _SECTOR, b"\xff")
    assert number <= 109, "larger files need sectors that this writer does not make"
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 62, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, number, directory, 0, _CUTOFF, mini_start, mini_number, _END, 0)
    header += struct.pack(f"<{number}I", *range(first, first + number)).ljust(436, b"\xff")
    return header + b"".join(sectors) + table


def _enter(entries: list[_Entry], parent: int, tree: Tree) -> None:
    for name, content in sorted(tree.items(), key=lambda each: (len(each[0]), each[0].upper())):
        entries[parent].children.append(len(entries))
        if isinstance(content, bytes):
            entries.append(_Entry(name, 2, content))
        else:
            entries.append(_Entry(name, 1))
            _enter(entries, len(entries) - 1, content)


def _chain(sectors: list[bytes], fat: list[int], content: bytes, fill: bytes = b"\0") -> int:
    if not content:
        return _END
    start, number = len(sectors), -(-len(content) // _SECTOR)
    padded = content.ljust(number * _SECTOR, fill)
    sectors += [padded[at : at + _SECTOR] for at in range(0, len(padded), _SECTOR)]
    fat += [*range(start + 1, start + number), _END]
    return start


def _directory_entry(entries: list[_Entry], number: int) -> bytes:
    """An entry; siblings are a balanced tree, in the order of their names."""
    entry = entries[number]
    left, right = _NONE, _NONE
    for parent in entries:
        if number in parent.children:
            left, right = _siblings(parent.children, number)
    child = entry.children[len(entry.children) // 2] if entry.children else _NONE
    name = f"{entry.name}\0".encode("utf-16-le")
    head = struct.pack("<64sHBBIII", name, len(name), entry.kind, 1, left, right, child)
    return head + bytes(36) + struct.pack("<IQ", entry.start if entry.kind != 1 else 0, len(entry.content))


def _siblings(ids: Sequence[int], number: int) -> tuple[int, int]:
    low, high = 0, len(ids)
    while True:
        middle = (low + high) // 2
        if ids[middle] == number:
            left = ids[(low + middle) // 2] if low < middle else _NONE
            right = ids[(middle + 1 + high) // 2] if middle + 1 < high else _NONE
            return left, right
        low, high = (low, middle) if number < ids[middle] else (middle + 1, high)
