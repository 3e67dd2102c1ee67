"""What every test can be told from outside."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - Linux keeps it in memory; only each test's own folder is made there
LEAST_FREE = 2 * 1024**3  # bytes that it must have: in a container it may be tiny


def pytest_configure() -> None:
    """Keep what tests write in memory where that can be: each flush to disk stays in the code, and is quick."""
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > LEAST_FREE:
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None  # it may have been worked out already


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--trials N`: how many trials the tests that draw by chance make."""
    parser.addoption("--trials", type=int, default=30, help="trials of the tests that draw by chance")


@pytest.fixture
def trials(request: pytest.FixtureRequest) -> int:
    """How many trials to make."""
    number: int = request.config.getoption("--trials")
    return number
