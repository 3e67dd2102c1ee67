"""Pages of a form as a browser shows them, in the ways that forms are laid out, and the printing of them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from html import escape
from pathlib import Path

from rpa.browser.launch import find_browser
from rpa.documents.written import Block, Field, Written

Answers = Sequence[tuple[str, str]]

ANSWERS: Answers = (
    ("First name", "Amira"),
    ("Surname", "Example"),
    ("Date of birth", "1 February 1980"),
    ("What is the best time of the day or night to contact you about this report, if we must?", "Evening"),
    ("Registration number of the car", "AB12 CDE"),
    ("Email address", "amira@example.com"),
    (
        "Describe what happened in your own words, from when you noticed that something was wrong",
        (
            "I left the car behind the shop at nine in the evening and came back at ten. The rear window was "
            "broken, there was glass on both seats and my bag was gone. Nobody was near, but the light over the "
            "door of the shop was on, and I think that a camera is fixed above it."
        ),
    ),
    ("Do you know who did it?", "No"),
    ("Where", "Behind the shop"),
    ("Colour", "Red"),
)
ADDRESS = ("Where do you live now?", ("12 High Street", "Exampletown", "EX1 2PL"))

_PAIR = {
    "table": "<tr><th>{0}<td>{1}",
    "dl": "<dt>{0}<dd>{1}",
    "stacked": "<p class=q>{0}<p>{1}",
    "same line": "<p><b>{0}:</b> {1}",
    "cells": "<div><div class=q>{0}</div><div>{1}</div></div>",
}
LAYOUTS = {
    "ruled table": ("table", "<table>", "</table>", "td,th{border:1px solid #999;padding:4px} th{width:35%}"),
    "table without rules": ("table", "<table>", "</table>", "td,th{padding:6px 8px} th{width:15em}"),
    "close table": ("table", "<table>", "</table>", "td,th{padding:1px} th{width:40%}"),
    "plain labels": ("table", "<table>", "</table>", "td,th{padding:6px} th{font-weight:normal;width:35%}"),
    "middle": ("table", "<table>", "</table>", "td,th{padding:8px;vertical-align:middle} th{width:30%}"),
    "wide line height": ("table", "<table>", "</table>", "td,th{line-height:1.6;padding:3px} th{width:30%}"),
    "description list": ("dl", "<dl>", "</dl>", "dl{display:grid;grid-template-columns:14em 1fr;gap:4px}"),
    "summary list": (
        "dl",
        "<dl>",
        "</dl>",
        "dl{display:grid;grid-template-columns:30% 70%} dt,dd{margin:0;padding:10px 0;border-bottom:1px solid}",
    ),
    "label above": ("stacked", "", "", "p{margin:4px 0}"),
    "label above in grey": (
        "stacked",
        "",
        "",
        ".q{font-weight:normal;color:#666;margin-top:12px} p{margin:0}",
    ),
    "label before": ("same line", "", "", "p{margin:6px 0}"),
    "two columns": (
        "cells",
        "<div class=grid>",
        "</div>",
        ".grid{display:grid;grid-template-columns:1fr 1fr;gap:12px 24px}",
    ),
}
"""By name: the markup of a pair, what is before and after all of them, and the style."""

_PAGE = """<!doctype html><meta charset=utf-8><title>Report</title><style>
body{{font-family:{font};font-size:{size}}} table{{border-collapse:collapse;width:100%}}
td,th{{vertical-align:top;text-align:left}} dt,.q{{font-weight:bold}}
{style}</style><h1>Report a crime</h1><h2>About you</h2>{body}"""


def page(
    layout: str, answers: Answers = ANSWERS, times: int = 1, font: str = "Arial", size: str = "11pt"
) -> str:
    """A page with these answers, so many times below each other under a heading."""
    pair, before, after, style = LAYOUTS[layout]
    address = (ADDRESS[0], "<br>".join(map(escape, ADDRESS[1])))
    pairs = [*((escape(label), escape(value)) for label, value in answers), address]
    body = before + "".join(_PAIR[pair].format(*each) for each in pairs) + after
    sections = "".join(f"<h2>Part {number}</h2>{body}" for number in range(1, times + 1))
    return _PAGE.format(style=style, font=font, size=size, body=sections)


def printed(markup: str, folder: Path, *more: str) -> bytes:
    """The PDF that the browser prints of a page."""
    source, target = folder / "page.html", folder / "page.pdf"
    source.write_text(markup, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-background-networking", *more]
    browser = str(find_browser())
    command = [
        browser,
        *options,
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={target}",
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return target.read_bytes()


def pairs_of(written: Written, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Each of these labels with the text that stands between it and the next one or a heading, as a reader who
    knows the labels puts them together."""
    known = {_plain(label): label for label in labels}
    found: list[tuple[str, list[str]]] = []
    for part in written.parts:
        if isinstance(part, Field):
            found.append((part.label, [part.value]))
        elif (label := known.get(_plain(part.text))) is not None:
            found.append((label, []))
        elif part.heading:
            found.append(("", []))
        elif found:
            found[-1][1].append(part.text)
    return [(label, "\n".join(values)) for label, values in found if label]


def texts(written: Written) -> list[str]:
    """The text of every block."""
    return [part.text for part in written.parts if isinstance(part, Block)]


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().casefold()
