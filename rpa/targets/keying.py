"""Key one screen: survey, match, key, confirm. A page at a time, and nothing believed that was not read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from rpa.browser.tab import Found, Job, Region, Tab
from rpa.errors import ReportError, TargetChanged, TargetError
from rpa.plan import Entry, Held, PagePlan, Place, Value
from rpa.targets.looking_up import look_up
from rpa.targets.matching import match, plain
from rpa.targets.profile import Control, Grid, Kind, Profile, Screen, caption
from rpa.targets.values import boxes, squeezed, typed

SETTLING_SECONDS = 3.0  # for a page that goes on building itself after it has loaded
TYPED = frozenset({Kind.TEXT, Kind.LINES, Kind.DATE, Kind.TIME})


@dataclass(frozen=True)
class Desk:
    """Where entries are keyed: a region of a tab, the controls that may be in it, and what names them."""

    tab: Tab
    region: Region
    screen: str
    controls: Mapping[str, Control]
    files: Mapping[str, bytes]
    grid: str = ""
    row: int = -1

    def place(self, control: str) -> Place:
        """The place of a control here."""
        return Place(self.screen, control, self.grid, self.row)

    def changed(self, control: str, reason: str) -> TargetChanged:
        """The error that a control here is not as the profile says."""
        return TargetChanged(self.screen, f"{self.grid} / {control}" if self.grid else control, reason)


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
        for row in rows:
            held += await _key_row(tab, profile, screen, name, row, files)
    return held


async def _key_entries(desk: Desk, entries: Sequence[Entry]) -> tuple[Held, ...]:
    outcomes: dict[str, str] = {}
    for number, stage in enumerate(_stages(desk.controls, entries)):
        if number:  # what was keyed before decides what is there now
            with suppress(TargetError):
                await _await(desk, stage, SETTLING_SECONDS)
        outcomes |= await _key_stage(desk, stage)
    return await _confirm(desk, entries, outcomes)


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


async def _await(desk: Desk, entries: Sequence[Entry], seconds: float | None = None) -> None:
    """Wait until every control is there to be keyed, with the option to be chosen."""
    wanted = []
    for entry in entries:
        control = desk.controls[entry.control]
        group, label = caption(entry.control, control)
        option = str(entry.value) if control.kind is Kind.SELECT else None
        boxes_of = list(control.boxes or ())
        wanted += [{"label": box, "within": label, "option": None} for box in boxes_of] or [
            {"label": label, "within": group, "option": option}
        ]
    await desk.tab.wait_for("waiting for controls", "ready", desk.region, wanted, seconds=seconds)


async def _find(desk: Desk, entries: Sequence[Entry]) -> dict[str, tuple[Found, ...]]:
    """Survey and match; what is not there yet is given a moment, for a page may go on building itself."""
    try:
        return _matched(desk, entries, await _survey(desk))
    except TargetChanged:
        with suppress(TargetError):
            await _await(desk, entries, SETTLING_SECONDS)
        return _matched(desk, entries, await _survey(desk))


async def _survey(desk: Desk) -> tuple[Found, ...]:
    found = await desk.tab.survey(desk.region)
    if found is None:
        raise TargetError(f"{desk.screen}: its part of the page is not there")
    return found


def _matched(desk: Desk, entries: Sequence[Entry], survey: Sequence[Found]) -> dict[str, tuple[Found, ...]]:
    found = {}
    for entry in entries:
        try:
            found[entry.control] = match(desk.screen, entry.control, desk.controls[entry.control], survey)
        except TargetChanged as error:
            raise desk.changed(entry.control, error.reason) from error
    return found


async def _key_stage(desk: Desk, stage: Sequence[Entry]) -> dict[str, str]:
    """Key one stage: what a page can take in one trip, then what needs real actions; answers what look-ups
    chose."""
    await _reveal(desk, stage)
    found = await _find(desk, stage)
    jobs = {entry.control: _jobs(desk, entry, found[entry.control]) for entry in stage}
    refused = await desk.tab.key([job for each in jobs.values() for job in each])
    for name, given in jobs.items():
        if any(job.index in refused for job in given):
            raise desk.changed(name, "does not offer the option or cannot be written")
    outcomes = {}
    for entry in stage:
        control = desk.controls[entry.control]
        if control.kind is Kind.LOOK_UP:
            assert isinstance(entry.value, dict)  # noqa: S101 - the mapping check proves it
            outcomes[entry.control] = await look_up(
                desk.tab, desk.region, desk.screen, entry.control, control, entry.value
            )
        elif control.kind in (Kind.COMBOBOX, Kind.TOKENS, Kind.FILE):
            await _act(desk, entry, control)
    return outcomes


async def _reveal(desk: Desk, stage: Sequence[Entry]) -> None:
    """Open the collapsed parts that planned controls stand in."""
    wanted = {desk.controls[entry.control].reveal: entry for entry in stage}
    for button, entry in wanted.items():
        if button is None:
            continue
        control = desk.controls[entry.control]
        _, label = caption(entry.control, control)
        survey = await _survey(desk)
        if not any(
            each.shown and plain(label) in map(plain, (*each.captions, *each.within)) for each in survey
        ):
            await desk.tab.press(desk.region, button)


def _jobs(desk: Desk, entry: Entry, found: Sequence[Found]) -> list[Job]:
    control, value = desk.controls[entry.control], entry.value
    if control.boxes:
        return [
            Job(box.index, "text", text)
            for box, text in zip(found, boxes(control, value).values(), strict=True)
        ]
    if control.kind in TYPED:
        return [Job(found[0].index, "text", typed(control, value))]
    if control.kind is Kind.RICH_TEXT:
        return [Job(found[0].index, "editor", str(value))]
    if control.kind is Kind.SELECT:
        return [Job(found[0].index, "select", str(value))]
    if control.kind is Kind.RADIO:
        if value not in found[0].options:
            raise desk.changed(entry.control, "does not offer the option")
        return [Job(found[0].marks[found[0].options.index(str(value))], "check", True)]
    if control.kind is Kind.CHECKBOX:
        return [Job(found[0].index, "check", bool(value))]
    if control.kind is Kind.CHECKBOXES:
        return _ticks(desk, entry, found)
    return []


def _ticks(desk: Desk, entry: Entry, found: Sequence[Found]) -> list[Job]:
    assert isinstance(entry.value, tuple)  # noqa: S101 - the mapping check proves it
    if not set(entry.value) <= {each.caption for each in found}:
        raise desk.changed(entry.control, "does not offer the option")
    return [Job(each.index, "check", each.caption in entry.value) for each in found]


async def _act(desk: Desk, entry: Entry, control: Control) -> None:
    """Real actions for a control with a life of its own; it is surveyed anew, as the last may have moved it."""
    (found,) = match(desk.screen, entry.control, control, await _survey(desk))
    if control.kind is Kind.COMBOBOX:
        if not await desk.tab.choose(found.index, str(entry.value)):
            raise desk.changed(entry.control, "does not offer the option")
    elif control.kind is Kind.TOKENS:
        for token in entry.value if isinstance(entry.value, tuple) else (str(entry.value),):
            await desk.tab.enter_token(found.index, token)
    else:
        await desk.tab.set_file(found.index, str(entry.value), desk.files[str(entry.value)])


async def _confirm(desk: Desk, entries: Sequence[Entry], outcomes: Mapping[str, str]) -> tuple[Held, ...]:
    """Read every control anew; what does not hold its value is typed once more as a person would."""
    if not entries:
        return ()
    held = await _held(desk, entries, outcomes)
    wrong = [each for each in held if each.found != each.expected]
    if wrong:
        survey = await _survey(desk)
        for each in wrong:
            control = desk.controls[each.place.control]
            (found, *_) = match(desk.screen, each.place.control, control, survey)
            if control.kind is Kind.RICH_TEXT:
                await desk.tab.type_in_editor(found.index, str(each.expected))
            elif control.kind in TYPED and not control.boxes:
                await desk.tab.type_text(found.index, typed(control, each.expected))
        held = await _held(desk, entries, outcomes)
    for each in held:
        if each.found != each.expected:
            raise desk.changed(each.place.control, "does not hold its value")
    return held


async def _held(desk: Desk, entries: Sequence[Entry], outcomes: Mapping[str, str]) -> tuple[Held, ...]:
    found = _matched(desk, entries, await _survey(desk))
    return tuple(
        [await _one_held(desk, entry, found[entry.control], outcomes.get(entry.control)) for entry in entries]
    )


async def _one_held(desk: Desk, entry: Entry, found: Sequence[Found], chosen: str | None) -> Held:
    control, value = desk.controls[entry.control], entry.value
    place = desk.place(entry.control)
    first = found[0].holds
    if chosen is not None:
        return Held(place, chosen, str(first))
    if control.boxes:
        texts = tuple(str(box.holds) for box in found)
        right = texts == tuple(boxes(control, value).values())
        return _as(place, value, right, "/".join(texts))
    if control.kind is Kind.CHECKBOXES:
        assert isinstance(value, tuple)  # noqa: S101 - the mapping check proves it
        ticked = tuple(each.caption for each in found if each.holds is True)
        return _as(place, value, set(ticked) == set(value), ticked)
    if control.kind is Kind.TOKENS:
        beside = await desk.tab.tokens(found[0].index)
        tokens = value if isinstance(value, tuple) else (str(value),)
        there = tuple(token for token in tokens if token in beside)
        return _as(place, value, there == tokens, there)
    if isinstance(value, bool):
        return Held(place, value, first)
    return _as(place, value, _equal(typed(control, value), str(first)), first)


def _as(place: Place, value: Value, right: bool, found: str | bool | tuple[str, ...]) -> Held:
    """What was found, in the plan's own words when it is what was planned."""
    if right and not isinstance(value, dict):
        return Held(place, value, value)
    return Held(place, value, found)


def _equal(expected: str, found: str) -> bool:
    return expected == found or squeezed(expected) == squeezed(found)


async def _key_row(
    tab: Tab,
    profile: Profile,
    screen: Screen,
    name: str,
    row: Sequence[Entry],
    files: Mapping[str, bytes],
) -> tuple[Held, ...]:
    """Key one more row of a grid, wherever its row is filled in, and see that it is there."""
    grid, scope = screen.grids[name], profile.journey.scope
    table = Region(scope, grid=name)
    number = len(await tab.table(table))
    if grid.add:
        await tab.press(Region(scope), grid.add)
    if grid.row == "inline":
        await tab.wait_for("waiting for a new row", "table", table, more_than=number)
    where = _row_region(scope, grid, name, number)
    if grid.dialog:
        await tab.wait_for("waiting for a dialog", "survey", where)
    held = await _key_entries(Desk(tab, where, screen.name, grid.columns, files, name, number), row)
    if grid.keep:
        await tab.press(where, grid.keep)
        await _await_kept(tab, profile, screen, name, table, number)
    return held


async def _await_kept(
    tab: Tab, profile: Profile, screen: Screen, name: str, table: Region, number: int
) -> None:
    try:
        await tab.wait_for("waiting for the row to be kept", "table", table, more_than=number)
    except TargetError as error:
        if await tab.texts(profile.journey.errors):
            raise ReportError(f"{screen.name} / {name}: the target refused row {number + 1}") from error
        raise


def _row_region(scope: str, grid: Grid, name: str, number: int) -> Region:
    if grid.row == "dialog":
        return Region(scope, dialog=grid.dialog)
    if grid.row == "inline":
        return Region(scope, grid=name, row=number)
    return Region(scope)
