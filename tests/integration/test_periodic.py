"""What recurs while the system runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from structlog.testing import capture_logs

from orchestrator.actions import switching, work
from orchestrator.app import App
from orchestrator.jobs.context import horizon
from orchestrator.next_state import Next
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.service.periodic import PeriodicJobs, schedule
from orchestrator.settings import OperationsSettings
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Store, utc_now
from tests.acts import person
from tests.integration.store_world import KEY, World
from tests.integration.test_store_updates import corrected
from tests.integration.test_worker_settling import settings_of, shipped


def test_what_was_saved_lately_is_looked_for_at_night(tmp_path: Path) -> None:
    """The nightly round has robots look once more for every record saved in the last two days, at the hour
    in UTC that the settings say, once its target has to show it. Its other jobs come as often as they say."""
    world = World(tmp_path)
    world.store = Store(world.engine, utc_now, KEY)
    world.receive()
    world.finish(world.claimed())
    assert world.claim() is None
    operations = OperationsSettings(reconcile_hour=4, receive_seconds=7)
    settings = settings_of(tmp_path).model_copy(update={"operations": operations})
    rounds = PeriodicJobs(
        App(settings, world.store, Originals(tmp_path)), Reader(shipped().forms), lambda: settings, None
    )
    scheduled = schedule(rounds)
    assert scheduled.get_job("reconcile").trigger.get_next_fire_time(None, utc_now()).hour == 4
    assert scheduled.get_job("receive").trigger.interval.total_seconds() == 7
    rounds.reconcile()
    assert world.claim() is None
    shown = horizon(settings, "chs")
    world.store = Store(world.engine, lambda: utc_now() + shown, KEY)
    assert world.claimed().kind is JobKind.RECONCILE
    world.engine.dispose()


@pytest.mark.parametrize("by", ["hand", "settings"])
@pytest.mark.parametrize("updating", [False, True])
def test_what_waits_in_a_target_that_is_off_keeps_nobody_waiting(
    world: World, by: str, updating: bool
) -> None:
    """A report, or an update, that is uncertain in a target that is switched off is looked up when it is on
    again: until then the system is idle."""
    settings = settings_of(world.folder)
    rounds = PeriodicJobs(
        App(settings, world.store, Originals(world.folder)), Reader(shipped().forms), lambda: settings, None
    )
    if updating:
        corrected(world)
    else:
        world.receive()
    claim = world.claimed()
    work.about_to_save(world.store, claim, plan={}, before=[], after={}, revision=1)
    uncertain = Next(State.UNCERTAIN, Reason.SAVE_UNANSWERED)
    work.failed(world.store, claim, uncertain, "why", wait_seconds=0, pressed=True, signed_out=False)
    rounds.configure()
    assert not rounds.idle()
    if by == "hand":
        switching.switch_target(world.store, person("user:kim"), "chs", False)
    else:
        off = settings.targets["chs"].model_copy(update={"enabled": False})
        settings = settings.model_copy(update={"targets": {"chs": off}})
        rounds.configure()
    assert rounds.idle()


async def test_a_job_that_takes_longer_than_its_interval_is_told(world: World) -> None:
    """It does not run beside itself, and the log says once which it is, in a sentence of ours: here the database
    lets nobody write."""
    operations = OperationsSettings(follow_seconds=0.05)
    settings = settings_of(world.folder).model_copy(update={"operations": operations})
    app = App(settings, world.store, Originals(world.folder))
    scheduled = schedule(PeriodicJobs(app, Reader(shipped().forms), lambda: settings, None))
    told = asyncio.Event()
    skipped: list[object] = []

    def note(event: object) -> None:
        skipped.append(event)
        if len(skipped) > 2:
            told.set()

    scheduled.add_listener(note, EVENT_JOB_MAX_INSTANCES)
    with capture_logs() as logs:
        with world.store.writing():
            scheduled.start()
            await asyncio.wait_for(told.wait(), 30)
        scheduled.shutdown()
    said = "a periodic job takes longer than its interval"
    assert [each["event"] for each in logs if each.get("kind") == "configure"] == [said]
