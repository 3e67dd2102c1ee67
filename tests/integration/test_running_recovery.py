"""What an administrator meets: a target that is away, a database restored from a copy, a form that has changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from uuid import uuid4

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import make_system, run
from tests.worlds import SAMPLES

NOBODY_LISTENS = "http://127.0.0.1:9"


def test_an_outage_is_no_reports_fault(tmp_path: Path, practice: RunningChs) -> None:
    """While nobody answers, a report waits with no attempt counted; when the target is back it is keyed once."""
    system = make_system(tmp_path, practice)
    system.set(practice.base, NOBODY_LISTENS)
    (reference,) = system.ingest("08-bank-card.json")
    with system.started("run"):
        system.until_state(reference, "ready target-away")
        assert system.report(reference).attempts == 0
    system.set(NOBODY_LISTENS, practice.base)
    system.finish()
    assert system.state(reference) == "review verified"
    assert system.report(reference).attempts == 1
    assert system.records()[reference] == 1


def test_an_older_database_is_refused_until_robots_look_first(tmp_path: Path, practice: RunningChs) -> None:
    """A restored copy from before a report was saved: `rpa run` refuses it, and with look_first the report is
    found in the target and not keyed again."""
    system = make_system(tmp_path, practice)
    (reference,) = system.ingest("08-bank-card.json")
    database = tmp_path / "var" / "rpa.db"
    with sqlite3.connect(database) as source, sqlite3.connect(tmp_path / "copy.db") as copy:
        source.backup(copy)
    system.finish()
    assert system.records()[reference] == 1
    for name in ("rpa.db", "rpa.db-wal", "rpa.db-shm"):
        (database.parent / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy.db", database)
    refused = run(tmp_path, "run", "--until-idle", config=system.config)
    assert refused.returncode == 2
    assert "look_first" in refused.stderr
    system.set("look_first = false", "look_first = true")
    system.finish()
    assert system.records()[reference] == 1
    assert system.report(reference).reason == "unread"


def test_a_new_question_is_told_once_and_a_held_report_released(tmp_path: Path, practice: RunningChs) -> None:
    """An unknown question is listed as a change, once; a report held for an unknown option can be released."""
    system = make_system(tmp_path, practice)
    document = json.loads((SAMPLES / "14-new-question.json").read_text(encoding="utf-8"))
    changed = {**document, "submissionId": str(uuid4()), "suspect": {"suspectKnown": "SKWN_9999"}}
    (tmp_path / "changed.json").write_text(json.dumps(changed), encoding="utf-8")
    system.ingest("14-new-question.json")
    (held,) = system.rpa_json("ingest", tmp_path / "changed.json", code=1)
    assert held["state"] == "held"
    listed = system.rpa_json("changes")
    assert {each["kind"] for each in listed} == {"question", "option"}
    assert len({each["place"] for each in listed}) == len(listed)
    assert "is held" in system.rpa("again", held["reference"], code=1)
    assert "is ready" in system.rpa("release", held["reference"])
    system.rpa("release", held["reference"], code=1)
