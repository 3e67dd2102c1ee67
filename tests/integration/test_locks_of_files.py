"""The files that a process locks: what stands there in place of one is neither followed, nor changed, nor waited
for."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orchestrator.jobs.account_leases import account_leases
from orchestrator.settings import load_settings
from orchestrator.store import DatabaseAway
from rpa.robot import Account
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import System, make_system, run, until

WRONG = 2
ACCOUNTS = {"chs": tuple(Account(f"robot{number}", "secret") for number in range(2))}


def link(path: Path, key: Path) -> None:
    """A link to a key."""
    path.symlink_to(key)


def pipe(path: Path, key: Path) -> None:
    """A pipe that nobody reads."""
    os.mkfifo(path)


def second_name(path: Path, key: Path) -> None:
    """A second name of a key."""
    path.hardlink_to(key)


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation with its keys, and no target to reach."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    assert system.app.store.head() is None
    return system


def key_of(system: System) -> Path:
    """The key that a link leads to."""
    return system.folder / "var" / "keys" / "digest.key"


@pytest.mark.parametrize("placed", [link, pipe])
def test_a_start_waits_for_a_lock_that_is_no_regular_file(
    system: System, placed: Callable[[Path, Path], None]
) -> None:
    """`rpa run` says which file it is, ends when it is told to, and leaves the key as it was."""
    key = key_of(system)
    before = key.read_bytes()
    placed(system.folder / "var" / "rpa.db.run-lock", key)
    with system.started("run", "--until-idle") as process:
        until(lambda: "rpa.db.run-lock cannot be used" in system.log(), 20, system.log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert key.read_bytes() == before
    with pytest.raises(DatabaseAway, match="run-lock cannot be used"), system.app.store.only_run():
        pass


def test_a_lock_changes_nothing_in_its_file(system: System) -> None:
    """The file of a lock keeps what it holds, whatever that is, for a run and for an account."""
    key = key_of(system)
    before = key.read_bytes()
    second_name(system.folder / "var" / "rpa.db.run-lock", key)
    with system.app.store.only_run():
        pass
    path = lock_file(system)
    path.unlink()
    second_name(path, key)
    with account_leases(load_settings(system.config), ACCOUNTS, 1) as ours:
        assert [each.name for each in ours["chs"]] == ["robot0"]
    assert key.read_bytes() == before


@pytest.mark.parametrize("placed", [link, pipe])
def test_an_account_whose_lock_is_no_regular_file_is_passed_over(
    system: System, placed: Callable[[Path, Path], None]
) -> None:
    """The other accounts are used, the log names it, and the key is as it was."""
    key = key_of(system)
    before = key.read_bytes()
    path = lock_file(system)
    path.unlink()
    placed(path, key)
    with capture_logs() as logged, account_leases(load_settings(system.config), ACCOUNTS, 1) as ours:
        assert [each.name for each in ours["chs"]] == ["robot1"]
    assert [each["account"] for each in logged] == ["robot0"]
    assert key.read_bytes() == before


def lock_file(system: System) -> Path:
    """The file of the first account's lock, as a lease makes it."""
    with account_leases(load_settings(system.config), ACCOUNTS, 1):
        (path,) = (system.folder / "var" / "account-leases").iterdir()
    return path


@pytest.mark.parametrize("name", ["digest.key", "signing.key"])
def test_a_key_that_holds_something_else_is_a_wrong_setting(system: System, name: str) -> None:
    """Every command ends with 2, names the key's file and says what helps."""
    system.ingest("08-bank-card.json")
    (key_of(system).parent / name).write_bytes(b"")
    for command in ("status", "run"):
        done = run(system.folder, command)
        assert done.returncode == WRONG, done.stderr
        assert name in done.stderr
        assert "safe copy" in done.stderr
