"""The characters of a document: what is no text is taken out, and what would be read as something else is not."""

from __future__ import annotations

import re

_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_SPACES = dict.fromkeys([0x09, 0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0xA0, 0x2007, 0x202F], " ")
_GONE = dict.fromkeys([0xAD, 0xFEFF, 0x200B, 0x2060])  # soft hyphen, byte order mark, no width
_CONTROLS = dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0)])
_BREAKS = {0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_TABLE = {**_CONTROLS, **_LIGATURES, **_SPACES, **_GONE, **_BREAKS}
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile(r" *(?:\r\n?|\n) *")
_SPACE = re.compile(r" {2,}")


def clean(text: str) -> str:
    """The text without control characters, with line feeds for line breaks, and without spaces around lines."""
    if _SURROGATE.search(text):  # two halves are a character, one is none
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _BREAK.sub("\n", _SPACE.sub(" ", text.translate(_TABLE))).strip(" \n")
