"""Opening a database: what is a wrong setting, what is only away, and that nothing is made by mistake."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine

from orchestrator.service.run import _opened
from orchestrator.settings import load_settings
from orchestrator.store import DatabaseAway, check, open_engine, upgrade
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


async def test_a_run_waits_for_a_database_that_is_away(tmp_path: Path) -> None:
    """A start while the database is away goes on trying until it is there, or until told to stop."""
    settings = load_settings(None, data_dir=tmp_path, database={"url": AWAY})
    stopping = asyncio.Event()
    waiting = asyncio.create_task(_opened(settings, stopping))
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


def _assert_only_one(first: Engine, second: Engine) -> None:
    with only_run(first), pytest.raises(AlreadyRunning, match="stop it first"), only_run(second):
        raise AssertionError("two at once")
    with only_run(second):
        pass
    for engine in (first, second):
        engine.dispose()
