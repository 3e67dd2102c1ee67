"""Rich text (RTF) -> what is written in it. The names of its destinations and character sets are striprtf's; its
own function takes time without end on links that are made for it, and does not know tables or hidden text."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass, replace

from striprtf.striprtf import charset_map, destinations

from rpa.documents.runs import Run, is_bold, text_of
from rpa.documents.runs import parts_of as runs_parts
from rpa.documents.size import MOST_BLOCKS, MOST_TEXT, TOO_MANY, Unreadable, check_text, unreadable
from rpa.documents.tables import Cell, parts_of
from rpa.documents.written import Block, Field, Written

_DEEPEST = 500
_MOST_WORDS = 400_000
_MOST_BYTES = 20 * 1024 * 1024
_DAMAGED = "The document is damaged or incomplete. Ask the sender for it again."
_NOTHING = "The document has no text. Open it to see what it shows."
_TOO_MUCH = f"The document has more than {MOST_TEXT:,} characters. Open it to read it."
_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,9})?[ ]?|\\'([0-9a-f]{2})|\\(.)|([{}])|([^\\{}\r\n]+)", re.IGNORECASE | re.DOTALL
)
_BINARY = re.compile(rb"\\bin(\d{1,9}) ?")
_SIGNS = {
    "tab": "\t",
    "line": "\n",
    "emdash": "\u2014",
    "endash": "\u2013",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "emspace": " ",
    "enspace": " ",
    "~": " ",
    "_": "-",
    "{": "{",
    "}": "}",
    "\\": "\\",
}
_RUNNING = frozenset({"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"})
_READ = frozenset({"footnote", "shptxt"})  # destinations that are text all the same
_PARAGRAPH = frozenset({"par", "sect", "page"})


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds within a pair of braces."""

    ignored: bool = False
    running: bool = False
    hidden: bool = False
    deleted: bool = False
    bold: bool = False
    skip: int = 1  # letters after each one by its number, for programs that know no such
    encoding: str = "cp1252"


def read(content: bytes) -> Written:
    """What is written in a document: paragraphs, and tables of two columns as labels and values. What is hidden or
    deleted is not read.

    Raises `Unreadable` for what is damaged, has no text, or more than anybody writes.
    """
    with unreadable(_DAMAGED):
        document = _Document()
        document.read(_without_binary(content).decode("latin-1"))
    parts = tuple(document.parts)
    if not parts:
        raise Unreadable(_NOTHING)
    check_text(f"{part.label}{part.value}" if isinstance(part, Field) else part.text for part in parts)
    return Written(parts, tuple(dict.fromkeys(document.running)))


def _without_binary(content: bytes) -> bytes:
    """Without pictures that are bytes as they are: among them braces mean nothing."""
    kept, at = [], 0
    while (found := _BINARY.search(content, at)) is not None:
        kept.append(content[at : found.start()])
        at = found.end() + int(found[1])
    rest = b"".join([*kept, content[at:]])
    if len(rest) > _MOST_BYTES:
        raise Unreadable(_TOO_MUCH)
    return rest


class _Document:
    """The parts of a document, as its words are read one after the other."""

    def __init__(self) -> None:
        self.parts: list[Block | Field] = []
        self.running: list[str] = []
        self._group, self._above = _Group(), list[_Group]()
        self._text, self._aside = list[Run](), list[Run]()
        self._lines: list[str] = []  # of the cell
        self._bold: list[bool] = []
        self._row: list[Cell] = []
        self._rows: list[list[Cell]] = []
        self._in_table = False
        self._fonts: dict[str, str] = {}
        self._font, self._default = "", "cp1252"
        self._skip = 0
        self._bytes = bytearray()

    def read(self, text: str) -> None:
        for count, token in enumerate(_TOKEN.finditer(text)):
            if count > _MOST_WORDS:
                raise Unreadable(_TOO_MUCH)
            word, number, code, sign, brace, letters = token.groups()
            if code:
                self._bytes.append(int(code, 16))
                continue
            self._write_bytes()
            if letters:
                self._letters(letters)
            elif word:
                self._word(word, number)
            elif sign:
                self._sign(sign)
            elif brace == "{":
                self._open()
            elif not self._close():
                break
        self._write_bytes()
        self._paragraph()
        self._table()

    def _open(self) -> None:
        if len(self._above) >= _DEEPEST:
            raise Unreadable(_DAMAGED)
        self._above.append(self._group)

    def _close(self) -> bool:
        """Whether the document goes on after this brace."""
        before = self._group
        self._group = self._above.pop() if self._above else before
        self._skip = 0
        if before.running and not self._group.running:
            self.running.extend(filter(None, [text_of(self._aside)]))
            self._aside = []
        return bool(self._above)

    def _write_bytes(self) -> None:
        if self._bytes:
            letters = bytes(self._bytes[self._skip :]).decode(self._group.encoding, "replace")
            self._skip = max(0, self._skip - len(self._bytes))
            self._bytes.clear()
            self._write(letters)

    def _letters(self, letters: str) -> None:
        skipped, self._skip = self._skip, max(0, self._skip - len(letters))
        if skipped < len(letters):
            self._write(letters[skipped:].encode("latin-1").decode(self._group.encoding, "replace"))

    def _write(self, letters: str) -> None:
        group = self._group
        if not (group.ignored or group.hidden or group.deleted):
            (self._aside if group.running else self._text).append(Run(letters, group.bold))

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._group = replace(self._group, ignored=True)
        elif sign in "\r\n":
            self._paragraph()
        elif sign in _SIGNS:
            self._write(_SIGNS[sign])

    def _word(self, word: str, number: str | None) -> None:
        if word in _SIGNS:
            self._write(_SIGNS[word])
        elif word in _RUNNING:
            self._group = replace(self._group, running=True)
        elif word in destinations and word not in _READ:
            self._group = replace(self._group, ignored=True)
        elif word == "shptxt":
            self._group = replace(self._group, ignored=False)
        elif word == "u" and number:
            self._write(chr(int(number) % 0x10000))
            self._skip = self._group.skip
        elif not self._look(word, number):
            self._structure(word)

    def _look(self, word: str, number: str | None) -> bool:
        """Words that change how what follows looks, or is stored."""
        value = int(number) if number else 0
        if word == "plain":
            self._group = replace(self._group, bold=False, hidden=False, deleted=False)
        elif word in ("b", "v", "deleted"):
            self._switch(word, number != "0")
        elif word == "uc":
            self._group = replace(self._group, skip=min(max(value, 0), 16))
        elif word in ("f", "fcharset", "ansicpg"):
            self._encode(word, number or "", value)
        else:
            return False
        return True

    def _switch(self, word: str, on: bool) -> None:
        group = self._group
        self._group = replace(
            group,
            bold=on if word == "b" else group.bold,
            hidden=on if word == "v" else group.hidden,
            deleted=on if word == "deleted" else group.deleted,
        )

    def _encode(self, word: str, number: str, value: int) -> None:
        if word == "f":
            self._font = number
            self._group = replace(self._group, encoding=self._fonts.get(number, self._default))
        elif word == "fcharset":
            self._fonts[self._font] = _encoding(charset_map.get(value, "")) if value else self._default
        else:
            self._default = _encoding(f"cp{number}")
            self._group = replace(self._group, encoding=self._default)

    def _structure(self, word: str) -> None:
        if self._group.ignored or self._group.running:
            return
        if word == "intbl":
            self._in_table = True
        elif word == "pard":
            self._in_table = False
        elif word in _PARAGRAPH:
            self._paragraph()
        elif word in ("cell", "nestcell"):
            self._cell()
        elif word in ("row", "nestrow") and self._row:
            self._rows.append(self._row)
            self._row = []

    def _paragraph(self) -> None:
        runs, self._text = self._text, []
        if self._in_table:
            if text := text_of(runs):
                self._lines.append(text)
                self._bold.append(is_bold(runs))
            return
        if parts := list(runs_parts(runs)):
            self._table()
            self.parts.extend(parts)
        if len(self.parts) > MOST_BLOCKS:
            raise Unreadable(TOO_MANY)

    def _cell(self) -> None:
        self._in_table = True
        self._paragraph()
        self._row.append(Cell("\n".join(self._lines), bool(self._bold) and all(self._bold)))
        self._lines, self._bold = [], []

    def _table(self) -> None:
        """What is left of a table, where it ends."""
        if self._lines or self._row:
            self._row.append(Cell("\n".join(self._lines)))
            self._rows.append(self._row)
        if self._rows:
            self.parts.extend(parts_of(self._rows))
        self._lines, self._bold, self._row, self._rows = [], [], [], []


def _encoding(name: str) -> str:
    with suppress(LookupError, ValueError):
        return codecs.lookup(name).name
    return "cp1252"
