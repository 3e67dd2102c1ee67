"""A browser starts in time, or it is said that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rpa.browser.launch import launch
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
