"""Fill a record, screen by screen up to save, and plan around controls that have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

from rpa.browser.tab import Tab
from rpa.browser.values import Confirmed
from rpa.errors import DefinitionError, Fault, PageReplaced, ReportError, TargetChanged
from rpa.plan import NEW_RECORD, Held, PagePlan, Plan, SavedRecord, Unavailable
from rpa.targets import journey
from rpa.targets.keying import KeyedScreen, key_screen
from rpa.targets.profile import Profile
from rpa.targets.replacements import answers_in
from rpa.targets.saving import ready_to_save
from rpa.targets.updating import see_record

RETURNS = 2  # times that a screen is keyed again which lost something before it was left
SCREENS_IN_MEMORY = 6  # screens after which the browser's memory is freed


@dataclass
class Filling:
    """One record before it is saved, new or saved earlier: its plan, the changes that were found, and what its
    controls hold. `hidden`: the controls of a saved record that are not as the profile says because of what the
    report itself corrects before them, which says nothing of the target. `answers`: all that pages may show of the
    report: what was planned at any time, and what the record showed before."""

    profile: Profile
    plan_without: Callable[[Unavailable], Plan]
    files: Mapping[str, bytes]
    record: SavedRecord = NEW_RECORD
    changes: dict[tuple[str, str], TargetChanged] = field(default_factory=dict)
    hidden: dict[tuple[str, str], TargetChanged] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    answers: frozenset[str] = frozenset()
    _plan: Plan | None = None

    def __post_init__(self) -> None:
        self.answers |= answers_in(each.value for each in self.record.before)

    @property
    def plan(self) -> Plan:
        """The plan around all changes found so far. Raises the error that prevents keying it."""
        if self._plan is None:
            plan = self.plan_without(frozenset({**self.changes, **self.hidden}))
            self.answers |= answers_in(entry.value for _, entry in plan.placed())
            if plan.missing:
                self._refuse(plan.missing)
            self._plan = replace(plan, pages=_on_course(self.profile, plan))
        return self._plan

    def _refuse(self, missing: Sequence[str]) -> NoReturn:
        """Raise the error that says why the target's required controls cannot be keyed."""
        if self.changes and self.plan_without(frozenset(self.changes)).missing:
            first, *others = self.changes.values()
            raise TargetChanged(
                first.screen,
                first.control,
                first.reason,
                first.cause,
                proposals=first.proposals,
                also=tuple(others),
            )
        if self.hidden:
            raise _corrected_away(*self.hidden.values())
        raise ReportError(f"the target needs {', '.join(missing)}")

    async def fill(self, tab: Tab) -> Confirmed | None:
        """Open the record and fill it; returns what its last page holds, ready to be saved.

        Nothing is saved yet. Returns None when a change was found and the record has to be started again with
        another plan. Raises `TargetChanged` for a change that no plan can avoid.
        """
        self.held, confirmed = (), None
        await self._open(tab)
        for number in range(len(self.profile.course)):
            try:
                page = self.plan.pages[number]
                done = await key_screen(tab, self.profile, page, self.files, self.answers)
                if not self._goes_on(number, done):
                    return None
                done, confirmed = await self._leave(tab, number, done)
            except TargetChanged as change:
                self._note(change)
                return None
            self.held += done.held
            if (number + 1) % SCREENS_IN_MEMORY == 0 and number + 1 < len(self.profile.course):
                await tab.free_memory()
        return confirmed

    async def _open(self, tab: Tab) -> None:
        """Open the record. Nothing is keyed before it is certain that it is the right one."""
        reference = self.record.reference
        facts = {"reference": reference, "source_reference": self.plan.reference} if reference else None
        await journey.open_record(tab, self.profile, facts)
        if reference:
            await see_record(tab, self.profile, reference)

    async def _leave(
        self, tab: Tab, number: int, done: KeyedScreen, returns: int = 0
    ) -> tuple[KeyedScreen, Confirmed | None]:
        """Go on from a screen (from 0), or check that the last is ready to be saved. What a screen has lost since
        it was keyed, as when a page redraws itself late, is keyed again."""
        page = self.plan.pages[number]
        try:
            if number + 1 == len(self.profile.course):
                held = (*self.held, *done.held)
                return done, await ready_to_save(
                    tab, self.profile, self.plan, held, self.record, answers=self.answers
                )
            here, after = self.profile.course[number : number + 2]
            await journey.go_on(tab, self.profile, here, after, done.confirmed)
        except (PageReplaced, TargetChanged) as lost:
            if returns == RETURNS or (isinstance(lost, TargetChanged) and not lost.control):
                raise
        else:
            return done, None
        entries = PagePlan(page.screen, page.entries)
        again = await key_screen(tab, self.profile, entries, self.files, self.answers)
        if again.changes:
            raise again.changes[0]
        rows = tuple(each for each in done.held if each.place.grid)
        return await self._leave(tab, number, replace(again, held=again.held + rows), returns + 1)

    def _note(self, change: TargetChanged) -> None:
        """Plan around a change from now on. Raises it when that is impossible, or was done before."""
        place = (change.screen, change.control)
        if not change.control or place in self.changes:
            raise change
        if place in self.hidden:
            raise _corrected_away(change)
        found = self.hidden if self._comes_after_a_correction(change) else self.changes
        found[place] = change
        self._plan = None

    def _comes_after_a_correction(self, change: TargetChanged) -> bool:
        """Whether a control comes after one that is keyed into a saved record, which may have taken it away."""
        screen = self.profile.by_name[change.screen]
        if not self.record.reference or change.control not in screen.controls:
            return False
        plan = self.plan_without(frozenset(self.changes))
        keyed = {place.control for place, _ in plan.placed() if place.screen == change.screen}
        return not keyed.isdisjoint(screen.before(change.control))

    def _goes_on(self, number: int, done: KeyedScreen) -> bool:
        """Whether the record can go on after a screen (from 0): what is keyed is what the current plan wants."""
        if not done.changes:
            return True
        before = self.plan.pages
        for change in done.changes:
            self._note(change)
        gone = {change.control for change in done.changes}
        keyed = (*before[:number], before[number].without(gone))
        return done.clean and self.plan.pages[: number + 1] == keyed


def _corrected_away(*changes: TargetChanged) -> ReportError:
    told = "; ".join(map(str, changes))
    return ReportError(f"what depends on a corrected control can no longer be keyed: {told}")


def _on_course(profile: Profile, plan: Plan) -> tuple[PagePlan, ...]:
    """The plan's pages in the journey's order. Raises `DefinitionError` when it leaves a planned one out."""
    planned = {page.screen: page for page in plan.pages}
    visited = {screen.name for screen in profile.course}
    if missed := [place.screen for place, _ in plan.placed() if place.screen not in visited]:
        part, remedy = (
            f"the screen {missed[0]!r} is keyed into, and not visited",
            "Add it to screens in [update]",
        )
        raise DefinitionError(Fault(f"{plan.target}/screens.toml", 1, "update / screens", part, remedy))
    return tuple(planned.get(screen.name, PagePlan(screen.name)) for screen in profile.course)
