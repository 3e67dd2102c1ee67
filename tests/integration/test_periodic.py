"""What recurs while the system runs."""

from __future__ import annotations

from pathlib import Path

from orchestrator.app import App
from orchestrator.originals import Originals
from orchestrator.service.periodic import PeriodicJobs, schedule
from orchestrator.states import JobKind
from orchestrator.store import Store, utc_now
from tests.integration.store_world import KEY, World
from tests.integration.test_worker_settling import settings_of, shipped


def test_what_was_saved_lately_is_looked_for_at_night(tmp_path: Path) -> None:
    """The nightly round has robots look once more for every record saved in the last two days, at two in UTC."""
    world = World(tmp_path)
    world.store = Store(world.engine, utc_now, KEY)
    world.receive()
    world.finish(world.claimed())
    assert world.claim() is None
    settings = settings_of(tmp_path)
    rounds = PeriodicJobs(App(settings, world.store, Originals(tmp_path)), shipped(), lambda: settings, None)
    trigger = schedule(rounds).get_job("reconcile").trigger
    assert trigger.get_next_fire_time(None, utc_now()).hour == 2
    rounds.reconcile()
    assert world.claimed().kind is JobKind.LOOK_UP
    world.engine.dispose()
