"""What is asked again and again while the system runs: never at the price of every job that was ever done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from orchestrator.actions import recovery, switching
from orchestrator.states import JobKind, JobState, Reason, State
from orchestrator.store import Store, open_engine, upgrade
from orchestrator.store.tables import jobs, reports
from tests import acts
from tests.integration.postgres import database
from tests.integration.store_world import KEY, LEASE_SECONDS, START, FakeClock, report, submission

DONE, EACH = 20_000, 10  # jobs, and those of each report
PLAN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database in which many jobs are done, updates among them."""
    if request.param == "sqlite":
        yield from filled(f"sqlite:///{tmp_path}/rpa.db")
        return
    with database(request.getfixturevalue("postgresql"), "plans", upgraded=True) as url:
        yield from filled(url)


def filled(url: str) -> Iterator[Engine]:
    """A database with done jobs."""
    engine = open_engine(url, 1, 60)
    upgrade(engine)
    store = Store(engine, FakeClock(), KEY)
    switching.configure(store, {"ocr": (True, "chs")}, {"chs": True})
    with engine.begin() as connection:
        connection.execute(insert(reports), [_decided(number) for number in range(1, DONE // EACH)])
        connection.execute(insert(jobs), [_done(number) for number in range(EACH, DONE)])
    acts.receive(store, report(), submission())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    yield engine
    engine.dispose()


def _decided(number: int) -> dict[str, Any]:
    content = {"reference": f"CR-{number}", "identity": f"{number}", "state": State.DECIDED, "form": "ocr"}
    origin = {"sha256": "0" * 64, "source": "folder", "source_name": "1.json", "form_title": "A form"}
    times = {"received_at": START, "due_at": START, "minutes_to_key": 60}
    return {**content, **origin, **times, "reason": Reason.CRIME, "answer_count": 0}


def _done(number: int) -> dict[str, Any]:
    kind = list(JobKind)[number % len(JobKind)]
    about = {"reference": f"CR-{number // EACH}", "kind": kind, "state": JobState.DONE, "target": "chs"}
    return {**about, "due_at": START, "opened_at": START}


def steps(engine: Engine, store: Store) -> Iterator[str]:
    """The steps of each query that a round sends, as the database plans them."""
    sent: list[tuple[str, Any]] = []

    def note(_: Connection, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    recovery.expire(store, 4)
    acts.claim(store, "robot1", {"chs": "account1"}, LEASE_SECONDS)
    store.updates_open()
    store.in_hand()
    store.resting_until()
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        for statement, parameters in sent:
            if "FROM jobs" in statement or "JOIN jobs" in statement:
                plan = connection.exec_driver_sql(PLAN[engine.dialect.name] + statement, parameters)
                yield from (str(row[-1]).strip() for row in plan)


def test_no_round_walks_through_every_job(engine: Engine) -> None:
    """However many jobs are done, claims, lapses and what is shown of the robots are found by an index of those
    that are open."""
    found = list(steps(engine, Store(engine, FakeClock(), KEY)))
    assert [each for each in found if "ix_jobs_open" in each]
    assert [each for each in found if "ix_jobs_claimable" in each]
    walks = ("SCAN jobs", "SCAN saving", "Seq Scan on jobs")
    of_few = ("ix_jobs_open", "ix_jobs_claimable")
    walked = [each for each in found if any(walk in each for walk in walks)]
    assert [each for each in walked if not any(index in each for index in of_few)] == []


def test_a_round_without_a_lapse_keeps_no_writer_waiting(engine: Engine) -> None:
    """Whether a claim has lapsed is asked before anything is locked: nothing is written where none has."""
    store = Store(engine, FakeClock(), KEY)
    with store.writing() as transaction:  # on SQLite the one writer there can be
        transaction.connection.exec_driver_sql("DELETE FROM workers")
        assert recovery.expire(store, 4) == []
