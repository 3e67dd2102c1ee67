"""What must be true before save may be pressed, so that `submitting` is written only for a page that is ready."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from rpa.browser.names import folded
from rpa.browser.tab import Tab
from rpa.browser.values import Confirmed, ConfirmedReview, ConfirmedTable, Found, Press, Region
from rpa.errors import Cause, PageReplaced, ReportError, TargetChanged
from rpa.plan import NEW_RECORD, ControlValue, Held, PagePlan, Place, Plan, SavedRecord
from rpa.targets.form_region import SETTLING_SECONDS, FormRegion
from rpa.targets.intended import held as held_by
from rpa.targets.profile import Layout, Profile, Screen
from rpa.targets.record import chosen_in, compare
from rpa.targets.record_page import NO_SCREEN, record_layout, record_page
from rpa.targets.replacements import answers_in, quotes_answer
from rpa.targets.steps import as_condition
from rpa.targets.updating import see_record

MOST_NAMED = 3  # buttons that are named where save is not there


async def ready_to_save(
    tab: Tab,
    profile: Profile,
    plan: Plan,
    held: Sequence[Held],
    record: SavedRecord = NEW_RECORD,
    settling: float = SETTLING_SECONDS,
    answers: frozenset[str] = frozenset(),
) -> Confirmed:
    """Check once more, in one document, that the page that save is pressed on holds the plan.

    1. Every planned control holds its value, inline rows included; tables of rows have theirs.
    2. A page of review shows what was keyed, and nothing that was not, or that the record did not hold before.
    3. For a saved `record`: the page is still that of the record, and does not yet say that changes are saved.
    4. The button that saves can be pressed, and the browser's own validation passes.

    `held`: what the whole journey confirmed; `settling`: seconds for a button that is still covered; `answers`:
    what pages were given besides the plan (`answers_in`), which no error may quote. Raises `TargetChanged` for a
    control or button that is not so, `ReportError` for what validation refuses, and `PageReplaced` when the page
    went meanwhile.
    """
    page, chosen = plan.pages[-1], chosen_in(held, profile)
    scope, screen = Region(profile.journey.scope), profile.by_name[page.screen]
    document = await tab.document()
    controls: list[Found] = []
    tables = {
        name: ConfirmedTable(grid, await tab.table(grid))
        for name, rows in page.rows.items()
        for grid in [replace(scope, grid=name)]
        if rows
    }
    there = {name: max(len(table.rows) - len(page.rows[name]), 0) for name, table in tables.items()}
    for form_region, entries in _form_regions(tab, profile, screen, page, there):
        controls += await _holding(form_region, entries, chosen)
    review = None
    if screen.review is not None:
        review = await _reviewed(tab, profile, screen.review, plan, chosen, record)
    if record.reference:
        await see_record(tab, profile, record.reference)
        if await tab.current_condition({"saved": as_condition(profile.journey.saved)}):
            shown = "already shows before save what [update] saved describes"
            raise TargetChanged(screen.name, "", shown, Cause.PAGE)
    await _see_pressable(tab, profile, plan, settling, answers)
    if await tab.document() != document:
        raise PageReplaced(f"{page.screen}: the page was replaced before save")
    return Confirmed(document, tuple(controls), tuple(tables.values()), review)


async def _see_pressable(
    tab: Tab, profile: Profile, plan: Plan, settling: float, answers: frozenset[str]
) -> None:
    screen, save = plan.pages[-1].screen, profile.journey.save
    press = await tab.pressable(Region(profile.journey.scope), save, settling)
    if press.number > 1:
        several = f"{press.number} buttons {save!r} can be pressed"
        raise TargetChanged(screen, "", several, Cause.ON_THE_WAY)
    if not press.number and press.there:
        raise TargetChanged(screen, "", f"the button {save!r} is covered or disabled", Cause.ON_THE_WAY)
    given = answers | answers_in(entry.value for _, entry in plan.placed())
    if not press.number:
        none = f"no button {save!r} can be pressed"
        raise TargetChanged(screen, "", none, Cause.ON_THE_WAY, proposals=_instead(press, given))
    if press.invalid:
        raise ReportError(f"{screen}: the page would not send this: {_refused(press, given)}")


def _refused(press: Press, answers: Collection[str]) -> str:
    """What the browser's validation refuses, by control, without captions that contain an answer (P8)."""
    named = (
        (caption and not quotes_answer(caption, answers) and caption, rule) for caption, rule in press.invalid
    )
    return "; ".join(f"{caption or 'a control'} {rule}" for caption, rule in named)


def _instead(press: Press, answers: Collection[str]) -> tuple[str, ...]:
    """What can be pressed instead, without names that contain an answer (P8)."""
    return tuple(name for name in press.instead if not quotes_answer(name, answers))[:MOST_NAMED]


async def _reviewed(
    tab: Tab,
    profile: Profile,
    review: Layout,
    plan: Plan,
    chosen: Mapping[str, str],
    record: SavedRecord,
) -> ConfirmedReview:
    """What the review shows: the plan. Raises `TargetChanged` for the first control that differs."""
    layout = record_layout(profile, review)
    seen = await tab.record(layout)
    page = record_page(profile, review, seen)
    for each in await to_thread(lambda: tuple(compare(page, plan, chosen, record.before))):
        if each.expected != each.found:
            place = each.place
            planned = any(place == there for there, _ in plan.placed())
            control = _named(profile, place)
            raise TargetChanged(
                place.screen,
                control if planned else "",
                "the review page shows something else than was keyed"
                if planned
                else f"the review page shows something in {control} that nobody keyed",
                Cause.VALUE if planned else Cause.PAGE,
            )
    return ConfirmedReview(layout, seen)


def _named(profile: Profile, place: Place) -> str:
    """What a change calls a control; a table that is none of the profile's has only the page's own words."""
    grids = {folded(name) for screen in profile.by_name.values() for name in screen.grids}
    if place.screen == NO_SCREEN and folded(place.grid) not in grids:
        return "an unknown table"
    return f"{place.grid} / {place.control}" if place.grid else place.control


def _form_regions(
    tab: Tab, profile: Profile, screen: Screen, page: PagePlan, there: Mapping[str, int]
) -> Iterator[tuple[FormRegion, Sequence[ControlValue]]]:
    """The screen itself, and each planned row that is filled in inside its table, after those that were
    `there`."""
    scope = profile.journey.scope
    if page.entries:
        yield FormRegion(tab, Region(scope), screen.name, screen.controls, {}), page.entries
    for name, rows in page.rows.items():
        grid = screen.grids[name]
        for number, row in enumerate(rows if grid.row == "inline" else ()):
            yield (
                FormRegion(
                    tab,
                    Region(scope, grid=name, row=there.get(name, 0) + number),
                    screen.name,
                    grid.columns,
                    {},
                    name,
                    number,
                ),
                row,
            )


async def _holding(
    form_region: FormRegion, entries: Sequence[ControlValue], chosen: Mapping[str, str]
) -> list[Found]:
    """The controls of these entries. Raises `TargetChanged` for one that does not hold its value."""
    found, missing = form_region.matched(entries, await form_region.survey())
    for change in missing.values():
        raise change
    for entry in entries:
        there = chosen.get(str(form_region.place(entry.control)))
        each = await held_by(form_region, entry, found[entry.control], there)
        if each.found != each.expected:
            raise form_region.changed(entry.control, "no longer holds its value before save", Cause.VALUE)
    return [each for controls in found.values() for each in controls]
