"""Opening a database: what is a wrong setting, what is only away, and that nothing is made by mistake."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import OperationalError

from orchestrator.app import open_app
from orchestrator.service.run import _tried
from orchestrator.settings import load_settings
from orchestrator.store import DatabaseAway, check, open_engine, schema, upgrade
from orchestrator.store.only_run import AlreadyRunning, only_run
from rpa.errors import DefinitionError
from tests.integration.postgres import postgres

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


def test_a_server_that_is_away_is_no_wrong_setting() -> None:
    """A server that cannot be reached now may be later; one that does not have the database never will."""
    engine = open_engine(AWAY)
    with pytest.raises(DatabaseAway):
        check(engine)
    engine.dispose()
    with postgres() as url:
        engine = open_engine(url.replace("/postgres?", "/elsewhere?"))
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


async def test_a_run_waits_for_a_database_that_is_busy(tmp_path: Path) -> None:
    """Whatever a start does with a database that is busy is tried until it works."""
    path = tmp_path / "rpa.db"
    settings = load_settings(None, database={"url": f"sqlite:///{path}"}, operations={"restart_seconds": 0.1})
    engine = open_engine(settings.database.url, 0.05)
    upgrade(engine)
    engine.dispose()
    works = partial(upgrade, engine)
    with _busy(path):
        with pytest.raises(OperationalError):
            works()
        waiting = asyncio.create_task(_tried(works, settings, asyncio.Event()))
        done, _ = await asyncio.wait({waiting}, timeout=1)
        assert not done
    assert await waiting
    engine.dispose()


def test_an_address_is_told_without_its_secrets(tmp_path: Path) -> None:
    """Neither the password nor the value of an option stands in a message."""
    secrets = "postgresql+psycopg://rpa:s3cret@127.0.0.1/rpa?sslpassword=s3cret&password=s3cret"
    said = schema._shown(make_url(secrets))
    assert said == "postgresql+psycopg://rpa:***@127.0.0.1/rpa?sslpassword=***&password=***"
    assert schema._shown(make_url(f"sqlite:///{tmp_path}/rpa.db")) == f"sqlite:///{tmp_path}/rpa.db"


async def test_a_run_waits_for_a_database_that_is_away(tmp_path: Path) -> None:
    """A start while the database is away goes on trying until it is there, or until told to stop."""
    settings = load_settings(None, data_dir=tmp_path, database={"url": AWAY})
    stopping = asyncio.Event()
    waiting = asyncio.create_task(_tried(partial(open_app, settings), settings, stopping))
    done, _ = await asyncio.wait({waiting}, timeout=2)
    assert not done
    stopping.set()
    assert await waiting is None


def test_one_run_at_a_time_on_a_file(tmp_path: Path) -> None:
    """A second run on one database is refused for as long as the first lasts."""
    engine = open_engine(f"sqlite:///{tmp_path}/rpa.db")
    _assert_only_one(engine, open_engine(f"sqlite:///{tmp_path}/rpa.db"))


def test_one_run_at_a_time_on_a_server() -> None:
    """The same for runs on several hosts that share a server."""
    with postgres() as url:
        _assert_only_one(open_engine(url), open_engine(url))


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
