"""The form that the guide shows for copying, as somebody would copy it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.acceptance.test_documents import run
from tests.worlds import ROOT

FILE = re.compile(r"^\*\*([\w./]+)\*\*[^\n]*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("removed", ["", "forms/graffiti/lists/surface.json"])
def test_the_smallest_form_is_whole(tmp_path: Path, removed: str) -> None:
    """The files of the smallest form that the guide shows, written to a copy of the definitions without the form
    that came with rpa, have no fault; and each counts."""
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    (tmp_path / "mappings" / "chs" / "ocr.toml").unlink()
    text = (ROOT / "forms" / "README.md").read_text(encoding="utf-8")
    files = {name: body for name, body in FILE.findall(text) if name != removed}
    assert len(files) == (3 if removed else 4)
    for name, body in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(body, encoding="utf-8")
    said = run(tmp_path, "RPA_FORMS_DIR=forms RPA_MAPPINGS_DIR=mappings rpa check || true")
    assert (said.splitlines()[-1] == "No faults found.") is not bool(removed), said
