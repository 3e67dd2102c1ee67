"""The page script in an isolated world of its own: it shares the page's elements and nothing else.

What a page's own scripts put on elements, or do to the language's built-in objects, is not seen there, so a page
cannot make the robot believe what it does not show. Every document has a world of its own and with it an identity:
a question is put to one document, and fails with `PageReplaced` once another has taken its place.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from time import monotonic
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as _PlaywrightError

from rpa.browser.translate import door
from rpa.browser.values import Document
from rpa.errors import PageReplaced, TargetError

_NAME = "rpa"
# Answers travel as JSON text: a browser makes and Python reads that many times faster than objects.
_CALL = """text => {
    const [name, ...given] = JSON.parse(text);
    const answer = window[Symbol.for('rpa')][name](...given);
    const told = found => JSON.stringify(found ?? null);
    return answer instanceof Promise ? answer.then(told) : told(answer);
}"""
SPARE_SECONDS = 1.0  # beyond what a page function was given, for its answer to come back


class World:
    """Asks the document that the main frame of a page shows now."""

    def __init__(self, devtools: CDPSession, seconds: float) -> None:
        self._devtools, self._seconds = devtools, seconds
        self._frame = ""
        self._shown: Document | None = None
        self._came = asyncio.Event()
        self.documents = 0  # how many were shown
        self.answered = Document("", "")  # the last that answered

    async def start(self, script: str) -> str:
        """Put the script into every document from now on; returns the main frame's id."""
        devtools = self._devtools
        devtools.on("Runtime.executionContextCreated", self._created)
        devtools.on("Runtime.executionContextDestroyed", self._destroyed)
        devtools.on("Runtime.executionContextsCleared", lambda _: self._gone())
        await devtools.send("Page.enable")
        tree = await devtools.send("Page.getFrameTree")
        self._frame = str(tree["frameTree"]["frame"]["id"])
        await devtools.send("Runtime.enable")
        await devtools.send(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": script, "worldName": _NAME, "runImmediately": True},
        )
        return self._frame

    async def document(self) -> Document:
        """The document shown now; one that is just coming is waited for. Raises `TargetError`."""
        async with door("waiting for a page", self._seconds):
            while self._shown is None:
                self._came.clear()
                await self._came.wait()
            return self._shown

    async def ask(
        self, doing: str, name: str, *given: object, of: Document | None = None, seconds: float | None = None
    ) -> Any:
        """What the page function `name` answers, in the document `of` or the one that is shown.

        Raises `PageReplaced` when that document is not shown any more, or goes before it answers, and
        `TargetError` when it does not answer in time.
        """
        document = await self.document()
        if of is not None and document != of:
            raise PageReplaced(f"the page was replaced: {doing}")
        call = {
            "functionDeclaration": _CALL,
            "uniqueContextId": document.identity,
            "arguments": [{"value": json.dumps([name, *given])}],
            "awaitPromise": True,
            "returnByValue": True,
        }
        async with door(doing, self._seconds if seconds is None else seconds + SPARE_SECONDS):
            try:
                told = await self._devtools.send("Runtime.callFunctionOn", call)
            except _PlaywrightError:
                # Its document may have made way without a word of it having reached us yet.
                await self._leave(document)
                raise PageReplaced(f"the page was replaced: {doing}") from None
        self.answered = document
        if "exceptionDetails" in told:
            raise TargetError(f"the page script failed: {doing}")
        return json.loads(told["result"]["value"])

    async def wait(self, doing: str, seconds: float, name: str, *given: object) -> Any:
        """Wait until the page function `name` answers something, across documents if need be; returns that.

        Raises `TargetError` when nothing was answered in time.
        """
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            try:
                answer = await self.ask(doing, "waitFor", left * 1000, name, *given, seconds=left)
            except PageReplaced:
                continue
            if answer:
                return answer
        raise TargetError(f"the page did not answer in time: {doing}")

    async def _leave(self, document: Document) -> None:
        """Believe that a document has gone as soon as the browser says so, or answers for itself without it."""
        while self._shown == document:
            self._came.clear()
            await self._came.wait()

    def _created(self, event: Mapping[str, Any]) -> None:
        context = event["context"]
        about = context.get("auxData", {})
        if context["name"] == _NAME and about.get("frameId") == self._frame:
            self.documents += 1
            self._shown = Document(context["uniqueId"], context["origin"])
            self._came.set()

    def _destroyed(self, event: Mapping[str, Any]) -> None:
        if self._shown and event.get("executionContextUniqueId") == self._shown.identity:
            self._gone()

    def _gone(self) -> None:
        self._shown = None
        self._came.set()
