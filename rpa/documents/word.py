"""A Word document (.docx) -> what is written in it, by its own markup: content controls, text boxes and the fields
of old forms hold answers too. What was deleted or hidden is not read, and nothing outside of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from rpa.documents.runs import Run
from rpa.documents.runs import parts_of as parts_of_runs
from rpa.documents.size import MOST_BLOCKS, TOO_MANY, Unreadable, check_text, unreadable
from rpa.documents.tables import Cell
from rpa.documents.tables import parts_of as parts_of_table
from rpa.documents.word_runs import Styles, W, is_on, runs_of
from rpa.documents.written import Block, Field, Written
from rpa.documents.zipped import Zipped

MOST_DEPTH = 200
_DOCUMENT = "word/document.xml"
_DAMAGED = "The document is damaged or incomplete. Ask the sender for it again."
_NOT_WORD = "The file is no Word document. Open it to see what it is."
_NOTHING = "The document has no text. Open it to see what it shows."
_DECLARES = (
    "The document declares entities, which Word does not. Open it only on a machine that is made for it."
)
_RUNNING = ("word/header", "word/footer")
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_TRANSPARENT = frozenset({f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag", f"{W}sdtContent"})


def read(content: bytes) -> Written:
    """The paragraphs and tables of a document in their order; tables of two columns are labels and values. The
    text of heads and feet is `running`; notes at the foot come last.

    Raises `Unreadable` for what is no Word document, damaged, protected by a password, without text, or made to
    fill memory.
    """
    zipped = Zipped(content)
    zipped.check()
    if _DOCUMENT not in zipped.names:
        raise Unreadable(_NOT_WORD)
    with unreadable(_DAMAGED):
        styles = Styles(_parsed(zipped, "word/styles.xml") if "word/styles.xml" in zipped.names else None)
        parts = tuple(_parts(_parsed(zipped, _DOCUMENT), styles))
        notes = [
            part for name in _NOTES if name in zipped.names for part in _parts(_parsed(zipped, name), styles)
        ]
        running = [
            text for name in _running(zipped) for text in _texts(_parts(_parsed(zipped, name), styles))
        ]
    if not parts:
        raise Unreadable(_NOTHING)
    check_text(_texts((*parts, *notes)))
    return Written((*parts, *notes), tuple(dict.fromkeys(running)))


def _running(zipped: Zipped) -> Iterator[str]:
    return (name for name in sorted(zipped.names) if name.startswith(_RUNNING) and name.endswith(".xml"))


def _texts(parts: Sequence[Block | Field] | Iterator[Block | Field]) -> Iterator[str]:
    return (f"{part.label}: {part.value}" if isinstance(part, Field) else part.text for part in parts)


def _parsed(zipped: Zipped, name: str) -> Any:
    content = zipped.read(name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.doctype:
        raise Unreadable(_DECLARES)
    return root


def _parts(root: Any, styles: Styles) -> Iterator[Block | Field]:
    document = _Document(styles, has_pages=root.find(f".//{W}lastRenderedPageBreak") is not None)
    for container in root.iter(f"{W}body", f"{W}hdr", f"{W}ftr", f"{W}footnote", f"{W}endnote"):
        yield from document.parts(container)


@dataclass
class _Document:
    """A document that is read. `page`: where Word last ended one; 0 where it never did."""

    styles: Styles
    has_pages: bool
    count: int = 0
    page: int = field(init=False)

    def __post_init__(self) -> None:
        self.page = int(self.has_pages)

    def parts(self, container: Any, depth: int = 0) -> Iterator[Block | Field]:
        """The parts of whatever has paragraphs and tables in it."""
        if depth > MOST_DEPTH:
            raise Unreadable(_DAMAGED)
        for child in container:
            if child.tag == f"{W}p":
                yield from self._counted(self._paragraph(child, depth))
            elif child.tag == f"{W}tbl":
                yield from self._counted(self._table(child, depth))
            elif child.tag == f"{W}sdt":
                if not _is_placeholder(child) and (inner := child.find(f"{W}sdtContent")) is not None:
                    yield from self.parts(inner, depth + 1)
            elif child.tag in _TRANSPARENT:
                yield from self.parts(child, depth + 1)

    def _counted(self, parts: Iterator[Block | Field]) -> Iterator[Block | Field]:
        for part in parts:
            self.count += 1
            if self.count > MOST_BLOCKS:
                raise Unreadable(TOO_MANY)
            yield part

    def _paragraph(self, paragraph: Any, depth: int) -> Iterator[Block | Field]:
        heading, bold, left = self.styles.of(paragraph)
        runs: list[Run] = []
        boxes: list[Any] = []
        page = self.page
        for run in runs_of(paragraph, bold):
            if isinstance(run, Run):
                runs.append(run)
            elif run == "page":
                self.page += self.has_pages
            else:
                boxes.append(run)
        yield from parts_of_runs(runs, page, heading, left)
        for box in boxes:
            yield from self.parts(box, depth + 1)

    def _table(self, table: Any, depth: int) -> Iterator[Block | Field]:
        rows = [list(_within(row, f"{W}tc")) for row in _within(table, f"{W}tr") if not _is_deleted(row)]
        page = self.page
        if any(
            cell.find(f".//{W}tbl") is not None for row in rows for cell in row
        ):  # it holds others in place
            for row in rows:
                for cell in row:
                    yield from self.parts(cell, depth + 1)
        else:
            yield from parts_of_table([[self._cell(cell, depth) for cell in row] for row in rows], page)

    def _cell(self, cell: Any, depth: int) -> Cell:
        parts = list(self.parts(cell, depth + 1))
        bold = all(isinstance(part, Block) and part.emphasised for part in parts)
        return Cell("\n".join(_texts(parts)), bool(parts) and bold)


def _within(element: Any, tag: str, depth: int = 0) -> Iterator[Any]:
    """The rows of a table, or the cells of a row, in content controls too."""
    if depth > MOST_DEPTH:
        raise Unreadable(_DAMAGED)
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in _TRANSPARENT or child.tag == f"{W}sdt":
            yield from _within(child, tag, depth + 1)


def _is_deleted(row: Any) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _is_placeholder(control: Any) -> bool:
    """Whether a content control shows what it asks for, and nobody has answered."""
    return is_on(control.find(f"{W}sdtPr/{W}showingPlcHdr"))
