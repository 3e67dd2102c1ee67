"""A look-up: search in a dialog and choose the one result that matches exactly, else none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from rpa.browser.names import folded
from rpa.browser.values import ControlToKey, Region, Survey
from rpa.errors import Cause, TargetChanged
from rpa.plan import ControlValue
from rpa.targets.form_region import FormRegion
from rpa.targets.matching import match
from rpa.targets.profile import Control, Kind
from rpa.targets.values import written


async def look_up(form_region: FormRegion, entry: ControlValue) -> str:
    """Look up an entry; returns what the page shows as chosen.

    A result is chosen only when every part of `match` is known, all results are shown and exactly one row equals
    them all. In every other case `otherwise` is pressed: a robot does not guess who somebody is (P5).
    """
    control, name, tab = form_region.controls[entry.control], entry.control, form_region.tab
    given = entry.value if isinstance(entry.value, dict) else {}
    parts = {part: _written(control, part, text) for part, text in given.items()}
    dialog = Region(form_region.region.css, dialog=control.dialog)
    await tab.press(form_region.region, control.open or name)
    survey = await tab.wait_for_survey(dialog, "waiting for a dialog")
    row = await _only_match(form_region, dialog, name, survey, parts)
    if row is None:
        await tab.press(dialog, control.otherwise or "Cancel")
    else:
        await tab.press_in_row(dialog, row, control.choose or "Choose")
    return await tab.wait_for_choice(form_region.region, name, control.dialog)


async def _only_match(
    form_region: FormRegion, dialog: Region, name: str, survey: Survey, parts: Mapping[str, str]
) -> int | None:
    """The number (from 0) of the one result that equals every part, or None."""
    control, tab = form_region.controls[name], form_region.tab
    if any(part not in parts for part in control.match):
        return None
    jobs = [
        ControlToKey(found[0].handle, "text", parts[part])
        for field, part in control.search.items()
        if part in parts
        for found in [match(form_region.screen, field, Control(kind=Kind.TEXT), survey.controls)]
    ]
    await tab.key(jobs)
    await tab.press(dialog, control.press or "Search")
    seen = await tab.wait_for_results(dialog, control.none, control.more)
    rows = await tab.table(dialog) if seen == "rows" else ()
    if rows and not set(control.match) <= rows[0].keys():
        raise TargetChanged(form_region.screen, name, "its results lack a column", Cause.VALUE)
    same = [
        number
        for number, row in enumerate(rows)
        if all(folded(row[part]) == folded(parts[part]) for part in control.match)
    ]
    return same[0] if len(same) == 1 else None


def _written(control: Control, part: str, text: str) -> str:
    pattern = control.formats.get(part)
    return written(date.fromisoformat(text), pattern) if pattern else text
