"""The practice CHS with a short record, and its definitions: for tests whose subject is not how long a record is.

The definitions are the shipped ones without the screens that the layout "short" leaves out. What would have been
keyed there is carried in the narrative.
"""

from __future__ import annotations

import atexit
import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from rpa.practice_chs.layout import LEFT_OUT, Variant
from tests.integration.practice_chs_visitor import RunningChs
from tests.worlds import MAPPINGS, Definitions, definitions

_NAMED = re.compile(r'^(?:\[\[?screen\."|name = ")([^"]+)"', re.MULTILINE)


def shorten(chs: RunningChs) -> None:
    """Show the short record from the next page on."""
    assert chs.practice("POST", "layout", {"variant": Variant.SHORT}).status_code == 200


def short_definitions() -> Definitions:
    """The definitions of the short record."""
    return definitions(short_mappings() / "chs")


@cache
def short_mappings() -> Path:
    """A folder of mappings that has them, to be read only."""
    folder = TemporaryDirectory(prefix="rpa-short-")
    atexit.register(folder.cleanup)
    mappings = Path(folder.name)
    shutil.copytree(MAPPINGS / "chs", mappings / "chs")
    for name in ("screens.toml", "ocr.toml"):
        file = mappings / "chs" / name
        file.write_text(_shortened(file.read_text(encoding="utf-8")), encoding="utf-8")
    return mappings


def _shortened(text: str) -> str:
    """A definition without the parts, each between two rules of dashes, that are about a screen left out."""
    kept = [part for part in re.split(r"^# -+\n", text, flags=re.MULTILINE) if not _is_left_out(part)]
    without_attachments = re.sub(r"^\[attachments\]\n(?:.+\n)+", "", "\n".join(kept), flags=re.MULTILINE)
    return re.sub(rf'^    "({"|".join(LEFT_OUT)})",\n', "", without_attachments, flags=re.MULTILINE)


def _is_left_out(part: str) -> bool:
    named = _NAMED.search(part)
    return named is not None and named[1] in LEFT_OUT
