"""The form as a website prints it: a report's answers under its own headings and titles, in several layouts.

`rows_of` says what is printed; the other functions print it: as HTML (which a browser makes a PDF of), as a Word
document, as plain text, as CSV, and as the `Written` that a perfect reader would make of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import docx

from rpa.documents.written import Block, Field, Written
from rpa.forms.answers import read
from rpa.forms.normalise import words
from rpa.forms.schema import Node
from rpa.forms.schema import escape as escape_key

HIDDEN = {
    "_metaData",
    "userAgent",
    "ipAddress",
    "latitude",
    "longitude",
    "easting",
    "northing",
    "osUprn",
    "isEditedInForm",
}
LAYOUTS = ("stacked", "grid", "table", "inline")


@dataclass(frozen=True)
class Heading:
    """A part's title. `level`: 1 for parts of the form itself."""

    text: str
    level: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A question with its answer. `pointer`: of the answer in the report's data."""

    pointer: str
    label: str
    value: str
    path: tuple[str, ...]


Row = Heading | Line


def rows_of(node: Node, data: Mapping[str, Any]) -> list[Row]:
    """What is printed of a normalised report, in the form's order; hidden fields are not."""
    return list(_part(node, data, "", ()))


def _part(node: Node, data: Mapping[str, Any], pointer: str, path: tuple[str, ...]) -> Iterator[Row]:
    known = [key for key in node.properties if key in data]
    for key in [*known, *(key for key in data if key not in node.properties)]:
        if key not in HIDDEN:
            child = node.properties.get(key) or Node(words(key), "any")
            yield from _value(child, data[key], f"{pointer}/{escape_key(key)}", path)


def _value(node: Node, value: Any, pointer: str, path: tuple[str, ...]) -> Iterator[Row]:
    if isinstance(value, Mapping):
        inside = (*path, node.title)
        yield Heading(node.title, len(inside), inside)
        yield from _part(node, value, pointer, inside)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, item in enumerate(value, 1):
            inside = (*path, f"{node.title} {number}")
            yield Heading(inside[-1], len(inside), inside)
            yield from _part(node.items or Node("", "any"), item, f"{pointer}/{number - 1}", inside)
    elif isinstance(value, list):
        texts = [read(node.items or node, each) for each in value]
        yield Line(pointer, node.title, ", ".join(texts), path)
    else:
        yield Line(pointer, node.title, read(node, value), path)


# ---- for a browser


_STYLE = """
body { font: 11pt/1.4 "Liberation Sans", Arial, sans-serif; margin: 0; }
.value { white-space: pre-line; overflow-wrap: anywhere; }
.label { font-weight: bold; }
.stacked { margin: 0 0 8pt; break-inside: auto; }
.grid { display: grid; grid-template-columns: 1fr 1fr; gap: 8pt 24pt; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #888; padding: 4pt; text-align: left; vertical-align: top; }
th { width: 34%; }
p { margin: 0 0 6pt; }
"""


def html_of(title: str, rows: Sequence[Row], layout: str) -> str:
    """The whole page."""
    body = "".join(_LAYOUTS[layout](rows))
    return (
        f"<!doctype html><html lang='en-GB'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _runs(rows: Sequence[Row]) -> Iterator[tuple[Heading | None, list[Line]]]:
    """Headings, and the lines below each."""
    heading: Heading | None = None
    lines: list[Line] = []
    for row in rows:
        if isinstance(row, Heading):
            if heading or lines:
                yield heading, lines
            heading, lines = row, []
        elif lines and row.path != lines[-1].path:
            yield heading, lines
            heading, lines = None, [row]
        else:
            lines.append(row)
    if heading or lines:
        yield heading, lines


def _headed(heading: Heading | None) -> str:
    if heading is None:
        return ""
    level = min(heading.level + 1, 6)
    return f"<h{level}>{escape(heading.text)}</h{level}>"


def _stacked(rows: Sequence[Row]) -> Iterator[str]:
    for heading, lines in _runs(rows):
        yield _headed(heading)
        for line in lines:
            yield f"<div class='stacked'><div class='label'>{escape(line.label)}</div>"
            yield f"<div class='value'>{escape(line.value)}</div></div>"


def _grid(rows: Sequence[Row]) -> Iterator[str]:
    for heading, lines in _runs(rows):
        yield f"{_headed(heading)}<div class='grid'>"
        for line in lines:
            yield f"<div><div class='label'>{escape(line.label)}</div>"
            yield f"<div class='value'>{escape(line.value)}</div></div>"
        yield "</div>"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    for heading, lines in _runs(rows):
        yield _headed(heading)
        if lines:
            yield "<table>"
            for line in lines:
                yield f"<tr><th>{escape(line.label)}</th><td class='value'>{escape(line.value)}</td></tr>"
            yield "</table>"


def _inline(rows: Sequence[Row]) -> Iterator[str]:
    for heading, lines in _runs(rows):
        yield _headed(heading)
        for line in lines:
            yield f"<p class='value'><b>{escape(line.label)}:</b> {escape(line.value)}</p>"


_LAYOUTS = {"stacked": _stacked, "grid": _grid, "table": _table, "inline": _inline}


# ---- other formats


def docx_of(title: str, rows: Sequence[Row]) -> bytes:
    """A Word document: headings, and a table of two columns for each part."""
    document = docx.Document()
    document.add_heading(title, 0)
    for heading, lines in _runs(rows):
        if heading:
            document.add_heading(heading.text, min(heading.level, 9))
        table = document.add_table(rows=0, cols=2)
        for line in lines:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = line.label, line.value
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def text_of(title: str, rows: Sequence[Row], *, inline: bool = True) -> str:
    """Plain text: each part under its title, and each answer beside its question, or below it."""
    said = [title, ""]
    for heading, lines in _runs(rows):
        if heading:
            said += ["", heading.text, ""]
        for line in lines:
            said += [f"{line.label}: {line.value}"] if inline else [line.label, line.value, ""]
    return "\n".join(said) + "\n"


def csv_of(rows: Sequence[Row]) -> str:
    """Two columns: the question below all its parts, and the answer."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(["Question", "Answer"])
    for row in rows:
        if isinstance(row, Line):
            writer.writerow([" > ".join((*row.path, row.label)), row.value])
    return content.getvalue()


# ---- as a perfect reader reads them


def written_of(title: str, rows: Sequence[Row], style: str) -> Written:
    """The document in one of the styles "emphasis", "fields", "column", "flat", "paths", "inline" and "lines"."""
    if style in ("inline", "lines"):
        text = text_of(title, rows, inline=style == "inline")
        blocks = [Block(part.strip("\n")) for part in text.split("\n\n") if part.strip()]
        return Written(tuple(blocks))
    parts: list[Block | Field] = [Block(title, heading=1)]
    for row in rows:
        parts += _parts(row, style)
    return Written(tuple(parts))


def _parts(row: Row, style: str) -> list[Block | Field]:
    if isinstance(row, Heading):
        if style == "flat":
            return [Block(row.text, emphasised=True)]
        return [] if style == "paths" else [Block(row.text, heading=row.level + 1, left=40)]
    match style:
        case "fields":
            return [Field(row.label, row.value)]
        case "paths":
            return [Field(" > ".join((*row.path, row.label)), row.value)]
        case "column":
            return [Block(row.label, left=40), Block(row.value, left=200)]
    return [Block(row.label, emphasised=True, left=40), Block(row.value, left=40)]
