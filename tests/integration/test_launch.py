"""A browser starts in time, or it is said that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rpa.browser.launch import find_browser, launch
from rpa.browser.limits import Limits
from rpa.errors import DefinitionError


async def test_one_that_does_not_start_in_time(tmp_path: Path) -> None:
    """A browser that neither starts nor fails is not waited for without limit."""
    never = tmp_path / "browser"
    never.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    never.chmod(0o700)
    with pytest.raises(DefinitionError, match="does not start"):
        async with launch(never, Limits(start_seconds=1)):
            pass


async def test_a_name_without_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser named without its folder is the one on the PATH, wherever that is."""
    program = tmp_path / "our-browser"
    program.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser(Path("our-browser")) == program
