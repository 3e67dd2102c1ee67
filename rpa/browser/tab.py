"""One tab: the few things a robot does in a page, each in as few trips as it takes.

Every method raises `TargetError` when the page does not answer as it should; Playwright's own errors and
their messages, which quote what was typed, go no further than this module.
"""

from __future__ import annotations

import fnmatch
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from time import monotonic
from typing import Any

from playwright.async_api import CDPSession, ElementHandle, FilePayload, Page, Route
from playwright.async_api import Error as _PlaywrightError
from playwright.async_api import TimeoutError as _PlaywrightTimeout

from rpa.browser.seen import Details, Found, Job, Region, Row, as_found
from rpa.errors import TargetError

# What Playwright says when the page a question was put to has made way for another.
_PAGE_WENT = ("Execution context was destroyed", "navigat", "Cannot find context", "reading 'waitFor'")
# Answers travel as JSON text: a browser makes and Python reads that many times faster than Playwright's own form.
_CALL = """text => {
    const [name, ...given] = JSON.parse(text);
    const answer = window[Symbol.for('rpa')][name](...given);
    const told = found => JSON.stringify(found ?? null);
    return answer instanceof Promise ? answer.then(told) : told(answer);
}"""


@asynccontextmanager
async def _door(doing: str) -> AsyncIterator[None]:
    """Translate outside failures, once; the cause is dropped on purpose, its message may quote an answer."""
    try:
        yield
    except _PlaywrightTimeout:
        raise TargetError(f"the page did not answer in time: {doing}") from None
    except _PlaywrightError as error:
        raise TargetError(f"the browser failed: {doing} ({type(error).__name__})") from None


class Tab:
    """A page in its own context."""

    def __init__(self, page: Page, timeout_seconds: float) -> None:
        self._page = page
        self._timeout = timeout_seconds * 1000
        self._devtools: CDPSession | None = None
        page.set_default_timeout(self._timeout)
        page.on("dialog", lambda dialog: dialog.dismiss())

    async def _call(self, doing: str, name: str, *given: object) -> Any:
        async with _door(doing):
            return json.loads(await self._page.evaluate(_CALL, json.dumps([name, *given])))

    async def go(self, path: str) -> None:
        """Open an address of the target."""
        async with _door("opening a page"):
            answer = await self._page.goto(path, wait_until="domcontentloaded")
        if answer is not None and answer.status >= 500:
            raise TargetError(f"the target answers {answer.status}")

    async def survey(self, region: Region) -> tuple[Found, ...] | None:
        """Every control of a region, in one trip; None when there is no such region."""
        return as_found(await self._call("surveying the page", "survey", asdict(region)))

    async def details(self, index: int) -> Details:
        """More about one control of the last survey."""
        said = await self._call("looking at a control", "details", index)
        return Details(said["limit"], said["required"], tuple(said["options"]))

    async def key(
        self, jobs: Sequence[Job], region: Region
    ) -> tuple[tuple[int, ...], tuple[Found, ...] | None]:
        """Key many controls of the last survey and survey the region anew, in one trip; answers the numbers of
        those that refused, and what is there now."""
        given = ([asdict(job) for job in jobs], asdict(region))
        refused, seen = await self._call("keying the page", "keyAndSurvey", *given)
        return tuple(refused), as_found(seen)

    async def pick(self, index: int, text: str, seconds: float) -> None:
        """Type into a combobox and click the one option of exactly that caption, if it is offered."""
        await self._call("choosing from a list", "pick", index, text, seconds * 1000)

    async def enter(self, index: int, texts: Sequence[str]) -> None:
        """Enter tokens, each with the Enter key."""
        await self._call("entering tokens", "enter", index, list(texts))

    async def press(self, region: Region, name: str) -> None:
        """Press the one button or link of that name in a region."""
        async with _door(f"pressing {name}"):
            number = await self._ask_this_page(["press", asdict(region), name], otherwise=1)
        if number != 1:
            raise TargetError(f"{number} buttons are called {name!r}, expected one")

    async def arm(self) -> float:
        """The page's own clock in milliseconds, for `press_before`."""
        return float(await self._call("reading the page's clock", "arm"))

    async def press_before(self, region: Region, name: str, armed: float, seconds: float) -> bool:
        """Press a button if less than `seconds` have passed since `armed`, in one trip; False when too late.

        The button must be of exactly that name, enabled and not covered, as for a mouse. However long this process
        is held up, the page's clock refuses a press that comes after our right to it has lapsed.
        """
        given = ["pressBefore", asdict(region), name, armed, seconds * 1000]
        async with _door(f"pressing {name}"):
            number = await self._ask_this_page(given, otherwise=1)
        if number not in (1, -1):
            raise TargetError(f"{number} buttons called {name!r} can be pressed, expected one")
        return bool(number == 1)

    @asynccontextmanager
    async def sending_once(self) -> AsyncIterator[None]:
        """While the block lasts, nothing that may change the target is sent twice (P2).

        Chromium sends a request again by itself, a post included, when a connection that it had used before
        closes before any answer; and a page's own script may press twice. So what changes something goes
        through Playwright's client, which never repeats, and a second one to the same address goes nowhere.
        """
        sent: set[tuple[str, str]] = set()

        async def once(route: Route) -> None:
            request = (route.request.method, route.request.url)
            if request[0] in {"GET", "HEAD", "OPTIONS"}:
                await route.continue_()
                return
            try:
                if request in sent:
                    await route.abort("blockedbyclient")
                    return
                sent.add(request)
                answer = await route.fetch(max_redirects=0, timeout=self._timeout)
                await route.fulfill(response=answer)
            except _PlaywrightError:
                with suppress(_PlaywrightError):
                    await route.abort("connectionfailed")

        async with _door("watching what is sent"):
            await self._page.route("**/*", once)
        try:
            yield
        finally:
            with suppress(_PlaywrightError):
                await self._page.unroute("**/*", once)

    async def wait(self, sights: Mapping[str, Mapping[str, str | None]], doing: str) -> str:
        """Wait until one of several sights holds; answers its name."""
        given = {name: _as_pattern(sight) for name, sight in sights.items()}
        return str(await self.wait_for(doing, "sight", given))

    async def sees(self, sights: Mapping[str, Mapping[str, str | None]]) -> str:
        """The name of the first sight that holds now, or nothing."""
        given = {name: _as_pattern(sight) for name, sight in sights.items()}
        return str(await self._call("looking at the page", "sight", given))

    async def wait_for(
        self, doing: str, name: str, *given: object, more_than: int = -1, seconds: float | None = None
    ) -> Any:
        """Wait until the page function `name` answers something (or a list longer than `more_than`), across
        pages if need be; answers that. `seconds` is the tab's own time limit unless given."""
        until = monotonic() + (self._timeout / 1000 if seconds is None else seconds)
        plain = [name, more_than, *map(_plain, given)]
        async with _door(doing):
            while (left := until - monotonic()) > 0:
                answer = await self._ask_this_page(["waitFor", left * 1000, *plain])
                if answer:
                    return answer
        raise TargetError(f"the page did not answer in time: {doing}")

    async def wait_for_survey(
        self, doing: str, name: str, *given: object, seconds: float | None = None
    ) -> tuple[Found, ...]:
        """Wait until the page function `name` answers a survey; answers that."""
        return as_found(await self.wait_for(doing, name, *given, seconds=seconds)) or ()

    async def _ask_this_page(self, call: Sequence[object], otherwise: object = None) -> Any:
        """What the page answers; `otherwise` when it made way for another meanwhile, as it does when pressed."""
        try:
            return json.loads(await self._page.evaluate(_CALL, json.dumps(call)))
        except _PlaywrightError as error:
            if self._page.is_closed() or not any(sign in error.message for sign in _PAGE_WENT):
                raise
            return otherwise

    async def tokens(self, index: int) -> frozenset[str]:
        """The texts beside a token input of the last survey."""
        return frozenset(await self._call("reading tokens", "tokens", index))

    async def has(self, region: Region) -> bool:
        """Whether the region is on the page."""
        return await self._call("looking at the page", "survey", asdict(region)) is not None

    async def texts(self, css: str) -> tuple[str, ...]:
        """The visible texts of the elements that `css` chooses."""
        return tuple(await self._call("reading the page", "texts", css))

    async def rows(self, css: str) -> tuple[Row, ...]:
        """The rows that `css` chooses and a person sees; a heading, or an empty table's one wide cell, is none."""
        seen = await self._call("reading a list", "listed", css)
        return tuple(Row(each["text"], each["cells"], tuple(each["parts"])) for each in seen)

    async def table(self, region: Region) -> tuple[Mapping[str, str], ...]:
        """The rows of a region's table, column heading -> text."""
        return tuple(await self._call("reading a table", "table", asdict(region)) or ())

    async def press_in_row(self, region: Region, row: int, name: str) -> None:
        """Press the one button of that name in a row (from 0) of a region's table."""
        number = await self._call(f"pressing {name}", "rowButton", asdict(region), row, name)
        if number != 1:
            raise TargetError(f"{number} buttons are called {name!r} in the row, expected one")

    async def record(
        self, *, css: str, section: str | None, group: str | None, caption: str, item: str
    ) -> Any:
        """A record's page: {"values": [{section, group, caption, value}], "grids": [{name, rows}]}."""
        layout = {"css": css, "section": section, "group": group, "caption": caption, "item": item}
        return await self._call("reading the record", "record", layout)

    async def type_text(self, index: int, text: str) -> None:
        """Type into a control, key by key, as a person does."""
        handle = await self._element(index)
        async with _door("typing"):
            await handle.fill("")
            await handle.type(text)

    async def type_in_editor(self, index: int, text: str) -> None:
        """Replace the text of a rich-text editor, in a frame of its own or not, as a person does."""
        handle = await self._element(index)
        async with _door("filling an editor"):
            frame = await handle.content_frame()
            await (frame.locator("body").fill(text) if frame else handle.fill(text))

    async def pick_for_real(self, index: int, text: str, seconds: float) -> bool:
        """Type into a combobox and click the one option of exactly that caption, by keyboard and mouse; False if
        it was not offered, or twice."""
        handle = await self._element(index)
        async with _door("choosing from a list"):
            await handle.fill(text)
            options = self._page.get_by_role("option", name=text, exact=True)
            try:
                await options.first.wait_for(timeout=seconds * 1000)
            except _PlaywrightTimeout:
                return False
            if await options.count() != 1:
                return False
            await options.click()
            return True

    async def enter_for_real(self, index: int, text: str) -> None:
        """Type a token and press Enter, by keyboard."""
        handle = await self._element(index)
        async with _door("entering a token"):
            await handle.fill(text)
            await handle.press("Enter")

    async def set_file(self, index: int, name: str, content: bytes) -> None:
        """Choose a file, under the name the report gave it."""
        handle = await self._element(index)
        async with _door("choosing a file"):
            await handle.set_input_files(
                FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
            )

    async def picture(self) -> bytes:
        """A picture of the whole page as it stands, as PNG."""
        async with _door("taking a picture"):
            devtools = await self._tools()
            taken = await devtools.send(
                "Page.captureScreenshot",
                {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": True},
            )
        return b64decode(taken["data"])

    async def tidy(self) -> None:
        """Have the browser give back what pages that went left behind: it waits with that for as long as memory
        lasts, and twenty robots share one machine."""
        async with _door("tidying up"):
            devtools = await self._tools()
            await devtools.send("HeapProfiler.collectGarbage")
            await devtools.send("Memory.simulatePressureNotification", {"level": "critical"})

    async def _tools(self) -> CDPSession:
        if self._devtools is None:
            self._devtools = await self._page.context.new_cdp_session(self._page)
        return self._devtools

    async def close(self) -> None:
        """Close the tab with its context."""
        async with _door("closing the tab"):
            await self._page.context.close()

    async def _element(self, index: int) -> ElementHandle:
        async with _door("finding a control"):
            handle = await self._page.evaluate_handle(
                "index => window[Symbol.for('rpa')].element(index)", index
            )
        element = handle.as_element()
        if element is None:
            raise TargetError("a control has gone from the page")
        return element


def _plain(given: object) -> object:
    return asdict(given) if isinstance(given, Region) else given


def _as_pattern(sight: Mapping[str, str | None]) -> dict[str, str | None]:
    """The sight with its address glob as the regular expression that JavaScript tests."""
    path = sight.get("path")
    pattern = "^" + fnmatch.translate(path).removeprefix("(?s:").removesuffix(r")\Z") + "$" if path else None
    return {**sight, "path": pattern}
