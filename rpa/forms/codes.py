"""A list of options: identifiers, the text the public sees, and every spelling that is accepted for each."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Typographic quotes and dashes, as word processors and telephones insert them.
_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


MOST_FOLDED = 500  # characters: no option is as long, and to fold a long text of accents takes very long


def fold(text: str) -> str:
    """A spelling without differences that do not matter: case, spacing, HTML entities, typographic quotes."""
    if (
        not text.isascii() or "&" in text
    ):  # else none of this changes it, and forms have thousands of spellings
        text = unicodedata.normalize("NFKC", html.unescape(text)).translate(_PLAIN)
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, eq=False)
class CodeList:
    """The options of a question: `options` maps identifier to display text, in the list's order."""

    name: str
    title: str
    options: Mapping[str, str]
    spellings: Mapping[str, str] = field(repr=False)  # folded identifier, text or alias -> identifier

    def identify(self, text: str) -> str | None:
        """The identifier a text stands for, or None if it is not one of the options."""
        if text in self.options:
            return text
        return self.spellings.get(fold(text)) if len(text) <= MOST_FOLDED else None


def is_code_list(schema: Mapping[str, object]) -> bool:
    """Whether a schema lists options: every member of its `oneOf` is a constant."""
    entries = schema.get("oneOf")
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and "const" in entry for entry in entries
    )


def code_list(schema: Mapping[str, object]) -> CodeList:
    """The list in a schema for which `is_code_list` holds. Its name is the last part of its `$id`."""
    entries = _entries(schema)
    name = str(schema.get("$id", "")).rpartition("/")[2].removesuffix(".json")
    spellings: dict[str, str] = {}
    for identifier, spelling in _spellings(entries):
        spellings.setdefault(fold(spelling), identifier)
    options = {entry["const"]: entry.get("title", entry["const"]) for entry in entries}
    return CodeList(name, str(schema.get("title", name)), options, spellings)


def clashes(schema: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """Every entry that makes its list ambiguous: (number of the entry from 0, what is wrong).

    Two entries may share a text only if one says, with `x-same-as`, that the public sees it as the other.
    """
    entries = _entries(schema)
    identifiers: set[str] = set()
    owners: dict[str, str] = {}
    for number, entry in enumerate(entries):
        identifier = entry["const"]
        if identifier in identifiers:
            yield number, f"the identifier {identifier} is listed twice"
        identifiers.add(identifier)
        same = entry.get("x-same-as", identifier)
        if same not in identifiers:
            yield number, f"x-same-as names no option before it: {same}"
        for _, spelling in _spellings([entry]):
            owner = owners.setdefault(fold(spelling), same)
            if owner != same:
                yield number, f"{spelling!r} is already another option"


def _entries(schema: Mapping[str, object]) -> Sequence[Mapping[str, str]]:
    entries = schema["oneOf"]
    return entries if isinstance(entries, list) else []


def _spellings(entries: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Identifiers first, then titles, then aliases: an alias never takes another option's title."""
    yield from ((entry["const"], entry["const"]) for entry in entries)
    yield from ((entry["const"], entry["title"]) for entry in entries if "title" in entry)
    for entry in entries:
        yield from ((entry["const"], alias) for alias in entry.get("x-aliases", ()))
