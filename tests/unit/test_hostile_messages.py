"""Messages that were made to use up time or memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.hostile_messages import HOSTILE


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_bounded(name: str) -> None:
    """Each is read, or said to be unreadable in a sentence, in under 5 seconds of processor time and 500 MB."""
    command = [sys.executable, "-m", "tests.hostile_messages", name]
    took = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert took["seconds"] < 5
    assert took["megabytes"] < 500
    assert took["said"] == "" or took["said"].endswith(".")
