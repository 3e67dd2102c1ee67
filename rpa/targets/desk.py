"""A desk: a region of a tab with the controls that may be keyed in it, and what is found there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from rpa.browser.seen import Found, Job, Region
from rpa.browser.tab import Tab
from rpa.errors import TargetChanged, TargetError
from rpa.plan import Entry, Place
from rpa.targets.matching import match
from rpa.targets.profile import Control, Kind, caption
from rpa.targets.values import boxes, typed

SETTLING_SECONDS = 3.0  # for a page that goes on building itself after it has loaded
TYPED = frozenset({Kind.TEXT, Kind.LINES, Kind.DATE, Kind.TIME})

Survey = tuple[Found, ...]


@dataclass(frozen=True)
class Desk:
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

    async def survey(self) -> Survey:
        """What is here now. Raises `TargetError` when there is no such region."""
        found = await self.tab.survey(self.region)
        if found is None:
            raise TargetError(f"{self.screen}: its part of the page is not there")
        return found

    def matched(self, entries: Sequence[Entry], survey: Survey) -> dict[str, tuple[Found, ...]]:
        """The found controls of every entry. Raises `TargetChanged` when one is not certain."""
        found = {}
        for entry in entries:
            try:
                found[entry.control] = match(self.screen, entry.control, self.controls[entry.control], survey)
            except TargetChanged as error:
                raise self.changed(entry.control, error.reason) from error
        return found

    async def find(self, entries: Sequence[Entry], survey: Survey | None) -> dict[str, tuple[Found, ...]]:
        """Match the entries against `survey`, or a new one. What is not there yet is given a moment: the
        collapsed part it stands in is opened, and a page may go on building itself."""
        there = survey or await self.survey()
        try:
            return self.matched(entries, there)
        except TargetChanged:
            collapsed = [entry for entry in entries if not self._is_there(entry, there)]
            for button in dict.fromkeys(self.controls[entry.control].reveal for entry in collapsed):
                if button is not None:
                    await self.tab.press(self.region, button)
            return self.matched(entries, await self.settled(entries))

    def _is_there(self, entry: Entry, survey: Survey) -> bool:
        try:
            self.matched([entry], survey)
        except TargetChanged:
            return False
        return True

    async def settled(self, entries: Sequence[Entry]) -> Survey:
        """What is here as soon as every control is there to be keyed, with the option to be chosen; or what is
        here when the time for that is up."""
        wanted: list[dict[str, str | None]] = []
        for entry in entries:
            control = self.controls[entry.control]
            group, label = caption(entry.control, control)
            option = str(entry.value) if control.kind is Kind.SELECT else None
            if control.boxes:
                wanted += [{"label": box, "within": label, "option": None} for box in control.boxes]
            else:
                wanted.append({"label": label, "within": group, "option": option})
        with suppress(TargetError):
            return await self.tab.wait_for_survey(
                "waiting for controls", "ready", self.region, wanted, seconds=SETTLING_SECONDS
            )
        return await self.survey()

    def jobs(self, entry: Entry, found: Sequence[Found]) -> list[Job]:
        """What the page itself can do about an entry in one trip; nothing for controls that need acts."""
        control, value = self.controls[entry.control], entry.value
        first = found[0]
        if control.boxes:
            texts = boxes(control, value).values()
            return [Job(box.index, "text", text) for box, text in zip(found, texts, strict=True)]
        if control.kind in TYPED:
            return [Job(first.index, "text", typed(control, value))]
        match control.kind:
            case Kind.RICH_TEXT:
                return [Job(first.index, "editor", str(value))]
            case Kind.SELECT:
                return [Job(first.index, "select", str(value))]
            case Kind.RADIO if first.options.count(str(value)) == 1:
                return [Job(first.marks[first.options.index(str(value))], "check", value=True)]
            case Kind.CHECKBOX:
                return [Job(first.index, "check", bool(value))]
            case Kind.CHECKBOXES if all(_once(caption, found) for caption in as_tuple(entry)):
                return [Job(each.index, "check", each.caption in as_tuple(entry)) for each in found]
            case Kind.RADIO | Kind.CHECKBOXES:
                raise self.changed(entry.control, "does not offer the option")
        return []


def as_tuple(entry: Entry) -> tuple[str, ...]:
    """The values of a control that takes several."""
    return entry.value if isinstance(entry.value, tuple) else (str(entry.value),)


def _once(caption: str, found: Sequence[Found]) -> bool:
    return [each.caption for each in found].count(caption) == 1
