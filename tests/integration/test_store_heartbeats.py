"""Heartbeats: which workers there are, when each was heard, and that one is heard only while it could be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from orchestrator.actions import heartbeats
from orchestrator.store import DATABASE_ERRORS, Store, open_engine
from tests.integration.postgres import database
from tests.integration.store_world import KEY, START, FakeClock, World


def test_a_worker_is_heard_until_it_says_that_it_ends(world: World) -> None:
    """A heartbeat keeps when the worker started and when a robot of it last finished something."""
    heartbeats.record(world.store, "host1", 7, 4, progress=False)
    world.clock.turn(10)
    heartbeats.record(world.store, "host1", 7, 4, progress=True)
    world.clock.turn(10)
    heartbeats.record(world.store, "host1", 7, 4, progress=False)
    heartbeats.record(world.store, "host2", 7, 2, progress=False)
    first, second = world.store.workers()
    moments = (first.started_at, first.progress_at, first.heard_at)
    assert moments == (START, START + timedelta(seconds=10), START + timedelta(seconds=20))
    assert (second.host, second.robots, second.progress_at) == ("host2", 2, None)
    assert heartbeats.last(world.store, "host1", 7) == first.heard_at
    assert heartbeats.last(world.store, "host1", 8) is None
    heartbeats.remove(world.store, "host1", 7)
    assert [each.host for each in world.store.workers()] == ["host2"]


def test_a_worker_that_was_killed_is_forgotten_in_time(world: World) -> None:
    """The row of a worker that never said that it ended goes when another starts, a day later."""
    heartbeats.record(world.store, "host1", 7, 4, progress=False)
    world.clock.turn(100_000)
    heartbeats.record(world.store, "host1", 8, 4, progress=False)
    assert [each.process for each in world.store.workers()] == [8]


def test_nobody_is_silent_while_nobody_can_be_heard(world: World) -> None:
    """While the database takes no heartbeat, asking for one fails too: no worker is ended for it."""
    heartbeats.record(world.store, "host1", 7, 4, progress=False)
    store = Store(open_engine(world.url, busy_seconds=0.05), world.clock, KEY)
    other = sqlite3.connect(world.folder / "rpa.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError):
        heartbeats.last(store, "host1", 7)
    other.close()


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    """An engine that is disposed of at the end, whatever happens."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def test_nobody_is_silent_on_a_server_that_only_reads(postgresql: str) -> None:
    """A server that starts transactions and takes no row, as a replica or one whose disk is full, takes no
    heartbeat either: asking for one fails there too, so that no worker is ended for it."""
    with database(postgresql, "heartbeats", upgraded=True) as url, closing_engine(url) as engine:
        store = Store(engine, FakeClock(), KEY)
        heartbeats.record(store, "host1", 7, 4, progress=False)
        with engine.connect() as connection:
            connection.execute(text("ALTER DATABASE heartbeats SET default_transaction_read_only = on"))
            connection.commit()
        engine.dispose()  # what is set holds for connections opened from here on
        assert [each.process for each in store.workers()] == [7]
        with pytest.raises(DATABASE_ERRORS):
            heartbeats.last(store, "host1", 7)
