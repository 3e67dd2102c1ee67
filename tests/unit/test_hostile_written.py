"""A document that was made to use up time or memory costs neither: it is read as far as people write, or is
unreadable."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rpa.documents.size import MOST_BLOCKS, MOST_TEXT, Unreadable
from rpa.documents.written import Written
from tests.hostile_written import ENDED_FROM_OUTSIDE, HOSTILE
from tests.worlds import ROOT


def test_each_is_read_in_time() -> None:
    """Each takes less than 5 seconds of processor time and 500 MB. One, which PDFium does not come back from, is
    ended with the process that reads it, by its limits."""
    command = [sys.executable, "-m", "tests.hostile_written"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    ends = json.loads(done.stdout)
    assert set(ends) == {ENDED_FROM_OUTSIDE}
    assert ends[ENDED_FROM_OUTSIDE] in ("took more than 5 seconds", "ended the process with SIGABRT")


@pytest.mark.parametrize("name", [each for each in HOSTILE if each != ENDED_FROM_OUTSIDE])
def test_it_is_bounded(name: str) -> None:
    """What is read of each is no more than people write; what is said of another is a plain sentence."""
    read, make = HOSTILE[name]
    try:
        written = read(make())
    except Unreadable as error:
        said = str(error)
    else:
        assert not isinstance(written, Written) or len(written.parts) <= MOST_BLOCKS
        assert len(str(written)) < MOST_TEXT
        return
    assert said.endswith(".")
    assert len(said) < 120
