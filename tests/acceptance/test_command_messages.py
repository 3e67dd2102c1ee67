"""What commands say of themselves, and of what keeps them from working."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from orchestrator.actions import breakers
from orchestrator.cli.main import COMMANDS
from orchestrator.jobs.trouble import refused
from orchestrator.render.status import JOBS
from orchestrator.states import JobKind
from rpa.errors import SignInRefused
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.store_world import START
from tests.system_world import make_system, references, run
from tests.worlds import ROOT, SAMPLES

NOWHERE = RunningChs("http://127.0.0.1:9")  # nothing listens there: these commands must not need it
HOSTILE = "\x1b]0;title\x07\u202e\u200b"

FIRST = ["init", "check", "run", "demo"]
DAILY = [
    "status",
    "reports",
    "report",
    "targets",
    "forms",
    "drift",
    "reprocess",
    "release",
    "correct",
    "decide",
    "keyed-by-hand",
    "dismiss",
    "messages",
    "reconcile",
    "ingest",
]
REST = ["erase", "api-clients", "audit", "db", "worker", "practice-chs"]


def test_help_begins_with_what_is_done_first(tmp_path: Path) -> None:
    """`rpa --help` lists what a newcomer needs first, then the daily commands, then the rest."""
    commands = run(tmp_path, "--help").stdout.partition("Show this message")[2]
    listed = re.findall(r"^([A-Z][a-z ]+:|  [a-z-]+)(?:  +[A-Z]|$)", commands, re.MULTILINE)
    first, daily, rest = (list(map("  {}".format, names)) for names in (FIRST, DAILY, REST))
    assert listed == ["First:", *first, "Daily work:", *daily, "Housekeeping:", *rest]


@pytest.mark.parametrize("group", [name for name, entry in COMMANDS.items() if entry.group])
def test_no_line_of_help_is_cut(tmp_path: Path, group: str) -> None:
    """`rpa GROUP --help` says of each command in whole words what it does."""
    listed = run(tmp_path, group, "--help").stdout.partition("Commands:")[2]
    assert "  " in listed
    assert "..." not in listed


def test_a_mistyped_command_is_answered(tmp_path: Path) -> None:
    """A command that is nearly right is named; the version is told without settings."""
    refused = run(tmp_path, "reprot")
    assert refused.returncode == 2
    assert "No such command 'reprot'. Did you mean 'report'" in refused.stderr
    told = run(tmp_path, "--version")
    assert (told.returncode, told.stdout) == (0, f"rpa {version('crime-report-rpa')}\n")


def test_nothing_to_list_is_said(tmp_path: Path) -> None:
    """`rpa drift` says that there is no change; a program gets no line."""
    system = make_system(tmp_path, NOWHERE)
    assert system.rpa("drift") == "No changes found.\n"
    assert system.rpa("drift", "--json") == ""


def test_a_reference_in_any_case(tmp_path: Path) -> None:
    """Every command takes a reference as somebody types it."""
    system = make_system(tmp_path, NOWHERE)
    (reference,) = references("15-invalid.json")
    system.rpa("ingest", SAMPLES / "15-invalid.json", code=1)
    assert reference in system.rpa("report", reference.lower())
    assert reference in system.rpa("reprocess", reference.lower(), code=1)
    told = run(system.folder, "correct", reference.lower(), "--remove", "/no", "--because", "a test")
    assert "no such report" not in told.stderr
    said = system.rpa("dismiss", reference.lower(), "--because", "a test")
    assert said == f"{reference} is rejected.\n"
    assert system.rpa("erase", reference.lower(), "--because", "a test") == f"{reference} is erased.\n"


def test_a_command_has_one_line_of_help() -> None:
    """`rpa --help` says of a command what `rpa COMMAND --help` says first."""
    for entry in COMMANDS.values():
        module, _, function = entry.where.partition(".")
        found = import_module(f"orchestrator.cli.{module}")
        said = found.commands.info.help if entry.group else getattr(found, function).__doc__
        assert entry.hidden or said.partition("\n")[0] == entry.help


def test_help_imports_nothing_large() -> None:
    """`rpa --help` answers at once: what commands need is imported when they run."""
    large = {
        "alembic",
        "apscheduler",
        "jsonschema",
        "playwright",
        "pydantic",
        "rich",
        "sqlalchemy",
        "structlog",
    }
    asked = "import sys; from orchestrator.cli.main import cli; sys.argv = ['rpa', '--help']"
    told = f"{asked}\ntry: cli()\nexcept SystemExit: print({large} & sys.modules.keys(), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stderr.strip(), "Daily work:" in done.stdout) == ("set()", True)


def test_a_command_imports_what_migrates_only_to_migrate() -> None:
    """Alembic would take a third of the time that every command needs to start."""
    asked = "import sys, orchestrator.app, orchestrator.service.run; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_terminal_is_shown_what_would_steer_it(tmp_path: Path) -> None:
    """What would steer a terminal in a question, an answer, a file's name or an argument is written to be seen."""
    system = make_system(tmp_path, NOWHERE)
    document = json.loads((SAMPLES / "01-bicycle-theft.json").read_text(encoding="utf-8"))
    document["incidentDetails"] = {**document["incidentDetails"], f"new{HOSTILE}question": HOSTILE}
    document["personReporting"]["surname"] = f"EXAMPLE{HOSTILE}"
    path = tmp_path / f"{HOSTILE}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    spoilt = tmp_path / f"spoilt{HOSTILE}.json"
    spoilt.mkdir()
    told = [run(system.folder, "ingest", str(path), str(spoilt))]
    (reference,) = [each.reference for each in system.app.store.reports()]
    told += [run(system.folder, *each) for each in (["reports"], ["report", reference], ["drift"])]
    told.append(run(system.folder, "forms", "enable", HOSTILE))
    written = "".join(each.stdout + each.stderr for each in told)
    assert "\\u001b]0;title" in written
    assert [each for each in HOSTILE if each in written and not each.isprintable()] == []


def test_an_argument_that_is_no_text(tmp_path: Path) -> None:
    """An argument that is not UTF-8 is refused in a sentence. The name of a file may be any bytes."""
    system = make_system(tmp_path, NOWHERE)
    refused = [
        run(system.folder, *words)
        for words in (["report", "CR\udcff"], ["keyed-by-hand", "CR-1", "--reference", "\udcff"])
    ]
    assert [each.returncode for each in refused] == [2, 2]
    assert refused[0].stderr == "CR\\udcff: this is not UTF-8 text, and no file has this name\n"
    odd = tmp_path / "\udcff.json"
    odd.write_bytes((SAMPLES / "01-bicycle-theft.json").read_bytes())
    assert run(system.folder, "ingest", odd).returncode == 0


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """A practice CHS whose port another program has says so, and what helps, and ends with 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "practice-chs", "--port", str(port))
    assert (done.returncode, done.stderr) == (2, f"Port {port} is in use. Choose another with --port\n")


def test_a_second_run_is_refused(tmp_path: Path) -> None:
    """While one `rpa run` works on a database, another is refused and says why."""
    system = make_system(tmp_path, NOWHERE)
    with system.app.store.only_run():
        second = run(system.folder, "run", "--until-idle")
    assert second.returncode == 1
    assert "another `rpa run` works on this database; stop it first" in second.stderr


def test_a_mistyped_database_is_told(tmp_path: Path) -> None:
    """A command on a database that is not there says where it looked and what makes one, and makes none."""
    system = make_system(tmp_path, NOWHERE)
    system.set("rpa.db", "mistyped.db")
    done = run(system.folder, "reports")
    assert done.returncode == 2
    assert "mistyped.db" in done.stderr
    assert "rpa db upgrade" in done.stderr
    assert not (tmp_path / "var" / "mistyped.db").exists()


def test_a_busy_database_is_told(tmp_path: Path) -> None:
    """A database that another program holds is no wrong setting: commands say what is the case, and end with 1."""
    system = make_system(tmp_path, NOWHERE)
    system.set("database_busy_seconds = 30", "database_busy_seconds = 0.1")
    with closing(sqlite3.connect(tmp_path / "var" / "rpa.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = [run(system.folder, "forms", "disable", "ocr")]
        other.execute("COMMIT")
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        told += [
            run(system.folder, "status"),
            run(system.folder, "ingest", SAMPLES / "01-bicycle-theft.json"),
        ]
    assert [each.returncode for each in told] == [1] * 3
    assert ["the database is busy" in each.stderr for each in told] == [True] * 3


def test_status_tells_how_the_system_stands(tmp_path: Path) -> None:
    """`rpa status` shows the queue, the robots and the targets, to a person and to a program."""
    system = make_system(tmp_path, NOWHERE)
    run(system.folder, "ingest", str(SAMPLES / "01-bicycle-theft.json"))
    told = run(system.folder, "status").stdout
    assert re.search(r"1 +ready +waits for a robot\n", told)
    assert "No worker is running." in told
    (line,) = system.rpa_json("status")
    assert line["reports"]["ready"] == 1
    assert [each["target"] for each in line["targets"]] == ["chs"]


def test_accounts_that_are_paused_for_one_reason_are_one_line(tmp_path: Path) -> None:
    """`rpa status` and `rpa targets list` say of twenty refused accounts in one line what to do, and that nobody
    gets in; one account that can sign in is not passed over. A program is told of each."""
    system = make_system(tmp_path, NOWHERE)
    names = [f"robot{number:02}" for number in range(1, 21)]
    for name in names:
        error = SignInRefused("sign-in: the target refuses the account")
        breakers.record_trouble(system.app.store, refused(error, "chs", name, START, None))
    every = r"20 accounts \(robot01, robot02, robot03 and 17 others\): refused since [^.]+\. Correct them in"
    again = r"if they were right, rpa targets retry chs(?! --account)"
    for words in (["status"], ["targets", "list"]):
        told = " ".join(system.rpa(*words).split())
        assert re.search(every, told)
        assert re.search(again, told)
        assert "on, but no account can sign in" in told
        assert "robot04" not in told
    (listed,) = system.rpa_json("targets", "list")
    assert [each["account"] for each in listed["paused"]] == names
    system.rpa("targets", "retry", "chs", "--account", "robot20")
    assert "on, but 19 accounts are paused" in system.rpa("targets", "list")


def test_status_has_words_for_every_job() -> None:
    """Whatever a robot does is named in `rpa status`."""
    assert JOBS.keys() == set(JobKind)


def test_a_port_that_does_not_exist(tmp_path: Path) -> None:
    """A number that is no port is refused in a sentence, with the range."""
    done = run(tmp_path, "practice-chs", "--port", "99999")
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "less than or equal to 65535" in done.stderr


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    """A practice CHS that cannot keep its ledger says where, why, and what helps."""
    (tmp_path / "file").touch()
    done = run(tmp_path, "practice-chs", "--port", "0", "--data", "file/ledger")
    said = "file/ledger: Not a directory. Choose another directory with --data\n"
    assert (done.returncode, done.stderr) == (2, said)


@pytest.mark.parametrize(
    ("option", "old", "new"),
    [
        ("data_dir", 'data_dir = "var"', 'data_dir = "file/x"'),
        ("data_dir", 'data_dir = "var"', 'data_dir = "file"'),
        ("data_dir", 'data_dir = "var"', 'data_dir = "/proc/x"'),
        ("intake.folder.path", 'path = "var/inbox"', 'path = "file/inbox"'),
        ("intake.folder.path", 'path = "var/inbox"', 'path = "file"'),
    ],
)
def test_a_folder_that_cannot_be_used(tmp_path: Path, option: str, old: str, new: str) -> None:
    """A folder that a setting names, and that cannot be made or is a file, is told with the setting, its line and
    the reason: no command works around it."""
    system = make_system(tmp_path, NOWHERE)
    (tmp_path / "file").touch()
    system.set(old, new)
    done = run(system.folder, "run", "--until-idle", config=system.config)
    assert done.returncode == 2
    (said,) = done.stderr.splitlines()
    assert re.search(
        rf"rpa.toml:[0-9]+: {option}: .* cannot be used: [A-Z][a-z ]+\. Name another folder", said
    )
    assert new.split('"')[1] in said


@pytest.mark.parametrize("words", [["init", "file"], ["init", "file/here"], ["demo", "--keep", "file/here"]])
def test_a_directory_that_an_argument_names(tmp_path: Path, words: list[str]) -> None:
    """`rpa init` and `rpa demo` say of a directory that cannot be made where it is and why, and end with 2."""
    (tmp_path / "file").touch()
    done = run(tmp_path, *words)
    assert done.returncode == 2
    (said,) = done.stderr.splitlines()
    assert re.search(rf"^{words[-1]}:1: directory: cannot be used: [A-Z][a-z ]+\. Choose another", said)
