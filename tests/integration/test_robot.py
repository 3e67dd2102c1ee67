"""A robot and the practice CHS: what is keyed is what was planned, whatever goes wrong on the way."""

from __future__ import annotations

import pytest

from rpa.browser.launch import Browser
from rpa.plan import Disposed
from tests.integration.practice_chs_visitor import RunningChs
from tests.ledger import expected, held_by
from tests.worlds import Keeper, definitions, key, robot, sample

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYED = [
    "01-bicycle-theft.json",
    "02-burglary.json",
    "04-for-an-elderly-parent.json",
    "05-shop-theft.json",
    "10-known-suspect.json",
    "13-long-story.json",
    "17-irregular-values.json",
    "18-with-media.json",
]


@pytest.mark.parametrize("name", KEYED)
async def test_ledger_equals_plan(name: str, browser: Browser, practice: RunningChs) -> None:
    """The ledger holds one record with every planned value and no other, and the robot reads the same back."""
    one = robot(browser, definitions().target(practice.base))
    keeper = Keeper()
    done = await key(one, sample(name), keeper)
    await one.close()
    (record,) = practice.records(done.keyed.plan.reference)
    assert record["chs_reference"] == done.reference
    assert held_by(record) == expected(done.keyed.plan, definitions().profile, done.keyed.held)
    assert done.reading.mismatches == ()
    assert done.reading.verified == done.keyed.plan.size
    assert keeper.told == ["submitting", done.reference]
    assert done.keyed.changes == ()
