"""A change in a target that a worker has met is planned around from then on, until it is tried again."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.definitions import load_definitions
from orchestrator.jobs.tasks import WorkerContext, do
from orchestrator.originals import Originals
from orchestrator.settings import load_settings
from orchestrator.states import State
from rpa.browser.launch import Browser
from rpa.documents.files import read_file
from rpa.robot import Account, Robot
from tests.acts import receive_as_channel
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.store_world import World
from tests.worlds import SAMPLES, all_forms

pytestmark = pytest.mark.asyncio(loop_scope="session")


def context(folder: Path, world: World, browser: Browser, url: str) -> WorkerContext:
    """An context on a store, for the practice CHS at an address."""
    settings = load_settings(
        data_dir=folder, targets={"chs": {"profile": "chs", "url": url}}, forms={"ocr": {"target": "chs"}}
    )
    originals = Originals(folder)
    return WorkerContext(settings, world.store, originals, load_definitions(settings), browser, world.clock)


async def test_the_next_report_does_not_meet_the_change_again(
    tmp_path: Path, world: World, browser: Browser, practice: RunningChs
) -> None:
    """The first report finds that a control has another name; the second is planned around it from the start, and
    when the time for that is over a third meets it again."""
    practice.practice("POST", "layout", {"variant": "relabelled"})
    here = context(tmp_path, world, browser, practice.base)
    robot = Robot(browser, here.definitions.targets["chs"], Account("robot01", "practice-robot01"))
    met = []
    for name in ("07-phone-snatch.json", "12-male-suspect.json", "05-shop-theft.json"):
        receipt = receive_as_channel(read_file(SAMPLES / name), all_forms(), here.store, here.originals)
        if len(met) == 2:
            world.clock.turn(here.known.remembered.total_seconds())
        await do(here, robot, world.claimed())
        assert world.state(receipt.reference)[0] is State.REVIEW
        met.append(max(drift.count for drift in world.store.drift("chs")))
    await robot.close()
    assert met == [1, 1, 2]
    assert all(drift.proposals for drift in world.store.drift("chs"))
