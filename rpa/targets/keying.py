"""Key one screen: survey, match, key, confirm. A page at a time, in as few trips as it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rpa.browser.seen import Found, Region
from rpa.browser.tab import Tab
from rpa.errors import ReportError, TargetError
from rpa.plan import Entry, Held, PagePlan
from rpa.targets.confirming import confirm
from rpa.targets.desk import SETTLING_SECONDS, Desk, Survey, as_tuple
from rpa.targets.looking_up import look_up
from rpa.targets.profile import Control, Grid, Kind, Profile, Screen

ACTED = frozenset({Kind.COMBOBOX, Kind.TOKENS, Kind.FILE})
"""Controls with a life of their own: each takes a trip, after those that one trip keys."""


async def key_screen(
    tab: Tab, profile: Profile, page: PagePlan, files: Mapping[str, bytes]
) -> tuple[Held, ...]:
    """Key everything the plan has for one screen; answers what its controls hold, which is exactly the plan.

    Raises `TargetChanged` when a control is not certain or does not hold its value.
    """
    screen = profile.by_name[page.screen]
    region = Region(profile.journey.scope)
    held = await _key_entries(Desk(tab, region, screen.name, screen.controls, files), page.entries)
    for name, rows in page.rows.items():
        there = len(await tab.table(Region(profile.journey.scope, grid=name))) if rows else 0
        for number, row in enumerate(rows, start=there):
            held += await _key_row(tab, profile, screen, name, number, row, files)
    return held


async def _key_entries(
    desk: Desk, entries: Sequence[Entry], survey: Survey | None = None
) -> tuple[Held, ...]:
    chosen: dict[str, str] = {}
    for number, stage in enumerate(_stages(desk.controls, entries)):
        if number:  # what was keyed before decides what is there now
            survey = await desk.settled(stage)
        survey = await _key_stage(desk, stage, survey, chosen)
    return await confirm(desk, entries, chosen, survey)


def _stages(controls: Mapping[str, Control], entries: Sequence[Entry]) -> list[list[Entry]]:
    """Entries in the order of what depends on what."""
    planned = {entry.control for entry in entries}
    depth: dict[str, int] = {}

    def depth_of(name: str) -> int:
        before = controls[name].after
        if name not in depth:
            depth[name] = depth_of(before) + 1 if before in planned and before is not None else 0
        return depth[name]

    stages: dict[int, list[Entry]] = {}
    for entry in entries:
        stages.setdefault(depth_of(entry.control), []).append(entry)
    return [stages[number] for number in sorted(stages)]


async def _key_stage(
    desk: Desk, stage: Sequence[Entry], survey: Survey | None, chosen: dict[str, str]
) -> Survey | None:
    """Key one stage: all that one trip can, then what takes one each, look-ups last; `chosen` learns what they
    chose. Answers the survey taken after it all, if there is one."""
    found = await desk.find(stage, survey)
    jobs = {entry.control: desk.jobs(entry, found[entry.control]) for entry in stage}
    refused, after = await desk.tab.key([job for each in jobs.values() for job in each], desk.region)
    for name, given in jobs.items():
        if any(job.index in refused for job in given):
            raise desk.changed(name, "does not offer the option or cannot be written")
    acted = [entry for entry in stage if desk.controls[entry.control].kind in ACTED]
    looked_up = [entry for entry in stage if desk.controls[entry.control].kind is Kind.LOOK_UP]
    if acted:
        there = desk.matched(acted, after or await desk.survey())
        for entry in acted:
            await _act(desk, entry, there[entry.control][0])
    for entry in looked_up:
        chosen[entry.control] = await look_up(desk, entry)
    return None if acted or looked_up else after


async def _act(desk: Desk, entry: Entry, found: Found) -> None:
    match desk.controls[entry.control].kind:
        case Kind.COMBOBOX:
            await desk.tab.pick(found.index, str(entry.value), SETTLING_SECONDS)
        case Kind.TOKENS:
            await desk.tab.enter(found.index, as_tuple(entry))
        case Kind.FILE:
            await desk.tab.set_file(found.index, str(entry.value), desk.files[str(entry.value)])


async def _key_row(
    tab: Tab,
    profile: Profile,
    screen: Screen,
    name: str,
    number: int,
    row: Sequence[Entry],
    files: Mapping[str, bytes],
) -> tuple[Held, ...]:
    """Key row `number` (from 0) of a grid, wherever its row is filled in, and see that it is there."""
    grid, scope = screen.grids[name], profile.journey.scope
    if grid.add:
        await tab.press(Region(scope), grid.add)
    where = _row_region(scope, grid, name, number)
    survey = await tab.wait_for_survey("waiting for a new row", "survey", where)
    desk = Desk(tab, where, screen.name, grid.columns, files, name, number)
    held = await _key_entries(desk, row, survey)
    if grid.keep:
        await tab.press(where, grid.keep)
        await _await_kept(tab, profile, screen, name, number)
    return held


def _row_region(scope: str, grid: Grid, name: str, number: int) -> Region:
    if grid.row == "dialog":
        return Region(scope, dialog=grid.dialog)
    if grid.row == "inline":
        return Region(scope, grid=name, row=number)
    return Region(scope)


async def _await_kept(tab: Tab, profile: Profile, screen: Screen, name: str, number: int) -> None:
    """Wait until the row is in its table. Raises `ReportError` when the target says that it refuses it."""
    table = Region(profile.journey.scope, grid=name)
    try:
        await tab.wait_for("waiting for the row to be kept", "table", table, more_than=number)
    except TargetError as error:
        if await tab.texts(profile.journey.errors):
            raise ReportError(f"{screen.name} / {name}: the target refused row {number + 1}") from error
        raise
