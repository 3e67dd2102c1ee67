"""A document that people read: text on pages, in the order in which it is read. What each label and value in it
means is found out by `rpa.forms.labels.report`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text that stands by itself: a heading, a label, a paragraph, or one column's part of a line.

    `text`: lines that were wrapped are joined by a space; lines that a person broke, by a line break, where the
    format tells them from others. `page`: from 1, 0 where there are none. `heading`: 1 for the largest, 0 for
    none. `emphasised`: bold, or set apart as labels are. `left`: where it begins, in points from the left edge or
    in steps of indentation; blocks of one column share it.
    """

    text: str = field(repr=False)
    page: int = 0
    heading: int = 0
    emphasised: bool = False
    left: float = 0


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value that the document itself puts together: a field of a form, a row of a table of two
    columns, a term and its description. `value`: as of `Block.text`; "Yes" or "No" for a box to tick."""

    label: str = field(repr=False)
    value: str = field(repr=False)
    page: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """All of a document, in reading order. What stands at the head or foot of its pages is in `running`, once, and
    not in `parts`. `machine_read`: the text was recognised in a picture, and may be wrong. `notes`: what a person
    is to know of it, such as a page that could not be read; plain sentences that repeat nothing of it."""

    parts: tuple[Block | Field, ...]
    running: tuple[str, ...] = ()
    machine_read: bool = False
    notes: tuple[str, ...] = ()
