"""One tab: the few things a robot does in a page, each in as few trips as it takes.

Every method raises `TargetError` when the page does not answer as it should; Playwright's own errors and
their messages, which quote what was typed, go no further than this room. The numbers of controls are those of the
document that was surveyed last: once another has taken its place, whatever goes by them raises `PageReplaced`.
"""

from __future__ import annotations

import mimetypes
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

from playwright.async_api import CDPSession, Dialog, Page

from rpa.browser.gate import Gate
from rpa.browser.glob import PageConditions, as_patterns
from rpa.browser.opening import opened
from rpa.browser.requests import Requests
from rpa.browser.traffic import Save, Traffic, origin_of
from rpa.browser.translate import door
from rpa.browser.values import Confirmed, Details, Document, Found, Job, Press, Region, Row, as_found
from rpa.browser.world import SPARE_SECONDS, World
from rpa.errors import NotServed, PageReplaced, TargetError

MOST_DOCUMENTS = 2_000  # that a tab shows before its context is made anew
MOST_HEAP_BYTES = 256 * 1024 * 1024
WIDEST, TALLEST = 2_560, 20_000  # pixels of a page that are in its picture
NOT_HELD = -1  # the page script's answer: nothing was pressed, a control does not hold what was confirmed


class Tab:
    """A page in its own context, with its own way to the network. Made by `open_tab`."""

    def __init__(self, page: Page, devtools: CDPSession, gate: Gate, timeout_seconds: float) -> None:
        self._page, self._devtools, self._gate = page, devtools, gate
        self.seconds = timeout_seconds
        self._world = World(devtools, timeout_seconds)
        self._traffic = Traffic(devtools, gate)
        self.requests = Requests(devtools, timeout_seconds)
        self._origins: frozenset[str] = frozenset()
        self.status = 0  # of the answer to the last address that was opened; 0: there was none
        self.surveyed = Document("", "")  # the document that the numbers of controls belong to
        page.set_default_timeout(timeout_seconds * 1000)
        page.on("dialog", _answer)
        page.context.on("page", _close_other)

    async def start(self, script: str, base_url: str, also: Collection[str]) -> None:
        """Get ready for the first page: the page script, and the origins that the tab may go to."""
        self._origins = frozenset({origin_of(base_url), *map(origin_of, also)})
        async with door("opening a tab", self.seconds):
            frame = await self._world.start(script)
            await self._traffic.start(frame, self._origins)

    async def go(self, path: str) -> None:
        """Open an address of the target. Raises `NotServed` when it cannot be opened, or is answered with a status
        of 500 and above."""
        self.status = 0
        async with self._straying():
            try:
                self.status = await opened(self._page, path, self._traffic, self._gate, self.seconds)
            except TargetError as error:
                raise NotServed(str(error)) from error
        if self.status >= 500:
            raise NotServed(f"the target answers {self.status}")

    # Seeing

    async def survey(self, region: Region) -> tuple[Found, ...] | None:
        """Every control of a region, in one trip; None when there is no such region."""
        seen = await self._ask("surveying the page", "survey", asdict(region))
        self.surveyed = self._world.answered
        return as_found(seen)

    async def details(self, index: int) -> Details:
        """More about one control of the last survey."""
        said = await self._ask("looking at a control", "details", index, of=self.surveyed)
        return Details(said["limit"], said["required"], tuple(said["options"]), said["selector"])

    async def wait(self, conditions: PageConditions, doing: str, seconds: float | None = None) -> str:
        """Wait until one of several conditions holds; answers its name."""
        return str(await self.wait_for(doing, "condition", as_patterns(conditions), seconds=seconds))

    async def sees(self, conditions: PageConditions) -> str:
        """The name of the first condition that holds now, or nothing."""
        return str(await self._ask("looking at the page", "condition", as_patterns(conditions)))

    async def wait_for(
        self, doing: str, name: str, *given: object, more_than: int = -1, seconds: float | None = None
    ) -> Any:
        """Wait until the page function `name` answers something (or a list longer than `more_than`), across
        pages if need be; answers that. `seconds` is the tab's own time limit unless given."""
        plain = [asdict(each) if isinstance(each, Region) else each for each in given]
        limit = self.seconds if seconds is None else seconds
        async with self._straying():
            return await self._world.wait(doing, limit, name, more_than, *plain)

    async def wait_for_survey(
        self, doing: str, name: str, *given: object, seconds: float | None = None
    ) -> tuple[Found, ...]:
        """Wait until the page function `name` answers a survey; answers that."""
        seen = as_found(await self.wait_for(doing, name, *given, seconds=seconds)) or ()
        self.surveyed = self._world.answered
        return seen

    async def tokens(self, index: int) -> frozenset[str]:
        """The texts beside a token input of the last survey."""
        return frozenset(await self._ask("reading tokens", "tokens", index, of=self.surveyed))

    async def has(self, region: Region) -> bool:
        """Whether the region is on the page."""
        return await self.survey(region) is not None

    async def document(self) -> Document:
        """The document that is shown now."""
        return await self._world.document()

    async def texts(self, css: str) -> tuple[str, ...]:
        """The visible texts of the elements that `css` chooses."""
        return tuple(await self._ask("reading the page", "texts", css))

    async def rows(self, css: str) -> tuple[Row, ...]:
        """The rows that `css` chooses and a person sees; a heading, or an empty table's one wide cell, is none."""
        seen = await self._ask("reading a list", "listed", css)
        return tuple(Row(each["text"], each["cells"], tuple(each["parts"])) for each in seen)

    async def table(self, region: Region) -> tuple[Mapping[str, str], ...]:
        """The rows of a region's table, column heading -> text."""
        return tuple(await self._ask("reading a table", "table", asdict(region)) or ())

    async def record(self, layout: Mapping[str, object]) -> Any:
        """A record's page: {"values": [{section, group, caption, value}], "grids": [{name, rows}],
        "placed": {css: [value]}}. `layout`: CSS of the record (`css`), of its `section`, `group` and `caption`
        texts, of each `item` of several, and of single values (`places`)."""
        return await self._ask("reading the record", "record", layout)

    async def picture(self) -> bytes:
        """A picture of the whole page as it stands, as PNG; of a page without end, of its beginning."""
        async with self._door("taking a picture"):
            size = (await self._devtools.send("Page.getLayoutMetrics"))["cssContentSize"]
            width, height = min(size["width"], WIDEST), min(size["height"], TALLEST)
            clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
            how = {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": True, "clip": clip}
            taken = await self._devtools.send("Page.captureScreenshot", how)
        return b64decode(taken["data"])

    # Acting: never in a document of another origin, never by numbers of a document that has gone. A press is
    # answered before its page comes, which waits until we let it go: `PageReplaced` says that none had an effect.

    async def key(
        self, jobs: Sequence[Job], region: Region, rest: Sequence[int] = ()
    ) -> tuple[tuple[int, ...], tuple[Found, ...] | None]:
        """Key many controls of the last survey and survey the region anew, in one trip; answers the numbers of
        those that refused, and what is there now. `rest`: for how many milliseconds a page at rest has built
        nothing, and how many to wait for that."""
        given = ([asdict(job) for job in jobs], asdict(region), *rest)
        refused, seen = await self._act("keying the page", "keyAndSurvey", *given, of=self.surveyed)
        return tuple(refused), as_found(seen)

    async def pick(self, index: int, text: str, seconds: float) -> bool:
        """Type into a combobox, or open a list, and click the one option of exactly that caption; False if it was
        not offered, or twice."""
        given = (index, text, seconds * 1000)
        answer = await self._act("choosing from a list", "pick", *given, of=self.surveyed, seconds=seconds)
        return bool(answer)

    async def enter(self, index: int, texts: Sequence[str]) -> None:
        """Enter tokens, each with the Enter key."""
        await self._act("entering tokens", "enter", index, list(texts), of=self.surveyed)

    async def press(self, region: Region, name: str, confirmed: Confirmed | None = None) -> None:
        """Press the one button or link of that name in a region; with `confirmed`, only if the page still
        holds all of that. Raises `PageReplaced` when it does not."""
        if confirmed is not None and await self._world.document() != confirmed.document:
            raise PageReplaced(f"the page was replaced: pressing {name}")
        given = (asdict(region), name, _as_given(confirmed))
        number = await self._act(f"pressing {name}", "press", *given)
        if number == NOT_HELD:
            raise PageReplaced(f"the page lost what was keyed: pressing {name}")
        if number != 1:
            raise TargetError(f"{number} buttons are called {name!r}, expected one")

    async def press_soon(self, region: Region, name: str, seconds: float) -> int:
        """Press the one button or link of that name as soon as it is there, and wait for the page that it brings;
        without such a region, in all of the page. Answers how many there were: nothing was pressed unless it is
        one. Raises `PageReplaced` when the page went before."""
        doing, given = f"pressing {name}", (asdict(region), name, seconds * 1000)
        number = int(await self._act(doing, "pressSoon", *given, seconds=seconds))
        if number == 1:
            await self.wait_for(doing, "rested", 0, self.seconds * 1000)
        return number

    async def press_in_row(self, region: Region, row: int, name: str) -> None:
        """Press the one button of that name in a row (from 0) of a region's table."""
        number = await self._act(f"pressing {name}", "rowButton", asdict(region), row, name)
        if number != 1:
            raise TargetError(f"{number} buttons are called {name!r} in the row, expected one")

    async def type_text(self, index: int, text: str) -> None:
        """Replace the text of a control, key by key, as a person does."""
        await self._act("typing", "focusOn", index, of=self.surveyed)
        async with self._door("typing", self.seconds + len(text) / 20):
            await self._page.keyboard.press("Delete")
            await self._page.keyboard.type(text)

    async def type_in_editor(self, index: int, text: str) -> None:
        """Replace the text of a rich-text editor, in a frame of its own or not, as a person does."""
        await self._act("filling an editor", "focusOn", index, of=self.surveyed)
        async with self._door("filling an editor"):
            await self._page.keyboard.press("Delete")
            await self._page.keyboard.insert_text(text)

    async def press_key(self, index: int, key: str) -> None:
        """Press a key, such as Enter, in a control."""
        await self._act("pressing a key", "focusOn", index, of=self.surveyed)
        async with self._door("pressing a key"):
            await self._page.keyboard.press(key)

    async def click(self, index: int) -> None:
        """Click in the middle of a control with the mouse."""
        point = await self._act("clicking", "pointOf", index, of=self.surveyed)
        async with self._door("clicking"):
            await self._page.mouse.click(point["x"], point["y"])

    async def set_file(self, index: int, name: str, content: bytes) -> None:
        """Choose a file, under the name the report gave it."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        given = (index, name, kind, b64encode(content).decode())
        await self._act("choosing a file", "setFile", *given, of=self.surveyed)

    # Saving

    async def pressable(self, region: Region, name: str, seconds: float) -> Press:
        """Whether the button that saves can be pressed, within `seconds`, and what the browser itself would hold
        against it."""
        given = (asdict(region), name, seconds * 1000)
        return Press(**await self._act(f"looking for {name}", "pressable", *given, seconds=seconds))

    def saving(self, until: float) -> AbstractAsyncContextManager[Save]:
        """While the block lasts, what may change the target leaves once and not after `until`; see `Traffic`."""
        return self._traffic.saving(until)

    def revoke(self) -> None:
        """Let nothing more of a save leave; what has left may still be answered."""
        self._traffic.revoke()

    async def press_confirmed(self, region: Region, name: str, confirmed: Confirmed) -> str:
        """Press the one button of exactly that name, if the page still holds all that was confirmed: compared in
        the same trip that presses, in the same document.

        Answers nothing when it was pressed, else why it was not.
        """
        if await self._world.document() != confirmed.document:
            return "the page was replaced before save"
        given = (asdict(region), name, _as_given(confirmed), list(confirmed.answers))
        with suppress(PageReplaced):  # by what the press brought
            return str(
                await self._act(f"pressing {name}", "pressConfirmed", *given, of=confirmed.document) or ""
            )
        return ""

    # Housekeeping

    async def tidy(self) -> None:
        """Have the browser give back what pages that went left behind: it waits with that for as long as memory
        lasts, and twenty robots share one machine."""
        async with self._door("tidying up"):
            await self._devtools.send("HeapProfiler.collectGarbage")
            await self._devtools.send("Memory.simulatePressureNotification", {"level": "critical"})

    async def worn(self) -> bool:
        """Whether the tab has shown so many pages, or holds so much memory, that it should be made anew."""
        async with self._door("measuring memory"):
            heap = await self._devtools.send("Runtime.getHeapUsage")
        used = heap["usedSize"] + heap.get("embedderHeapUsedSize", 0)
        return bool(self._world.documents > MOST_DOCUMENTS or used > MOST_HEAP_BYTES)

    async def close(self) -> None:
        """Close the tab with its context. First nothing leaves any more."""
        self._gate.shut()
        try:
            async with self._door("closing the tab"):
                await self._page.context.close()
        finally:
            await self._gate.close()

    @asynccontextmanager
    async def _straying(self) -> AsyncIterator[None]:
        """Say so where the target has led to an origin that is not its own, and was stopped."""
        try:
            yield
        except TargetError as error:
            if self._traffic.strayed:
                raise TargetError(f"the target leads to another origin: {self._traffic.strayed}") from error
            raise

    async def _ask(
        self, doing: str, name: str, *given: object, of: Document | None = None, seconds: float | None = None
    ) -> Any:
        async with self._straying():
            return await self._world.ask(doing, name, *given, of=of, seconds=seconds)

    async def _act(
        self, doing: str, name: str, *given: object, of: Document | None = None, seconds: float | None = None
    ) -> Any:
        """Ask, if the document is the target's own."""
        document = of or await self._world.document()
        if document.origin not in self._origins:
            raise TargetError(f"the page is not the target's own: {doing}")
        return await self._ask(doing, name, *given, of=document, seconds=seconds)

    def _door(self, doing: str, seconds: float | None = None) -> AbstractAsyncContextManager[None]:
        return door(doing, self.seconds + SPARE_SECONDS if seconds is None else seconds)


async def _answer(dialog: Dialog) -> None:
    """A page that asks before it is left is left; any other question is answered with no."""
    if dialog.type == "beforeunload":
        await dialog.accept()
    else:
        await dialog.dismiss()


async def _close_other(page: Page) -> None:
    """Close what the target opens beside the page: a robot works in one."""
    await page.close()


def _as_given(confirmed: Confirmed | None) -> list[list[object]]:
    """The confirmed controls in the page script's form."""
    return [[each.index, each.kind, each.holds] for each in confirmed.controls] if confirmed else []
