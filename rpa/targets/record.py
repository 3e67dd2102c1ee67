"""Read a saved record back, control by control, and compare it with what was keyed (P3)."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rpa.browser.names import folded
from rpa.browser.tab import Tab
from rpa.browser.values import Holds
from rpa.errors import TargetError
from rpa.plan import ControlValue, Held, Place, Plan, Recorded, Value
from rpa.targets.profile import Kind, Profile
from rpa.targets.record_page import (
    NO_SCREEN,
    ROWS,
    RecordPage,
    cell,
    control_at,
    controls,
    record_layout,
    record_page,
)
from rpa.targets.record_rows import Table
from rpa.targets.steps import arrive, condition, perform
from rpa.targets.values import means, read, shown


@dataclass(frozen=True)
class Reading:
    """What the record shows for each planned control, and those that differ."""

    held: tuple[Held, ...]

    @property
    def mismatches(self) -> tuple[Held, ...]:
        """The controls whose value on the record is not what was keyed."""
        return tuple(each for each in self.held if each.expected != each.found)

    @property
    def verified(self) -> int:
        """How many controls the record shows as keyed."""
        return len(self.held) - len(self.mismatches)


async def read_record(
    tab: Tab,
    profile: Profile,
    plan: Plan,
    chosen: Mapping[str, str],
    reference: str,
    before: Sequence[Recorded] = (),
) -> Reading:
    """Open the record and compare. `chosen`: what look-ups showed as chosen, by place, when it was keyed;
    `before`: what the record showed before, where the plan updates it. Compared in a thread, so that a page with
    much on it does not keep the worker from anything else."""
    await open_saved(tab, profile, plan.reference, reference)
    page = await shown_by(tab, profile)
    if not page.values:
        raise TargetError("the record's page shows no values")
    return Reading(await to_thread(lambda: tuple(differences(page, plan, chosen, before))))


async def open_saved(tab: Tab, profile: Profile, source_reference: str, reference: str) -> str:
    """Open a saved record's own page; returns its heading."""
    facts = {"reference": reference, "source_reference": source_reference}
    record = profile.record
    await perform(tab, profile, record.steps, facts, "record")
    heading = record.heading.format_map(facts)
    await arrive(tab, profile, {"there": condition(heading=heading)}, "the record")
    return heading


async def shown_by(tab: Tab, profile: Profile) -> RecordPage:
    """What the record's page that is open shows."""
    return record_page(profile, profile.record, await tab.record(record_layout(profile, profile.record)))


def differences(
    page: RecordPage, plan: Plan, chosen: Mapping[str, str], before: Sequence[Recorded] = ()
) -> Iterator[Held]:
    """What the record's own page shows for each planned control, and where else it is not as it was before."""
    yield from compare(page, plan, chosen, before)
    planned = {place for place, _ in plan.placed()}
    for each in before:
        place = each.place
        if place.grid:
            gone = place.row < 0 and folded(place.grid) not in page.grids and each.value != "0"
        else:
            gone = place not in planned and page.text(place) is None
        if gone:
            yield Held(place, each.value, None)


def compare(
    page: RecordPage, plan: Plan, chosen: Mapping[str, str], before: Sequence[Recorded] = ()
) -> Iterator[Held]:
    """What a page shows for each planned control, and what else it shows. Of a record that was saved
    `before`, it shows that too: the planned rows are those that it did not have."""
    tables = page.tables(before)
    for place, entry in plan.placed():
        if control_at(page.profile, place).read_back:
            found = _cell(page.profile, tables, place) if place.grid else page.value(place)
            yield _held(page, place, entry, chosen, found)
    yield from _surplus(plan, tables)
    yield from _unplanned(plan, page, before)


def _cell(profile: Profile, tables: Mapping[str, Table], place: Place) -> str | None:
    rows = tables[folded(place.grid)].rows if folded(place.grid) in tables else ()
    if place.row >= len(rows):
        return None
    return cell(rows[place.row], place.control, profile.by_name[place.screen].grids[place.grid].columns)


def _unplanned(plan: Plan, page: RecordPage, before: Sequence[Recorded]) -> Iterator[Held]:
    """What a page holds in a control that nobody planned is a difference too, unless it held that before."""
    planned = {place for place, _ in plan.placed()}
    was = {each.place: each.value for each in before}
    for place, control in controls(page.profile):
        text = None if place in planned else page.text(place)
        there = was.get(place, control.default or "")
        empty = place not in was and (not text or text == page.layout.no)
        if text is not None and not empty and not means(control, there, text, control.shown):
            yield Held(place, there, text)


def _surplus(plan: Plan, tables: Mapping[str, Table]) -> Iterator[Held]:
    """A grid with more rows than were keyed, or without one that it had, is a difference too."""
    planned = {
        folded(grid): (page.screen, grid, len(rows))
        for page in plan.pages
        for grid, rows in page.rows.items()
    }
    for name, table in tables.items():
        screen, grid, count = planned.get(name, (NO_SCREEN, name, 0))
        if len(table.rows) > count or table.lost:
            lost = f", and {table.lost} changed or gone" if table.lost else ""
            yield Held(Place(screen, ROWS, grid, count), str(count), f"{len(table.rows)}{lost}")


def _held(
    page: RecordPage, place: Place, entry: ControlValue, chosen: Mapping[str, str], found: Holds | None
) -> Held:
    control, layout = control_at(page.profile, place), page.layout
    value: Value = chosen.get(str(place), "") if control.kind is Kind.LOOK_UP else entry.value
    expected = shown(control, value, layout)
    if found is None:
        return Held(place, expected, None)
    if isinstance(found, tuple) and isinstance(expected, str):
        found = "\n".join(map(str, found))  # a text that the record shows line by line
    there = read(found, layout)
    right = any(
        means(control, expected, each, control.shown)
        for each in (there, *(_listed(there) if isinstance(expected, tuple) else ()))
    )
    return Held(place, expected, expected if right else there)


def _listed(text: str | tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The ways to read one text as a list."""
    if isinstance(text, str):
        for between in ("\n", ", ", "; "):
            yield tuple(each.strip() for each in text.split(between))


def chosen_in(held: Iterable[Held], profile: Profile) -> dict[str, str]:
    """What look-ups showed as chosen, by place, as confirmed on the page."""
    return {
        str(each.place): str(each.found)
        for each in held
        if control_at(profile, each.place).kind is Kind.LOOK_UP
    }
