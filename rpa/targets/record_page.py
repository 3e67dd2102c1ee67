"""What a page of values shows, by the profile's controls and grids: a saved record, or a review before save."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rpa.browser.names import folded
from rpa.browser.values import Cells, Holds, RecordLayout, ShownRecord
from rpa.plan import Place, Recorded
from rpa.targets.profile import Control, Layout, Profile, caption
from rpa.targets.record_rows import Table, Text, without
from rpa.targets.values import read

ROWS = "rows"
"""Stands for a control where a grid's number of rows is meant."""
NO_SCREEN = "record"
"""Stands for the screen of a table that is none of the profile's grids."""


def record_layout(profile: Profile, layout: Layout) -> RecordLayout:
    """A layout as the page script reads it."""
    places = (control.shown_in for screen in profile.by_name.values() for control in screen.controls.values())
    return RecordLayout(
        layout.scope,
        layout.section,
        layout.group,
        layout.caption,
        layout.item,
        tuple(place for place in places if place),
    )


@dataclass(frozen=True)
class RecordPage:
    """A page of values, by section, group and caption, and by selector; rows by grid."""

    profile: Profile
    layout: Layout
    values: Mapping[tuple[str, str, str], Sequence[Holds]]
    placed: Mapping[str, Sequence[Holds]]
    grids: Mapping[str, Sequence[Cells]]

    def value(self, place: Place) -> Holds | None:
        """What stands for a control, as the page script read it: all of it where one caption stands there with
        several values, None where there is none."""
        control = control_at(self.profile, place)
        if control.shown_in is not None:
            found = self.placed.get(control.shown_in, ())
        else:
            section = folded(place.screen) if self.layout.section else ""
            every = self.profile.by_name
            screens = [every[place.screen]] if section else list(every.values())
            beside = (each for screen in screens for each in screen.controls.items())
            under = ((section, *each) for each in _captions(place.control, control, beside))
            found = next((self.values[each] for each in under if each in self.values), ())
        return found[0] if len(found) == 1 else " | ".join(map(str, found)) or None

    def text(self, place: Place) -> Text | None:
        """What stands for a control, nothing where it is shown empty; None where it is not shown."""
        found = self.value(place)
        return None if found is None else read(found, self.layout)

    def recorded(self) -> Iterator[Recorded]:
        """What it shows in every control and table, but for controls that are empty, not ticked or at their
        default."""
        for place, control in controls(self.profile):
            text = self.text(place)
            if text and text not in (self.layout.no, control.default):
                yield Recorded(place, text)
        for name, rows in self.grids.items():
            screen, grid, columns = _grid(self.profile, name)
            yield Recorded(Place(screen, ROWS, grid), str(len(rows)))
            for number, row in enumerate(rows):
                for column in columns:
                    if text := read(cell(row, column, columns) or "", self.layout):
                        yield Recorded(Place(screen, column, grid, number), text)

    def tables(self, before: Sequence[Recorded]) -> dict[str, Table]:
        """The tables by name, without the rows that were there before. Raises `TargetError` where too many rows
        are others than those."""
        had = _rows_before(before)
        return {name: self._table(name, had.get(name, ())) for name in self.grids}

    def _table(self, name: str, had: Sequence[Mapping[str, Text]]) -> Table:
        if not had:
            return Table(self.grids[name], 0)
        columns, rows = _grid(self.profile, name)[2], self.grids[name]
        return without(rows, [self._texts(row, columns) for row in rows], had, columns)

    def _texts(self, row: Cells, columns: Mapping[str, Control]) -> Mapping[str, Text]:
        """What a row shows, in the columns that it has."""
        shown = ((column, cell(row, column, columns)) for column in columns)
        return {column: read(text, self.layout) for column, text in shown if text is not None}


def record_page(profile: Profile, layout: Layout, seen: ShownRecord) -> RecordPage:
    """A page of values, from what a tab's `record` read."""
    values: dict[tuple[str, str, str], list[Holds]] = {}
    for each in seen.values:
        place = (folded(each.section), folded(each.group), folded(each.caption))
        values.setdefault(place, []).append(each.value)
    grids = {folded(grid.name): grid.rows for grid in seen.grids}
    return RecordPage(profile, layout, values, seen.placed, grids)


def control_at(profile: Profile, place: Place) -> Control:
    """The control of a place, a grid's column included."""
    screen = profile.by_name[place.screen]
    return screen.grids[place.grid].columns[place.control] if place.grid else screen.controls[place.control]


def controls(profile: Profile) -> Iterator[tuple[Place, Control]]:
    """Every control outside of grids that a record shows."""
    for screen in profile.by_name.values():
        for name, control in screen.controls.items():
            if control.read_back:
                yield Place(screen.name, name), control


def cell(row: Cells, column: str, columns: Mapping[str, Control]) -> str | None:
    """What a row shows in a column; None where it has no such column."""
    cells = {folded(name): text for name, text in row.items()}
    wanted = _captions(column, columns[column], columns.items())
    return next((cells[label] for _, label in wanted if label in cells), None)


def _grid(profile: Profile, name: str) -> tuple[str, str, Mapping[str, Control]]:
    """Screen, name and columns of the grid that a table is; a table of no grid has no columns."""
    for screen in profile.by_name.values():
        for grid in screen.grids:
            if folded(grid) == name:
                columns = screen.grids[grid].columns.items()
                return screen.name, grid, {each: control for each, control in columns if control.read_back}
    return NO_SCREEN, name, {}


def _rows_before(before: Sequence[Recorded]) -> dict[str, list[dict[str, Text]]]:
    """The rows that each table had, column -> text."""
    cells = [each for each in before if each.place.grid]
    tables: dict[str, list[dict[str, Text]]] = {}
    for each in cells:
        if each.place.row < 0:
            tables[folded(each.place.grid)] = [{} for _ in range(int(str(each.value)))]
    for each in cells:
        if each.place.row >= 0:
            tables[folded(each.place.grid)][each.place.row][each.place.control] = each.value
    return tables


def _captions(
    name: str, control: Control, beside: Iterable[tuple[str, Control]]
) -> Iterator[tuple[str, str]]:
    """(group, caption) under which a record may show a control: `shown_as`, or else its caption on the page, or
    else its name, unless that stands for another control `beside` it."""
    group, label = _shown_under(name, control)
    yield group, label
    others = {_shown_under(*other) for other in beside if other[1] is not control}
    own = group, folded(name.rpartition(" / ")[2])
    if control.shown_as is None and own not in others:
        yield own


def _shown_under(name: str, control: Control) -> tuple[str, str]:
    group, label = caption(name, control)
    return folded(group or ""), folded(control.shown_as or label)
