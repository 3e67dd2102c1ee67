"""A form as a printed report shows it: its parts and questions by their titles, in the form's own order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache

from rpa.forms.codes import MOST_FOLDED, fold
from rpa.forms.loading import Version
from rpa.forms.schema import Node

# Characters that nobody sees and that turn nothing round. Those that do are left: such a label is no title.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_NUMBERED = re.compile(r"(?P<title>.{1,300}?)[ :#]{0,3}(?P<number>[1-9][0-9]{0,2})(?: of [1-9][0-9]{0,2})?")
_COUNTED = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2}){0,3}[.)]?\s+(?P<title>\S.*)")
_CONTINUED = re.compile(r"\s*\(?\b(?:continued|cont\.)\)?$")


class Kind(Enum):
    """What a place of a form is."""

    PART = auto()
    LIST = auto()  # of parts: each item has the questions
    QUESTION = auto()


@dataclass(eq=False)
class Place:
    """A part, a list of parts or a question. `number`: its place among those of its part. `node`: of a list,
    that of its items."""

    key: str
    node: Node = field(repr=False)
    kind: Kind
    number: int
    titles: frozenset[str]  # of the place itself, as `title_key` has them
    item_titles: frozenset[str] = frozenset()  # of one item of a list
    above: Place | None = field(default=None, repr=False)
    below: dict[str, list[Place]] = field(default_factory=dict, repr=False)  # title -> places of this part

    @property
    def is_free(self) -> bool:
        """Whether people answer this question in sentences."""
        node = self.node
        typed = node.codes or node.format or node.items or node.type != "string"
        return self.kind is Kind.QUESTION and not typed and (node.max_length or LONG_TEXT) >= LONG_TEXT


LONG_TEXT = 300  # characters: questions that take as many are answered in sentences


@dataclass(frozen=True, eq=False)
class Index:
    """One version of a form by its titles. `questions`, `parts`: every place with a title. `longest`:
    characters of the longest title."""

    root: Place
    questions: Mapping[str, Sequence[Place]] = field(repr=False)
    parts: Mapping[str, Sequence[Place]] = field(repr=False)
    longest: int

    def part_key(self, text: str) -> tuple[str, int | None] | None:
        """The title of a part that a heading says, and the number of its item; None if it says none."""
        for said in _headings(text):
            if said in self.parts:
                return said, None
            match = _NUMBERED.fullmatch(said)
            if match and match["title"] in self.parts:
                return match["title"], int(match["number"])
        return None


@lru_cache(maxsize=4096)
def title_key(text: str) -> str:
    """A title without differences that do not matter, nor the colon or the star after it."""
    if len(text) > MOST_FOLDED:
        return ""
    seen = text if text.isascii() else text.translate(_INVISIBLE)
    return fold(seen).rstrip(" :*").rstrip()


@lru_cache(maxsize=64)
def index_of(version: Version) -> Index:
    """The index of a version of a form."""
    root = _place("", version.node, 0)
    questions: dict[str, list[Place]] = defaultdict(list)
    parts: dict[str, list[Place]] = defaultdict(list)
    for place in _all(root):
        for title in place.titles | place.item_titles:
            (questions if place.kind is Kind.QUESTION else parts)[title].append(place)
    longest = max((len(title) for title in (*questions, *parts)), default=0)
    return Index(root, dict(questions), dict(parts), longest)


def _headings(text: str) -> Iterator[str]:
    said = _CONTINUED.sub("", title_key(text))
    yield said
    if match := _COUNTED.fullmatch(said):
        yield match["title"]


def _all(place: Place) -> Iterator[Place]:
    seen: dict[int, Place] = {id(one): one for same in place.below.values() for one in same}
    for child in seen.values():
        yield child
        yield from _all(child)


def _place(key: str, node: Node, number: int, above: Place | None = None) -> Place:
    titles, items = _titles(node), frozenset[str]()
    kind = Kind.PART if node.type == "object" else Kind.QUESTION
    if node.items is not None and node.items.type == "object":
        kind, items, node = Kind.LIST, _titles(node.items), node.items
    place = Place(key, node, kind, number, titles, items, above)
    if kind is not Kind.QUESTION:
        for at, (name, child) in enumerate(node.properties.items()):
            inner = _place(name, child, at, place)
            for title in inner.titles | inner.item_titles:
                place.below.setdefault(title, []).append(inner)
    return place


def _titles(node: Node) -> frozenset[str]:
    return frozenset(filter(None, map(title_key, (node.title, *node.former))))
