"""The documents as a site: every Markdown file of the checkout where it is, so that the links between them hold.

`make docs` builds it in strict mode, in which a link that leads nowhere is an error. Sphinx reads this file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.highlighting import lexers

ROOT = Path(__file__).parents[2]
NAVIGATION = {
    "Start": ["docs/README", "CONTRIBUTING", "SECURITY"],
    "Guides": ["forms/README", "docs/writing-a-target", "docs/writing-a-mapping", "docs/real-systems"],
    "Operations": ["docs/operations", "docs/receiving"],
    "Reference": ["docs/command-line", "docs/glossary", "docs/architecture", "CHANGELOG"],
    "Decisions": ["docs/adr/README"],
}
DECISIONS = "docs/adr/[0-9]*"

_METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
project = str(_METADATA["name"])
release = str(_METADATA["version"])
root_doc = "README"
include_patterns = ["*.md", "docs/**.md", "forms/**.md", ".github/*.md"]
exclude_patterns = [".venv", ".targets", "build", "var"]
extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True
templates_path = ["."]
html_theme = "alabaster"
html_theme_options = {
    "description": _METADATA["description"],
    "fixed_sidebar": True,
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
    "page_width": "72rem",
}
html_additional_pages = {"index": "index.html"}
html_copy_source = False
html_use_index = False
lexers["mermaid"] = (
    TextLexer()
)  # a diagram is shown as its source: drawing it would need a script from elsewhere


def add_navigation(app: Sphinx, name: str, source: list[str]) -> None:
    """Give the README, as it is read, the contents of the whole site, and the list of decisions its own."""
    if name == app.config.root_doc:
        source[0] += "".join(contents(caption, pages) for caption, pages in NAVIGATION.items())
    elif name == "docs/adr/README":
        source[0] += contents("Decisions", [f"/{DECISIONS}"], ":glob:")
    elif name.startswith(".github/"):
        source[0] = "---\norphan: true\n---\n" + source[0]


def contents(caption: str, pages: list[str], *options: str) -> str:
    """A hidden table of contents, in MyST's syntax."""
    return "\n".join(_lines(caption, pages, options))


def _lines(caption: str, pages: list[str], options: tuple[str, ...]) -> Iterator[str]:
    yield from ("\n\n```{toctree}", ":hidden:", ":maxdepth: 1", f":caption: {caption}", *options, "")
    yield from (page if page.startswith("/") else f"/{page}" for page in pages)
    yield "```\n"


def setup(app: Sphinx) -> None:
    """What Sphinx calls first."""
    app.connect("source-read", add_navigation)
