"""What a page still waits for: requests whose responses may change what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from playwright.async_api import CDPSession

from rpa.browser.translate import translate_errors
from rpa.errors import TargetError

# Pictures, fonts and styles change no text. Events that a server sends have no end to wait for.
_CHANGE_WORDS = frozenset({"Document", "XHR", "Fetch", "Script"})


class Requests:
    """The requests of one tab that have no response yet, as Chromium reports them (DevTools, Network).

    `seconds`: how long a response may take.
    """

    def __init__(self, devtools: CDPSession, seconds: float) -> None:
        self._devtools, self._seconds = devtools, seconds
        self._unanswered: set[str] = set()
        self._ended = asyncio.Event()
        devtools.on("Network.requestWillBeSent", self._begin)
        devtools.on("Network.loadingFinished", self._end)
        devtools.on("Network.loadingFailed", self._end)

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """While the block lasts, record which of the requests sent from now on have no response yet."""
        self._unanswered.clear()
        async with translate_errors("following the page's requests", self._seconds):
            await self._devtools.send("Network.enable")
        try:
            yield
        finally:
            with suppress(TargetError):  # a tab that cannot go on fails at its next use
                async with translate_errors("following the page's requests", self._seconds):
                    await self._devtools.send("Network.disable")

    @property
    def waiting(self) -> bool:
        """Whether the page waits for a response that may change what it says."""
        return bool(self._unanswered)

    async def answered(self) -> bool:
        """Wait until the page waits for no more responses; False when it still does at the end of its time."""
        try:
            async with asyncio.timeout(self._seconds):
                while self._unanswered:
                    self._ended.clear()
                    await self._ended.wait()
        except TimeoutError:
            return False
        return True

    def _begin(self, event: Mapping[str, Any]) -> None:
        if event.get("type") in _CHANGE_WORDS:
            self._unanswered.add(event["requestId"])

    def _end(self, event: Mapping[str, Any]) -> None:
        self._unanswered.discard(event["requestId"])
        self._ended.set()
