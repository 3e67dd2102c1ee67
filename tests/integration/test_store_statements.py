"""What an arrival costs the database, and that what a transaction remembers of the trail is never out of date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from orchestrator.states import Reason, State
from orchestrator.store import switches
from orchestrator.store.receive import receive_new
from orchestrator.store.trail import append
from orchestrator.store.unreadable import passing_over
from tests.integration.postgres import database
from tests.integration.store_world import World, report, submission

MOST = 13  # statements for a new report: those of the table in docs/architecture.md


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A store on either database."""
    if request.param == "sqlite":
        yield from closed(World(tmp_path))
        return
    with database(request.getfixturevalue("postgresql"), "statements", upgraded=True) as url:
        yield from closed(World(tmp_path, url=url))


def closed(world: World) -> Iterator[World]:
    """A world that is closed at the end."""
    yield world
    world.engine.dispose()


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The statements that reach the database while a block lasts."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(world.engine, "before_cursor_execute", note)
    yield sent
    event.remove(world.engine, "before_cursor_execute", note)


def test_a_new_report_takes_few_statements(world: World) -> None:
    """A report that arrives is stored, sorted and given its job in at most so many statements."""
    world.receive(1)
    with statements(world) as sent:
        receipt = world.receive(2)
    assert (receipt.new, receipt.state) == (True, State.READY)
    locks = [each for each in sent if "pg_advisory" in each]
    assert len(sent) - len(locks) <= MOST
    assert len(locks) <= 2  # of arrivals, and of the chain
    world.assert_trail_holds()


def test_the_trail_goes_on_where_a_part_was_undone(world: World) -> None:
    """An entry written in a part of a transaction that is undone is forgotten: the next follows the one before."""
    receipt = world.receive()
    with world.store.writing() as transaction:
        append(transaction, actor="test", action="viewed", subject=receipt.reference, details={})
        with passing_over(transaction, receipt.reference):
            append(transaction, actor="test", action="undone", subject=receipt.reference, details={})
            raise LookupError
        append(transaction, actor="test", action="viewed", subject=receipt.reference, details={})
    assert world.actions()[-2:] == ["viewed", "viewed"]
    world.assert_trail_holds()


def test_a_switch_is_read_again_once_it_is_switched(world: World) -> None:
    """What a transaction remembers of a form's switch is what it wrote itself."""
    with world.store.writing() as transaction:
        append(transaction, actor="test", action="viewed", subject="form:ocr", details={})
        before = switches.find(transaction, "ocr")
        assert before is not None
        switches.switch(transaction, before, False, "user:kim")
        after = switches.find(transaction, "ocr")
        assert after is not None
        assert (before.on, after.on) == (True, False)
        switches.switch(transaction, after, True, "user:kim")
        switches.switch_target(transaction, "chs", False, "user:kim")
        found = switches.find(transaction, "ocr")
        assert found is not None
        assert not found.on


def test_a_report_of_a_form_that_is_off_is_held(world: World) -> None:
    """Where a report goes is told as it is in its row, also where its form is off."""
    with world.store.writing() as transaction:
        on = switches.find(transaction, "ocr")
        assert on is not None
        switches.switch(transaction, on, False, "user:kim")
    receipt = world.receive()
    assert (receipt.state, receipt.reason) == (State.HELD, Reason.FORM_OFF)
    assert world.state(receipt.reference) == (receipt.state, receipt.reason)


def test_new_reports_together_take_fewer(world: World) -> None:
    """Of several new reports stored together each takes seven statements, beside six for all of them."""
    several = [(report(number), submission(number)) for number in range(1, 9)]
    with statements(world) as sent, world.store.writing() as transaction:
        receipts = receive_new(transaction, several, "test")
    assert [receipt is not None and receipt.state for receipt in receipts] == [State.READY] * 8
    assert len([each for each in sent if "pg_advisory" not in each]) <= 7 * 8 + 6
    world.assert_trail_holds()
