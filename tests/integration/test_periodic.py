"""What recurs while the system runs."""

from __future__ import annotations

from pathlib import Path

from orchestrator.app import App
from orchestrator.originals import Originals
from orchestrator.service.periodic import PeriodicJobs, schedule
from orchestrator.settings import OperationsSettings
from orchestrator.states import JobKind
from orchestrator.store import Store, utc_now
from tests.integration.store_world import KEY, World
from tests.integration.test_worker_settling import settings_of, shipped


def test_what_was_saved_lately_is_looked_for_at_night(tmp_path: Path) -> None:
    """The nightly round has robots look once more for every record saved in the last two days, at the hour
    in UTC that the settings say, and its other jobs come as often as they say."""
    world = World(tmp_path)
    world.store = Store(world.engine, utc_now, KEY)
    world.receive()
    world.finish(world.claimed())
    assert world.claim() is None
    operations = OperationsSettings(reconcile_hour=4, receive_seconds=7)
    settings = settings_of(tmp_path).model_copy(update={"operations": operations})
    rounds = PeriodicJobs(App(settings, world.store, Originals(tmp_path)), shipped(), lambda: settings, None)
    scheduled = schedule(rounds)
    assert scheduled.get_job("reconcile").trigger.get_next_fire_time(None, utc_now()).hour == 4
    assert scheduled.get_job("receive").trigger.interval.total_seconds() == 7
    rounds.reconcile()
    assert world.claimed().kind is JobKind.RECONCILE
    world.engine.dispose()
