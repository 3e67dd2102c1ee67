"""A row of circuit breakers, workers or changes that somebody has altered so that it cannot be read: it is named,
and everything else goes on (P1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.actions import breakers, drift, heartbeats
from orchestrator.jobs.account_leases import paused_accounts
from orchestrator.states import Reason, State
from orchestrator.store import RowUnreadable, Trouble, utc_now
from rpa.errors import Cause, TargetChanged
from tests import acts
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.store_world import World
from tests.system_world import System, make_short_system, make_system, run, until

NEEDS_A_PERSON = 1
BREAKERS = [
    "reason = 'bogus'",
    "faults = 'x'",
    "probes = 'x'",
    "message = x'00'",
    "met_by = x'ff'",
    "opened_at = 'x'",
    "probe_at = 'x'",
]
CHANGES = [
    "cause = 'bogus'",
    "proposals = '{'",
    "proposals = '5'",
    "proposals = '[1]'",
    "last_seen = 'x'",
    "count = 'x'",
]
JOBS = ["keyed = '{'", "keyed = '[1]'", "claimed_at = NULL", "claimed_at = 'x'", "state = 'bogus'"]


def altered(world: World, statement: str) -> None:
    """Somebody writes to the database."""
    with world.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {statement}")


def trouble(world: World, target: str, account: str = "") -> Trouble:
    """What opens the circuit breaker of a target, or of an account in it, at once."""
    return Trouble(
        target=target,
        account=account,
        reason=Reason.TARGET_FAULT,
        message="it answers 500",
        met_by="CR-1",
        claimed_at=world.clock(),
        probe_seconds=10,
    )


@pytest.mark.parametrize("values", BREAKERS)
@pytest.mark.parametrize("account", ["", "chs-robot2"], ids=["of a target", "of an account"])
def test_a_breaker_that_cannot_be_read_is_open_for_its_own_alone(
    world: World, account: str, values: str
) -> None:
    """The target, or the account, that it is about is not worked in; any other is. It closes when an administrator
    says so, and can be read from then on."""
    target = "chs" if account else "other"
    breakers.record_trouble(world.store, trouble(world, target, account))
    altered(world, f"breakers SET {values}")
    world.clock.turn(1000)
    world.receive(1)
    assert [(each.account, each.is_open) for each in world.store.breakers()] == [(account, True)]
    assert world.store.breakers()[0].waits_for_somebody
    assert paused_accounts(world.store) == {(target, account)}
    assert not world.store.is_waiting({target: account or "other-robot1"})
    assert world.claim("robot2", (target,)) is None
    assert world.claim("robot1", ("chs", "other")) is not None
    assert list(world.store.altered()) == [
        (f"circuit breaker {f'{target} {account}'.strip()}", "its row cannot be read")
    ]
    (closed,) = acts.close_breaker(world.store, target, None, "user:kim")
    assert (closed.target, closed.account) == (target, account)
    assert [each.is_open for each in world.store.breakers()] == [False]
    world.assert_trail_holds()


def test_a_breaker_that_cannot_be_read_fails_no_job_in_hand(world: World) -> None:
    """Whatever a job comes to that was claimed before, the breaker stays open."""
    world.receive(1)
    claim = world.claimed()
    world.clock.turn(1)
    breakers.record_trouble(world.store, trouble(world, "chs"))
    altered(world, "breakers SET reason = 'bogus', opened_at = '2020-01-01'")
    assert breakers.record_trouble(world.store, trouble(world, "chs")).open
    assert breakers.record_success(world.store, claim) == []
    assert [(each.is_open, each.readable) for each in world.store.breakers()] == [(True, False)]


@pytest.mark.parametrize(
    "values", ["heard_at = 'x'", "started_at = 'x'", "robots = 'x'", "progress_at = 'x'"]
)
def test_a_worker_that_cannot_be_read_hides_no_other(world: World, values: str) -> None:
    """The others are listed, and it is named."""
    heartbeats.record(world.store, "host1", 7, 4, progress=True)
    heartbeats.record(world.store, "host2", 8, 4, progress=True)
    altered(world, f"workers SET {values} WHERE process = 7")
    unreadable: list[str] = []
    assert [each.process for each in world.store.workers(unreadable.append)] == [8]
    assert unreadable == ["worker host1 7"]
    assert list(world.store.altered()) == [("worker host1 7", "its row cannot be read")]
    with pytest.raises(RowUnreadable, match="worker host1 7"):
        world.store.workers()


def changes_of_two(world: World) -> None:
    """Two changes of a target, and a report keyed since."""
    for control in ("Surname", "Title"):
        change = TargetChanged("Person", control, "no such control", Cause.GONE, proposals=("Name",))
        drift.note_target_change(world.store, "chs", change)
    world.clock.turn(60)
    world.receive(1)
    claim = world.claimed()
    world.clock.turn(5)
    world.press(claim)


@pytest.mark.parametrize("values", CHANGES)
def test_a_change_that_cannot_be_read_hides_no_other(world: World, values: str) -> None:
    """The others are listed, and it is named."""
    changes_of_two(world)
    altered(world, f"drift SET {values} WHERE place LIKE '%Surname%'")
    unreadable: list[str] = []
    (shown,) = world.store.drift(unreadable=unreadable.append)
    (name,) = unreadable
    assert ("Title" in shown.place, "Surname" in name) == (True, True)
    assert list(world.store.altered()) == [(name, "its row cannot be read")]


@pytest.mark.parametrize("values", JOBS)
def test_a_job_that_cannot_be_read_hides_no_change(world: World, values: str) -> None:
    """It shows of no change that it is over."""
    changes_of_two(world)
    altered(world, f"jobs SET {values}")
    assert [each.over for each in world.store.drift()] == [False, False]


def test_a_job_in_hand_that_cannot_be_read_hides_no_other(world: World) -> None:
    """The others are listed, and it is named."""
    for number in (1, 2):
        world.receive(number)
        world.claimed(f"robot{number}")
    altered(world, "jobs SET lease_until = 'x' WHERE id = 1")
    unreadable: list[str] = []
    assert [each.robot for each in world.store.in_hand(unreadable.append)] == ["robot2"]
    assert unreadable == ["job 1"]


def test_a_resting_job_that_cannot_be_read_is_no_time_to_wait_for(world: World) -> None:
    """When a report may be claimed again is not known then, and nothing fails."""
    world.receive(1)
    altered(world, "jobs SET not_before = 'x'")
    assert world.store.resting_until() is None


def test_when_a_switch_was_changed_is_no_matter_of_verification(world: World) -> None:
    """A time that is none beside a switch keeps nothing from being verified."""
    altered(world, "switches SET changed_at = 'x'")
    altered(world, "target_switches SET changed_at = 'x'")
    world.assert_trail_holds()


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation with a row of each kind that cannot be read, and no target to reach."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    system.ingest("08-bank-card.json")
    store = system.app.store
    changes = [TargetChanged("Person", each, "gone", Cause.GONE) for each in ("Surname", "Title")]
    for change in changes:
        drift.note_target_change(store, "chs", change)
    heartbeats.record(store, "host1", 7, 4, progress=True)
    unreachable = Trouble(
        target="chs",
        account="robot1",
        reason=Reason.TARGET_AWAY,
        message="away",
        met_by="robot1",
        claimed_at=utc_now(),
        probe_seconds=10,
    )
    breakers.record_trouble(store, unreachable)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE breakers SET reason = 'bogus'")
        connection.exec_driver_sql("UPDATE workers SET heard_at = 'x'")
        connection.exec_driver_sql("UPDATE drift SET cause = 'bogus' WHERE place LIKE '%Surname%'")
    return system


@pytest.mark.parametrize("json", [(), ("--json",)], ids=["for a person", "for a program"])
def test_commands_show_the_rest_and_name_what_cannot_be_read(system: System, json: tuple[str, ...]) -> None:
    """None ends with an error; each says which row it is, and `rpa audit verify` names them all."""
    named = {
        ("status",): ["worker host1 7: its row in the database cannot be read", "rpa targets retry chs"],
        ("targets", "list"): ["rpa targets retry chs"],
        ("drift",): ["Surname", "its row in the database cannot be read", "Title"],
    }
    for command, words in named.items():
        done = run(system.folder, *command, *json)
        assert done.returncode == 0, done.stderr
        said = " ".join((done.stdout + done.stderr).split())
        assert [each for each in words if each not in said] == []


def test_verification_names_every_row_that_cannot_be_read(system: System) -> None:
    """`rpa audit verify` ends with 1 and names breaker, worker and change; `rpa reconcile` goes on."""
    said = system.rpa("audit", "verify", code=NEEDS_A_PERSON)
    for name in ("circuit breaker chs robot1", "worker host1 7", "Surname: gone"):
        assert f"{name}: its row cannot be read" in said
    assert "3 findings" in said
    assert "0 records looked up" in system.rpa("reconcile")


def test_the_service_goes_on_with_a_breaker_that_cannot_be_read(tmp_path: Path, practice: RunningChs) -> None:
    """It neither ends nor starts its worker anew. The report waits until somebody has the target tried again, and
    is keyed then."""
    system = make_short_system(tmp_path, practice)
    (reference,) = system.ingest("08-bank-card.json")
    with system.app.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO breakers (target, account, reason, message, faults, opened_at, probe_at, probes) "
            "VALUES ('chs', '', 'bogus', 'm', 1, '2026-01-01', '2026-01-01', 0)"
        )
    with system.started("run", "--until-idle") as process:
        until(lambda: system.log().count("waiting for robots") > 2, why=system.log)
        assert system.report(reference).state is State.READY
        system.rpa("targets", "retry", "chs")
        assert process.wait(120) == 0
    assert "worker ended" not in system.log()
    assert system.records() == {reference: 1}
