"""The pool and what its workers share: parents that go, workers that cannot start, accounts in one hand only."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from orchestrator.jobs.account_leases import account_leases
from orchestrator.service.supervisor import FATAL, WITH_PARENT, keep_worker
from orchestrator.settings import OperationsSettings, Settings, load_settings
from orchestrator.states import Reason, State
from orchestrator.store import open_engine, upgrade
from rpa.errors import TargetError
from rpa.robot import Account
from tests import acts
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import make_system, run, until

ACCOUNTS = {"chs": tuple(Account(f"robot{number}", "secret") for number in range(5))}
QUICK = OperationsSettings(restart_seconds=0.1)


def _settings(folder: Path, robots: int) -> Settings:
    target = {"profile": "chs", "url": "http://127.0.0.1:9"}
    return load_settings(data_dir=folder, targets={"chs": target}, robots={"number": robots})


def test_an_account_is_in_one_hand_only(tmp_path: Path) -> None:
    """Workers that run at the same time take different accounts; when too few are free, one does not start."""
    two = _settings(tmp_path, 2)
    told = "chs: 2 accounts are needed, and 1 is free; add one, or stop rpa run"
    with account_leases(two, ACCOUNTS) as first, account_leases(two, ACCOUNTS) as second:
        assert [account.name for account in first["chs"]] == ["robot0", "robot1"]
        assert [account.name for account in second["chs"]] == ["robot2", "robot3"]
        with pytest.raises(TargetError, match=told), account_leases(two, ACCOUNTS):
            pass
    with account_leases(_settings(tmp_path, 5), ACCOUNTS) as all_of_them:
        assert all_of_them == ACCOUNTS


def test_reconciling_without_a_free_account(tmp_path: Path) -> None:
    """Where robots hold every account, `rpa reconcile` names the file and says what helps."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    accounts = tmp_path / "secrets" / "chs.toml"
    accounts.write_text('[[account]]\nname = "robot01"\npassword = "secret"\n', encoding="utf-8")
    (reference,) = system.ingest("08-bank-card.json")
    claim = acts.claim(system.app.store, "robot-01", {"chs": "robot01"}, 120)
    assert claim is not None
    for frm, to, reason in (
        (State.KEYING, State.SUBMITTING, Reason.PAGE_CONFIRMED),
        (State.SUBMITTING, State.SUBMITTED, Reason.REFERENCE_SEEN),
    ):
        given = {"actor": "robot-01", "reason": reason, "token": claim.token}
        acts.move(system.app.store, reference, frm, to, target_reference="CHS-2026-0000001", **given)
    with account_leases(load_settings(system.config), {"chs": (Account("robot01", "secret"),)}):
        done = run(tmp_path, "reconcile", config=system.config)
    told = "chs: every account in secrets/chs.toml is in use by a robot or paused; add one, or stop rpa run"
    assert (done.returncode, done.stderr) == (1, f"Not reconciled: {told}\n")


def test_a_worker_stops_when_its_parent_has_gone(tmp_path: Path) -> None:
    """A worker whose standard input closes finishes and ends well, whoever closed it and however."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    command = [sys.executable, "-m", "orchestrator", "--config", str(system.config), "worker", WITH_PARENT]
    log = tmp_path / "log.jsonl"
    with log.open("wb") as file, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=file) as worker:
        until(lambda: "worker started" in log.read_text(encoding="utf-8"))
        assert worker.poll() is None
        assert worker.stdin
        worker.stdin.close()
        assert worker.wait(30) == 0
    assert "parent process has ended" in system.log()


async def test_a_worker_that_cannot_start_is_not_started_for_ever(tmp_path: Path) -> None:
    """A worker that ends because a setting is wrong is not started again: the pool says so instead."""
    arguments = ["--config", str(tmp_path / "there-is-none.toml")]
    assert await keep_worker(arguments, asyncio.Event(), OperationsSettings()) == FATAL


async def test_a_worker_whose_settings_are_being_edited_is_tried_again(tmp_path: Path) -> None:
    """A later worker that finds its settings wrong does not end the pool: somebody may just be editing them."""
    config, stopping = tmp_path / "rpa.toml", asyncio.Event()
    config.write_text('[robots]\nnumber = 1\n[targets.a]\nprofile = "chs"\nurl = "http://127.0.0.1:9"\n')
    accounts = tmp_path / "accounts.toml"
    accounts.write_text('[[account]]\nname = "robot1"\npassword = "secret"\n')
    config.write_text(config.read_text() + f'accounts = "{accounts}"\n')
    upgrade(open_engine(load_settings(config).database.url))
    with account_leases(load_settings(config), {"a": (Account("robot1", "secret"),)}):
        arguments = ["--config", str(config), "--log", "json"]
        keeping = asyncio.create_task(keep_worker(arguments, stopping, QUICK))
        first = await asyncio.to_thread(until, lambda: _workers(config))
        await asyncio.to_thread(
            until, lambda: not first & _workers(config)
        )  # no account is free: it has ended
        config.write_text("[robots]\nnumber = none\n")
        second = await asyncio.to_thread(until, lambda: _workers(config) - first)
        await asyncio.to_thread(until, lambda: _workers(config) - first - second)
    stopping.set()
    assert await keeping == 0


def _workers(config: Path) -> set[int]:
    """The processes that this test's pool has started."""
    children = psutil.Process().children()
    return {each.pid for each in children if str(config) in _command(each)}


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def test_waiting_is_told(tmp_path: Path) -> None:
    """`rpa run --until-idle` that waits for something says in its log what that is."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    (reference,) = system.ingest("08-bank-card.json")
    assert acts.claim(system.app.store, "somebody else", {"chs": "account"}, 120) is not None
    with system.started("run", "--until-idle") as process:
        until(lambda: '"waiting for robots"' in system.log(), 60)
        assert process.poll() is None
    assert '"state": "keying", "count": 1' in system.log()
    assert system.state(reference) == "keying claimed"
