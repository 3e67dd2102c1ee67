"""A browser starts in time, or it is said that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rpa.browser import launch as launching
from rpa.errors import DefinitionError


async def test_one_that_does_not_start_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that neither starts nor fails is not waited for without limit."""
    monkeypatch.setattr(launching, "START_SECONDS", 1.0)
    never = tmp_path / "browser"
    never.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    never.chmod(0o700)
    with pytest.raises(DefinitionError, match="does not start"):
        async with launching.launch(never):
            pass
