"""A form region: the part of a page that is the form, with the controls that may be keyed in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from rpa.browser.tab import Tab
from rpa.browser.values import Found, Region, Rest, Survey, Wanted
from rpa.errors import Cause, TargetChanged, TargetError
from rpa.plan import ControlValue, Place
from rpa.targets.matching import match
from rpa.targets.profile import Control, Kind, caption

SETTLING_SECONDS = 3.0  # for a page that goes on building itself after it has loaded

AT_REST = Rest(5, 1500)
EDITOR_AT_REST = Rest(100, 3000)
"""For a page with an editor: an editor that is keyed before it is ready shows the text and does not send it."""

Matched = dict[str, tuple[Found, ...]]
Missing = dict[str, TargetChanged]


@dataclass(frozen=True)
class FormRegion:
    """Where entries are keyed, and how its places are named. `answers`: all that pages were given, which no
    caption that is proposed may quote (`replacements.answers_in`)."""

    tab: Tab
    region: Region
    screen: str
    controls: Mapping[str, Control]
    files: Mapping[str, bytes]
    grid: str = ""
    row: int = -1
    answers: frozenset[str] = frozenset()

    def place(self, control: str) -> Place:
        """The place of a control in this region."""
        return Place(self.screen, control, self.grid, self.row)

    def changed(
        self, control: str, reason: str, cause: Cause, proposals: tuple[str, ...] = ()
    ) -> TargetChanged:
        """The error for a control of this region that is not as the profile says."""
        name = f"{self.grid} / {control}" if self.grid else control
        return TargetChanged(self.screen, name, reason, cause, proposals=proposals)

    @property
    def here(self) -> Region:
        """The region, with the selectors by which the profile names controls in it."""
        named = tuple(control.css for control in self.controls.values() if control.css)
        return replace(self.region, selectors=named)

    async def survey(self) -> Survey:
        """The controls of the region now. Raises `TargetError` when there is no such region."""
        found = await self.tab.survey(self.here)
        if found is None:
            raise TargetError(f"{self.screen}: the page has no such form region")
        return found

    def matched(self, entries: Sequence[ControlValue], survey: Survey) -> tuple[Matched, Missing]:
        """The controls of every entry that is certain, and for each other entry the reason why it is not."""
        found: Matched = {}
        missing: Missing = {}
        for entry in entries:
            try:
                control = self.controls[entry.control]
                found[entry.control] = match(self.screen, entry.control, control, survey.controls)
            except TargetChanged as error:
                missing[entry.control] = self.changed(entry.control, error.reason, error.cause)
        return found, missing

    async def find(self, entries: Sequence[ControlValue], survey: Survey) -> tuple[Matched, Missing, Survey]:
        """Match the entries against `survey`. For what is missing, open the collapsed part that it is in, and wait
        a moment: a page may still be building itself. Returns the deciding survey too."""
        found, missing = self.matched(entries, survey)
        if not missing:
            return found, missing, survey
        for button in dict.fromkeys(self.controls[name].reveal for name in missing):
            if button is not None:
                with suppress(TargetError):  # it is named as missing below
                    await self.tab.press(self.region, button)
        survey = await self.settled(entries)
        return *self.matched(entries, survey), survey

    async def settled(self, entries: Sequence[ControlValue]) -> Survey:
        """The controls of the region as soon as every entry's control can be keyed and offers its option; or those
        that are there when the time for that is over."""
        wanted = [each for entry in entries for each in self._wanted(entry)]
        with suppress(TargetError):
            return await self.tab.wait_for_controls(self.here, wanted, SETTLING_SECONDS)
        return await self.survey()

    def _wanted(self, entry: ControlValue) -> list[Wanted]:
        control = self.controls[entry.control]
        group, label = caption(entry.control, control)
        if control.boxes:
            return [Wanted(box, label) for box in control.boxes]
        option = str(entry.value) if control.kind is Kind.SELECT else None
        return [Wanted(label, group, option, control.css)]


async def at_rest(form_region: FormRegion, rest: Rest = AT_REST) -> Survey:
    """The controls of the region once the page is at rest, even if it is another page by then."""
    return await form_region.tab.settled(form_region.here, rest)
