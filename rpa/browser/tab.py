"""One tab: the page that it shows, the keyboard and mouse, and its own way to the network.

Every method raises `TargetError` when the page does not respond as it should; Playwright's own errors and their
messages, which quote what was typed, go no further than this room.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager

from playwright.async_api import CDPSession, Dialog, Page

from rpa.browser.gate import Gate
from rpa.browser.isolated_world import SPARE_SECONDS, IsolatedWorld
from rpa.browser.limits import Limits
from rpa.browser.opening import open_address
from rpa.browser.requests import Requests
from rpa.browser.scripted_page import ScriptedPage
from rpa.browser.traffic import Save, Traffic, origin_of
from rpa.browser.translate import translate_errors
from rpa.browser.values import Handle
from rpa.errors import NotServed, TargetError

WIDEST, TALLEST = 2_560, 20_000  # pixels of a page that are in its picture


class Tab(ScriptedPage):
    """A page in its own context, with its own way to the network. Made by `open_tab`."""

    def __init__(
        self, page: Page, devtools: CDPSession, gate: Gate, timeout_seconds: float, limits: Limits
    ) -> None:
        world, traffic = IsolatedWorld(devtools, timeout_seconds), Traffic(devtools, gate)
        super().__init__(world, traffic, timeout_seconds)
        self._page, self._devtools, self._gate, self._limits = page, devtools, gate, limits
        self.requests = Requests(devtools, timeout_seconds)
        self.status = 0  # of the response to the last address that was opened; 0: there was none
        page.set_default_timeout(timeout_seconds * 1000)
        page.on("dialog", _dismiss)
        page.context.on("page", _close_other)

    async def start(self, script: str, base_url: str, also: Collection[str]) -> None:
        """Get ready for the first page: the page script, and the origins that the tab may go to."""
        self._origins = frozenset({origin_of(base_url), *map(origin_of, also)})
        async with translate_errors("opening a tab", self.seconds):
            frame = await self._world.start(script)
            await self._traffic.start(frame, self._origins)

    async def go(self, path: str) -> None:
        """Open an address of the target. Raises `NotServed` when it cannot be opened, or the response has a status
        of 500 and above."""
        self.status = 0
        async with self._naming_other_origin():
            try:
                self.status = await open_address(self._page, path, self._traffic, self._gate, self.seconds)
            except TargetError as error:
                raise NotServed(str(error)) from error
        if self.status >= 500:
            raise NotServed(f"the target responds with status {self.status}")

    async def picture(self) -> bytes:
        """A picture of the whole page as it stands, as PNG; of a page without end, of its beginning."""
        async with self._translating("taking a picture"):
            size = (await self._devtools.send("Page.getLayoutMetrics"))["cssContentSize"]
            width, height = min(size["width"], WIDEST), min(size["height"], TALLEST)
            clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
            how = {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": True, "clip": clip}
            taken = await self._devtools.send("Page.captureScreenshot", how)
        return b64decode(taken["data"])

    # Keyboard and mouse

    async def type_text(self, handle: Handle, text: str) -> None:
        """Replace the text of a control, key by key, as a person does."""
        await self._focus(handle, "typing")
        async with self._translating("typing", self.seconds + len(text) / 20):
            await self._page.keyboard.press("Delete")
            await self._page.keyboard.type(text)

    async def type_in_editor(self, handle: Handle, text: str) -> None:
        """Replace the text of a rich-text editor, in a frame of its own or not, as a person does."""
        await self._focus(handle, "filling an editor")
        async with self._translating("filling an editor"):
            await self._page.keyboard.press("Delete")
            await self._page.keyboard.insert_text(text)

    async def press_key(self, handle: Handle, key: str) -> None:
        """Press a key, such as Enter, in a control."""
        await self._focus(handle, "pressing a key")
        async with self._translating("pressing a key"):
            await self._page.keyboard.press(key)

    async def click(self, handle: Handle) -> None:
        """Click in the middle of a control with the mouse."""
        point = await self._point(handle)
        async with self._translating("clicking"):
            await self._page.mouse.click(point.x, point.y)

    # Save

    def saving(self, until: float) -> AbstractAsyncContextManager[Save]:
        """While the block lasts, what may change the target leaves once and not after `until`; see `Traffic`."""
        return self._traffic.saving(until)

    def revoke(self) -> None:
        """Let nothing more of a save leave; the response to what has left is still received."""
        self._traffic.revoke()

    # Housekeeping

    async def free_memory(self) -> None:
        """Have the browser give back what pages that went left behind: it waits with that for as long as memory
        lasts, and twenty robots share one machine."""
        async with self._translating("freeing memory"):
            await self._devtools.send("HeapProfiler.collectGarbage")
            await self._devtools.send("Memory.simulatePressureNotification", {"level": "critical"})

    async def needs_replacing(self) -> bool:
        """Whether the tab has shown enough pages, or holds enough memory, that it should be replaced."""
        async with self._translating("measuring memory"):
            heap = await self._devtools.send("Runtime.getHeapUsage")
        used = heap["usedSize"] + heap.get("embedderHeapUsedSize", 0)
        most = self._limits.session_megabytes * 1024 * 1024
        return bool(self._world.documents > self._limits.session_pages or used > most)

    async def close(self) -> None:
        """Close the tab with its context. First nothing leaves any more."""
        self._gate.shut()
        try:
            async with self._translating("closing the tab"):
                await self._page.context.close()
        finally:
            await self._gate.close()

    def _translating(self, doing: str, seconds: float | None = None) -> AbstractAsyncContextManager[None]:
        return translate_errors(doing, self.seconds + SPARE_SECONDS if seconds is None else seconds)


async def _dismiss(dialog: Dialog) -> None:
    """A page that asks before it is left is left; any other question is dismissed."""
    if dialog.type == "beforeunload":
        await dialog.accept()
    else:
        await dialog.dismiss()


async def _close_other(page: Page) -> None:
    """Close what the target opens beside the page: a robot works in one."""
    await page.close()
