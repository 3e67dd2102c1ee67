"""Make the pictures of the documents again, from a real run of the demonstration. `python tools/pictures.py`."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright
from rich.console import Console
from rich.text import Text

from rpa.browser.launch import find_browser

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
COLUMNS = 132
REPORT_LINES = 58  # of `rpa report`, enough to see each kind of ending
WIDTH, HEIGHT = 860, 1000  # of the page pictures, in pixels
# Rich's own frame asks another host for a font; this one takes what the reader has.
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
  line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Play the demonstration in a folder called demo, and take the pictures there."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        told = rpa(folder, "demo", "--keep", "demo")
        end = told[told.index("Done in") :]
        terminal("make demo", end, PICTURES / "demo.svg")
        reference = _reference_of(folder, "07-phone-snatch.json")
        report = rpa(folder, "--config", "demo/rpa.toml", "report", reference)
        head = "\n".join(report.splitlines()[:REPORT_LINES])
        terminal(f"rpa report {reference}", f"{head}\n…", PICTURES / "report.svg")
        taken = Path(folder) / "demo" / "var" / "pictures" / reference
        asyncio.run(pages({taken / "review.png": "review.png", taken / "record.png": "record.png"}))


def rpa(folder: str, *arguments: str) -> str:
    """What the command prints at a terminal of our width."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    command = [sys.executable, "-m", "orchestrator", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def _reference_of(folder: str, sample: str) -> str:
    """The reference that a sample's report has in the demonstration."""
    path = Path(__file__).parents[1] / "forms" / "ocr" / "samples" / sample
    wanted = json.loads(path.read_text(encoding="utf-8"))["submissionId"]
    found = map(json.loads, rpa(folder, "--config", "demo/rpa.toml", "reports", "--json").splitlines())
    return next(str(each["reference"]) for each in found if each["submission_id"] == wanted)


def terminal(title: str, output: str, path: Path) -> None:
    """Terminal output as an SVG that needs nothing from elsewhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        text = Text.from_ansi(output)
        width = max(len(line.rstrip()) for line in text.plain.splitlines())
        console = Console(record=True, width=width, file=nowhere, force_terminal=True)
        console.print(text, soft_wrap=True)
        path.write_text(console.export_svg(title=title, code_format=FRAME, unique_id="t"), encoding="utf-8")


async def pages(pictures: dict[Path, str]) -> None:
    """The upper part of each page picture, made smaller."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for source, name in pictures.items():
            data = base64.b64encode(source.read_bytes()).decode()
            await page.set_content(
                f'<body style="margin:0"><img style="width:100%" src="data:image/png;base64,{data}">'
            )
            await page.screenshot(path=PICTURES / name)
        await browser.close()


if __name__ == "__main__":
    main()
