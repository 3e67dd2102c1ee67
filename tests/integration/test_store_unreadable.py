"""One row that somebody has altered so that it cannot be read: it is named, and every other goes on (P1)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.actions import reconciling, recovery, viewing
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import RowUnreadable
from tests import acts
from tests.acts import person
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.store_world import START, World
from tests.system_world import make_system, run

NEEDS_A_PERSON = 1
JOBS = {
    "a look-up of no job": "kind = 'look_up', state = 'waiting', saving_job = 99999",
    "a time that is none": "kind = 'read_back', state = 'waiting', due_at = 'x'",
    "attempts that are no number": "kind = 'read_back', state = 'waiting', attempts = 'x'",
    "a token that is no number": "kind = 'read_back', state = 'waiting', token = 'x'",
    "a plan that is none": "kind = 'read_back', state = 'waiting', plan = '{'",
}
ROWS = {
    "reports SET state = 'bogus'": "state",
    "reports SET reason = 'bogus'": "a row of it cannot be read",
    "reports SET received_at = 'x'": "a row of it cannot be read",
    "reports SET data = '{'": "a row of it cannot be read",
    "reports SET due_at = 'x'": "a row of it cannot be read",
    "jobs SET kind = 'bogus'": "job 1 kind",
    "jobs SET state = 'bogus'": "job 1 state",
    "jobs SET plan = '{'": "a row of it cannot be read",
}


def altered(world: World, statement: str, reference: str) -> None:
    """Somebody writes to the rows of one report."""
    with world.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {statement} WHERE reference = ?", (reference,))


@pytest.mark.parametrize("values", JOBS.values(), ids=JOBS)
def test_a_job_that_cannot_be_read_is_put_aside(world: World, values: str) -> None:
    """Its report needs attention, with a message that names the job; the next claim takes the next report."""
    bad = world.receive(1).reference
    world.finish(world.claimed())
    other = world.receive(2).reference
    altered(world, f"jobs SET {values}", bad)
    claims = [world.claim() for _ in range(4)]
    (claim,) = [each for each in claims if each is not None]
    assert (claim.reference, claim.kind) == (other, JobKind.KEY)
    with world.engine.connect() as connection:
        query = "SELECT state, message FROM reports WHERE reference = ?"
        state, message = connection.exec_driver_sql(query, (bad,)).one()
    assert state == State.ATTENTION
    assert "cannot be read in the database" in message


def test_a_person_who_has_the_report_is_told_of_a_job_that_cannot_be_read(world: World) -> None:
    """The report stays where it is, and the trail has what it says."""
    bad = world.receive(1).reference
    altered(world, f"jobs SET {JOBS['a look-up of no job']}", bad)
    altered(world, "reports SET state = 'attention'", bad)
    assert world.claim() is None
    assert "cannot be read" in str(next(world.store.reports()).message)
    assert (bad, "message") not in world.store.altered()


def test_a_waiting_report_whose_job_cannot_be_read_needs_a_person(world: World) -> None:
    """A report that waits to be keyed does not wait for ever for a job that no robot can take."""
    bad = world.receive(1).reference
    altered(world, "jobs SET not_before = 'x', due_at = 'x'", bad)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE jobs SET not_before = NULL")
    assert world.claim() is None
    assert next(world.store.reports()).state is State.ATTENTION
    assert world.claim() is None


@pytest.fixture
def two(world: World) -> tuple[str, str]:
    """A report, the first, that is altered by the test, and another."""
    return world.receive(1).reference, world.receive(2).reference


def test_what_lapsed_beside_it_is_taken_back(world: World, two: tuple[str, str]) -> None:
    """The other waits for a robot again, the altered one for a person, and it is not tried again each round."""
    bad, other = two
    for robot in ("robot1", "robot2"):
        world.claimed(robot)
    altered(world, "jobs SET plan = '{'", bad)
    world.clock.turn(1000)
    assert sorted(recovery.expire(world.store, 4)) == sorted(two)
    assert world.state(other)[0] is State.READY
    assert next(each for each in world.store.reports() if each.reference == bad).state is State.ATTENTION
    assert recovery.expire(world.store, 4) == []


@pytest.mark.parametrize("values", ["plan = '{'", "state = 'bogus'"])
def test_a_form_is_switched_off_beside_it(world: World, two: tuple[str, str], values: str) -> None:
    """Off means off: every other report is held, and no robot keys one (P9)."""
    bad, other = two
    altered(world, f"jobs SET {values}", bad)
    assert not acts.switch(world.store, "ocr", False, "user:kim").on
    assert world.claim() is None
    assert world.state(other) == (State.HELD, Reason.FORM_OFF)


def test_a_restored_copy_is_marked_beside_it(world: World, two: tuple[str, str]) -> None:
    """Every report is looked for first, the altered one too."""
    bad, other = two
    altered(world, "reports SET state = 'bogus'", bad)
    assert recovery.mark_for_look_up(world.store) == 1
    claim = world.claimed()
    assert (claim.reference, claim.find_first) == (other, True)


def test_records_are_looked_up_once_more_beside_it(world: World, two: tuple[str, str]) -> None:
    """The other's record is looked up at night."""
    bad, other = two
    for _ in two:
        world.finish(world.claimed())
    altered(world, "reports SET due_at = 'x'", bad)
    reconciling.start(world.store, START - timedelta(days=1), {})
    stored = world.store.report(other)
    assert stored is not None
    assert JobKind.RECONCILE in {job.kind for job in stored.jobs}


@pytest.mark.parametrize(("statement", "place"), ROWS.items(), ids=ROWS)
def test_a_row_that_cannot_be_read_stops_no_command(tmp_path: Path, statement: str, place: str) -> None:
    """Lists show the others and name it, one report says that it cannot be read, verification names the place."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    bad, other = system.ingest("08-bank-card.json", "07-phone-snatch.json")
    with system.app.store._engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {statement} WHERE reference = ?", (bad,))
    listed = run(system.folder, "reports", "--json")
    assert listed.returncode == 0
    assert other in listed.stdout
    assert bad in listed.stdout + listed.stderr
    assert run(system.folder, "status", "--json").returncode == 0
    assert run(system.folder, "reconcile", "--json").returncode == 0
    assert run(system.folder, "report", bad, "--json").returncode in {0, NEEDS_A_PERSON}
    verified = run(system.folder, "audit", "verify")
    assert verified.returncode == NEEDS_A_PERSON
    assert f"{bad}: {place}" in verified.stdout


def test_a_report_that_cannot_be_read_says_so(world: World) -> None:
    """Who asks for it is told which it is and what to do."""
    bad = world.receive(1).reference
    altered(world, "reports SET data = '{'", bad)
    with pytest.raises(
        RowUnreadable, match=rf"{bad}: its row in the database cannot be read. Run `rpa audit"
    ):
        viewing.view(world.store, person("user:kim"), bad)
