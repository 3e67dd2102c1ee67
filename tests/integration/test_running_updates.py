"""A correction of a saved report, on the practice CHS with a real worker: its record is amended once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orchestrator.states import JobKind, JobState
from orchestrator.store import Job
from tests.integration.practice_chs_visitor import RunningChs, running
from tests.short_records import shorten
from tests.system_world import System, make_short_system, until, worker_of
from tests.worlds import SAMPLES

CARD = "08-bank-card.json"
PHONE = "/personReporting/phoneNumber"
SORT_CODE = "/stolenItem/0/bankCardSortcode"


@pytest.fixture
def system(tmp_path: Path, practice: RunningChs) -> System:
    """An installation on the practice CHS."""
    return make_short_system(tmp_path, practice)


Saved = tuple[System, str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """An installation whose record of one report is saved and read back, and its practice CHS: to be copied."""
    folder = tmp_path_factory.mktemp("saved")
    with running(folder / "chs") as chs:
        system = make_short_system(folder / "system", chs)
        (reference,) = system.ingest(CARD)
        system.finish()
        assert system.state(reference) == "review verified"
        return system, reference


@pytest.fixture
def saved(kept: Saved, tmp_path: Path) -> Iterator[Saved]:
    """A copy of it, as one would find it the day after, and the reference of its report."""
    before, reference = kept
    shutil.copytree(before.folder.parent, tmp_path, dirs_exist_ok=True)
    with running(tmp_path / "chs") as chs:
        system = System(tmp_path / "system", chs)
        system.set(before.chs.base, chs.base)
        shorten(chs)
        yield system, reference


def correct(system: System, reference: str, pointer: str = PHONE, value: str = "07700900199") -> str:
    """Correct an answer; what the command says."""
    return system.rpa("correct", reference, "--set", f"{pointer}={value}", "--because", "They rang")


def record(system: System, reference: str) -> dict[str, Any]:
    """The one record of a report."""
    (found,) = system.chs.records(reference)
    return found


def updates(system: System, reference: str) -> list[Job]:
    """The updates of a report's record."""
    return [job for job in system.report(reference).jobs if job.kind is JobKind.UPDATE]


def phone(system: System, reference: str) -> str:
    """The phone on the record."""
    return str(record(system, reference)["fields"]["Person reporting"]["Mobile phone"])


def test_a_held_report_is_keyed_as_corrected(system: System) -> None:
    """A report that was stopped is keyed with the corrected answer; what arrived is as it was."""
    (reference,) = [
        line["reference"] for line in system.rpa_json("ingest", SAMPLES / "15-invalid.json", code=1)
    ]
    correct(system, reference, "/personReporting/dateOfBirth", "1980-02-01")
    system.finish()
    assert system.state(reference) == "review verified"
    assert record(system, reference)["fields"]["Person reporting"]["Date of birth"] == "01/02/1980"
    stored = system.report(reference)
    assert system.app.originals.read(stored.sha256) == (SAMPLES / "15-invalid.json").read_bytes()
    system.assert_proved()


def test_a_saved_report_is_corrected_and_its_record_amended_once(saved: Saved) -> None:
    """The record gets the corrected value in one amendment, is read back, and is as the revision has it."""
    system, reference = saved
    before = record(system, reference)["fields"]
    assert correct(system, reference) == (
        f"{reference} is now at revision 1. Its state is review. A robot will update its record.\n"
    )
    system.finish()
    assert system.state(reference) == "review verified"
    found = record(system, reference)
    assert (len(found["amendments"]), found["amendment_requests"]) == (1, 1)
    changed = {
        (screen, control)
        for screen, controls in found["fields"].items()
        for control, value in controls.items()
        if before[screen].get(control) != value
    }
    assert changed == {("Person reporting", "Mobile phone")}
    (update,) = updates(system, reference)
    assert (update.state, update.revision, update.attempts) == (JobState.DONE, 1, 1)
    (shown,) = system.rpa_json("report", reference)
    (answer,) = (each for each in shown["details"] if each["pointer"] == PHONE)
    assert (answer["corrected"], answer["controls"][0]["same"]) == (True, True)
    assert shown["mismatches"] == 0
    system.assert_proved()


def test_a_changed_narrative_is_a_new_entry_and_the_old_one_is_told(saved: Saved) -> None:
    """An answer without a control of its own makes a new entry in the record's log. The earlier entry stays there,
    and the report says so."""
    system, reference = saved
    correct(system, reference, SORT_CODE, "00-00-01")
    system.finish()
    assert system.state(reference) == "review verified"
    assert len(record(system, reference)["rows"]["Log entries"]) == 2
    (shown,) = system.rpa_json("report", reference)
    (update,) = shown["updates"]
    assert {each["place"] for each in update["remains"]} >= {"Log / Log entries 1 / Entry"}
    assert "Still on the record" in system.rpa("report", reference)
    correct(system, reference)
    system.finish()
    found = record(system, reference)
    assert (len(found["amendments"]), len(found["rows"]["Log entries"])) == (2, 2)
    assert system.state(reference) == "review verified"


def test_a_correction_that_changes_nothing_of_the_record(saved: Saved) -> None:
    """An answer that is left out of the record makes no work for a robot, and the command says so."""
    system, reference = saved
    said = correct(system, reference, "/userAgent", "Another")
    assert said == f"{reference} is now at revision 1. Its state is review. Its record does not change.\n"
    system.finish()
    assert record(system, reference)["amendments"] == []
    assert system.state(reference) == "review verified"
    system.assert_proved()


def test_a_decided_report_stays_decided(saved: Saved) -> None:
    """The record of a decided report is updated too, and the decision stands."""
    system, reference = saved
    system.rpa("decide", reference, "--as", "crime", "--because", "Enough to go on")
    correct(system, reference)
    system.finish()
    assert system.state(reference) == "decided crime"
    assert len(record(system, reference)["amendments"]) == 1


def test_a_dropped_response_to_an_update_is_looked_up(saved: Saved) -> None:
    """Where the response to save is lost, the record is read: it holds the update, which is not sent again."""
    system, reference = saved
    system.chs.queue("reply-lost", screen="Review changes")
    correct(system, reference)
    system.finish()
    assert system.state(reference) == "review verified"
    found = record(system, reference)
    assert (len(found["amendments"]), found["amendment_requests"]) == (1, 1)
    kinds = [job.kind for job in system.report(reference).jobs]
    assert kinds[-3:] == [JobKind.UPDATE, JobKind.LOOK_UP, JobKind.READ_BACK]
    system.assert_proved()


def test_an_update_that_certainly_did_not_take_effect_goes_to_a_person(saved: Saved) -> None:
    """Where save was refused without a response, the record is as it was: a person is told what is known, and a
    second update is keyed only after that was looked up."""
    system, reference = saved
    system.chs.queue("save-refused-connection", screen="Review changes")
    correct(system, reference)
    system.finish()
    assert system.state(reference) == "attention update-uncertain"
    assert "does not hold it" in str(system.report(reference).message)
    assert record(system, reference)["amendments"] == []
    system.rpa("reprocess", reference)
    system.finish()
    assert system.state(reference) == "review verified"
    assert len(record(system, reference)["amendments"]) == 1
    system.assert_proved()


def test_a_worker_killed_while_an_update_is_saved(saved: Saved) -> None:
    """Killed at that moment, at most one amendment is made; the record is read, and the report settled."""
    system, reference = saved
    system.chs.queue("slow-save", seconds=1, screen="Review changes")
    correct(system, reference)
    with system.started("run", "--until-idle") as process:
        until(lambda: [job for job in updates(system, reference) if job.state is JobState.SAVING])
        worker_of(process).kill()
        assert process.wait(180) in (0, 1), system.log()
    found = record(system, reference)
    assert found["amendment_requests"] == len(found["amendments"]) <= 1
    state = system.state(reference)
    assert state == ("review verified" if found["amendments"] else "attention update-uncertain")
    system.assert_proved()


def test_a_worker_killed_while_an_update_is_keyed(saved: Saved) -> None:
    """Killed before save, the update is tried again under another claim, and is made once."""
    system, reference = saved
    system.chs.queue("slow-page", seconds=2, screen="Incident")
    correct(system, reference)
    with system.started("run", "--until-idle") as process:
        until(lambda: [job for job in updates(system, reference) if job.state is JobState.RUNNING])
        worker_of(process).kill()
        assert process.wait(180) in (0, 1), system.log()
    assert system.state(reference) == "review verified"
    (update,) = updates(system, reference)
    assert update.attempts == 2
    assert len(record(system, reference)["amendments"]) == 1


@pytest.mark.parametrize("corrected_before", [True, False])
def test_a_restored_copy_does_not_update_a_record_twice(saved: Saved, corrected_before: bool) -> None:
    """In a database restored from before an update, the update comes up again: by `rpa reprocess` of the one that
    waited, or because somebody corrects the report once more. Its new row stands in the record, so that nothing is
    keyed and a person compares."""
    system, reference = saved
    if corrected_before:
        correct(system, reference, SORT_CODE, "00-00-01")
    database, copy = system.folder / "var" / "rpa.db", system.folder / "copy.db"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as other:
        source.backup(other)
    if not corrected_before:
        correct(system, reference, SORT_CODE, "00-00-01")
    system.finish()
    rows = record(system, reference)["rows"]["Log entries"]
    assert len(rows) == 2
    for path in database.parent.glob("rpa.db*"):
        path.unlink()
    shutil.copy(copy, database)
    system = System(system.folder, system.chs)  # which opens the copy
    system.finish()
    if corrected_before:
        assert "compare" in str(system.report(reference).message).lower()
        system.rpa("reprocess", reference)
    else:
        correct(system, reference, SORT_CODE, "00-00-01")
    system.finish()
    assert record(system, reference)["rows"]["Log entries"] == rows
    assert system.state(reference) == "attention update-uncertain"
    assert "shows a row of Log / Log entries already" in str(system.report(reference).message)
