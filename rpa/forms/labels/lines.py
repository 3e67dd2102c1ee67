"""A written document -> headings, labels and text in reading order, by what the document itself sets apart.

Where labels are set apart (bold, in a table, in a column of their own), nothing else is one: what a person
wrote in an answer never is. In plain text a line may be a label, and `rpa.forms.labels.matching` decides with
the form's order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from rpa.documents.written import Block, Field, Written
from rpa.forms.labels.index import Index, title_key
from rpa.forms.labels.tables import with_pairs

_FEW = 3  # labels that are set apart, from which on no others are looked for
_NEAR = 3.0  # points: what begins within these begins at the same place
_MOST_WRAPPED = 3  # lines of a label
_MOST_SEPARATORS = 12  # in a title
_SEPARATOR = re.compile(r":|\?|\t|\s{2,}")
_LIKE_A_LABEL = re.compile(r"(?P<label>[A-Z][^:?\n]{1,100}(?::|\?:?))(?:\s+(?P<value>\S.*))?", re.DOTALL)
_RULED = re.compile(r"[-=*_#~\s]{3,}")  # a line drawn with characters


class Kind(Enum):
    """What a piece of a document is."""

    HEADING = auto()
    LABEL = auto()
    TEXT = auto()
    PERHAPS = auto()  # a line that may be the label of a question that the form does not know


@dataclass(frozen=True, slots=True)
class Piece:
    """A heading, a label or a text. `value`: what stands with the label itself. `certain`: the document sets it
    apart; otherwise it may be a part of an answer, and `text` and `value` are that `raw` text. `block`:
    number of the block it is from."""

    kind: Kind
    text: str = field(repr=False)
    raw: str = field(repr=False)
    value: str | None = field(default=None, repr=False)
    page: int = 0
    left: float = 0
    level: int = 0
    certain: bool = True
    together: bool = False  # label and value are one field: no text after it belongs to it
    block: int = 0


class Labels(Enum):
    """How a document sets its labels apart."""

    EMPHASIS = auto()  # by bold letters, as headings or in fields
    COLUMN = auto()  # all begin at the same place, and their values further right
    INLINE = auto()  # not at all: before a colon or a question mark
    LINES = auto()  # not at all: on lines of their own


@dataclass(frozen=True, slots=True)
class Style:
    """How the labels of a document look; `left`: where those in a column begin. `headings`: whether it has
    any."""

    labels: Labels
    headings: bool
    left: float = 0


def style_of(written: Written, index: Index) -> Style:
    """How a document sets labels and headings of this form apart."""
    blocks = [part for part in written.parts if isinstance(part, Block)]
    headings = any(block.heading and index.part_key(block.text) for block in blocks)
    fields = sum(isinstance(part, Field) and _is_question(part.label, index) for part in written.parts)
    apart = sum(
        (block.emphasised or block.heading > 0) and _is_question(block.text, index) for block in blocks
    )
    plain = [block for block in blocks if not block.emphasised and not block.heading]
    whole = [block for block in plain if _is_question(block.text, index)]
    lines = [line for block in plain for line in block.text.split("\n")]
    inline = sum(bool((found := inline_label(line, index)) and found[1]) for line in lines)
    if fields + apart >= _FEW or (fields + apart and not inline and not whole):
        return Style(Labels.EMPHASIS, headings)
    if column := _column(whole, plain):
        return Style(Labels.COLUMN, headings, column)
    alone = sum(_is_question(line, index) for line in lines)
    return Style(Labels.LINES if alone > inline else Labels.INLINE, headings)


def _column(labels: Sequence[Block], blocks: Sequence[Block]) -> float | None:
    """Where labels begin, if what stands between them begins further right."""
    if len(labels) < _FEW:
        return None
    left = Counter(round(block.left, 1) for block in labels).most_common(1)[0][0]
    right = sum(block.left > left + _NEAR for block in blocks)
    return left if right >= len(labels) // 2 and left > 0 else None


def _is_question(text: str, index: Index) -> bool:
    key = title_key(text)
    return key in index.questions or bool(path_of(text, index))


def path_of(text: str, index: Index) -> list[str]:
    """The steps of a label that says its parts too, as in "About you > Address > Postcode"."""
    steps = [step.strip() for step in re.split(r"[>›]", text)] if len(text) <= 500 else []  # noqa: RUF001
    return steps if len(steps) > 1 and title_key(steps[-1]) in index.questions else []


def inline_label(line: str, index: Index) -> tuple[str, str] | None:
    """(label, value) of a line that begins with the title of a question; the longest title is taken."""
    ends = [match.end() for match in _SEPARATOR.finditer(line, 0, index.longest + 4)][:_MOST_SEPARATORS]
    keys = [(key, end) for end in ends if (key := title_key(line[:end])) in index.questions]
    if not keys:
        return None
    longest = max((key for key, _ in keys), key=len)
    end = next(end for key, end in keys if key == longest)
    end += line[end - 1] == "?" and line[end : end + 1] == ":"
    return line[:end].strip(), line[end:].strip()


def pieces_of(written: Written, index: Index) -> list[Piece]:
    """The document's pieces in reading order: every character of its parts is in one."""
    style = style_of(written, index)
    if style.labels is Labels.EMPHASIS:
        written = with_pairs(written, index)
    return joined(list(_pieces(written, index, style)), index)


def _pieces(written: Written, index: Index, style: Style) -> Iterator[Piece]:
    for number, part in enumerate(written.parts):
        if isinstance(part, Field):
            raw = f"{part.label}: {part.value}"
            yield Piece(Kind.LABEL, part.label, raw, part.value, part.page, together=True, block=number)
        elif part.heading:
            yield _piece(Kind.HEADING, part, number, part.text)
        elif style.labels is Labels.EMPHASIS:
            yield _piece(Kind.LABEL if part.emphasised else Kind.TEXT, part, number, part.text)
        elif style.labels is Labels.COLUMN:
            is_label = abs(part.left - style.left) <= _NEAR
            yield _piece(Kind.LABEL if is_label else Kind.TEXT, part, number, part.text)
        else:
            yield from _lines(part, number, index, style)


def joined(found: Sequence[Piece], index: Index) -> list[Piece]:
    """The pieces, with labels put together that stand in several blocks: those that are one title only
    together, and those that are none."""
    result: list[Piece] = []
    at = 0
    while at < len(found):
        taken = _label_length(found, at, index)
        one = _as_one(found[at : at + taken])
        at += taken
        rest = _rest_over_page(one, found, at, index) if taken == 1 else None
        result.append(one)
        if rest is not None:
            result[-1] = _as_one([one, found[rest]])
            result += found[at:rest]
            at = rest + 1
    return result


def _rest_over_page(label: Piece, found: Sequence[Piece], at: int, index: Index) -> int | None:
    """Where the rest of a label stands that a page break cut: after the value beside it, on the next page."""
    if label.kind is not Kind.LABEL or not label.certain or label.together or _is_title(label.text, index):
        return None
    while at < len(found) and found[at].kind is Kind.TEXT and found[at].page <= label.page + 1:
        at += 1
    rest = found[at] if at < len(found) else label
    goes_on = rest is not label and _is_below(label, rest) and rest.page == label.page + 1
    return at if goes_on and _is_title(f"{label.text} {rest.text}", index) else None


def _label_length(found: Sequence[Piece], at: int, index: Index) -> int:
    """How many pieces from here on are one label."""
    run = 1
    while run < _MOST_WRAPPED and at + run < len(found) and _is_below(found[at + run - 1], found[at + run]):
        run += 1
    for length in range(run, 1, -1):
        alone = [_is_title(each.text, index) for each in found[at + 1 : at + length]]
        first = not _is_title(found[at].text, index)
        if (first or not any(alone)) and _is_title(
            " ".join(each.text for each in found[at : at + length]), index
        ):
            return length
    unknown = 0
    while unknown < run and not _is_title(found[at + unknown].text, index):
        unknown += 1
    after = found[at + unknown] if at + unknown < len(found) else None
    return unknown if unknown > 1 and after is not None and after.kind is Kind.TEXT else 1


def _is_below(above: Piece, below: Piece) -> bool:
    both = all(each.kind is Kind.LABEL and each.certain and not each.together for each in (above, below))
    return both and abs(above.left - below.left) <= _NEAR


def _is_title(text: str, index: Index) -> bool:
    return _is_question(text, index) or index.part_key(text) is not None


def _as_one(found: Sequence[Piece]) -> Piece:
    text = " ".join(each.text for each in found)
    return found[0] if len(found) == 1 else replace(found[0], text=text, raw=text)


def _piece(kind: Kind, block: Block, number: int, text: str) -> Piece:
    return Piece(kind, text, text, page=block.page, left=block.left, level=block.heading, block=number)


def _lines(block: Block, number: int, index: Index, style: Style) -> Iterator[Piece]:
    lines = block.text.split("\n")
    at = 0
    while at < len(lines):
        taken, kind, text, value = _read_line(lines, at, index, style)
        raw = "\n".join(lines[at : at + taken])
        yield Piece(kind, text, raw, value, block.page, block.left, certain=False, block=number)
        at += taken


def _read_line(
    lines: Sequence[str], at: int, index: Index, style: Style
) -> tuple[int, Kind, str, str | None]:
    """(number of lines, what they are, label or heading, value)."""
    joined = ""
    for taken in range(1, _MOST_WRAPPED + 1):
        if at + taken > len(lines) or len(joined) > index.longest + 4:
            break
        joined = f"{joined} {lines[at + taken - 1].strip()}".strip()
        if taken > 1 and not lines[at + taken - 1].strip():
            break
        found = inline_label(joined, index)
        key = title_key(joined)
        alone = key in index.questions
        if (
            style.labels is Labels.INLINE
            and found
            and (taken == 1 or len(found[0]) > _length(lines, at, taken))
        ):
            return taken, Kind.LABEL, found[0], found[1]
        if style.labels is Labels.LINES and alone:
            return taken, Kind.LABEL, joined, None
        if taken == 1 and not style.headings and index.part_key(joined.strip("*# ")):
            return 1, Kind.HEADING, joined.strip("*# "), None
    if style.labels is Labels.INLINE and (like := _LIKE_A_LABEL.fullmatch(lines[at].strip())):
        return 1, Kind.PERHAPS, like["label"], like["value"] or ""
    if style.labels is Labels.LINES and at == 0 and len(lines) > 1:
        return 1, Kind.PERHAPS, lines[at], None
    return 1, Kind.TEXT, lines[at], None


def _length(lines: Sequence[str], at: int, taken: int) -> int:
    """Of the lines before the last: a wrapped label is longer than these."""
    return sum(len(line.strip()) + 1 for line in lines[at : at + taken - 1])


def is_ruled(text: str) -> bool:
    """Whether a line is only drawn."""
    return _RULED.fullmatch(text) is not None
