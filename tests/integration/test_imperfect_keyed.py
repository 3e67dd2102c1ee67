"""Imperfect reports, keyed into the practice CHS by a real browser and read back."""

from __future__ import annotations

import pytest

from rpa.browser.launch import Browser
from tests.imperfect_reports import GO_ON
from tests.integration.practice_chs_visitor import RunningChs
from tests.worlds import case, definitions, key, robot

WORST = (
    "nothing about the person reporting",
    "a part that is one sentence",
    "a date that only has a month",
)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("name", WORST)
async def test_an_imperfect_report_is_saved_and_verified(
    name: str, browser: Browser, practice: RunningChs
) -> None:
    """A report with a problem becomes one record that holds what was planned, the problem in its log."""
    one = case(GO_ON[name].document())
    worker = robot(browser, definitions().target(practice.base))
    done = await key(worker, one)
    await worker.close()
    assert done.reading.mismatches == ()
    assert any("To be checked" in str(each.found) for each in done.reading.held)
