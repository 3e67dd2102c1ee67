"""Find a browser, launch it, and open tabs in it, each in an isolated context of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

from playwright.async_api import Browser as _Browser
from playwright.async_api import Error as _PlaywrightError
from playwright.async_api import async_playwright

from rpa.browser.tab import Tab
from rpa.errors import DefinitionError, Fault, TargetError

# The headless shell comes first: ten contexts in it took half the memory of the full browser.
INSTALLED = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
_PAGE_SCRIPTS = [Path(__file__).with_name(name) for name in ("captions.js", "page.js")]


def find_browser(named: Path | None = None) -> Path | None:
    """The browser to launch: the one named, else an installed one; None leaves it to Playwright's own."""
    if named is not None:
        return named
    found = (shutil.which(name) for name in INSTALLED)
    return next((Path(path) for path in found if path), None)


@cache
def _page_script() -> str:
    """One script, as Playwright runs several in no certain order."""
    return "\n".join(path.read_text(encoding="utf-8") for path in _PAGE_SCRIPTS)


class Browser:
    """A running headless browser that opens tabs."""

    def __init__(self, browser: _Browser, process: int, width: int = 1280, height: int = 720) -> None:
        self._browser, self._group, self._size = browser, os.getpgid(process), (width, height)
        self._killed = False

    async def open_tab(self, base_url: str, timeout_seconds: float) -> Tab:
        """A tab in a new isolated context: no cookie or cache shared with another robot."""
        width, height = self._size
        try:
            context = await self._browser.new_context(
                base_url=base_url,
                viewport={"width": width, "height": height},
                service_workers="block",
                accept_downloads=False,
                reduced_motion="reduce",
            )
            await context.add_init_script(_page_script())
            return Tab(await context.new_page(), timeout_seconds)
        except _PlaywrightError as error:
            raise TargetError("the browser opened no tab") from error

    @property
    def alive(self) -> bool:
        """False once the browser process has gone, or was ended: a driver that died never tells."""
        return self._browser.is_connected() and not self._killed

    async def answers(self, seconds: float) -> bool:
        """Whether the browser answers a simple question within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                session = await self._browser.new_browser_cdp_session()
                await session.send("Browser.getVersion")
                await session.detach()
        except (TimeoutError, _PlaywrightError):
            return False
        return True

    def kill(self) -> None:
        """End the browser and all its processes at once: what it held back never leaves."""
        self._killed = True
        with suppress(ProcessLookupError):
            os.killpg(self._group, signal.SIGKILL)  # Playwright gives each browser a process group of its own

    @property
    def version(self) -> str:
        """The browser's own version number."""
        return self._browser.version


@asynccontextmanager
async def launch(named: Path | None = None) -> AsyncIterator[Browser]:
    """A headless browser for as long as the block lasts."""
    executable = find_browser(named)
    # Chromium's own sandbox cannot be set up by root, and containers run as root.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=executable,
                args=[
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--no-first-run",
                    *root,
                ],
            )
        except _PlaywrightError as error:
            place = str(executable) if executable else "Playwright's own Chromium"
            fault = Fault(
                "browser", 0, place, "does not start", "Run `make setup`, or set [browser] executable"
            )
            raise DefinitionError(fault) from error
        try:
            yield Browser(browser, await _process_of(browser))
        finally:
            await browser.close()


async def _process_of(browser: _Browser) -> int:
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    return next(int(each["id"]) for each in processes if each["type"] == "browser")
