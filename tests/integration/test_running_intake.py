"""`rpa run` as a process with a full watched folder."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import make_short_system, until
from tests.worlds import SAMPLES

NEEDS_A_PERSON = 1
FILES = 800


def test_a_full_folder_does_not_hold_up_the_end(tmp_path: Path, practice: RunningChs) -> None:
    """Told to stop while it receives many files, the system finishes the file in hand. The others stay where they
    are, for the next start."""
    content = (SAMPLES / "15-invalid.json").read_text(encoding="utf-8")
    system = make_short_system(tmp_path, practice)
    system.inbox.mkdir(parents=True)
    for number in range(FILES):
        (system.inbox / f"{number:04}.json").write_text(content + " " * number, encoding="utf-8")
    with system.started("run") as process:
        until(lambda: len(list(system.inbox.iterdir())) < FILES)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == NEEDS_A_PERSON, system.log()
    left = len(list(system.inbox.iterdir()))
    assert 0 < left < FILES
