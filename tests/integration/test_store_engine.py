"""Opening a database: what is a wrong setting, what is only away, and that nothing is made by mistake."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from sqlalchemy import Engine, make_url, text
from structlog.testing import capture_logs
from structlog.types import EventDict

from orchestrator.app import open_app
from orchestrator.reading import Reader
from orchestrator.service.run import _tried, _with
from orchestrator.settings import Settings, load_settings
from orchestrator.store import AlreadyRunning, DatabaseAway, check, open_engine, upgrade
from orchestrator.store.engine import shown
from orchestrator.store.only_run import only_run
from rpa.errors import DefinitionError
from tests.integration.postgres import database

T = TypeVar("T")
AWAY = "postgresql+psycopg://rpa@127.0.0.1:1/rpa?connect_timeout=5"


def test_a_mistyped_address_makes_nothing(tmp_path: Path) -> None:
    """A database that is not there is a wrong setting with a remedy; neither file nor folder is made."""
    engine = open_engine(f"sqlite:///{tmp_path}/mistyped/rpa.db")
    with pytest.raises(DefinitionError, match=r"there is no database here.*rpa db upgrade"):
        check(engine)
    assert list(tmp_path.iterdir()) == []
    upgrade(engine)
    check(engine)
    engine.dispose()


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    """A file without tables, as another program may have made it, is not taken for ours."""
    (tmp_path / "rpa.db").touch()
    engine = open_engine(f"sqlite:///{tmp_path}/rpa.db")
    with pytest.raises(DefinitionError, match=r"has no tables.*rpa db upgrade"):
        check(engine)
    engine.dispose()


def test_a_server_that_is_away_is_no_wrong_setting(postgresql: str) -> None:
    """A server that cannot be reached now may be later; one that does not have the database never will."""
    engine = open_engine(AWAY)
    with pytest.raises(DatabaseAway):
        check(engine)
    engine.dispose()
    engine = open_engine(postgresql.replace("/postgres?", "/elsewhere?"))
    with pytest.raises(DefinitionError, match="cannot be opened"):
        check(engine)
    engine.dispose()


@contextmanager
def _full() -> Iterator[None]:
    """No file of this process grows any more, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _busy(path: Path) -> Iterator[None]:
    """Another program has the database to itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_disk_that_is_full_is_no_wrong_setting(tmp_path: Path) -> None:
    """A database that cannot be opened because its disk is full, or another program holds it, says so: later it
    can be. Without either, it opens."""
    path = tmp_path / "rpa.db"
    engine = open_engine(f"sqlite:///{path}", 0.05)
    upgrade(engine)
    engine.dispose()
    with _full(), pytest.raises(DatabaseAway, match="its disk is full"):
        check(engine)
    with _busy(path), pytest.raises(DatabaseAway, match="is busy"):
        check(engine)
    check(engine)
    engine.dispose()


async def _tries(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Work that has logged its first failure and is tried again, or has ended."""
    logged = asyncio.Event()

    def note(_logger: object, _method: str, entry: EventDict) -> EventDict:
        logged.set()
        return entry

    with capture_logs([note]):
        trying, told = asyncio.create_task(work), asyncio.create_task(logged.wait())
        await asyncio.wait({trying, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
    return trying


def _settings(folder: Path) -> Settings:
    """Settings of a database in a folder, for which nobody waits long."""
    quick = {"restart_seconds": 0.1, "database_busy_seconds": 0.05}
    path = {"data_dir": folder, "mappings_dir": folder, "database": {"url": f"sqlite:///{folder}/rpa.db"}}
    return load_settings(None, **path, operations=quick, intake={"folder": {"path": None}})


async def test_a_run_waits_for_a_database_that_is_busy(tmp_path: Path) -> None:
    """Whatever a start does with a database that is busy is tried until it works."""
    settings = _settings(tmp_path)
    engine = open_engine(settings.database.url, 0.05)
    upgrade(engine)
    engine.dispose()
    with _busy(tmp_path / "rpa.db"):
        waiting = await _tries(_tried(partial(upgrade, engine), settings, asyncio.Event()))
    assert await waiting
    engine.dispose()


@pytest.mark.parametrize("step", ["the lock", "the switches"])
async def test_each_step_of_a_start_waits_for_the_database(tmp_path: Path, step: str) -> None:
    """A database that can be read, and not locked or written to, ends no start: it waits until told to stop."""
    settings = _settings(tmp_path)
    engine = open_engine(settings.database.url)
    upgrade(engine)
    with closing(sqlite3.connect(tmp_path / "rpa.db", isolation_level=None)) as other:
        if step == "the lock":
            (tmp_path / "rpa.db.run-lock").mkdir()
        else:
            other.execute("BEGIN IMMEDIATE")
        running = await _tries(_with(Reader({}), settings, lambda: settings, (), until_idle=False))
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == 0
    engine.dispose()


def test_an_address_is_told_without_its_secrets(tmp_path: Path) -> None:
    """Neither the password nor the value of an option stands in a message."""
    secrets = "postgresql+psycopg://rpa:s3cret@127.0.0.1/rpa?sslpassword=s3cret&password=s3cret"
    said = shown(make_url(secrets))
    assert said == "postgresql+psycopg://rpa:***@127.0.0.1/rpa?sslpassword=***&password=***"
    assert shown(make_url(f"sqlite:///{tmp_path}/rpa.db")) == f"sqlite:///{tmp_path}/rpa.db"


async def test_a_run_waits_for_a_database_that_is_away(tmp_path: Path) -> None:
    """A start while the database is away goes on trying until it is there, or until told to stop."""
    settings = load_settings(None, data_dir=tmp_path, database={"url": AWAY})
    stopping = asyncio.Event()
    waiting = await _tries(_tried(partial(open_app, settings), settings, stopping))
    stopping.set()
    assert await waiting is None


def test_one_run_at_a_time_on_a_file(tmp_path: Path) -> None:
    """A second run on one database is refused for as long as the first lasts."""
    engine = open_engine(f"sqlite:///{tmp_path}/rpa.db")
    _assert_only_one(engine, open_engine(f"sqlite:///{tmp_path}/rpa.db"))


def test_one_run_at_a_time_on_a_server(postgresql: str) -> None:
    """The same for runs on several hosts that share a server."""
    _assert_only_one(open_engine(postgresql), open_engine(postgresql))


def test_a_link_to_a_database_starts_no_second_run(tmp_path: Path) -> None:
    """The lock is beside the database itself, by whatever name it is reached."""
    (tmp_path / "rpa.db").touch()
    (tmp_path / "link.db").symlink_to("rpa.db")
    _assert_only_one(
        open_engine(f"sqlite:///{tmp_path}/rpa.db"), open_engine(f"sqlite:///{tmp_path}/link.db")
    )


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    """Where there is no room for the lock, the start tries again: it is no wrong setting."""
    engine = open_engine(f"sqlite:///{tmp_path}/none/rpa.db")
    with pytest.raises(DatabaseAway, match="No such file"), only_run(engine):
        raise AssertionError("without a lock")


def _session(engine: Engine) -> int:
    """The server's number of the session that holds the one lock there is."""
    query = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


@pytest.fixture
def runs(postgresql: str) -> Iterator[tuple[Engine, Engine]]:
    """Two runs' ways to one database, which are quick to give up a connection."""
    with database(postgresql, "runs") as url:
        both = open_engine(url, busy_seconds=1), open_engine(url, busy_seconds=1)
        yield both
        for engine in both:
            engine.dispose()


def _end(engine: Engine, session: int) -> None:
    """The server ends a session, as a fail-over does."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:session, 5000)"), {"session": session})
        connection.commit()


def test_a_run_whose_connection_was_lost_takes_its_lock_again(runs: tuple[Engine, Engine]) -> None:
    """A lock that ended with its connection is taken again, so that no second run starts beside the first."""
    first, second = runs
    with only_run(first) as keep:
        for _ in range(2):
            before = _session(second)
            keep()
            assert _session(second) == before
            _end(second, before)
            keep()
            with pytest.raises(AlreadyRunning), only_run(second):
                raise AssertionError("two at once")
    with only_run(second):
        pass


def test_a_run_that_another_has_displaced_is_told(runs: tuple[Engine, Engine]) -> None:
    """Where another run began while the connection was lost, the first is told, and the other is left alone."""
    first, second = runs
    with only_run(first) as keep:
        _end(second, _session(second))
        with only_run(second) as others:
            for _ in range(2):
                with pytest.raises(AlreadyRunning):
                    keep()
                others()


def test_a_session_that_the_server_has_not_given_up_is_still_ours(runs: tuple[Engine, Engine]) -> None:
    """A connection that is lost on our side only goes on keeping others out, and does not end its own run; once
    the server gives it up, the lock is taken again."""
    first, second = runs
    with only_run(first) as keep:
        session = _session(second)
        server = psutil.Process(session)
        server.suspend()
        try:
            keep()
            with pytest.raises(AlreadyRunning), only_run(second):
                raise AssertionError("two at once")
        finally:
            server.resume()
        server.wait(30)
        keep()
        assert _session(second) != session


def _assert_only_one(first: Engine, second: Engine) -> None:
    with only_run(first), pytest.raises(AlreadyRunning, match="stop it first"), only_run(second):
        raise AssertionError("two at once")
    with only_run(second):
        pass
    with pytest.raises(KeyError), only_run(first):
        raise KeyError  # whatever ends a run, the next may start at once
    for engine in (second, first) * 20:
        with only_run(engine):
            pass
    for engine in (first, second):
        engine.dispose()
