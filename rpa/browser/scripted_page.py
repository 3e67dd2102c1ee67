"""The functions of the page script as methods: survey, key, press and read, each in one trip to the page.

Every method raises `TargetError` when the page does not respond as it should, `PageReplaced` when the document
that it is about has made way for another, and `SurveyOutdated` for a handle of an earlier survey. `doing` says in
words what is being done; the error names it.
"""

from __future__ import annotations

import mimetypes
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from rpa.browser import functions
from rpa.browser.functions import Function, Results
from rpa.browser.glob import PageConditions, as_patterns
from rpa.browser.isolated_world import IsolatedWorld
from rpa.browser.names import awaited, calling, compared, pressing, where
from rpa.browser.traffic import Traffic
from rpa.browser.values import (
    Cells,
    Confirmed,
    ControlToKey,
    Details,
    Found,
    Handle,
    PageDocument,
    Point,
    Press,
    RecordLayout,
    Region,
    Rest,
    Row,
    ShownRecord,
    Survey,
    Wanted,
)
from rpa.errors import PageReplaced, TargetError

T = TypeVar("T")

_NOT_HELD = -1  # the page script pressed nothing: a control does not hold what was confirmed


class ScriptedPage:
    """The page that a tab shows, whichever document that is. Nothing is keyed or pressed in another origin's."""

    def __init__(self, world: IsolatedWorld, traffic: Traffic, timeout_seconds: float) -> None:
        self._world, self._traffic = world, traffic
        self.seconds = timeout_seconds
        self._origins: frozenset[str] = frozenset()

    async def document(self) -> PageDocument:
        """The document that is shown now."""
        return await self._world.document()

    # Survey

    async def survey(self, region: Region) -> Survey | None:
        """Every control of a region; None when there is no such region."""
        async with self._naming_other_origin():
            found, document = await self._world.call("surveying the page", functions.SURVEY, where(region))
        return None if found is None else Survey(document, found)

    async def wait_for_survey(self, region: Region, doing: str) -> Survey:
        """The controls of a region, once there is one."""
        return await self._wait_for_survey(doing, self.seconds, functions.NON_EMPTY_SURVEY, where(region))

    async def wait_for_controls(self, region: Region, wanted: Sequence[Wanted], seconds: float) -> Survey:
        """The controls of a region, once every wanted one is there to be keyed."""
        given = (where(region), awaited(wanted))
        return await self._wait_for_survey("waiting for controls", seconds, functions.READY, *given)

    async def settled(self, region: Region, rest: Rest) -> Survey:
        """The controls of a region once the page is at rest, be it another page by then. First the keyboard leaves
        the control it is in: only then does a page hear what was typed."""
        given = (where(region), rest.quiet, rest.at_most)
        return await self._wait_for_survey("waiting for the page", self.seconds, functions.SETTLED, *given)

    async def details(self, handle: Handle) -> Details:
        """More about one control."""
        return await self._call("looking at a control", functions.DETAILS, handle)

    async def tokens(self, handle: Handle) -> frozenset[str]:
        """The texts beside a control: the chips of a token input, or the choice that a script shows."""
        return frozenset(await self._call("reading tokens", functions.TOKENS, handle))

    async def has(self, region: Region) -> bool:
        """Whether the region is on the page."""
        return await self.survey(region) is not None

    # Key

    async def key(self, jobs: Sequence[ControlToKey]) -> tuple[ControlToKey, ...]:
        """Key many controls; returns the jobs that could not be tried. One outdated handle refuses all."""
        refused = await self._act("keying the page", functions.KEY, jobs)
        return _at(jobs, refused)

    async def key_and_survey(
        self, jobs: Sequence[ControlToKey], region: Region, rest: Rest
    ) -> tuple[tuple[ControlToKey, ...], Survey | None]:
        """The same, with the controls of a region as they are once the page is at rest; None when it was still
        changing."""
        given = (jobs, where(region), rest.quiet, rest.at_most)
        document = await self._own_document("keying the page")
        keyed = await self._call("keying the page", functions.KEY_AND_SURVEY, *given, of=document)
        after = None if keyed.survey is None else Survey(document, keyed.survey)
        return _at(jobs, keyed.refused), after

    async def enter(self, handle: Handle, texts: Sequence[str]) -> None:
        """Enter tokens, each with the Enter key."""
        await self._act("entering tokens", functions.ENTER, handle, texts)

    async def set_file(self, handle: Handle, name: str, content: bytes) -> None:
        """Choose a file, under the name the report gave it."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        given = (handle, name, kind, b64encode(content).decode())
        await self._act("choosing a file", functions.SET_FILE, *given)

    async def pick(self, handle: Handle, text: str, seconds: float) -> bool:
        """Type into a combobox, or open a list, and click the one option of exactly that caption; False if it was
        not offered, or twice."""
        given = (handle, text, seconds * 1000)
        return await self._act("choosing from a list", functions.PICK, *given, seconds=seconds)

    async def note_texts(self, handle: Handle, text: str) -> None:
        """Remember where `text` stands already before a control's list is opened, so that it is not taken for an
        option. Raises `TargetError` when the control cannot be written."""
        if not await self._act("opening a list", functions.NOTE, handle, text):
            raise TargetError("the control cannot be written: opening a list")

    async def wait_for_options(self, handle: Handle, text: str, seconds: float) -> tuple[Handle, ...]:
        """The options of exactly that text that are offered once a control's list is open."""
        return await self._wait("waiting for options", functions.OFFERS, handle, text, seconds=seconds)

    async def wait_for_option(self, handle: Handle, text: str, seconds: float) -> bool:
        """Wait until a native list has the option of exactly that text."""
        given = (handle, text)
        return await self._wait("waiting for an option", functions.HAS_OPTION, *given, seconds=seconds)

    async def _focus(self, handle: Handle, doing: str) -> None:
        """Put the keyboard into a control, with all its text selected."""
        await self._act(doing, functions.FOCUS_ON, handle)

    async def _point(self, handle: Handle) -> Point:
        """The middle of a control in the browser's window, brought into view."""
        return await self._act("clicking", functions.POINT_OF, handle)

    # Press. A press returns before its page comes, which waits until we let it go: `PageReplaced` says that none
    # had an effect.

    async def press(self, region: Region, name: str, confirmed: Confirmed | None = None) -> None:
        """Press the one button or link of that name in a region; with `confirmed`, only if the page still
        holds all of that. Raises `PageReplaced` when it does not."""
        doing = f"pressing {name}"
        document = None if confirmed is None else confirmed.document
        controls: tuple[Found, ...] = () if confirmed is None else confirmed.controls
        given = (where(region), pressing(name), controls)
        number = await self._act(doing, functions.PRESS, *given, of=document)
        if number == _NOT_HELD:
            raise PageReplaced(f"the page lost what was keyed: {doing}")
        if number != 1:
            raise TargetError(f"{number} buttons are called {name!r}, expected one")

    async def press_when_there(self, region: Region, name: str, seconds: float) -> int:
        """Press the one button or link of that name as soon as it is there, and wait for the page that it brings;
        without such a region, in all of the page. Returns how many there were: nothing was pressed unless it is
        one. Raises `PageReplaced` when the page went before."""
        doing, given = f"pressing {name}", (where(region), pressing(name), seconds * 1000)
        number = await self._act(doing, functions.PRESS_WHEN_THERE, *given, seconds=seconds)
        if number == 1:
            await self.wait_for_rest(Rest(0, round(self.seconds * 1000)), doing)
        return number

    async def press_in_row(self, region: Region, row: int, name: str) -> None:
        """Press the one button of that name in a row (from 0) of a region's table."""
        given = (where(region), row, pressing(name))
        number = await self._act(f"pressing {name}", functions.PRESS_IN_ROW, *given)
        if number != 1:
            raise TargetError(f"{number} buttons are called {name!r} in the row, expected one")

    async def pressable(self, region: Region, name: str, seconds: float) -> Press:
        """Whether the button that saves can be pressed, within `seconds`, and what the browser itself would hold
        against it."""
        given = (where(region), [calling(name)], seconds * 1000)
        return await self._act(f"looking for {name}", functions.PRESSABLE, *given, seconds=seconds)

    async def press_confirmed(self, region: Region, name: str, confirmed: Confirmed) -> str:
        """Press the one button of exactly that name, if the page still holds all that was confirmed: compared in
        the same trip that presses, in the same document.

        Returns nothing when it was pressed, else why it was not.
        """
        if await self.document() != confirmed.document:
            return "the page was replaced before save"
        given = (where(region), [calling(name)], compared(confirmed))
        try:
            return await self._act(
                f"pressing {name}", functions.PRESS_CONFIRMED, *given, of=confirmed.document
            )
        except PageReplaced:  # by what the press brought
            return ""

    # Read

    async def texts(self, css: str) -> tuple[str, ...]:
        """The visible texts of the elements that `css` chooses."""
        return await self._call("reading the page", functions.TEXTS, css)

    async def wait_for_new_texts(
        self, css: str, before: Sequence[str], seconds: float, doing: str
    ) -> tuple[str, ...]:
        """The same, once there is one that was not there `before`."""
        return await self._wait(doing, functions.NEW_TEXTS, css, before, seconds=seconds)

    async def rows(self, css: str) -> tuple[Row, ...]:
        """The rows that `css` chooses and a person sees; a heading, or an empty table's one wide cell, is none."""
        return await self._call("reading a list", functions.LISTED, css)

    async def table(self, region: Region) -> tuple[Cells, ...]:
        """The rows of a region's table, column heading -> text; none where there is no such region."""
        return await self._call("reading a table", functions.TABLE, where(region)) or ()

    async def wait_for_more_rows(self, region: Region, number: int) -> tuple[Cells, ...]:
        """The rows of a region's table, once there are more than `number`."""
        given = (where(region), number)
        return await self._wait("waiting for the row to be kept", functions.MORE_ROWS, *given)

    async def record(self, layout: RecordLayout) -> ShownRecord:
        """A record's page as a person sees it."""
        return await self._call("reading the record", functions.RECORD, layout)

    # Wait, across pages if need be, for the tab's own time limit unless `seconds` is given

    async def wait_for_condition(
        self, conditions: PageConditions, doing: str, seconds: float | None = None
    ) -> str:
        """Wait until one of several conditions holds; returns its name."""
        return await self._wait(doing, functions.CONDITION, as_patterns(conditions), seconds=seconds)

    async def current_condition(self, conditions: PageConditions) -> str:
        """The name of the first condition that holds now, or nothing."""
        return await self._call("looking at the page", functions.CONDITION, as_patterns(conditions))

    async def wait_until_complete(self) -> None:
        """Wait until the page's scripts have run."""
        await self._wait("waiting for the page", functions.IS_COMPLETE)

    async def wait_for_rest(self, rest: Rest, doing: str) -> None:
        """Wait until the page is at rest and not about to make way for another."""
        await self._wait(doing, functions.RESTED, rest.quiet, rest.at_most)

    async def wait_for_results(self, dialog: Region, none: str | None, more: str | None) -> Results:
        """What a look-up's dialog shows: rows, or one of the texts that say `none`, or `more` than is shown."""
        return await self._wait("waiting for results", functions.RESULTS, where(dialog), none, more)

    async def wait_for_choice(self, region: Region, name: str, dialog: str | None) -> str:
        """What a look-up has chosen, once its dialog has gone and its outcome is shown."""
        doing = "waiting for the choice to be shown"
        given = (where(region), calling(name), calling(dialog or ""))
        return await self._wait(doing, functions.CHOSEN, *given)

    async def wait_until_closed(self, dialog: str) -> None:
        """Wait until a dialog has gone."""
        await self._wait("waiting for the dialog to close", functions.GONE, calling(dialog))

    @asynccontextmanager
    async def _naming_other_origin(self) -> AsyncIterator[None]:
        """Say so where the target has led to an origin that is not its own, and was stopped."""
        try:
            yield
        except TargetError as error:
            if self._traffic.blocked_origin:
                raise TargetError(
                    f"the target leads to another origin: {self._traffic.blocked_origin}"
                ) from error
            raise

    async def _call(
        self,
        doing: str,
        function: Function[T],
        *given: object,
        of: PageDocument | None = None,
        seconds: float | None = None,
    ) -> T:
        async with self._naming_other_origin():
            value, _ = await self._world.call(doing, function, *given, of=of, seconds=seconds)
        return value

    async def _act(
        self,
        doing: str,
        function: Function[T],
        *given: object,
        of: PageDocument | None = None,
        seconds: float | None = None,
    ) -> T:
        """Call, if the document is the target's own."""
        document = await self._own_document(doing, of)
        return await self._call(doing, function, *given, of=document, seconds=seconds)

    async def _own_document(self, doing: str, of: PageDocument | None = None) -> PageDocument:
        document = of or await self.document()
        if document.origin not in self._origins:
            raise TargetError(f"the page is not the target's own: {doing}")
        return document

    async def _wait(
        self, doing: str, function: Function[T | None], *given: object, seconds: float | None = None
    ) -> T:
        limit = self.seconds if seconds is None else seconds
        async with self._naming_other_origin():
            value, _ = await self._world.wait(doing, limit, function, *given)
        return value

    async def _wait_for_survey(
        self, doing: str, seconds: float, function: Function[tuple[Found, ...] | None], *given: object
    ) -> Survey:
        async with self._naming_other_origin():
            found, document = await self._world.wait(doing, seconds, function, *given)
        return Survey(document, found)


def _at(jobs: Sequence[ControlToKey], places: Sequence[int]) -> tuple[ControlToKey, ...]:
    return tuple(job for place, job in enumerate(jobs) if place in places)
