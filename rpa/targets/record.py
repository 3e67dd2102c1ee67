"""Read a saved record back, control by control, and compare it with what was keyed (P3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rpa.browser.tab import Tab
from rpa.errors import TargetError
from rpa.plan import Entry, Held, Place, Plan, Value
from rpa.targets.matching import plain
from rpa.targets.profile import Control, Kind, Profile, caption
from rpa.targets.steps import arrive, perform, sight
from rpa.targets.values import read, shown


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
    tab: Tab, profile: Profile, plan: Plan, chosen: Mapping[str, str], reference: str
) -> Reading:
    """Open the record and compare. `chosen`: what look-ups showed as chosen, by place, when it was keyed."""
    facts = {"reference": reference, "source_reference": plan.reference}
    record = profile.record
    await perform(tab, profile, record.steps, facts, "record")
    there = sight(heading=record.heading.format_map(facts))
    await arrive(tab, profile, {"there": there}, "the record")
    page = await tab.record(
        css=record.scope,
        section=record.section,
        group=record.group,
        caption=record.caption,
        item=record.item,
    )
    if not page["values"]:
        raise TargetError("the record's page shows no values")
    return Reading(tuple(_compare(profile, plan, chosen, page)))


def _compare(
    profile: Profile, plan: Plan, chosen: Mapping[str, str], page: Mapping[str, Any]
) -> Iterator[Held]:
    values = {
        (plain(each["section"]), plain(each["group"]), plain(each["caption"])): each["value"]
        for each in page["values"]
    }
    grids = {plain(grid["name"]): grid["rows"] for grid in page["grids"]}
    for place, entry in plan.placed():
        control = _control(profile, place)
        if place.grid:
            rows = grids.get(plain(place.grid), [])
            found = _cell(rows, place, control)
        else:
            found = _value(values, profile, place, control)
        yield _held(profile, place, control, entry, chosen, found)
    yield from _surplus(plan, grids)


def _surplus(plan: Plan, grids: Mapping[str, Sequence[object]]) -> Iterator[Held]:
    """A grid with more rows than were keyed is a difference too."""
    planned = {
        plain(grid): (page.screen, grid, len(rows)) for page in plan.pages for grid, rows in page.rows.items()
    }
    for name, rows in grids.items():
        screen, grid, count = planned.get(name, ("record", name, 0))
        if len(rows) > count:
            yield Held(Place(screen, "rows", grid, count), str(count), str(len(rows)))


def _control(profile: Profile, place: Place) -> Control:
    screen = profile.by_name[place.screen]
    return screen.grids[place.grid].columns[place.control] if place.grid else screen.controls[place.control]


def _cell(rows: Sequence[Mapping[str, object]], place: Place, control: Control) -> object:
    if place.row >= len(rows):
        return None
    wanted = plain(control.shown_as or place.control)
    return next((text for column, text in rows[place.row].items() if plain(column) == wanted), None)


def _value(
    values: Mapping[tuple[str, str, str], object], profile: Profile, place: Place, control: Control
) -> object:
    group, label = caption(place.control, control)
    section = plain(place.screen) if profile.record.section else ""
    named = plain(control.shown_as or label)
    return values.get((section, plain(group or ""), named))


def _held(
    profile: Profile,
    place: Place,
    control: Control,
    entry: Entry,
    chosen: Mapping[str, str],
    found: object,
) -> Held:
    value: Value = chosen.get(str(place), "") if control.kind is Kind.LOOK_UP else entry.value
    expected = shown(control, value, profile.record)
    if found is None:
        return Held(place, expected, None)
    if isinstance(expected, tuple) and isinstance(found, str):
        found = [found]
    return Held(place, expected, read(found, profile.record))


def chosen_in(held: Iterable[Held], profile: Profile) -> dict[str, str]:
    """What look-ups showed as chosen, by place, out of what was confirmed on the page."""
    return {
        str(each.place): str(each.found)
        for each in held
        if _control(profile, each.place).kind is Kind.LOOK_UP
    }
