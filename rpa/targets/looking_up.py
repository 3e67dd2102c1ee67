"""A look-up: search in a dialog and choose the one result that is exactly ours, else say that there is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from rpa.browser.tab import Job, Region, Tab
from rpa.errors import TargetChanged
from rpa.targets.matching import match, plain
from rpa.targets.profile import Control, Kind


async def look_up(
    tab: Tab, page: Region, screen: str, name: str, control: Control, parts: Mapping[str, str]
) -> str:
    """What the page shows as chosen.

    A result is chosen only when every part of `match` is known and exactly one row equals them all; in every
    other case, none or several, `otherwise` is pressed: a robot does not guess who somebody is (P5).
    """
    written = {part: _written(control, part, text) for part, text in parts.items()}
    dialog = Region(page.css, dialog=control.dialog)
    await tab.press(page, control.open or name)
    await tab.wait_for("waiting for a dialog", "survey", dialog)
    row = await _only_match(tab, dialog, screen, name, control, written)
    if row is None:
        await tab.press(dialog, control.otherwise or "Cancel")
    else:
        await tab.press_in_row(dialog, row, control.choose or "Choose")
    await tab.wait_for("waiting for the choice to be shown", "chosen", page, name, control.dialog)
    survey = await tab.survey(page) or ()
    (shown,) = match(screen, name, control, survey)
    return str(shown.holds)


async def _only_match(
    tab: Tab, dialog: Region, screen: str, name: str, control: Control, parts: Mapping[str, str]
) -> int | None:
    if any(part not in parts for part in control.match):
        return None
    survey = await tab.survey(dialog) or ()
    jobs = [
        Job(match(screen, field, Control(kind=Kind.TEXT), survey)[0].index, "text", parts[part])
        for field, part in control.search.items()
        if part in parts
    ]
    await tab.key(jobs)
    await tab.press(dialog, control.press or "Search")
    seen = await tab.wait_for("waiting for results", "results", dialog, control.none)
    rows = await tab.table(dialog) if seen == "rows" else ()
    if rows and not set(control.match) <= rows[0].keys():
        raise TargetChanged(screen, name, "its results lack a column")
    same = [
        number
        for number, row in enumerate(rows)
        if all(plain(row[part]) == plain(parts[part]) for part in control.match)
    ]
    return same[0] if len(same) == 1 else None


def _written(control: Control, part: str, text: str) -> str:
    pattern = control.formats.get(part)
    return date.fromisoformat(text).strftime(pattern) if pattern else text
