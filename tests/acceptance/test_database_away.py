"""What a system does whose PostgreSQL server does not respond, and what commands say of a wrong address."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from orchestrator.settings import load_settings
from orchestrator.store import AlreadyRunning, open_engine
from orchestrator.store.only_run import only_run
from tests.integration.postgres import postgres, standing_still
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import System, make_system, run, until
from tests.worlds import SAMPLES

NOWHERE = RunningChs("http://127.0.0.1:9")
AWAY = "postgresql+psycopg://rpa:{}@127.0.0.1:1/rpa"


def on(folder: Path, url: str) -> System:
    """An installation with its database at that address."""
    system = make_system(folder, NOWHERE)
    system.set('url = "sqlite:///var/rpa.db"', f'url = "{url}"')
    system.set("database_busy_seconds = 30", "database_busy_seconds = 1")
    return system


def test_a_run_whose_server_stands_still_can_be_stopped(tmp_path: Path) -> None:
    """A server that stops responding while the system runs is told in the log, with its address, and SIGTERM stops
    the system as ever."""
    with postgres() as url:
        system = on(tmp_path, url)
        system.rpa("db", "upgrade")
        with system.started("run") as process:
            until(lambda: "worker started" in system.log(), why=system.log)
            with standing_still(url):
                until(lambda: "does not respond. Its address is" in system.log(), why=system.log)
                process.terminate()
                assert process.wait(90) == 1, system.log()
        assert "unexpected" not in (tmp_path / "log.jsonl").read_text(encoding="utf-8")


def test_a_run_that_another_has_displaced_stops(tmp_path: Path) -> None:
    """A run whose lock ended with its connection, and whose place another run has taken meanwhile, stops in order
    and says why. The trail is the other's to sign."""
    with postgres() as url:
        system = on(tmp_path, url)
        system.set("sign_seconds = 60", "sign_seconds = 3600")
        system.rpa("db", "upgrade")
        with system.started("run") as process:
            until(lambda: "worker started" in system.log(), why=system.log)
            with ExitStack() as other:
                engine = open_engine(url)
                other.callback(engine.dispose)
                until(lambda: _displaced(engine, other), why=system.log)
                assert process.wait(90) == 1, system.log()
        log = (tmp_path / "log.jsonl").read_text(encoding="utf-8")
        for words in ("another run has begun", "worker stopped", "another `rpa run` works on this database"):
            assert words in log
        assert log.index("another run has begun") < log.index("worker stopped")
        assert not load_settings(system.config).checkpoints_file.exists()


def _displaced(engine: Engine, other: ExitStack) -> bool:
    """End the session that has the lock, and try to be the only run in its place; whether that succeeded."""
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
    with engine.begin() as connection:
        connection.execute(text(end))
    with suppress(AlreadyRunning):
        other.enter_context(only_run(engine))
        return True
    return False


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("ingest", SAMPLES / "08-bank-card.json"),
        ("db", "upgrade"),
        ("audit", "verify"),
        ("worker",),
    ],
)
def test_a_server_that_is_away_is_told_by_its_setting(
    tmp_path: Path, command: tuple[str | Path, ...]
) -> None:
    """A command whose database cannot be reached says the address, without password, the setting and the file."""
    system = on(tmp_path, AWAY.format("s3cret"))
    done = run(tmp_path, *command, config=system.config)
    assert done.returncode == 1
    assert f"Its address is {AWAY.format('***')} ([database] url in {system.config})." in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["status", "run", "db upgrade"])
def test_a_database_in_memory_is_a_wrong_setting(tmp_path: Path, command: str) -> None:
    """A database that would keep nothing is refused by file, line and option."""
    system = on(tmp_path, "sqlite://")
    line = 1 + system.config.read_text(encoding="utf-8").splitlines().index('url = "sqlite://"')
    done = run(tmp_path, *command.split(), config=system.config)
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"{system.config}:{line}: database.url: a database in memory keeps nothing."
    )


def test_a_database_that_is_not_there_is_told_by_its_setting(tmp_path: Path) -> None:
    """So is an address where there is no database."""
    system = on(tmp_path, "sqlite:///mistyped.db")
    line = 1 + system.config.read_text(encoding="utf-8").splitlines().index('url = "sqlite:///mistyped.db"')
    done = run(tmp_path, "status", config=system.config)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{system.config}:{line}: database.url: sqlite:////")
    assert "mistyped.db: there is no database here. Make it with `rpa db upgrade`" in done.stderr
