"""How much of the samples comes back from their prints, format by format: `python -m tests.printed_figures`."""

from __future__ import annotations

import asyncio
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from playwright.async_api import Page, async_playwright

from rpa.browser.launch import can_be_sandboxed, find_browser
from rpa.documents import csv_table, html_page, plain_text, word
from rpa.documents.files import read_file
from rpa.documents.pdf import document as pdf
from rpa.documents.written import Written
from rpa.forms import differences, is_contained, understand_written
from rpa.forms.copies import is_same
from rpa.reading import read
from rpa.report import Report, Submission
from tests.printed_forms import LAYOUTS, Line, Row, csv_of, docx_of, html_of, rows_of, text_of
from tests.worlds import SAMPLES, all_forms

TITLE = "Report a crime"
_MARGIN = dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
_SMALL = {"width": "148mm", "height": "120mm"}  # so that answers go over page breaks
_PAPER: Mapping[str, Mapping[str, str]] = {"table": _SMALL}

Reader = Callable[[bytes], Written]
FORMATS: Mapping[str, tuple[Reader, Callable[[Sequence[Row]], bytes]]] = {
    "docx": (word.read, lambda rows: docx_of(TITLE, rows)),
    "text": (plain_text.read, lambda rows: text_of(TITLE, rows).encode()),
    "text in lines": (plain_text.read, lambda rows: text_of(TITLE, rows, inline=False).encode()),
    "csv": (csv_table.read, lambda rows: csv_of(rows).encode()),
    "html stacked": (html_page.read, lambda rows: html_of(TITLE, rows, "stacked").encode()),
    "html grid": (html_page.read, lambda rows: html_of(TITLE, rows, "grid").encode()),
    "html table": (html_page.read, lambda rows: html_of(TITLE, rows, "table").encode()),
    "html inline": (html_page.read, lambda rows: html_of(TITLE, rows, "inline").encode()),
}


@dataclass
class Figures:
    """Of one format: `answers` that were printed, those `back` in their own question, `wrong` and `lost` ones by
    pointer, and the `seconds` that the slowest document took to be understood."""

    answers: int = 0
    back: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    seconds: float = 0

    @property
    def percent(self) -> float:
        """Of the answers, those back in their own question."""
        return 100 * self.back / max(self.answers, 1)


@cache
def samples() -> Sequence[tuple[str, Report, Sequence[Row]]]:
    """Every sample: its name, its report, and what is printed of it."""
    node = all_forms()["ocr"].versions[1].node
    reports = [(path.name, read(read_file(path), all_forms())) for path in sorted(SAMPLES.glob("*.json"))]
    return [(name, report, rows_of(node, report.data)) for name, report in reports]


def add(figures: Figures, name: str, report: Report, rows: Sequence[Row], written: Written) -> None:
    """Read one print back, and add what came of it."""
    submission = Submission(b"print", "folder", "report.pdf")
    started = time.process_time()
    copy = understand_written(written, all_forms(), submission=submission, file="report.pdf")
    figures.seconds = max(figures.seconds, time.process_time() - started)
    lines = [row for row in rows if isinstance(row, Line)]
    known = [line for line in lines if _is_known(report, line)]
    figures.answers += len(known)
    if copy is None:
        figures.lost.append(name)
        return
    figures.back += sum(_is_back(report, copy, line.pointer) for line in known)
    figures.wrong += [f"{name} {pointer}" for pointer in wrong(report, copy)]
    everything = letters(" ".join(f"{each.question} {each.text}" for each in copy.answers))
    figures.lost += [f"{name} {line.pointer}" for line in lines if not _is_there(line, everything)]


def wrong(report: Report, copy: Report) -> Iterator[str]:
    """Answers of a copy that the report does not have in that place."""
    for pointer in dict.fromkeys(_whole(copy, each.pointer) for each in copy.answers if each.known):
        if not is_same(at(report.data, pointer), at(copy.data, pointer)):
            yield pointer
    if not is_contained(copy, report.data):
        yield "not contained"
    yield from (each.pointer for each in differences(report, copy))


def letters(text: str) -> str:
    """What is written in a text, without spaces and signs."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def at(data: Any, pointer: str) -> Any:
    """What stands at a JSON Pointer; None for nothing."""
    for part in pointer.split("/")[1:]:
        if isinstance(data, list):
            data = data[int(part)] if part.isdecimal() and int(part) < len(data) else None
        else:
            data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _whole(report: Report, pointer: str) -> str:
    above, _, last = pointer.rpartition("/")
    return above if last.isdecimal() and isinstance(at(report.data, above), list) else pointer


def _is_known(report: Report, line: Line) -> bool:
    return any(each.known and _whole(report, each.pointer) == line.pointer for each in report.answers)


def _is_back(report: Report, copy: Report, pointer: str) -> bool:
    found = at(copy.data, pointer)
    return found is not None and is_same(at(report.data, pointer), found)


def _is_there(line: Line, everything: str) -> bool:
    return letters(line.value) in everything or all(
        letters(one) in everything for one in line.value.split(", ")
    )


@asynccontextmanager
async def printing() -> AsyncIterator[Page]:
    """A page of the real browser to print from."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), chromium_sandbox=can_be_sandboxed()
        )
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def printed(page: Page, rows: Sequence[Row], layout: str) -> bytes:
    """The PDF that the browser prints of a report in a layout."""
    await page.set_content(html_of(TITLE, rows, layout))
    return await page.pdf(margin=_MARGIN, **_PAPER.get(layout, {"format": "A4"}))  # type: ignore[arg-type]


async def of_prints(layout: str) -> Figures:
    """What comes back of all samples as PDF in one layout."""
    figures = Figures()
    async with printing() as page:
        for name, report, rows in samples():
            add(figures, name, report, rows, pdf.read(await printed(page, rows, layout)))
    return figures


def of_format(name: str) -> Figures:
    """What comes back of all samples in another format."""
    figures = Figures()
    reader, make = FORMATS[name]
    for sample, report, rows in samples():
        add(figures, sample, report, rows, reader(make(rows)))
    return figures


async def _main() -> None:
    found = {f"pdf {layout}": await of_prints(layout) for layout in LAYOUTS}
    found |= {name: of_format(name) for name in FORMATS}
    print(f"{'format':<16}{'answers':>8}{'back':>7}{'%':>8}{'wrong':>7}{'lost':>6}{'slowest':>9}")
    for name, each in found.items():
        wrong_and_lost = f"{len(each.wrong):>7}{len(each.lost):>6}"
        print(
            f"{name:<16}{each.answers:>8}{each.back:>7}{each.percent:>8.2f}{wrong_and_lost}{each.seconds:>8.3f}s"
        )


if __name__ == "__main__":
    asyncio.run(_main())
