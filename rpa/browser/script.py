"""The page script: the modules of `js/` made one script, since an isolated world of a browser runs no modules.

All modules share one scope, so no two of them declare the same name. `import` and `export` are for the type
checker and the reader.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("js")
MODULES = (
    "dom",
    "limits",
    "names",
    "tree",
    "handles",
    "captions",
    "kinds",
    "rendering",
    "regions",
    "survey",
    "waiting",
    "key",
    "pointing",
    "choosing",
    "read",
    "press",
    "main",
)
"""In the order in which they run: each declares what those after it use at once."""

_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"\./\w+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |class )", re.MULTILINE)
_ONCE = "if (window[Symbol.for('rpa')]) return;"  # a document may be given its script twice


@cache
def page_script() -> str:
    """The whole script, to be run in every document."""
    texts = ((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in MODULES)
    modules = "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
    return f'(() => {{\n"use strict";\n{_ONCE}\n{modules}}})();\n'
