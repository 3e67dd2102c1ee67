"""Nothing is waited for without end: each way in which a database can hang is noticed within the limits of the
settings, as a database that is away. What takes its time for a good reason is not cut."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from orchestrator.actions import heartbeats
from orchestrator.app import App, open_app, upgrade_database
from orchestrator.monitoring.logs import describe
from orchestrator.reading import Reader
from orchestrator.service.periodic import PeriodicJobs
from orchestrator.service.run import _log_stopping, _stop_when_idle, _tried
from orchestrator.service.supervisor import _silent
from orchestrator.settings import Settings, load_settings
from orchestrator.store import DATABASE_ERRORS, DatabaseAway, Store, check, open_engine, say_where
from orchestrator.store.postgresql import limits
from rpa.errors import DefinitionError
from tests.integration.postgres import database, standing_still
from tests.integration.store_world import KEY, FakeClock
from tests.integration.test_store_engine import _busy

SHORT = 0.3  # seconds
SLEEP = "SELECT pg_sleep({})"
OTHERS = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'idle'")


@pytest.fixture
def url(postgresql: str) -> Iterator[str]:
    """A database with our tables."""
    with database(postgresql, "limits", upgraded=True) as url:
        yield url


@contextmanager
def opened(url: str, busy: float = 30, statement: float | None = None) -> Iterator[Engine]:
    """An engine with these limits, disposed of at the end."""
    engine = open_engine(url, busy, statement)
    yield engine
    engine.dispose()


@contextmanager
def silent_server() -> Iterator[str]:
    """The URL of something that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://rpa:s3cret@127.0.0.1:{server.getsockname()[1]}/rpa"


def away(act: Callable[[], object]) -> str:
    """What is said of an act that the database is away for."""
    with pytest.raises(DATABASE_ERRORS) as raised:
        act()
    return describe(raised.value)


def test_a_server_that_accepts_and_never_responds() -> None:
    """Connecting is given up in time, and is no wrong setting."""
    with silent_server() as url, opened(url, SHORT) as engine:
        say_where(engine, "[database] url in rpa.toml")
        with pytest.raises(DatabaseAway, match="does not respond") as raised:
            check(engine)
    shown = make_url(url).render_as_string(hide_password=True)
    assert str(raised.value).endswith(f". Its address is {shown} ([database] url in rpa.toml).")
    assert "s3cret" not in str(raised.value)


def test_a_server_that_stands_still(url: str) -> None:
    """A server that stops in the middle is noticed by each call, on an open connection and on a new one; when it
    goes on, so does the next call."""
    with opened(url, SHORT) as engine:
        store = Store(engine, FakeClock(), KEY)
        heartbeats.record(store, "host", 1, 1, progress=False)
        calls: list[Callable[[], object]] = [
            partial(heartbeats.last, store, "host", 1),
            lambda: list(store.entries()),
        ]
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            with standing_still(url):
                assert "does not respond" in away(partial(connection.execute, text("SELECT 1")))
                for call in calls:
                    assert "does not respond" in away(call)
        for call in calls:
            call()


def test_a_statement_that_takes_too_long(url: str) -> None:
    """It is ended by the server, which says so, and the connection goes on; long work has a longer limit."""
    with opened(url, SHORT) as engine, engine.connect() as connection:
        assert "did not respond in time" in away(partial(connection.execute, text(SLEEP.format(30))))
        connection.rollback()
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    with opened(url, SHORT, 30) as engine, engine.connect() as connection:
        connection.execute(text(SLEEP.format(SHORT * 2)))


@pytest.mark.parametrize("statement", [None, 30.0])
def test_a_lock_that_somebody_holds(url: str, statement: float | None) -> None:
    """A lock is waited for as long as another writer may take, however long the work is then. Nobody takes it for
    entries that are gone or forged."""
    with opened(url) as holder, opened(url, SHORT, statement) as engine:
        store = Store(engine, FakeClock(), KEY)
        with holder.begin() as connection:
            connection.execute(text("LOCK TABLE entries, workers IN ACCESS EXCLUSIVE MODE"))
            for call in (
                partial(heartbeats.last, store, "host", 1),
                partial(list, store.entries()),
                partial(list, store.unsealed()),
            ):
                assert "busy" in away(call)


def test_a_transaction_that_stands_still(url: str) -> None:
    """A transaction that does nothing is ended by the server: a host that lost its power in it holds no lock."""
    idle = f"{url}&application_name=idle"
    with opened(url) as watching, opened(idle, SHORT) as engine, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with watching.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            while other.execute(OTHERS).scalar():
                other.execute(text(SLEEP.format(0.02)))
        away(partial(connection.execute, text("SELECT 1")))


@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")
def test_a_connection_that_is_ended(url: str) -> None:
    """A server that ends a connection while the trail is read has not lost an entry, and nobody has forged one."""
    ended = text(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'idle'"
    )
    with opened(url) as other, opened(f"{url}&application_name=idle") as engine:
        store = Store(engine, FakeClock(), KEY)

        def end(*_: object) -> None:
            with other.connect() as connection:
                connection.execute(ended)

        event.listen(engine, "before_cursor_execute", end)
        for read in (store.entries, store.unsealed):
            away(lambda read=read: list(read()))  # type: ignore[misc]
    gc.collect()  # the cursors of the ended connections, which warn that nobody closed them


def test_connections_that_are_all_in_use(tmp_path: Path) -> None:
    """Too many calls at once: one more is told that the database is busy."""
    with opened(f"sqlite:///{tmp_path}/rpa.db", SHORT) as engine, ExitStack() as held:
        for _ in range(40):
            held.enter_context(engine.connect())
        assert "busy" in away(engine.connect)


def test_what_the_address_says_counts_for_more() -> None:
    """Options of the address stay as they are; ours go beside them."""
    url = make_url("postgresql://h/rpa?connect_timeout=7&options=-c%20statement_timeout%3D5")
    given = limits(url, 2.5, 9)
    assert "connect_timeout" not in given
    assert (given["tcp_user_timeout"], given["keepalives_idle"]) == (2500, 3)
    assert str(given["options"]).startswith("-c statement_timeout=9000 ")
    assert str(given["options"]).endswith(" -c statement_timeout=5")


def test_an_option_that_nobody_knows_is_a_wrong_setting(tmp_path: Path) -> None:
    """An address with an option that does not exist is told by its setting, and not waited for."""
    settings = load_settings(
        data_dir=tmp_path, database={"url": "postgresql://127.0.0.1:1/rpa?conect_timeout=s3cret"}
    )
    with pytest.raises(DefinitionError) as raised:
        open_app(settings)
    (fault,) = raised.value.faults
    assert (fault.place, "s3cret" in str(fault)) == ("database.url", False)
    assert "postgresql://127.0.0.1:1/rpa?conect_timeout=***" in fault.message


def short(folder: Path, url: str) -> Settings:
    """Settings of a system that waits for its database only shortly."""
    quick = {"database_busy_seconds": SHORT, "receive_seconds": 0.05}
    return load_settings(data_dir=folder, database={"url": url}, operations=quick)


def periodic_of(app: App) -> PeriodicJobs:
    """The periodic jobs of an app that watches no folder."""
    return PeriodicJobs(app, Reader({}), lambda: app.settings, None, intake_runs=2)


async def test_nothing_of_a_run_waits_without_end(url: str, tmp_path: Path) -> None:
    """While the server stands still, signing, the look at heartbeats, the count of what is in hand and the wait
    until nothing is to be done come back; each takes it for a database that is away, and for nothing else."""
    app = open_app(short(tmp_path, url))
    periodic, stopping, stopped = periodic_of(app), asyncio.Event(), asyncio.Event()
    stopped.set()
    with standing_still(url):
        silent = asyncio.create_task(_silent(1, partial(heartbeats.last, app.store, "host"), SHORT, SHORT))
        idle = asyncio.create_task(_stop_when_idle(periodic, stopping))
        await asyncio.to_thread(periodic.sign)
        with pytest.raises(DBAPIError):
            await _log_stopping(app, stopped)
        assert not any((silent.done(), idle.done(), stopping.is_set()))
    await idle
    await silent
    assert stopping.is_set()
    app.store._engine.dispose()


async def test_a_run_that_is_to_stop_when_idle_waits_for_a_busy_database(tmp_path: Path) -> None:
    """A database that another program holds is not idle, and ends nothing."""
    path = tmp_path / "rpa.db"
    settings = short(tmp_path, f"sqlite:///{path}")
    upgrade_database(settings)
    app, stopping = open_app(settings), asyncio.Event()
    app.store._engine.dispose()
    with _busy(path):
        idle = asyncio.create_task(_stop_when_idle(periodic_of(app), stopping))
        done, _ = await asyncio.wait({idle}, timeout=SHORT * 3)
        assert not done
    await idle
    assert stopping.is_set()


async def test_a_start_that_waits_is_stopped(tmp_path: Path) -> None:
    """A start on a server that never responds ends soon after it is told to."""
    with silent_server() as url:
        settings, stopping = short(tmp_path, url), asyncio.Event()
        waiting = asyncio.create_task(_tried(partial(open_app, settings), settings, stopping))
        done, _ = await asyncio.wait({waiting}, timeout=SHORT)
        assert not done
        stopping.set()
        assert await waiting is None
