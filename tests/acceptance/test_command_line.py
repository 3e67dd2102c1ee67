"""The command line as a process, as far as it needs no browser: what it writes, and how it ends."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from orchestrator.states import State
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import OURSELVES, System, make_system, references, run
from tests.worlds import FORMS, ROOT, SAMPLES

DONE, NEEDS_A_PERSON, WRONG = 0, 1, 2
FACE = [
    *("reference", "submission_id", "form", "form_version", "state", "reason", "target", "target_reference"),
    *("submitted_at", "received_at", "due_at", "attempts", "answers", "dispositions", "keyed", "verified"),
    "mismatches",
]
NOWHERE = RunningChs("http://127.0.0.1:9")  # nothing listens there: these commands must not need it


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation as `rpa init` makes it, with no target to reach."""
    return make_system(tmp_path, NOWHERE)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> System:
    """An installation that has received three samples, one of them invalid. To be read only."""
    system = make_system(tmp_path_factory.mktemp("taken-in"), NOWHERE)
    names = ("01-bicycle-theft.json", "15-invalid.json", "08-bank-card.json")
    system.rpa("ingest", *(SAMPLES / name for name in names), code=NEEDS_A_PERSON)
    return system


# Settings


def test_init_writes_settings_that_work(tmp_path: Path) -> None:
    """`rpa init` writes a commented rpa.toml, accounts that only their owner may read, and a database."""
    done = run(tmp_path, "init", "here")
    assert done.returncode == DONE
    assert "practice-chs" in done.stdout
    text = (tmp_path / "here" / "rpa.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["targets"]["chs"]["url"] == "http://127.0.0.1:8010"
    assert text.count("#") > 10
    assert (tmp_path / "here" / "secrets").stat().st_mode & 0o077 == 0
    assert run(tmp_path / "here", "reports").returncode == DONE


def test_init_overwrites_nothing(system: System) -> None:
    """A second `rpa init` in the same folder refuses and leaves the settings as they were."""
    before = system.config.read_bytes()
    done = run(system.folder, "init")
    assert done.returncode == WRONG
    assert "is there already" in done.stderr
    assert system.config.read_bytes() == before


def test_init_keeps_accounts_that_are_there(tmp_path: Path) -> None:
    """Where only the accounts are there, or a link that leads elsewhere, nothing of them is written to."""
    (tmp_path / "secrets").mkdir()
    accounts, elsewhere = tmp_path / "secrets" / "chs.toml", tmp_path / "elsewhere"
    accounts.write_text("live", encoding="utf-8")
    for kept in (accounts, elsewhere):
        done = run(tmp_path, "init")
        assert (done.returncode, "secrets/chs.toml:1: file: is there already" in done.stderr) == (WRONG, True)
        assert kept.read_text(encoding="utf-8") == "live"
        assert not (tmp_path / "rpa.toml").exists()
        accounts.replace(elsewhere)
        accounts.symlink_to(elsewhere)


@pytest.mark.parametrize("command", [["run"], ["worker"], ["reports"], ["audit", "verify"], ["ingest", "."]])
def test_without_settings(tmp_path: Path, command: list[str]) -> None:
    """A command without an rpa.toml ends with 2 and says that `rpa init` makes one."""
    done = run(tmp_path, *command)
    assert done.returncode == WRONG
    assert "rpa.toml" in done.stderr
    assert "rpa init" in done.stderr


def test_a_wrong_setting_is_named_by_file_and_line(system: System) -> None:
    """A wrong setting ends every command with 2, and its file, line and key are named."""
    system.set("number = 1 ", 'number = "many" ')
    line = system.config.read_text(encoding="utf-8").splitlines()
    at = next(number for number, text in enumerate(line, 1) if text.startswith("number ="))
    done = run(system.folder, "run", config=system.config)
    assert done.returncode == WRONG
    assert f"rpa.toml:{at}: robots.number:" in done.stderr
    assert "many" not in done.stderr
    assert "Traceback" not in done.stderr


def test_more_robots_than_accounts(system: System) -> None:
    """More robots than the target has accounts for is a wrong setting, not a surprise at work."""
    system.set("number = 1 ", "number = 21 ")
    done = run(system.folder, "run", "--until-idle", config=system.config)
    assert done.returncode == WRONG
    assert "20 accounts for 21 robots" in done.stderr


# Taking in and listing


def test_ingest_says_what_became_of_each_file(system: System) -> None:
    """A folder of samples: a JSON line each, an exit code of 1 because one needs a person; again, none is new."""
    lines = system.rpa_json("ingest", SAMPLES, code=NEEDS_A_PERSON)
    assert {line["file"] for line in lines} >= {path.name for path in SAMPLES.glob("*.json")}
    known = {line["file"]: line for line in lines}
    assert known["15-invalid.json"]["state"] == "attention"
    assert known["16-bicycle-theft-again.json"]["reference"] == known["01-bicycle-theft.json"]["reference"]
    assert not known["16-bicycle-theft-again.json"]["new"]
    again = system.rpa_json("ingest", SAMPLES / "01-bicycle-theft.json")
    assert [line["new"] for line in again] == [False]


def test_ingest_takes_in_whatever_it_is(system: System) -> None:
    """A file that is no report is kept for a person; a file that cannot be read does not keep out the others."""
    (system.folder / "noise.json").write_bytes(b"\xff\x00 not a report")
    (line,) = system.rpa_json("ingest", system.folder / "noise.json", code=NEEDS_A_PERSON)
    assert (line["state"], line["reason"]) == ("attention", "unreadable")


def test_reports_by_state(taken_in: System) -> None:
    """`rpa reports --state` lists those in that state only, as a table and as JSON."""
    (invalid,) = references("15-invalid.json")
    table = taken_in.rpa("reports", "--state", "attention")
    assert invalid in table
    assert references("01-bicycle-theft.json")[0] not in table
    assert [line["reference"] for line in taken_in.rpa_json("reports", "--state", "attention")] == [invalid]
    assert taken_in.rpa_json("reports", "--state", "review") == []


def test_a_state_is_written_as_commands_and_reasons_are(taken_in: System) -> None:
    """`keyed-by-hand` is the state `keyed_by_hand`; a word that is no state is refused with all of them."""
    assert taken_in.rpa_json("reports", "--state", "keyed-by-hand") == []
    assert taken_in.rpa_json("reports", "--state", "keyed_by_hand") == []
    refused = run(taken_in.folder, "reports", "--state", "kept", config=taken_in.config)
    assert refused.returncode == WRONG
    assert [each for each in State if each not in refused.stderr] == []


def test_reports_have_the_names_that_others_rely_on(taken_in: System) -> None:
    """Every report in JSON has every name that is promised, with counts and no answer."""
    lines = taken_in.rpa_json("reports")
    assert len(lines) == 3
    for line in lines:
        assert line.keys() >= set(FACE)
        assert isinstance(line["answers"], int)
        assert set(line["dispositions"]) == {"keyed", "narrative", "attached", "left_out"}
        assert (line["keyed"], line["verified"], line["mismatches"]) == (0, 0, 0)


def test_a_report_with_its_problems(taken_in: System) -> None:
    """`rpa report` shows what is wrong before anything else: the question, its place and the rule."""
    (invalid,) = references("15-invalid.json")
    shown = taken_in.rpa("report", invalid)
    assert re.search(r"[0-9] problems", shown)
    assert "/personReporting/surname" in shown
    assert shown.index(" problems") < shown.index("Question")
    (line,) = taken_in.rpa_json("report", invalid)
    assert line["problems"] >= 3
    assert len(line["details"]) == line["answers"]


def test_a_view_is_on_the_trail(taken_in: System) -> None:
    """Looking at a report is a consultation: who looked at which stands on the trail."""
    (reference,) = references("08-bank-card.json")
    taken_in.rpa("report", reference)
    last = list(taken_in.app.store.entries())[-1]
    assert (last["action"], last["subject"], last["actor"]) == ("viewed", reference, OURSELVES)


def test_a_report_that_is_not_there(taken_in: System) -> None:
    """Asking for an unknown reference ends with 1 and says so."""
    taken_in.rpa("report", "CR-NONE", code=NEEDS_A_PERSON)


# Forms on and off


def test_a_form_switched_off_and_on(system: System) -> None:
    """Reports of a form that is off are received and held; switching it on releases them."""
    assert system.rpa("forms", "disable", "ocr") == "ocr is off.\n"
    (line,) = system.rpa_json("ingest", SAMPLES / "08-bank-card.json", code=NEEDS_A_PERSON)
    assert (line["state"], line["reason"]) == ("held", "form-off")
    (form,) = system.rpa_json("forms", "list")
    assert (form["form"], form["on"], form["why"]) == ("ocr", False, "switched off by hand")
    assert system.rpa("forms", "enable", "ocr") == "ocr is on.\n"
    assert system.state(line["reference"]) == "ready switched-on"
    assert system.rpa_json("forms", "list")[0]["on"]


def test_a_form_or_target_that_rpa_toml_turns_off(system: System) -> None:
    """`enabled = false` counts for more than the switch, for the form and for its target alike."""
    system.set("enabled = true                       # false: its", "enabled = false  # its")
    system.rpa("forms", "enable", "ocr", code=NEEDS_A_PERSON)
    assert system.rpa_json("ingest", SAMPLES / "08-bank-card.json", code=NEEDS_A_PERSON)[0]["state"] == "held"
    system.set("enabled = false  # its", "enabled = true  # its")
    assert system.rpa_json("ingest", SAMPLES / "09-identifiable-item.json")[0]["state"] == "ready"
    system.set("enabled = true                       # false: nothing", "enabled = false  # nothing")
    (form,) = system.rpa_json("forms", "list")
    assert (form["on"], form["why"]) == (False, "target chs is switched off")
    assert {line["state"] for line in system.rpa_json("reports")} == {"ready"}  # to list changes nothing
    system.rpa("forms", "disable", "ocr")
    assert {line["state"] for line in system.rpa_json("reports")} == {"held"}


def test_an_unknown_form(system: System) -> None:
    """Switching a form that the settings do not name ends with 1."""
    system.rpa("forms", "disable", "nosuch", code=NEEDS_A_PERSON)


# Definitions


def test_reports_held_by_a_change_are_read_again(system: System) -> None:
    """A report held because its form has moved on is read again, and let go on, once the definition is mended."""
    shutil.copytree(FORMS, system.folder / "forms")
    system.set('# forms_dir = "forms"', 'forms_dir = "forms"')
    form = system.folder / "forms" / "ocr" / "form.toml"
    text = form.read_text(encoding="utf-8")
    narrowed = text.replace('"!formVersion || contains', '"formVersion && contains', 1)
    assert narrowed != text
    form.write_text(narrowed, encoding="utf-8")
    (line,) = system.rpa_json("ingest", SAMPLES / "08-bank-card.json", code=NEEDS_A_PERSON)
    assert line["state"] == "held"
    assert line["reason"] in ("form-changed", "form-unknown")
    system.finish()
    assert "received" not in system.moves(line["reference"])
    form.write_text(text, encoding="utf-8")
    with system.started("run"):
        system.until_state(line["reference"], "ready", "keying")
    assert system.moves(line["reference"])[:3] == ["held", "received", "ready"]


# The trail and the database


def test_the_trail_verifies(taken_in: System) -> None:
    """`rpa audit verify` ends with 0 on a trail that nobody touched."""
    assert re.search(r"[0-9]+ entries, [0-9]+ checkpoints?, 0 findings", taken_in.rpa("audit", "verify"))


def test_one_byte_changed_in_a_copy_of_the_database(system: System) -> None:
    """One byte of one entry changed in the database file: `rpa audit verify` ends with 1 and names the entry."""
    system.ingest("08-bank-card.json")
    entries = list(system.app.store.entries())
    victim = next(row for row in entries if row["action"] == "received")
    copy = _copied(system)
    content = copy.read_bytes()
    text = f"{victim['details']}{victim['previous']}".encode()  # as they stand side by side in the row
    assert content.count(text) == 1
    place = content.index(text) + text.index(b"command-line")
    copy.write_bytes(content[:place] + b"C" + content[place + 1 :])
    system.set("sqlite:///var/rpa.db", "sqlite:///var/copy.db")
    said = system.rpa("audit", "verify", code=NEEDS_A_PERSON)
    assert re.search(rf"\b{victim['seq']}\b", said.splitlines()[0])
    assert "1 finding" in said


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE reports SET state = 'review'", "state"),
        ("UPDATE reports SET target_reference = 'CHS-2026-0000009'", "target_reference"),
        ("UPDATE reports SET answers = '[]'", "answers"),
        ("DELETE FROM reports", "report"),
    ],
)
def test_a_report_altered_behind_the_trail(system: System, statement: str, named: str) -> None:
    """A report whose row was altered or removed by hand is named by `rpa audit verify`, though no entry was."""
    (reference,) = system.ingest("08-bank-card.json")
    connection = sqlite3.connect(system.folder / "var" / "rpa.db")
    connection.execute(statement)
    connection.commit()
    connection.close()
    said = system.rpa("audit", "verify", code=NEEDS_A_PERSON)
    assert f"{reference}: {named}: not what the trail says" in said


def test_the_trail_is_proved_from_its_files_alone(system: System) -> None:
    """What `rpa audit export` writes is proved by `python -m audit verify` with the public key, and a line less
    or a letter changed is found."""
    system.ingest("08-bank-card.json", "09-identifiable-item.json")
    exported = system.folder / "trail.jsonl"
    system.rpa("audit", "export", exported)
    assert _verified(system, exported) == DONE
    lines = exported.read_text(encoding="utf-8").splitlines(keepends=True)
    exported.write_text("".join(lines[:2] + lines[3:]), encoding="utf-8")
    assert _verified(system, exported) == NEEDS_A_PERSON
    exported.write_text("".join(lines).replace("received", "receivid", 1), encoding="utf-8")
    assert _verified(system, exported) == NEEDS_A_PERSON
    exported.write_text("".join(lines[:-1]), encoding="utf-8")
    assert _verified(system, exported) == NEEDS_A_PERSON


def _verified(system: System, exported: Path) -> int:
    files = ["--checkpoints", f"{exported}.checkpoints.jsonl", "--key", "var/keys/signing.pub"]
    command = [sys.executable, "-m", "audit", "verify", str(exported), *files]
    done = subprocess.run(
        command, cwd=system.folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    return done.returncode


def test_the_database_is_brought_up_to_date(system: System) -> None:
    """`rpa db upgrade` says at which revision the tables are; a database of a later version is refused."""
    assert re.fullmatch(r"The database is at revision [0-9]{4}\.\n", system.rpa("db", "upgrade"))
    connection = sqlite3.connect(system.folder / "var" / "rpa.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    done = run(system.folder, "reports", config=system.config)
    assert done.returncode == WRONG
    assert "9999" in done.stderr


def test_nothing_of_a_report_is_in_the_logs(system: System) -> None:
    """What the commands write to standard error holds no name, date, number or text of a report (P8)."""
    sample = SAMPLES / "10-known-suspect.json"
    done = run(system.folder, "--log", "json", "ingest", sample, config=system.config)
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in said] == ["report received"]
    person = json.loads(sample.read_text(encoding="utf-8"))["personReporting"]
    for answer in (person["surname"], person["dateOfBirth"]):
        assert str(answer) not in done.stderr


def _copied(system: System) -> Path:
    """A copy of the database in one file, write-ahead log included."""
    target = system.folder / "var" / "copy.db"
    source, copy = sqlite3.connect(system.folder / "var" / "rpa.db"), sqlite3.connect(target)
    source.backup(copy)
    copy.execute("PRAGMA journal_mode = DELETE")
    copy.close()
    source.close()
    return target
