"""Key one screen: survey, match, key and survey again, until the page holds the plan, in as few trips as possible.

A page may reload or redraw itself after any control, so it is surveyed again after each stage. Only what does not
hold its value is keyed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from rpa.browser.tab import Tab
from rpa.browser.values import Confirmed, Found, Holds, Job, Region, Survey
from rpa.errors import PageReplaced, ReportError, TargetChanged, TargetError
from rpa.plan import Entry, Held, PagePlan
from rpa.targets.form_region import AT_REST, EDITOR_AT_REST, FormRegion, Matched, Missing, at_rest
from rpa.targets.intended import JOBS, chips, has_chips, held, jobs, offered, several, takes_own_trip
from rpa.targets.looking_up import look_up
from rpa.targets.matching import NONE_SUCH, NOT_WRITABLE
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


async def key_screen(tab: Tab, profile: Profile, page: PagePlan, files: Mapping[str, bytes]) -> KeyedScreen:
    """Key everything the plan has for one screen. A control that is not certain, or does not keep its value, stops
    only itself and is one of the changes."""
    screen = profile.by_name[page.screen]
    region = Region(profile.journey.scope)
    done = await key_entries(FormRegion(tab, region, screen.name, screen.controls, files), page.entries)
    for name, rows in page.rows.items():
        there = len(await tab.table(Region(profile.journey.scope, grid=name))) if rows else 0
        for number, row in enumerate(rows):
            known = {change.control for change in done.changes}
            certain = [entry for entry in row if f"{name} / {entry.control}" not in known]
            done += await _key_row(tab, profile, screen, name, (there, number), certain, files)
    return done


@dataclass
class _Progress:
    """How far the entries of a form region have come."""

    form_region: FormRegion
    entries: Sequence[Entry]
    tries: Counter[str] = field(default_factory=Counter)
    chosen: dict[str, str] = field(default_factory=dict)  # what look-ups chose
    changes: dict[str, TargetChanged] = field(default_factory=dict)
    before: dict[str, tuple[Holds, ...]] = field(default_factory=dict)  # what a control held when first seen
    beside: dict[str, frozenset[str]] = field(
        default_factory=dict
    )  # and the texts beside it, besides the plan's
    refused: set[str] = field(default_factory=set)
    held: dict[str, Held] = field(default_factory=dict)
    found: Matched = field(default_factory=dict)

    @property
    def alive(self) -> list[Entry]:
        """The entries that were not given up."""
        return [entry for entry in self.entries if entry.control not in self.changes]


async def key_entries(
    form_region: FormRegion, entries: Sequence[Entry], survey: Survey | None = None
) -> KeyedScreen:
    """Key entries and confirm them; `survey` is what is there now, if that is known."""
    work = _Progress(form_region, entries)
    if not entries:
        return KeyedScreen()
    if any(form_region.controls[entry.control].kind is Kind.RICH_TEXT for entry in entries):
        survey = await at_rest(form_region, rest=EDITOR_AT_REST)
    survey = survey or await form_region.survey()
    for _ in range(ROUNDS):
        wrong, survey = await _first_wrong(work, survey)
        if not wrong:
            break
        survey = await _key_stage(work, wrong)
    else:
        for entry in wrong:
            work.changes[entry.control] = form_region.changed(entry.control, "does not keep its value")
    return await _outcome(work, survey)


async def _first_wrong(work: _Progress, survey: Survey) -> tuple[list[Entry], Survey]:
    """The entries of the first stage that has any which do not hold their value, and the survey that shows it."""
    for stage in _stages(work.form_region.controls, work.alive):
        found, missing, survey = await work.form_region.find(stage, survey)
        work.changes.update(_proposed(work, missing, survey))
        work.found.update(found)
        wrong = []
        for entry in stage:
            if entry.control not in found:
                continue
            there = found[entry.control]
            work.before.setdefault(entry.control, tuple(each.holds for each in there))
            if await _is_wrong(work, entry, there):
                wrong.append(entry)
        if wrong:
            return wrong, survey
    return [], survey


def _proposed(work: _Progress, missing: Missing, survey: Survey) -> Missing:
    """The changes, each with the control that may have taken the place of the missing one: a fix to propose."""
    named = {
        name: proposal(name, work.form_region.controls, survey.controls, work.entries)
        for name, change in missing.items()
        if change.reason.startswith(NONE_SUCH)
    }
    return {
        name: work.form_region.changed(name, f"{change.reason}; perhaps {named[name]!r} has taken its place")
        if named.get(name)
        else change
        for name, change in missing.items()
    }


async def _is_wrong(work: _Progress, entry: Entry, found: Sequence[Found]) -> bool:
    """Whether a control has to be keyed (again); one that was keyed often enough is given up."""
    control = work.form_region.controls[entry.control]
    if has_chips(control, found[0]) and entry.control not in work.beside:
        work.beside[entry.control] = await chips(work.form_region, found[0]) - frozenset(several(entry.value))
    one = await held(work.form_region, entry, found, work.chosen, work.beside.get(entry.control, frozenset()))
    work.held[entry.control] = one
    if one.expected == one.found:
        return False
    if not offered(control, entry.value, found):
        work.changes[entry.control] = work.form_region.changed(entry.control, NOT_OFFERED)
        return False
    if work.tries[entry.control] < (TRIES_REFUSED if entry.control in work.refused else TRIES):
        return True
    reason = f"typed {TRIES} times; the page holds {'something else' if one.found else 'nothing'}"
    if entry.control in work.refused:
        chooses = control.kind in CHOICES | MANY or any(each.options for each in found)
        reason = NOT_OFFERED if chooses else NOT_WRITABLE
    work.changes[entry.control] = work.form_region.changed(entry.control, reason)
    return False


def _stages(controls: Mapping[str, Control], entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries in stages: a control comes after the one it depends on."""
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


async def _key_stage(work: _Progress, wrong: Sequence[Entry]) -> Survey:
    """Key what does not hold its value: first all that one trip can, then what takes a trip each, look-ups last.
    Returns the survey of the page once it is at rest."""
    form_region = work.form_region
    first = [entry for entry in wrong if not work.tries[entry.control]]
    work.tries.update(entry.control for entry in wrong)
    looked_up = [entry for entry in wrong if form_region.controls[entry.control].kind is Kind.LOOK_UP]
    acted = [entry for entry in first if _takes_own_trip(work, entry) and entry not in looked_up]
    given = {
        entry.control: jobs(form_region.controls[entry.control], entry.value, work.found[entry.control])
        for entry in first
        if entry not in acted and entry not in looked_up
    }
    with suppress(PageReplaced):  # a postback: the next survey shows what is left to do
        after = await _key_at_once(work, given, survey=len(given) == len(wrong))
        if after is not None:
            return after
        for entry in acted:
            if not await key_by_events(form_region, entry, work.found[entry.control]):
                work.refused.add(entry.control)
        for entry in wrong:
            if entry not in first and entry not in looked_up:
                await by_real_input(form_region, entry, work.found[entry.control], work.tries[entry.control])
        for entry in looked_up:
            work.chosen[entry.control] = await look_up(form_region, entry)
    return await at_rest(form_region)


async def _key_at_once(work: _Progress, given: Mapping[str, Sequence[Job]], *, survey: bool) -> Survey | None:
    """Do the jobs of each control in one trip; with `survey`, returns the controls once the page is at rest."""
    region, after = work.form_region, None
    jobs_of_all = [job for each in given.values() for job in each]
    if survey:
        refused, after = await region.tab.key_and_survey(jobs_of_all, region.here, AT_REST)
    else:
        refused = await region.tab.key(jobs_of_all)
    work.refused |= {name for name, each in given.items() if not set(refused).isdisjoint(each)}
    return after


def _takes_own_trip(work: _Progress, entry: Entry) -> bool:
    return takes_own_trip(work.form_region.controls[entry.control], work.found[entry.control])


async def _outcome(work: _Progress, survey: Survey) -> KeyedScreen:
    """The result. A control that was given up is set back to what it held; where that fails, the page is not
    clean."""
    clean, now = True, survey
    for name in work.changes:
        if clean:
            clean, now = await _put_back(work, name, now)
    held = tuple(work.held[entry.control] for entry in work.alive)
    controls = tuple(each for entry in work.alive for each in work.found.get(entry.control, ()))
    confirmed = Confirmed(now.document, controls)
    return KeyedScreen(held, confirmed, tuple(work.changes.values()), clean)


async def _put_back(work: _Progress, name: str, survey: Survey) -> tuple[bool, Survey]:
    """Set a control that was given up back to what it held before. Returns whether it holds that, and the survey
    that shows it."""
    if not work.tries[name]:
        return True, survey
    (entry,) = [each for each in work.entries if each.control == name]
    found, _ = work.form_region.matched([entry], survey)
    there, before = found.get(name, ()), work.before[name]
    if len(there) != len(before) or has_chips(work.form_region.controls[name], there[0]):
        return False, survey
    undone = [
        Job(each.handle, JOBS[each.kind], held)
        for each, held in zip(there, before, strict=True)
        if each.holds != held and each.kind in JOBS
    ]
    await work.form_region.tab.key(undone)
    after = await work.form_region.survey()
    now, _ = work.form_region.matched([entry], after)
    return tuple(each.holds for each in now.get(name, ())) == before, after


async def _key_row(
    tab: Tab,
    profile: Profile,
    screen: Screen,
    name: str,
    place: tuple[int, int],
    row: Sequence[Entry],
    files: Mapping[str, bytes],
) -> KeyedScreen:
    """Key a row of a grid, wherever its row is filled in, and check that it is there. `place`: how many rows the
    grid had, and which of the planned ones (from 0) this is."""
    grid, scope = screen.grids[name], profile.journey.scope
    number = sum(place)
    if grid.add:
        await tab.press(Region(scope), grid.add)
    where = _row_region(scope, grid, name, number)
    survey = await tab.wait_for_survey(where, "waiting for a new row")
    form_region = FormRegion(tab, where, screen.name, grid.columns, files, name, place[1])
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
