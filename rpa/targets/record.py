"""Read a saved record back, control by control, and compare it with what was keyed (P3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rpa.browser.tab import Tab
from rpa.errors import TargetError
from rpa.plan import Entry, Held, Place, Plan, Value
from rpa.targets.matching import plain
from rpa.targets.profile import Control, Kind, Layout, Profile, caption
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
    tab: Tab, profile: Profile, plan: Plan, chosen: Mapping[str, str], reference: str
) -> Reading:
    """Open the record and compare. `chosen`: what look-ups showed as chosen, by place, when it was keyed."""
    facts = {"reference": reference, "source_reference": plan.reference}
    record = profile.record
    await perform(tab, profile, record.steps, facts, "record")
    there = condition(heading=record.heading.format_map(facts))
    await arrive(tab, profile, {"there": there}, "the record")
    page = await tab.record(as_given(profile, record))
    if not page["values"]:
        raise TargetError("the record's page shows no values")
    return Reading(tuple(compare(profile, record, plan, chosen, page)))


def as_given(profile: Profile, layout: Layout) -> dict[str, object]:
    """A layout in the page script's form."""
    parts = {"section": layout.section, "group": layout.group, "caption": layout.caption, "item": layout.item}
    places = [each.shown_in for screen in profile.screens for each in screen.controls.values()]
    return {"css": layout.scope, **parts, "places": [place for place in places if place]}


@dataclass(frozen=True)
class _Page:
    """A page of values, by section, group and caption, and by selector; rows by grid."""

    layout: Layout
    values: Mapping[tuple[str, str, str], Sequence[object]]
    placed: Mapping[str, Sequence[object]]
    grids: Mapping[str, Sequence[Mapping[str, object]]]


def _page(layout: Layout, seen: Mapping[str, Any]) -> _Page:
    values: dict[tuple[str, str, str], list[object]] = {}
    for each in seen["values"]:
        place = (plain(each["section"]), plain(each["group"]), plain(each["caption"]))
        values.setdefault(place, []).append(each["value"])
    return _Page(
        layout, values, seen["placed"], {plain(grid["name"]): grid["rows"] for grid in seen["grids"]}
    )


def compare(
    profile: Profile, layout: Layout, plan: Plan, chosen: Mapping[str, str], seen: Mapping[str, Any]
) -> Iterator[Held]:
    """What a page shows for each planned control, and what it shows besides; `seen` is the tab's `record`."""
    page = _page(layout, seen)
    for place, entry in plan.placed():
        control = _control(profile, place)
        if not control.read_back:
            continue
        found = (
            _cell(
                page.grids.get(plain(place.grid), []),
                place,
                profile.by_name[place.screen].grids[place.grid].columns,
            )
            if place.grid
            else _value(profile, page, place, control)
        )
        yield _held(layout, place, control, entry, chosen, found)
    yield from _surplus(plan, page.grids)
    yield from _unplanned(profile, plan, page)


def _unplanned(profile: Profile, plan: Plan, page: _Page) -> Iterator[Held]:
    """What the record holds in a control that nobody planned is a difference too."""
    planned = {place for place, _ in plan.placed()}
    nothing = {"", page.layout.no}
    for screen in profile.screens:
        for name, control in screen.controls.items():
            place = Place(screen.name, name)
            found = None if place in planned else _value(profile, page, place, control)
            text = "" if found is None else read(found, page.layout)
            if control.read_back and text and text not in nothing and text != (control.default or ""):
                yield Held(place, control.default or "", text)


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


def _captions(
    name: str, control: Control, beside: Iterable[tuple[str, Control]]
) -> Iterator[tuple[str, str]]:
    """(group, caption) under which a record may show a control: `shown_as`, or else its caption on the page, or
    else its name, unless that stands for another control `beside` it."""
    group, label = _shown_under(name, control)
    yield group, label
    others = {_shown_under(*other) for other in beside if other[1] is not control}
    own = group, plain(name.rpartition(" / ")[2])
    if control.shown_as is None and own not in others:
        yield own


def _shown_under(name: str, control: Control) -> tuple[str, str]:
    group, label = caption(name, control)
    return plain(group or ""), plain(control.shown_as or label)


def _cell(rows: Sequence[Mapping[str, object]], place: Place, columns: Mapping[str, Control]) -> object:
    if place.row >= len(rows):
        return None
    cells = {plain(column): text for column, text in rows[place.row].items()}
    wanted = _captions(place.control, columns[place.control], columns.items())
    return next((cells[label] for _, label in wanted if label in cells), None)


def _value(profile: Profile, page: _Page, place: Place, control: Control) -> object:
    """What the record shows for a control; all of it where one caption stands there with several values."""
    if control.shown_in is not None:
        found = page.placed.get(control.shown_in, [])
    else:
        section = plain(place.screen) if page.layout.section else ""
        screens = [profile.by_name[place.screen]] if section else profile.screens
        beside = (each for screen in screens for each in screen.controls.items())
        under = ((section, *each) for each in _captions(place.control, control, beside))
        found = next((page.values[each] for each in under if each in page.values), [])
    return found[0] if len(found) == 1 else " | ".join(map(str, found)) or None


def _held(
    layout: Layout,
    place: Place,
    control: Control,
    entry: Entry,
    chosen: Mapping[str, str],
    found: object,
) -> Held:
    value: Value = chosen.get(str(place), "") if control.kind is Kind.LOOK_UP else entry.value
    expected = shown(control, value, layout)
    if found is None:
        return Held(place, expected, None)
    if isinstance(found, list) and isinstance(expected, str):
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
    """What look-ups showed as chosen, by place, out of what was confirmed on the page."""
    return {
        str(each.place): str(each.found)
        for each in held
        if _control(profile, each.place).kind is Kind.LOOK_UP
    }
