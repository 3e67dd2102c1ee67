"""A form region: a part of a tab with the controls that may be keyed in it, and what is found there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from rpa.browser.tab import Tab
from rpa.browser.values import Found, Region
from rpa.errors import TargetChanged, TargetError
from rpa.plan import Entry, Place
from rpa.targets.matching import match
from rpa.targets.profile import Control, Kind, caption

SETTLING_SECONDS = 3.0  # for a page that goes on building itself after it has loaded

REST = (5, 1500)
"""Milliseconds: a page that has built nothing for so long is at rest; one that goes on is looked at even so."""

EDITOR_REST = (100, 3000)
"""The same for a page with an editor: one that is keyed before it is ready shows the text and does not send it."""

Survey = tuple[Found, ...]
Matched = dict[str, tuple[Found, ...]]
Missing = dict[str, TargetChanged]


@dataclass(frozen=True)
class FormRegion:
    """Where entries are keyed, and what names the places there."""

    tab: Tab
    region: Region
    screen: str
    controls: Mapping[str, Control]
    files: Mapping[str, bytes]
    grid: str = ""
    row: int = -1

    def place(self, control: str) -> Place:
        """The place of a control here."""
        return Place(self.screen, control, self.grid, self.row)

    def changed(self, control: str, reason: str) -> TargetChanged:
        """The error that a control here is not as the profile says."""
        return TargetChanged(self.screen, f"{self.grid} / {control}" if self.grid else control, reason)

    @property
    def here(self) -> Region:
        """The region, with the selectors by which the profile names controls in it."""
        named = tuple(control.css for control in self.controls.values() if control.css)
        return replace(self.region, selectors=named)

    async def survey(self) -> Survey:
        """What is here now. Raises `TargetError` when there is no such region."""
        found = await self.tab.survey(self.here)
        if found is None:
            raise TargetError(f"{self.screen}: its part of the page is not there")
        return found

    def matched(self, entries: Sequence[Entry], survey: Survey) -> tuple[Matched, Missing]:
        """The found controls of every entry that is certain, and why each other one is not."""
        found: Matched = {}
        missing: Missing = {}
        for entry in entries:
            try:
                found[entry.control] = match(self.screen, entry.control, self.controls[entry.control], survey)
            except TargetChanged as error:
                missing[entry.control] = self.changed(entry.control, error.reason)
        return found, missing

    async def find(self, entries: Sequence[Entry], survey: Survey) -> tuple[Matched, Missing, Survey]:
        """Match the entries against `survey`. What is not there yet is given a moment: the collapsed part it
        stands in is opened, and a page may go on building itself. Answers the survey that decided, too."""
        found, missing = self.matched(entries, survey)
        if not missing:
            return found, missing, survey
        for button in dict.fromkeys(self.controls[name].reveal for name in missing):
            if button is not None:
                with suppress(TargetError):  # it is named as missing below
                    await self.tab.press(self.region, button)
        survey = await self.settled(entries)
        return *self.matched(entries, survey), survey

    async def settled(self, entries: Sequence[Entry]) -> Survey:
        """What is here as soon as every control is there to be keyed, with the option to be chosen; or what is
        here when the time for that is up."""
        wanted: list[dict[str, str | None]] = []
        for entry in entries:
            control = self.controls[entry.control]
            group, label = caption(entry.control, control)
            option = str(entry.value) if control.kind is Kind.SELECT else None
            if control.boxes:
                wanted += [
                    {"label": box, "within": label, "option": None, "css": None} for box in control.boxes
                ]
            else:
                wanted.append({"label": label, "within": group, "option": option, "css": control.css})
        with suppress(TargetError):
            return await self.tab.wait_for_survey(
                "waiting for controls", "ready", self.here, wanted, seconds=SETTLING_SECONDS
            )
        return await self.survey()


async def at_rest(form_region: FormRegion, *, leave: bool = True, rest: tuple[int, int] = REST) -> Survey:
    """What is here once the page has finished what was set off, be it another page by then. First, unless told not
    to, the keyboard leaves the control it is in: a page hears only then what was typed."""
    return await form_region.tab.wait_for_survey(
        "waiting for the page", "settled", form_region.here, *rest, leave
    )
