"""A robot's update of a saved record, on the practice CHS: which rows it adds that the record shows already."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.actions import corrections
from orchestrator.actions.corrections import Correction
from orchestrator.definitions import Definitions
from orchestrator.jobs.context import WorkerContext, stored_of
from orchestrator.jobs.planning import planner
from orchestrator.jobs.tasks import do
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.settings import load_settings
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim
from rpa.browser.launch import Browser
from rpa.documents.files import read_file
from rpa.report import Change
from tests import acts
from tests.integration.practice_chs_visitor import RunningChs, Visitor
from tests.integration.store_world import World
from tests.short_records import short_definitions, shorten
from tests.worlds import SAMPLES, all_forms, robot

pytestmark = pytest.mark.asyncio(loop_scope="session")

SORT_CODE = (
    "/stolenItem/0/bankCardSortcode"  # it has no control: it is told in the narrative, a row of the log
)


def correct(context: WorkerContext, reference: str) -> None:
    """Correct an answer of a saved report, so that its record is to be updated by a new row."""
    changed = Correction((Change(SORT_CODE, "00-00-01"),), "They rang")
    reader, kim = Reader(context.definitions.forms), acts.person("user:kim")
    corrections.correct(
        context.store, context.originals, context.definitions, reader, kim, reference, changed
    )


async def add_by_hand(context: WorkerContext, claim: Claim, chs: RunningChs, reference: str) -> None:
    """Somebody adds the row to the record that the update is going to add."""
    revised, _ = await planner(context, claim, await stored_of(context, claim))
    (log,) = (page for page in revised(frozenset()).pages if page.screen == "Log")
    row = {each.control: str(each.value) for each in log.rows["Log entries"][-1]}
    with closing(Visitor(chs.base)) as visitor:
        visitor.sign_in("robot02")
        page = visitor.open(visitor.open(f"/records/{reference}").link("Amend record"))
        page = visitor.save_screen(visitor.open(page.link("Log")), {}, [row])
        visitor.press(visitor.open(page.link("Review changes")))


async def test_a_row_that_the_record_shows_already(
    tmp_path: Path, browser: Browser, practice: RunningChs
) -> None:
    """Where no earlier life of the database can have saved the update, a row that is there is somebody else's: the
    robot adds its own."""
    shorten(practice)
    world, given = World(tmp_path), short_definitions()
    settings = load_settings(data_dir=tmp_path, targets={"chs": {"profile": "chs", "url": practice.base}})
    target = given.target(practice.base)
    definitions = Definitions(all_forms(), {"chs": target}, {("chs", "ocr"): given.mapping})
    originals, one = Originals(tmp_path), robot(browser, target)
    context = WorkerContext(settings, world.store, originals, definitions, browser, world.clock)
    acts.receive_as_channel(read_file(SAMPLES / "08-bank-card.json"), all_forms(), world.store, originals)
    keyed = world.claimed()
    await do(context, one, keyed)
    correct(context, keyed.reference)
    claim = world.claimed()
    assert (claim.kind, claim.find_first) == (JobKind.UPDATE, False)
    await add_by_hand(context, claim, practice, claim.target_reference or "")
    await do(context, one, claim)
    await one.close()
    (record,) = practice.records(claim.reference)
    first, by_hand, ours = record["rows"]["Log entries"]
    assert first != by_hand
    assert by_hand == ours
    assert world.state(claim.reference) == (State.REVIEW, Reason.VERIFIED)
    world.assert_trail_holds()
    world.engine.dispose()
