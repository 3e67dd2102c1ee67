"""What a plain Playwright script does with the same report: fill control by control, check nothing, save.

Written as an engineer would who knows the practice CHS and its ids. All is worked out before the clock runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date

from playwright.async_api import Page

from rpa.plan import ControlValue, PagePlan, Plan
from rpa.practice_chs.screens import Control, Grid, GridStyle, Kind, Screen, standard_screens

Step = Callable[[Page], Awaitable[object]]


def steps(plan: Plan) -> list[list[Step]]:
    """The steps of each screen, in order."""
    screens = {screen.title: screen for screen in standard_screens()}
    return [list(_page(screens[page.screen], page)) for page in plan.pages]


async def key(page: Page, script: list[list[Step]]) -> None:
    """Key a report from the home page to the saved record."""
    await page.goto("/home")
    await page.locator("#content").get_by_role("link", name="New record").click()
    for number, screen in enumerate(script):
        for step in screen:
            await step(page)
        last = number == len(script) - 1
        await page.get_by_role("button", name="Save record" if last else "Save and continue").click()
    await page.get_by_role("heading", name="Record saved").wait_for()


def _page(screen: Screen, plan: PagePlan) -> Iterator[Step]:
    controls = {control.key: control for control in screen.controls()}
    if any(
        section.collapsed
        and any(control.key == entry.control for control in section.controls for entry in plan.entries)
        for section in screen.sections
    ):
        yield lambda page: page.get_by_role("button", name="More about this person").click()
    for entry in plan.entries:
        yield from _entry(controls[entry.control], entry)
    grids = {grid.label: grid for grid in screen.grids}
    for name, rows in plan.rows.items():
        for number, row in enumerate(rows, start=1):
            yield from _row(grids[name], number, row)


def _entry(control: Control, entry: ControlValue) -> Iterator[Step]:  # noqa: C901 - a case a kind
    name, value = control.name, entry.value
    match control.kind:
        case Kind.DATE_BOXES:
            day = date.fromisoformat(str(value))
            for suffix, text in (("_d", f"{day:%d}"), ("_m", f"{day:%m}"), ("_y", f"{day:%Y}")):
                yield _fill(f"#{name}{suffix}", text)
        case Kind.DATE:
            yield _fill(f"#{name}", f"{date.fromisoformat(str(value)):%d/%m/%Y}")
        case Kind.SELECT | Kind.SELECT_DEPENDENT:
            yield _select(f"#{name}", str(value))
        case Kind.SELECT_DRESSED:
            yield lambda page: page.locator(f"#{name}").select_option(label=str(value), force=True)
        case Kind.RADIOS | Kind.CHECKBOXES:
            chosen = value if isinstance(value, tuple) else (value,)
            for option in control.options:
                if option.text in chosen:
                    yield _check(f"#{name}_{option.code}")
        case Kind.CHECKBOX:
            if value:
                yield _check(f"#{name}")
        case Kind.COMBOBOX | Kind.COMBOBOX_FETCHED:
            yield _fill(f"#{name}", str(value))
            yield lambda page: page.get_by_role("option", name=str(value), exact=True).click()
        case Kind.TOKENS:
            for token in value if isinstance(value, tuple) else ():
                yield _fill(f"#{name}_entry", token)
                yield lambda page: page.locator(f"#{name}_entry").press("Enter")
        case Kind.RICH_TEXT:
            yield lambda page: page.frame_locator(f"#{name}_frame").locator("body").fill(str(value))
        case Kind.LOOKUP:
            yield from _look_up(control, entry)
        case _:
            yield _fill(f"#{name}", str(value))


def _look_up(control: Control, entry: ControlValue) -> Iterator[Step]:
    parts = entry.value if isinstance(entry.value, dict) else {}
    person = control.find == "person"
    yield lambda page: page.locator(f"#{control.name}_find").click()
    fields = (
        {"Surname": parts.get("Surname", ""), "Forename": parts.get("Forename", "")}
        if person
        else {"Postcode to search": parts.get("Postcode", "")}
    )
    for label, text in fields.items():
        yield lambda page, label=label, text=text: page.get_by_role("dialog").get_by_label(label).fill(text)
    search = "Search people" if person else "Search addresses"
    yield lambda page: page.get_by_role("button", name=search).click()
    otherwise = "Create new person" if person else "Enter by hand"
    yield lambda page: page.get_by_role("button", name=otherwise).click()


def _row(grid: Grid, number: int, row: tuple[ControlValue, ...]) -> Iterator[Step]:
    columns = {column.label: column for column in grid.columns}
    if grid.style is GridStyle.ATTACHMENTS:
        return
    yield lambda page: page.get_by_role("button", name=grid.add).click()
    dialog = grid.style is GridStyle.DIALOG
    for entry in row:
        column = columns[entry.control]
        selector = f"#dlg_{column.name}" if dialog else f"#{column.name}_{number}"
        text = str(entry.value)
        if column.kind is Kind.DATE:
            text = f"{date.fromisoformat(text):%d/%m/%Y}"
        yield _select(selector, text) if column.options else _fill(selector, text)
    if dialog:
        yield lambda page: page.get_by_role("button", name=grid.keep).click()


def _fill(selector: str, text: str) -> Step:
    return lambda page: page.locator(selector).fill(text)


def _select(selector: str, text: str) -> Step:
    return lambda page: page.locator(selector).select_option(label=text)


def _check(selector: str) -> Step:
    return lambda page: page.locator(selector).check()
