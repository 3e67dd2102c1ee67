"""A page of HTML -> what a person reads on it. Nothing that it names is fetched, and no script of it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree, html

from rpa.documents import html_controls as controls
from rpa.documents.decoded import decode
from rpa.documents.runs import Run
from rpa.documents.runs import parts_of as parts_of_runs
from rpa.documents.size import MOST_BLOCKS, TOO_MANY, Unreadable, check_text, unreadable
from rpa.documents.tables import Cell
from rpa.documents.tables import parts_of as parts_of_table
from rpa.documents.written import Block, Field, Written

MOST_DEPTH = 150
MOST_ELEMENTS = 200_000
_DAMAGED = "The page cannot be taken apart. Open it to read it."
_DEEP = f"The page is nested more than {MOST_DEPTH} deep. Open it to read it."
_NOTHING = "The page has no text. Open it to see what it shows."

_UNREAD = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object", "datalist"}
)
_BOLD = frozenset({"b", "strong", "th", "dt", "legend"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "output",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    }
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(r"\s*<\?xml[^>]*>")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_WEIGHT = re.compile(r"font-weight\s*:\s*(\w+)", re.IGNORECASE)
_DEPTH_STEP = ("ul", "ol", "blockquote", "dd")


def read(content: bytes) -> Written:
    """The text of a page in its order: headings, paragraphs, terms with their descriptions, the rows of tables,
    and what stands in the fields of its form. What is hidden on the page itself is not read; style sheets are not
    applied.

    Raises `Unreadable` for a page without text, nested too deep, or with more than anybody writes.
    """
    declared = _CHARSET.search(content[:4096])
    text, notes = decode(content, declared[1].decode("ascii") if declared else "")
    with unreadable(_DAMAGED):
        body = _parsed(text)
        page = _Page(controls.labels_of(body))
        parts = tuple(page.parts(body))
    if not parts:
        raise Unreadable(_NOTHING)
    check_text(f"{part.label}{part.value}" if isinstance(part, Field) else part.text for part in parts)
    return Written(parts, notes=notes)


def _parsed(text: str) -> Any:
    if text.count("<") > 2 * MOST_ELEMENTS:  # known before memory is taken for them
        raise Unreadable(TOO_MANY)
    start = _XML.match(text)
    without = text[start.end() :] if start else text
    parser = html.HTMLParser(
        recover=True, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    root = html.document_fromstring(without.replace("\0", "") or "<p>", parser=parser)
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MOST_DEPTH:
            raise Unreadable(_DEEP)
        if count > MOST_ELEMENTS:
            raise Unreadable(TOO_MANY)
    return root


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks at some place of a page."""

    bold: bool = False
    kept: bool = False  # line breaks and spaces as they stand
    left: int = 0


@dataclass
class _Page:
    """A page that is read: `labels` of its controls by their id. `runs` are not a block yet."""

    labels: dict[str, str]
    runs: list[Run] = field(default_factory=list)
    count: int = 0

    def parts(self, element: Any, look: _Look | None = None) -> Iterator[Block | Field]:
        """The parts of an element that stands by itself."""
        look = look or _Look()
        yield from self._inside(element, look)
        yield from self._block(look)

    def _block(self, look: _Look, heading: int = 0) -> Iterator[Block | Field]:
        runs, self.runs = self.runs, []
        for part in parts_of_runs(runs, heading=heading, left=look.left):
            self.count += 1
            if self.count > MOST_BLOCKS:
                raise Unreadable(TOO_MANY)
            yield part

    def _inside(self, element: Any, look: _Look) -> Iterator[Block | Field]:
        self._write(element.text, look)
        for child in element:
            yield from self._child(child, look)
            self._write(child.tail, look)

    def _child(self, child: Any, look: _Look) -> Iterator[Block | Field]:
        name = child.tag if isinstance(child.tag, str) else ""
        if name in _UNREAD or not name or _is_hidden(child):
            return
        within = _look(child, name, look)
        if name == "br":
            self.runs.append(Run("\n"))
        elif name in controls.NAMES:
            yield from self._control(child, look)
        elif name in _INLINE:
            yield from self._inside(child, within) if not controls.is_label(child, self.labels) else ()
        else:
            yield from self._block(look)
            yield from self._standing(child, name, within)

    def _standing(self, child: Any, name: str, look: _Look) -> Iterator[Block | Field]:
        if name in _HEADINGS:
            yield from self._inside(child, look)
            yield from self._block(look, _HEADINGS[name])
        elif name == "table" and _is_data(child):
            yield from parts_of_table([[self._cell(cell) for cell in row] for row in _rows(child)])
        elif name == "dl":
            yield from self._terms(child, look)
        else:
            yield from self.parts(child, look)

    def _control(self, child: Any, look: _Look) -> Iterator[Block | Field]:
        found = controls.read(child, self.labels)
        if found is not None:
            yield from self._block(look)
            yield found

    def _cell(self, element: Any) -> Cell:
        texts, bold = self._lines(element, _look(element, element.tag, _Look()))
        return Cell("\n".join(texts), bold)

    def _lines(self, element: Any, look: _Look) -> tuple[list[str], bool]:
        """The text of an element that is one value: its blocks, each on a line of its own."""
        inner = replace(self, runs=[], count=0)
        parts = list(inner.parts(element, look))
        texts = [f"{part.label}: {part.value}" if isinstance(part, Field) else part.text for part in parts]
        return texts, bool(parts) and all(isinstance(part, Block) and part.emphasised for part in parts)

    def _terms(self, listed: Any, look: _Look) -> Iterator[Block | Field]:
        label, values = "", list[str]()
        for name, element in _terms_of(listed):
            if name == "dt":
                yield from _term(label, values)
                label, values = " ".join(self._lines(element, look)[0]), []
            elif not (values and _is_link(element)):
                values.extend(self._lines(element, look)[0])
        yield from _term(label, values)

    def _write(self, text: str | None, look: _Look) -> None:
        if text:
            self.runs.append(Run(text if look.kept else _SPACE.sub(" ", text), look.bold))


def _term(label: str, values: Sequence[str]) -> Iterator[Block | Field]:
    if label:
        yield Field(label, "\n".join(values))
    else:
        yield from map(Block, values)


def _terms_of(listed: Any) -> Iterator[tuple[str, Any]]:
    for child in listed:
        if child.tag in ("dt", "dd") and not _is_hidden(child):
            yield child.tag, child
        elif child.tag == "div" and not _is_hidden(child):
            yield from ((each.tag, each) for each in child if each.tag in ("dt", "dd"))


def _is_link(element: Any) -> bool:
    """Whether there is nothing but links in it, such as to change the answer before."""
    links = sum(len("".join(link.itertext()).strip()) for link in element.iter("a"))
    return bool(links) and links >= len("".join(element.itertext()).strip())


def _is_data(table: Any) -> bool:
    """Whether a table has rows of cells; others hold the page together."""
    more = table.iter("table", "h1", "h2", "h3", "dl", "input", "textarea", "select")
    return next(more) is table and next(more, None) is None


def _rows(table: Any) -> Iterator[list[Any]]:
    for row in table.iter("tr"):
        if not _is_hidden(row):
            yield [cell for cell in row if cell.tag in ("td", "th") and not _is_hidden(cell)]


def _is_hidden(element: Any) -> bool:
    if "hidden" in element.attrib:
        return True
    style = element.get("style")
    return bool(style) and bool(_HIDDEN.search(style[:2000]))


def _look(element: Any, name: str, look: _Look) -> _Look:
    bold = look.bold or name in _BOLD
    style = element.get("style")
    if style and (weight := _WEIGHT.search(style[:2000])):
        bold = weight[1].lower() in ("bold", "bolder", "600", "700", "800", "900")
    return _Look(bold, look.kept or name in ("pre", "textarea"), look.left + (name in _DEPTH_STEP))
