"""The practice CHS in a real browser: the controls that have a life of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import FilePayload, Locator, Page, async_playwright, expect

from rpa.browser.launch import find_browser
from tests.integration.practice_chs_visitor import RunningChs

pytest_plugins = ["tests.integration.practice_chs_fixtures"]


@pytest.fixture
async def page(chs: RunningChs) -> AsyncIterator[Page]:
    """A page signed in at a new record, which must raise no script error."""
    wrong: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = await browser.new_page(base_url=chs.base)
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto("/sign-in")
        await page.get_by_label("User name").fill("robot01")
        await page.get_by_label("Password").fill("practice-robot01")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("link", name="New record").first.click()
        yield page
        await browser.close()
    assert wrong == []


async def forward(page: Page, heading: str) -> None:
    """Save and continue, on to the screen named."""
    await page.get_by_role("button", name="Save and continue").click()
    await expect(page.locator("h1")).to_have_text(heading)


async def choose(page: Page, screen: str) -> None:
    """Go to a screen by the side list."""
    await page.get_by_role("navigation", name="Record screens").get_by_role("link", name=screen).click()
    await expect(page.locator("h1")).to_have_text(screen)


async def first_screen(page: Page) -> None:
    """Key the first screen; the time is masked as it is typed."""
    await page.get_by_label("Source reference").fill("REF-9")
    await page.get_by_label("Origin").select_option(label="Online form")
    boxes = page.get_by_role("group", name="Date reported")
    for label, value in (("Day", "3"), ("Month", "2"), ("Year", "2026")):
        await boxes.get_by_label(label).fill(value)
    await page.get_by_label("Time reported").press_sequentially("1x405")
    await expect(page.get_by_label("Time reported")).to_have_value("14:05")
    await page.get_by_role("group", name="Reported as").get_by_label("Witness").check()
    await forward(page, "Person reporting")


async def person_screen(page: Page) -> None:
    """Key the comboboxes, the dressed-up list, the look-up and the collapsed section."""
    title = page.get_by_label("Title", exact=True)
    await title.press_sequentially("wizard")
    await page.keyboard.press("Tab")
    await expect(title).to_have_value("")
    await title.press_sequentially("prof")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(title).to_have_value("Professor")
    await page.get_by_label("Country").fill("france")
    await page.get_by_label("Country").blur()
    await expect(page.get_by_label("Country")).to_have_value("France")
    await page.get_by_role("button", name="Ethnicity (self-defined)").click()
    await page.get_by_role("option", name="NS Not stated").click()
    await page.get_by_role("button", name="Find person").click()
    dialog = page.get_by_role("dialog", name="Find person")
    await dialog.get_by_label("Surname").fill("Nobody")
    await dialog.get_by_role("button", name="Search people").click()
    await expect(dialog.get_by_text("No people found")).to_be_visible()
    await dialog.get_by_label("Surname").fill("Specimen")
    await dialog.get_by_label("Forename").fill("Taylor")
    await dialog.get_by_label("Forename").press("Enter")
    await dialog.get_by_role("button", name="Choose").click()
    await expect(page.locator("output")).to_have_text("P-000143 SPECIMEN Taylor 11/10/1990")
    more = page.get_by_role("button", name="More about this person")
    await expect(page.get_by_label("Alias")).to_be_hidden()
    await more.click()
    await page.get_by_label("Alias").fill("Example")
    await forward(page, "Victim")


async def location_screen(page: Page) -> None:
    """Settle the gazetteer's look-up by hand."""
    await page.get_by_role("button", name="Find address").click()
    dialog = page.get_by_role("dialog", name="Find address")
    await dialog.get_by_role("button", name="Enter by hand").click()
    await expect(page.locator("output")).to_have_text("Entered by hand")
    await forward(page, "Incident")


async def incident_screen(page: Page) -> None:
    """Key the dependent list, the date picker, the rich text and the tokens."""
    await page.get_by_label("Category").select_option(label="Crime")
    await page.get_by_label("Opening code").select_option(label="003 Burglary Dwelling")
    await page.get_by_label("Date from").fill("1/2/2026")
    await page.get_by_label("Date to").fill("15/02/2026")
    await page.get_by_label("Date to").blur()
    await page.get_by_label("Date to").focus()
    await page.locator(".calendar").get_by_role("button", name="16").click()
    await expect(page.get_by_label("Date to")).to_have_value("16/02/2026")
    editor = page.frame_locator("iframe").locator("body")
    await editor.press_sequentially("One  line")
    for key in ("Enter", "Enter"):
        await page.keyboard.press(key)
    await page.get_by_role("button", name="B", exact=True).click()
    await page.keyboard.type("and <another>")
    for weapon in ("Stick", "Stone"):
        await page.get_by_label("Weapons", exact=True).fill(weapon)
        await page.get_by_label("Weapons", exact=True).press("Enter")
    await page.get_by_role("button", name="Remove Stick").click()
    await forward(page, "Suspects")


async def add_suspect(page: Page) -> None:
    """Keep a suspect; the dialog refuses a date that is none first."""
    await page.get_by_role("button", name="Add suspect").click()
    dialog = page.get_by_role("dialog", name="Suspect")
    await dialog.get_by_label("Surname").fill("Sample")
    await dialog.get_by_label("Date of birth").fill("31/02/1990")
    await dialog.get_by_role("button", name="Keep suspect").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Date of birth must be a real date")
    await dialog.get_by_label("Date of birth").fill("28/02/1990")
    await dialog.get_by_label("Gender").select_option(label="Not known")
    await dialog.get_by_role("button", name="Keep suspect").click()
    await expect(dialog).to_have_count(0)


async def add_log_entries(page: Page) -> None:
    """Key two rows in place and take one away again."""
    rows = page.locator("tbody tr")
    for place, text in enumerate(("first", "second")):
        await page.get_by_role("button", name="Add entry").click()
        await rows.nth(place).locator("select").select_option(label="Note")
        await rows.nth(place).locator("textarea").fill(text)
    await rows.first.get_by_role("button", name="Remove").click()
    await expect(rows).to_have_count(1)


async def attach_file(page: Page, row: Locator) -> None:
    """Attach a file; its row comes without a new page."""
    file: FilePayload = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"example"}
    await page.get_by_label("File").set_input_files(file)
    await page.get_by_label("Description").fill("A note")
    await page.get_by_role("button", name="Attach").click()
    await expect(row).to_contain_text("note.txt")


async def test_a_record_is_keyed_with_real_clicks(chs: RunningChs, page: Page) -> None:
    """Every control that a script brings to life gives its value to the saved record."""
    await first_screen(page)
    await person_screen(page)
    await page.get_by_label("The person reporting").check()
    await forward(page, "Location")
    await location_screen(page)
    await incident_screen(page)
    await add_suspect(page)
    await forward(page, "Property")
    await choose(page, "Log")
    await add_log_entries(page)
    await forward(page, "Attachments")
    await attach_file(page, page.locator("tbody tr"))
    await forward(page, "Review")
    await page.get_by_role("button", name="Save record").click()
    await expect(page.locator("h1")).to_have_text("Record saved")

    (record,) = chs.records("REF-9")
    person, incident = record["fields"]["Person reporting"], record["fields"]["Incident"]
    assert person == {
        "Person record": "P-000143 SPECIMEN Taylor 11/10/1990",
        "Title": "Professor",
        "Ethnicity (self-defined)": "NS Not stated",
        "Current address / Country": "France",
        "Alias": "Example",
    }
    assert incident["Opening code"] == "003 Burglary Dwelling"
    assert (incident["Date from"], incident["Date to"]) == ("01/02/2026", "16/02/2026")
    assert incident["Description"] == "One  line\n\nand <another>"
    assert incident["Weapons"] == ["Stone"]
    assert record["rows"]["Suspects"] == [
        {"Surname": "Sample", "Date of birth": "28/02/1990", "Gender": "Not known"}
    ]
    assert record["rows"]["Log entries"] == [{"Entry type": "Note", "Entry": "second"}]
    assert record["rows"]["Attachments"][0]["Size"] == "7 bytes"


async def test_a_refused_screen_leads_to_its_control(page: Page) -> None:
    """The error summary has the focus, and its links put it on the control, even one dressed up by a script."""
    await page.get_by_role("button", name="Save and continue").click()
    summary = page.get_by_role("alert")
    await expect(summary).to_be_focused()
    await summary.get_by_role("link", name="Time reported must be given").click()
    await expect(page.get_by_label("Time reported")).to_be_focused()
