"""What a command says while something else keeps the database to itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import make_system, run
from tests.worlds import SAMPLES

NEEDS_A_PERSON = 1


def test_a_busy_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Receiving and correcting while another writer holds the database end with 1, and say to try again."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    system.set("database_busy_seconds = 30", "database_busy_seconds = 0.2")
    (reference,) = system.ingest("08-bank-card.json")
    system.rpa("forms", "disable", "ocr")
    other = sqlite3.connect(system.folder / "var" / "rpa.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        correction = (
            "correct",
            reference,
            "--set",
            "/personReporting/phoneNumber=07700900123",
            "--because",
            "x",
        )
        for command in (("ingest", SAMPLES / "06-damaged-car.json"), correction):
            done = run(system.folder, *command)
            assert done.returncode == NEEDS_A_PERSON
            assert "the database is busy" in done.stderr
            assert "try again" in done.stderr
    finally:
        other.close()
