"""Habits of real systems in a real browser: selects that post back or redraw, leaving, loops, untidy replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from rpa.browser.launch import find_browser
from tests.integration.practice_chs_visitor import RunningChs

pytest_plugins = ["tests.integration.practice_chs_fixtures"]

FIRST = "/record/contact-and-origin"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of the test's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def page(chs: RunningChs, browser: Browser) -> Page:
    """A page signed in at home."""
    page = await browser.new_page(base_url=chs.base)
    page.set_default_timeout(10_000)
    await page.goto("/sign-in")
    await page.get_by_label("User name").fill("robot01")
    await page.get_by_label("Password").fill("practice-robot01")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("h1")).to_have_text("Home")
    return page


async def choose_origin(page: Page) -> None:
    """Open a new record, key the reference, choose an origin."""
    await page.goto(FIRST)
    await page.get_by_label("Source reference").fill("REF-9")
    await page.get_by_label("Origin").select_option(label="Email")


@pytest.mark.parametrize(("variant", "kept"), [("kept", "REF-9"), ("emptied", "")])
async def test_choosing_reloads_the_screen(chs: RunningChs, page: Page, variant: str, kept: str) -> None:
    """A choice posts the form and a new page comes with the choice made, the rest as typed or empty."""
    chs.queue("postback-select", variant=variant)
    async with page.expect_navigation():
        await choose_origin(page)
        await page.wait_for_event("domcontentloaded")
    await expect(page.get_by_label("Origin")).to_have_value("3")
    await expect(page.get_by_label("Source reference")).to_have_value(kept)


async def test_choosing_redraws_the_form(chs: RunningChs, page: Page) -> None:
    """A choice puts the form up anew without a new page: the choice stays, what was typed is gone, all works."""
    chs.queue("redraw-select", seconds=0.05)
    await choose_origin(page)
    await expect(page.get_by_label("Source reference")).to_have_value("")
    await expect(page.get_by_label("Origin")).to_have_value("3")
    await page.get_by_label("Time reported").press_sequentially("1405")
    await expect(page.get_by_label("Time reported")).to_have_value("14:05")


async def test_a_redrawn_list_still_rules_the_one_that_hangs_on_it(chs: RunningChs, page: Page) -> None:
    """After the redraw of the list above it, a dependent list offers what belongs to the choice."""
    chs.queue("redraw-select", screen="Incident", control="Category")
    await page.goto(FIRST)
    await page.get_by_role("link", name="Incident").click()
    await page.get_by_label("Category").select_option(label="Crime")
    await expect(page.get_by_label("Opening code").locator("option", has_text="003 Burglary")).to_have_count(
        1
    )
    await expect(page.get_by_label("Category").locator("option:checked")).to_have_text("Crime")


async def test_a_page_asks_before_it_is_left(chs: RunningChs, page: Page) -> None:
    """Leaving a page that was keyed in asks first, staying stays, and its own button does not ask."""
    chs.queue("asks-before-leaving")
    await choose_origin(page)
    page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))
    async with page.expect_event("dialog") as asked:
        await page.get_by_role("link", name="Home").click(no_wait_after=True)
    assert (await asked.value).type == "beforeunload"
    await expect(page.get_by_label("Source reference")).to_have_value("REF-9")
    await page.get_by_role("button", name="Save and continue").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is a problem")


async def test_a_page_may_loop_for_ever(chs: RunningChs, page: Page) -> None:
    """A page whose script never ends answers nothing that is asked of it."""
    chs.queue("hang", variant="script")
    await page.goto(FIRST)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_ask_until_silent(page), 2)


async def _ask_until_silent(page: Page) -> None:
    # The loop starts right after the page has loaded, so a first question may still be answered.
    while await page.evaluate("1"):
        pass


@pytest.mark.parametrize("variant", ["trailing-bytes", "odd-chunks", "http-1.0"])
async def test_a_browser_understands_an_untidy_reply(chs: RunningChs, page: Page, variant: str) -> None:
    """Chromium follows each of the untidy answers to the saved record, and one record is saved."""
    await to_review(page)
    chs.queue("untidy-reply", variant=variant)
    await page.get_by_role("button", name="Save record").click()
    await expect(page.locator("h1")).to_have_text("Record saved")
    assert len(chs.records()) == 1


async def to_review(page: Page) -> None:
    """Key the least that a record needs."""
    await page.goto(FIRST)
    await page.get_by_label("Source reference").fill("REF-9")
    await page.get_by_label("Origin").select_option(label="Email")
    for label, value in (("Day", "3"), ("Month", "2"), ("Year", "2026"), ("Time reported", "1405")):
        await page.get_by_label(label).press_sequentially(value)
    await page.get_by_label("Witness").check()
    await page.get_by_role("button", name="Save and continue").click()
    await page.get_by_role("link", name="Victim").click()
    await page.get_by_label("The person reporting").check()
    await page.get_by_role("button", name="Save and continue").click()
    await page.get_by_role("link", name="Incident").click()
    await page.get_by_label("Category").select_option(label="Online report")
    await page.get_by_label("Opening code").select_option(label="900 Online crime report")
    await page.get_by_role("button", name="Save and continue").click()
    await page.get_by_role("link", name="Review").click()
