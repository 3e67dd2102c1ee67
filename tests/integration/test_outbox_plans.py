"""A round through the outbox costs what waits there, however many messages were ever sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from orchestrator.actions import messages
from orchestrator.states import MessageState, Reason, State
from orchestrator.store import Store, open_engine, upgrade
from orchestrator.store.tables import outbox, reports
from rpa.report import MessageKind
from tests.integration.postgres import database
from tests.integration.store_world import KEY, START, FakeClock
from tests.integration.test_store_plans_of_queries import PLAN

SENT = 20_000  # messages


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database in which many messages were sent."""
    if request.param == "sqlite":
        yield from filled(f"sqlite:///{tmp_path}/rpa.db")
        return
    with database(request.getfixturevalue("postgresql"), "outbox-plans", upgraded=True) as url:
        yield from filled(url)


def filled(url: str) -> Iterator[Engine]:
    """A database with messages that were sent."""
    engine = open_engine(url, 1, 60)
    upgrade(engine)
    kinds = list(MessageKind)
    with engine.begin() as connection:
        of_each = SENT // len(kinds)
        connection.execute(insert(reports), [_report(number) for number in range(of_each)])
        sent = [_sent(number, kind) for number in range(of_each) for kind in kinds]
        connection.execute(insert(outbox), sent)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    yield engine
    engine.dispose()


def _report(number: int) -> dict[str, Any]:
    content = {"reference": f"CR-{number}", "identity": f"{number}", "state": State.DECIDED, "form": "ocr"}
    origin = {"sha256": "0" * 64, "source": "folder", "source_name": "1.json", "form_title": "A form"}
    times = {"received_at": START, "due_at": START, "minutes_to_key": 60}
    return {**content, **origin, **times, "reason": Reason.CRIME, "answer_count": 0}


def _sent(number: int, kind: MessageKind) -> dict[str, Any]:
    about = {"reference": f"CR-{number}", "kind": kind, "state": MessageState.SENT, "because": Reason.VALID}
    return {**about, "created_at": START, "sending_at": START, "addressee": f"{number:064}"}


def test_no_round_walks_through_what_was_sent(engine: Engine) -> None:
    """What is due, has lapsed or is uncertain is found by the index of states."""
    store, sent = Store(engine, FakeClock(), KEY), list[tuple[str, Any]]()

    def note(_: Connection, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    assert store.messages.due(50) == []
    assert store.messages.uncertain(timedelta(days=7), 500) == []
    assert not store.messages.has_lapsed()
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        for statement, parameters in sent:
            if "FROM outbox" in statement:
                plan = connection.exec_driver_sql(PLAN[engine.dialect.name] + statement, parameters)
                steps = " / ".join(str(row[-1]).strip() for row in plan)
                assert "ix_outbox_state_id" in steps, steps
                assert "SCAN outbox" not in steps


def test_counting_what_one_recipient_was_sent_walks_through_nobody_elses(engine: Engine) -> None:
    """Before a message leaves, those that went to its recipient are found by the index of recipients."""
    store, sent = Store(engine, FakeClock(), KEY), list[tuple[str, Any]]()
    about = {"reference": "CR-waits", "kind": MessageKind.RECEIVED, "because": Reason.VALID}
    with engine.begin() as connection:
        connection.execute(insert(reports), [{**_report(SENT), "reference": "CR-waits"}])
        connection.execute(insert(outbox).values(**about, state=MessageState.WAITING, created_at=START))
    (waiting,), stored = store.messages.of_report("CR-waits"), store.report("CR-waits")
    assert stored is not None

    def note(_: Connection, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    messages.begin(store, waiting, stored.row_version, "smtp", "alex.example@example.com", 60, 3)
    event.remove(engine, "before_cursor_execute", note)
    (counted,) = [each for each in sent if "count(" in each[0] and "FROM outbox" in each[0]]
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(PLAN[engine.dialect.name] + counted[0], counted[1])
        assert "ix_outbox_addressee_sending_at" in " / ".join(str(row[-1]) for row in plan)
