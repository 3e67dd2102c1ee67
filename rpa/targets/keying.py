"""Key one screen: survey, match, key and survey again, until the page holds the plan, in as few trips as possible.

A page may reload or redraw itself after any control, so it is surveyed again after each stage. Only what does not
hold its value is keyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from rpa.browser.tab import Tab
from rpa.browser.values import Confirmed, ControlToKey, Found, Holds, Region, Survey
from rpa.errors import Cause, PageReplaced, ReportError, TargetChanged, TargetError
from rpa.plan import ControlValue, Held, PagePlan
from rpa.targets.form_region import AT_REST, EDITOR_AT_REST, FormRegion, at_rest
from rpa.targets.intended import JOBS, chips, has_chips, held, jobs, offered, several, takes_own_trip
from rpa.targets.looking_up import look_up
from rpa.targets.matching import NOT_WRITABLE
from rpa.targets.profile import CHOICES, MANY, Control, Grid, Kind, Profile, Screen
from rpa.targets.replacements import proposal
from rpa.targets.widgets import by_real_input, key_by_events

TRIES = 3  # once by the page's own events, then twice by keyboard and mouse
TRIES_REFUSED = 2  # for what is not offered or cannot be written
NOT_OFFERED = "does not offer the option"
ROUNDS = 25  # surveys of one screen: controls that undo each other must not go on for ever


@dataclass(frozen=True)
class KeyedScreen:
    """What a screen holds once it is keyed: exactly the plan, except for `changes`.

    `confirmed`: the controls as they were seen last. `clean`: nothing was left in controls that were given up.
    """

    held: tuple[Held, ...] = ()
    confirmed: Confirmed | None = None
    changes: tuple[TargetChanged, ...] = ()
    clean: bool = True

    def __add__(self, other: KeyedScreen) -> KeyedScreen:
        both = [each for each in (self.confirmed, other.confirmed) if each is not None]
        controls = tuple(control for each in both for control in each.controls)
        return KeyedScreen(
            self.held + other.held,
            Confirmed(both[-1].document, controls) if both else None,
            self.changes + other.changes,
            self.clean and other.clean,
        )


async def key_screen(
    tab: Tab, profile: Profile, page: PagePlan, files: Mapping[str, bytes], answers: frozenset[str]
) -> KeyedScreen:
    """Key everything the plan has for one screen. A control that is not certain, or does not keep its value, stops
    only itself and is one of the changes, whose proposals quote none of `answers` (of all screens)."""
    screen = profile.by_name[page.screen]
    region = Region(profile.journey.scope)
    form_region = FormRegion(tab, region, screen.name, screen.controls, files, answers=answers)
    done = await key_entries(form_region, page.entries)
    for name, rows in page.rows.items():
        there = len(await tab.table(Region(profile.journey.scope, grid=name))) if rows else 0
        for number, row in enumerate(rows):
            known = {change.control for change in done.changes}
            certain = [entry for entry in row if f"{name} / {entry.control}" not in known]
            done += await _key_row(form_region, profile, name, (there, number), certain)
    return done


@dataclass
class _Progress:
    """How far one entry has come. `change`: why it was given up."""

    entry: ControlValue
    control: Control
    found: Sequence[Found] = ()
    before: tuple[Holds, ...] = ()  # what the control held when first seen
    beside: frozenset[str] | None = None  # and the texts beside it that are not the plan's
    tries: int = 0
    refused: bool = False
    chosen: str | None = None  # what a look-up chose
    held: Held | None = None
    change: TargetChanged | None = None

    @property
    def takes_own_trip(self) -> bool:
        """Whether it is keyed in a trip of its own."""
        return takes_own_trip(self.control, self.found)


async def key_entries(
    form_region: FormRegion, entries: Sequence[ControlValue], survey: Survey | None = None
) -> KeyedScreen:
    """Key entries and confirm them; `survey` is what is there now, if that is known."""
    work = [_Progress(entry, form_region.controls[entry.control]) for entry in entries]
    if not work:
        return KeyedScreen()
    if any(each.control.kind is Kind.RICH_TEXT for each in work):
        survey = await at_rest(form_region, rest=EDITOR_AT_REST)
    survey = survey or await form_region.survey()
    for _ in range(ROUNDS):
        wrong, survey = await _first_wrong(form_region, work, survey)
        if not wrong:
            break
        survey = await _key_stage(form_region, wrong)
    else:
        for each in wrong:
            each.change = form_region.changed(each.entry.control, "does not keep its value", Cause.VALUE)
    return await _outcome(form_region, work, survey)


async def _first_wrong(
    form_region: FormRegion, work: Sequence[_Progress], survey: Survey
) -> tuple[list[_Progress], Survey]:
    """Those of the first stage that has any which do not hold their value, and the survey that shows it."""
    for stage in _stages([each for each in work if each.change is None]):
        found, missing, survey = await form_region.find([each.entry for each in stage], survey)
        wrong = []
        for each in stage:
            if change := missing.get(each.entry.control):
                each.change = _proposed(form_region, change, each.entry.control, survey)
                continue
            each.found = found[each.entry.control]
            each.before = each.before or tuple(one.holds for one in each.found)
            if await _is_wrong(form_region, each):
                wrong.append(each)
        if wrong:
            return wrong, survey
    return [], survey


def _proposed(form_region: FormRegion, change: TargetChanged, name: str, survey: Survey) -> TargetChanged:
    """The change, with the control that may have taken the place of the missing one: a fix to propose."""
    if change.cause is not Cause.GONE:
        return change
    other = proposal(name, form_region.controls, survey.controls, form_region.answers)
    return form_region.changed(name, change.reason, change.cause, (other,)) if other else change


async def _is_wrong(form_region: FormRegion, each: _Progress) -> bool:
    """Whether a control has to be keyed (again); one that was keyed often enough is given up."""
    entry, control, found = each.entry, each.control, each.found
    if has_chips(control, found[0]) and each.beside is None:
        each.beside = await chips(form_region, found[0]) - frozenset(several(entry.value))
    each.held = await held(form_region, entry, found, each.chosen, each.beside or frozenset())
    if each.held.expected == each.held.found:
        return False
    if not offered(control, entry.value, found):
        each.change = form_region.changed(entry.control, NOT_OFFERED, Cause.VALUE)
        return False
    if each.tries < (TRIES_REFUSED if each.refused else TRIES):
        return True
    reason = f"typed {TRIES} times; the page holds {'something else' if each.held.found else 'nothing'}"
    cause = Cause.VALUE
    if each.refused:
        chooses = control.kind in CHOICES | MANY or any(one.options for one in found)
        reason, cause = (NOT_OFFERED, cause) if chooses else (NOT_WRITABLE, Cause.NOT_WRITABLE)
    each.change = form_region.changed(entry.control, reason, cause)
    return False


def _stages(work: Sequence[_Progress]) -> list[list[_Progress]]:
    """The entries in stages: a control comes after the one it depends on."""
    after = {each.entry.control: each.control.after for each in work}

    def depth_of(name: str) -> int:
        before = after[name]
        return depth_of(before) + 1 if before is not None and before in after else 0

    stages: dict[int, list[_Progress]] = {}
    for each in work:
        stages.setdefault(depth_of(each.entry.control), []).append(each)
    return [stages[number] for number in sorted(stages)]


async def _key_stage(form_region: FormRegion, wrong: Sequence[_Progress]) -> Survey:
    """Key what does not hold its value: first all that one trip can, then what takes a trip each, look-ups last.
    Returns the survey of the page once it is at rest."""
    looked_up = [each for each in wrong if each.control.kind is Kind.LOOK_UP]
    others = [each for each in wrong if each not in looked_up]
    first = [each for each in others if not each.tries]
    given = [each for each in first if not each.takes_own_trip]
    for each in wrong:
        each.tries += 1
    with suppress(PageReplaced):  # a postback: the next survey shows what is left to do
        after = await _key_at_once(form_region, given, survey=len(given) == len(wrong))
        if after is not None:
            return after
        for each in first:
            if each.takes_own_trip and not await key_by_events(form_region, each.entry, each.found):
                each.refused = True
        for each in others:
            if each not in first:
                await by_real_input(form_region, each.entry, each.found, each.tries)
        for each in looked_up:
            each.chosen = await look_up(form_region, each.entry)
    return await at_rest(form_region)


async def _key_at_once(form_region: FormRegion, given: Sequence[_Progress], *, survey: bool) -> Survey | None:
    """Do the jobs of each control in one trip; with `survey`, returns the controls once the page is at rest."""
    jobs_of = [jobs(each.control, each.entry.value, each.found) for each in given]
    jobs_of_all, after = [job for each in jobs_of for job in each], None
    if survey:
        refused, after = await form_region.tab.key_and_survey(jobs_of_all, form_region.here, AT_REST)
    else:
        refused = await form_region.tab.key(jobs_of_all)
    for each, own in zip(given, jobs_of, strict=True):
        each.refused |= not set(refused).isdisjoint(own)
    return after


async def _outcome(form_region: FormRegion, work: Sequence[_Progress], survey: Survey) -> KeyedScreen:
    """The result. A control that was given up is set back to what it held; where that fails, the page is not
    clean."""
    clean, now = True, survey
    for each in work:
        if clean and each.change:
            clean, now = await _put_back(form_region, each, now)
    alive = [each for each in work if each.change is None]
    return KeyedScreen(
        tuple(each.held for each in alive if each.held),
        Confirmed(now.document, tuple(one for each in alive for one in each.found)),
        tuple(each.change for each in work if each.change),
        clean,
    )


async def _put_back(form_region: FormRegion, each: _Progress, survey: Survey) -> tuple[bool, Survey]:
    """Set a control that was given up back to what it held before. Returns whether it holds that, and the survey
    that shows it."""
    if not each.tries:
        return True, survey
    name = each.entry.control
    found, _ = form_region.matched([each.entry], survey)
    there = found.get(name, ())
    if len(there) != len(each.before) or has_chips(each.control, there[0]):
        return False, survey
    undone = [
        ControlToKey(one.handle, JOBS[one.kind], before)
        for one, before in zip(there, each.before, strict=True)
        if one.holds != before and one.kind in JOBS
    ]
    await form_region.tab.key(undone)
    after = await form_region.survey()
    now, _ = form_region.matched([each.entry], after)
    return tuple(one.holds for one in now.get(name, ())) == each.before, after


async def _key_row(
    screen_region: FormRegion,
    profile: Profile,
    name: str,
    place: tuple[int, int],
    row: Sequence[ControlValue],
) -> KeyedScreen:
    """Key a row of a screen's grid, wherever its row is filled in, and check that it is there. `place`: how many
    rows the grid had, and which of the planned ones (from 0) this is."""
    tab, screen = screen_region.tab, profile.by_name[screen_region.screen]
    grid, scope = screen.grids[name], profile.journey.scope
    number = sum(place)
    if grid.add:
        await tab.press(Region(scope), grid.add)
    where = _row_region(scope, grid, name, number)
    survey = await tab.wait_for_survey(where, "waiting for a new row")
    form_region = replace(screen_region, region=where, controls=grid.columns, grid=name, row=place[1])
    done = await key_entries(form_region, row, survey)
    if grid.keep:
        await tab.press(where, grid.keep)
        await _await_kept(tab, profile, screen, name, number)
    if grid.dialog:
        await tab.wait_until_closed(grid.dialog)
    # A dialog has gone with what it held, and controls beside the table are used for the next row.
    return done if grid.row == "inline" else replace(done, confirmed=None)


def _row_region(scope: str, grid: Grid, name: str, number: int) -> Region:
    if grid.row == "dialog":
        return Region(scope, dialog=grid.dialog)
    if grid.row == "inline":
        return Region(scope, grid=name, row=number)
    return Region(scope)


async def _await_kept(tab: Tab, profile: Profile, screen: Screen, name: str, number: int) -> None:
    """Wait until the row is in its table. Raises `ReportError` when the target refuses it."""
    table = Region(profile.journey.scope, grid=name)
    try:
        await tab.wait_for_more_rows(table, number)
    except TargetError as error:
        if await tab.texts(profile.journey.errors):
            raise ReportError(f"{screen.name} / {name}: the target refused row {number + 1}") from error
        raise
