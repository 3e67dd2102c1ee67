"""Submissions are read in processes of their own: the same reports, and nothing that one of them can use up."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests import commands
from tests.isolated_reading import CASES
from tests.worlds import ROOT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_reader_of_its_own(case: Callable[[], None]) -> None:
    """Each case says what it shows."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = commands.run(ROOT, "tests.isolated_reading", case.__name__, env=environment)
    assert done.returncode == 0, done.stderr
