"""A mapping applied to one report: every value is decided, and every answer accounted for (P4), before a browser
is used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from rpa.plan import NO_ROW, ControlValue, Disposed, PagePlan, Place, Plan, Unavailable
from rpa.planning.attachments import Attached, attach
from rpa.planning.entries import Decision, Entries
from rpa.planning.ledger import NOT_AS_ASKED, Ledger
from rpa.planning.mapping import LoadedMapping, Rows
from rpa.planning.narrative import Parts, compose, to_be_checked
from rpa.planning.obstacles import files_left_behind, without_room, without_value
from rpa.planning.provenance import Traced, traced
from rpa.report import Report
from rpa.targets.profile import Grid, Profile, Screen


def plan(
    report: Report,
    loaded: LoadedMapping,
    profile: Profile,
    target: str,
    *,
    media: Set[str] = frozenset(),
    unavailable: Unavailable = frozenset(),
) -> Plan:
    """The plan for `report`. `media`: names of the files that came with it."""
    return _Planner(Entries(report, loaded, profile, unavailable), media).plan(target)


_NO_LIMIT = 1_000_000  # characters of a narrative whose control gives no limit


@dataclass
class _Page:
    """What is planned for one screen so far."""

    entries: list[ControlValue] = field(default_factory=list)
    rows: dict[str, list[tuple[ControlValue, ...]]] = field(default_factory=dict)

    def done(self, screen: str) -> PagePlan:
        """The plan of the screen."""
        return PagePlan(screen, tuple(self.entries), {grid: tuple(rows) for grid, rows in self.rows.items()})


class _Planner:
    """One report being planned: its pages so far, and the ledger of its answers. Nothing kept is
    taken back."""

    def __init__(self, entries: Entries, media: Set[str]) -> None:
        self.entries = entries
        self.report = entries.report
        self.profile = entries.profile
        self.mapping = entries.loaded.mapping
        self.media = media
        self.ledger = Ledger(self.report, self.mapping)
        self.pages = {screen.name: _Page() for screen in self.profile.screens}

    def plan(self, target: str) -> Plan:
        """The plan, in order: controls and rows, files, and the narrative of all that is left."""
        files = self._files()
        self.ledger.explain(self.report.unfit, NOT_AS_ASKED)
        whole = traced(self.report.data, self.mapping)
        for screen in self.profile.screens:
            self._fill(screen, whole)
        self._attach(files)
        parts = self._narrate()
        pages = {name: page.done(name) for name, page in self.pages.items()}
        return Plan(
            reference=self.report.reference,
            form=self.report.form or "",
            target=target,
            pages=tuple(pages.values()),
            dispositions=tuple(self.ledger.dispositions()),
            missing=(
                *without_value(self.entries.loaded, self.profile, pages),
                *files_left_behind(self.report, self.entries.loaded, pages, self.media),
                *without_room(self.entries.loaded, self.profile, pages, parts),
            ),
        )

    def _fill(self, screen: Screen, whole: Traced) -> None:
        """Key a screen's controls, then the rows of its grids."""
        mapped = self.mapping.screen.get(screen.name)
        if mapped is None:
            return
        for name, source in mapped.controls.items():
            decision = self.entries.decide(Place(screen.name, name), source, screen.controls[name], whole)
            self._keep(screen.name, self._entries([decision]))
        for group in mapped.rows:
            self.pages[screen.name].rows.setdefault(group.grid, [])
            for item in whole.items(group.each):
                self._fill_row(screen, group, item)

    def _fill_row(self, screen: Screen, group: Rows, item: Traced) -> None:
        """Key an item as a row. If it makes none, its answers go into the narrative, and the ledger records
        why."""
        grid = screen.grids[group.grid]
        number = len(self.pages[screen.name].rows[group.grid])
        if not self.mapping.holds(group.when, item.data):
            self.ledger.explain(item.pointers if group.otherwise else (), group.otherwise)
            return
        if grid.max_rows is not None and number >= grid.max_rows:
            self.ledger.explain(item.pointers, f"{group.grid} takes {grid.max_rows} rows")
            return
        row = self._entries(
            self.entries.decide(
                Place(screen.name, name, group.grid, number), source, grid.columns[name], item
            )
            for name, source in group.columns.items()
        )
        lacking = _lacking(grid, row)
        if lacking:
            self.ledger.explain(item.pointers, f"{group.grid} needs {lacking[0]}")
        elif any(entry.pointers for entry in row):
            self._keep(screen.name, row, group.grid)

    def _files(self) -> Attached:
        """What becomes of the files. Where a file is missing, that is the reason that counts."""
        rule = self.mapping.attachments
        files = attach(self.entries, rule, self.media) if rule else Attached()
        for pointer, reason in files.reasons.items():
            self.ledger.explain([pointer], reason)
        return files

    def _attach(self, files: Attached) -> None:
        if rule := self.mapping.attachments:
            for row in files.rows:
                self._keep(rule.screen, row, rule.grid, {rule.file})

    def _narrate(self) -> Parts:
        """Carry the rest in the narrative: in rows of a grid, or in one control."""
        rule = self.mapping.narrative
        screen = self.profile.by_name[rule.screen]
        control = (screen.grids[rule.grid].columns if rule.grid else screen.controls)[rule.control]
        title = str(self.entries.with_facts(rule.title))
        answers = [*self.ledger.rest(), *to_be_checked(self.report.problems)]
        parts = compose(title, answers, control.max or _NO_LIMIT)
        fixed = [ControlValue(name, self.entries.with_facts(value)) for name, value in rule.fixed.items()]
        texts = parts.texts if rule.grid else ["\n".join(parts.texts)] if parts.texts else []
        rows = [
            self._keep(
                rule.screen, [*(fixed if rule.grid else ()), ControlValue(rule.control, text)], rule.grid
            )
            for text in texts
        ]
        for pointer, numbers in parts.carried.items():
            for row in (rows[min(number, len(rows)) - 1] for number in numbers):
                place = Place(rule.screen, rule.control, rule.grid or "", row)
                self.ledger.place(pointer, place, Disposed.NARRATIVE)
        return parts

    def _entries(self, decisions: Iterable[Decision]) -> tuple[ControlValue, ...]:
        """The entries among some decisions. The ledger records why the other controls stay empty."""
        found = []
        for each in decisions:
            self.ledger.explain(each.not_keyed, each.reason)
            found += [each.entry] if each.entry else []
        return tuple(found)

    def _keep(
        self,
        screen: str,
        entries: Sequence[ControlValue],
        grid: str | None = None,
        files: Set[str] = frozenset(),
    ) -> int:
        """Plan a row of `grid`, or controls of the screen itself, and enter them into the ledger. `files`: the
        controls that take a file. Returns the number of the row."""
        page = self.pages[screen]
        number = len(page.rows.setdefault(grid, [])) if grid else NO_ROW
        for entry in entries:
            kind = Disposed.ATTACHED if entry.control in files else Disposed.KEYED
            self.ledger.keep(Place(screen, entry.control, grid or "", number), entry, kind)
        if grid:
            page.rows[grid].append(tuple(entries))
        else:
            page.entries += entries
        return number


def _lacking(grid: Grid, row: Sequence[ControlValue]) -> list[str]:
    """The required columns that a row has nothing for."""
    given = {entry.control for entry in row}
    return [name for name, control in grid.columns.items() if control.required and name not in given]
