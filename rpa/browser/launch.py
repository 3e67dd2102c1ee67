"""Find a browser, launch it, and open tabs in it, each in an isolated context of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser as _Browser
from playwright.async_api import BrowserContext, async_playwright
from playwright.async_api import Error as _PlaywrightError

from rpa.browser.gate import Gate
from rpa.browser.limits import Limits
from rpa.browser.script import page_script
from rpa.browser.tab import Tab
from rpa.browser.traffic import origin_of, place_of
from rpa.browser.translate import translate_errors
from rpa.errors import BrowserGone, DefinitionError, Fault

# The headless shell comes first: ten contexts in it took half the memory of the full browser.
INSTALLED = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
_LIMITS = Limits()


def find_browser(named: Path | None = None) -> Path | None:
    """The browser to launch: the one named, by its path or as it is on the PATH, else an installed one; None
    leaves it to Playwright's own."""
    if named is not None:
        return Path(shutil.which(named) or named)
    found = (shutil.which(name) for name in INSTALLED)
    return next((Path(path) for path in found if path), None)


@dataclass(frozen=True)
class Route:
    """How a target is reached, where that is not directly.

    `proxy`: the proxy that the network requires. `certificate`, `key`: PEM files of the client certificate that
    the target requires. `origins`: what else belongs to it, such as `https://login.example.com`.

    With a client certificate Playwright's driver speaks TLS in place of the browser, to the origins that have one,
    and the browser checks no server's certificate. So every origin here has it, and nothing else is reached.
    """

    proxy: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    origins: tuple[str, ...] = ()

    def certificates(self, url: str) -> list[Any] | None:
        """The client certificate, as Playwright takes it."""
        if self.certificate is None:
            return None
        origins = map(origin_of, (url, *self.origins))
        return [{"origin": each, "certPath": self.certificate, "keyPath": self.key} for each in origins]

    def only(self, url: str) -> frozenset[tuple[str, int]] | None:
        """The hosts and ports that may be reached; None: all."""
        return None if self.certificate is None else frozenset(map(place_of, (url, *self.origins)))


def can_be_sandboxed() -> bool:
    """Whether Chromium's own sandbox can be set up: not by root, which it would have to take rights from."""
    return not (hasattr(os, "geteuid") and os.geteuid() == 0)


class Browser:
    """A running headless browser that opens tabs."""

    def __init__(
        self, browser: _Browser, process: int, limits: Limits, width: int = 1280, height: int = 720
    ) -> None:
        self._browser, self._group, self._size = browser, os.getpgid(process), (width, height)
        self._limits = limits
        self._killed = False

    async def open_tab(self, base_url: str, timeout_seconds: float, route: Route | None = None) -> Tab:
        """A tab in a new isolated context, with a gate of its own: no cookie, cache or connection is shared with
        another robot."""
        route = route or Route()
        try:
            gate = Gate(route.proxy, route.only(base_url))
        except OSError as error:
            raise BrowserGone(f"opening a tab: this machine gives no connection: {error.strerror}") from None
        try:
            async with translate_errors("opening a tab", timeout_seconds):
                context = await self._new_context(base_url, gate, route)
                page = await context.new_page()
                devtools = await context.new_cdp_session(page)
            tab = Tab(page, devtools, gate, timeout_seconds, self._limits)
            await tab.start(page_script(), base_url, route.origins)
        except BaseException:
            await gate.close()
            raise
        return tab

    async def _new_context(self, base_url: str, gate: Gate, route: Route) -> BrowserContext:
        width, height = self._size
        return await self._browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            proxy={"server": gate.address, "bypass": "<-loopback>"},
            client_certificates=route.certificates(base_url),
            service_workers="block",
            accept_downloads=False,
            reduced_motion="reduce",
        )

    @property
    def alive(self) -> bool:
        """False once the browser process has gone, or was ended: a driver that died does not report it."""
        return self._browser.is_connected() and not self._killed

    async def responds(self, seconds: float) -> bool:
        """Whether the browser responds within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                session = await self._browser.new_browser_cdp_session()
                await session.send("Browser.getVersion")
                await session.detach()
        except (TimeoutError, _PlaywrightError):
            return False
        return True

    def kill(self) -> None:
        """End the browser and all its processes at once: what it has not sent never leaves."""
        self._killed = True
        with suppress(ProcessLookupError):
            os.killpg(self._group, signal.SIGKILL)  # Playwright gives each browser a process group of its own

    @property
    def version(self) -> str:
        """The browser's own version number."""
        return self._browser.version


@asynccontextmanager
async def launch(named: Path | None = None, limits: Limits = _LIMITS) -> AsyncIterator[Browser]:
    """A headless browser for as long as the block lasts; it starts within `start_seconds` of its limits and ends
    within twice that.

    One that does not respond within `response_seconds` at its end is killed. Raises `DefinitionError` when it does
    not start.
    """
    executable, stack = find_browser(named), AsyncExitStack()
    try:
        async with asyncio.timeout(limits.start_seconds):
            browser = await stack.enter_async_context(_running(executable, limits))
    except (TimeoutError, _PlaywrightError) as error:
        place = str(executable) if executable else "Playwright's own Chromium"
        fault = Fault("browser", 0, place, "does not start", "Run `make setup`, or set [browser] executable")
        raise DefinitionError(fault) from error
    try:
        yield browser
    finally:
        if not await browser.responds(limits.response_seconds):
            browser.kill()
        async with asyncio.timeout(2 * limits.start_seconds):
            await stack.aclose()


@asynccontextmanager
async def _running(executable: Path | None, limits: Limits) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--block-new-web-contents",  # nothing would check the requests of a window that a page opens
                # What a page sends by UDP would not go through the gate.
                "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
                f"--js-flags=--max-old-space-size={limits.script_megabytes}",
            ],
            chromium_sandbox=can_be_sandboxed(),
        )
        try:
            yield Browser(browser, await _process_of(browser), limits)
        finally:  # a limit of its own: the driver that does not close a browser is still to be ended after it
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.start_seconds):
                    await browser.close()


async def _process_of(browser: _Browser) -> int:
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    return next(int(each["id"]) for each in processes if each["type"] == "browser")
