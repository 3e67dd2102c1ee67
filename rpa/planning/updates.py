"""The update of a saved record: what the plan of a revised report has and the record has not, and what the record
will go on holding although the revised report does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rpa.browser.names import folded
from rpa.plan import NO_ROW, ControlValue, Disposition, Held, PagePlan, Place, Plan, Recorded, Value
from rpa.targets.profile import Control, Kind, Layout, Profile, Screen
from rpa.targets.record_rows import Text
from rpa.targets.values import means, shown

Row = tuple[ControlValue, ...]


@dataclass(frozen=True)
class UpdatePlan:
    """What a robot keys into a saved record.

    `changes`: the controls whose value differs, those that come after them, and the rows that are new. `whole`:
    the plan of the record once these are saved; the rows of a grid are those that were there, then the new ones.
    `remains`: what the record will hold that the revised report does not, each with nothing as `expected`.
    """

    changes: Plan
    whole: Plan
    remains: tuple[Held, ...] = field(default=(), repr=False)


def update_of(revised: Plan, recorded: Plan, profile: Profile) -> UpdatePlan:
    """The update that takes a record from the plan that it was keyed by to that of the revised report.

    A target may empty what comes after a control that is corrected: that is keyed again with it, as far as it is
    planned. No row is removed and no control is emptied: few targets let anybody do so, and a person may have used
    them since. What that leaves is in `remains`.
    """
    old = {page.screen: page for page in recorded.pages}
    pages = [
        _Page(page, old.get(page.screen, PagePlan(page.screen)), profile.by_name[page.screen])
        for page in revised.pages
    ]
    found = {page.screen: page for page in pages}
    return UpdatePlan(
        replace(revised, pages=tuple(page.changes for page in pages), dispositions=()),
        replace(
            revised,
            pages=tuple(page.whole for page in pages),
            dispositions=tuple(_moved(each, found) for each in revised.dispositions),
            missing=(),
        ),
        tuple(held for page in pages for held in page.remains),
    )


def rows_there(changes: Plan, recorded: Sequence[Recorded], profile: Profile) -> Iterator[Place]:
    """Where an update would add a row (the place of no control) that the record shows already. `recorded`: all
    that it shows. What a look-up will bring into a row is not known, and is not compared."""
    texts: dict[tuple[str, int], dict[str, Text]] = {}
    for each in recorded:
        texts.setdefault((folded(each.place.grid), each.place.row), {})[each.place.control] = each.value
    for page in changes.pages:
        for grid, rows in page.rows.items():
            columns = profile.by_name[page.screen].grids[grid].columns
            there = [cells for (name, row), cells in texts.items() if name == folded(grid) and row >= 0]
            for number, row in enumerate(rows):
                if any(_shows(cells, row, columns, profile.record) for cells in there):
                    yield Place(page.screen, "", grid, number)


def _shows(cells: Mapping[str, Text], row: Row, columns: Mapping[str, Control], layout: Layout) -> bool:
    planned = ((entry, columns[entry.control]) for entry in row)
    return all(
        means(control, shown(control, entry.value, layout), cells.get(entry.control, ""), control.shown)
        for entry, control in planned
        if control.read_back and control.kind is not Kind.LOOK_UP
    )


class _Page:
    """One screen of an update."""

    def __init__(self, revised: PagePlan, recorded: PagePlan, screen: Screen) -> None:
        self.screen = revised.screen
        names = dict.fromkeys((*recorded.rows, *revised.rows))
        self.grids = {name: _Grid(revised.rows.get(name, ()), recorded.rows.get(name, ())) for name in names}
        old = {entry.control: entry for entry in recorded.entries}
        new = {entry.control: entry for entry in revised.entries}
        differing = {name for name, entry in new.items() if name not in old or old[name].value != entry.value}
        keyed = (
            entry
            for name, entry in new.items()
            if name in differing or not differing.isdisjoint(screen.before(name))
        )
        added = {name: grid.added for name, grid in self.grids.items() if grid.added}
        self.changes = PagePlan(self.screen, tuple(keyed), added)
        left = [entry for name, entry in old.items() if name not in new]
        entries = (*map(_of_nobody, left), *new.values())
        whole = {name: (*grid.kept, *grid.added) for name, grid in self.grids.items()}
        self.whole = PagePlan(self.screen, entries, whole)
        self.remains = [
            *(_held(Place(self.screen, entry.control), entry) for entry in left),
            *(
                _held(Place(self.screen, entry.control, name, row), entry)
                for name, grid in self.grids.items()
                for row in grid.stale
                for entry in grid.kept[row]
            ),
        ]

    def where(self, place: Place) -> Place:
        """Where in the record a place of the revised plan is."""
        if place.row == NO_ROW:
            return place
        return replace(place, row=self.grids[place.grid].places[place.row])


class _Grid:
    """The rows of one grid: those that are in the record are matched with the revised ones by what they hold.

    `kept`: the rows of the record, with the answers of the revised report; `added`: the new ones; `places`: where
    in the record each revised row is; `stale`: the rows of the record that the revised report has not.
    """

    def __init__(self, revised: Sequence[Row], recorded: Sequence[Row]) -> None:
        free = list(range(len(recorded)))
        kept = [tuple(map(_of_nobody, row)) for row in recorded]
        added: list[Row] = []
        places: list[int] = []
        for row in revised:
            place = next((each for each in free if _same(recorded[each], row)), None)
            if place is None:
                places.append(len(recorded) + len(added))
                added.append(row)
            else:
                free.remove(place)
                places.append(place)
                kept[place] = row
        self.kept, self.added, self.places, self.stale = kept, tuple(added), places, free


def _same(one: Row, other: Row) -> bool:
    return {each.control: each.value for each in one} == {each.control: each.value for each in other}


def _of_nobody(entry: ControlValue) -> ControlValue:
    """An entry that no answer of the revised report is in."""
    return replace(entry, pointers=())


def _held(place: Place, entry: ControlValue) -> Held:
    return Held(place, "", _shown(entry.value))


def _shown(value: Value) -> str | bool | tuple[str, ...]:
    return ", ".join(value.values()) if isinstance(value, dict) else value


def _moved(disposition: Disposition, pages: Mapping[str, _Page]) -> Disposition:
    """A disposition whose places are those of the record."""
    where = tuple(pages[place.screen].where(place) for place in disposition.where)
    return replace(disposition, where=where)
