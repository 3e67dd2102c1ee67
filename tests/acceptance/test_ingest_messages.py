"""`rpa ingest` on a folder that holds more than reports."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import make_system, run
from tests.worlds import SAMPLES

NEEDS_A_PERSON = 1


def test_what_is_not_taken_in_is_named_and_the_rest_is_taken_in(tmp_path: Path) -> None:
    """A link and a file that is one too large are named with the reason; the report beside them is received, and
    nothing leaves its place."""
    system = make_system(tmp_path / "here", RunningChs("http://127.0.0.1:9"))
    folder = tmp_path / "reports"
    folder.mkdir()
    shutil.copyfile(SAMPLES / "08-bank-card.json", folder / "b.json")
    (folder / "a.json").symlink_to(system.config)
    with (folder / "c.json").open("wb") as file:
        file.truncate(101 * 1024 * 1024)
    done = run(system.folder, "ingest", folder, config=system.config)
    assert done.returncode == NEEDS_A_PERSON
    assert done.stdout.count("CR-") == 1
    assert "a.json: not received: it is a link" in done.stderr
    assert "c.json: not received: it is larger than 100 MB" in done.stderr
    assert len(list(folder.iterdir())) == 3


def test_a_folder_without_a_report_is_told(tmp_path: Path) -> None:
    """Nothing fails, and nobody believes that their reports were received."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    (tmp_path / "empty").mkdir()
    done = run(system.folder, "ingest", "empty", config=system.config)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There is no report file there.\n")


def test_a_report_says_that_a_command_received_it(tmp_path: Path) -> None:
    """A report that somebody ingested did not come by the watched folder."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    (reference,) = system.ingest("08-bank-card.json")
    assert " by command-line, bytes " in system.rpa("report", reference)


def test_a_path_that_is_not_there_stops_no_other(tmp_path: Path) -> None:
    """A mistyped path is named with the reason, and the reports beside it are received (P1)."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    (tmp_path / "loop.json").symlink_to("loop.json")
    wrong = ("nothere.json", "loop.json", "long" * 100)
    done = run(system.folder, "ingest", *wrong, SAMPLES / "08-bank-card.json", config=system.config)
    assert (done.returncode, done.stdout.count("CR-")) == (NEEDS_A_PERSON, 1)
    assert "nothere.json: not received: No such file or directory\n" in done.stderr
    assert [each for each in wrong if f"{each}: not received: " not in done.stderr] == []
