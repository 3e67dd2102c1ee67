"""The page script in an isolated world of the browser: it shares the page's elements and nothing else.

What a page's own scripts put on elements, or do to the language's built-in objects, is not seen there, so a page
cannot make the robot believe what it does not show. Every document has an isolated world of its own and with it an
identity: a call is made in one document, and fails with `PageReplaced` once another has taken its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, TypeVar

from playwright.async_api import CDPSession
from playwright.async_api import Error as _PlaywrightError
from pydantic_core import to_json

from rpa.browser.functions import Function
from rpa.browser.translate import translate_errors
from rpa.browser.values import PageDocument
from rpa.errors import PageReplaced, SurveyOutdated, TargetError

T = TypeVar("T")

_NAME = "rpa"
_CALL = "call => window[Symbol.for('rpa')](call)"
_OUTDATED = "OutdatedHandle"  # the class of what `js/handles.js` throws
_TOO_LARGE = "PageTooLarge"  # the class of what `js/limits.js` throws
SPARE_SECONDS = 1.0  # beyond what a page function was given, for what it returns to arrive


class IsolatedWorld:
    """Calls the page script in the document that the main frame of a page shows now."""

    def __init__(self, devtools: CDPSession, seconds: float) -> None:
        self._devtools, self._seconds = devtools, seconds
        self._frame = ""
        self._shown: PageDocument | None = None
        self._changed = asyncio.Event()
        self.documents = 0  # how many were shown

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

    async def document(self) -> PageDocument:
        """The document shown now; one that is just coming is waited for. Raises `TargetError`."""
        async with translate_errors("waiting for a page", self._seconds):
            while self._shown is None:
                self._changed.clear()
                await self._changed.wait()
            return self._shown

    async def call(
        self,
        doing: str,
        function: Function[T],
        *given: object,
        of: PageDocument | None = None,
        seconds: float | None = None,
    ) -> tuple[T, PageDocument]:
        """What a page function returns, and in which document: `of`, or the one that is shown.

        Raises `PageReplaced` when that document is not shown any more, or goes before it returns, `SurveyOutdated`
        for a handle of an earlier survey, and `TargetError` when it does not return in time.
        """
        limit = self._seconds if seconds is None else seconds + SPARE_SECONDS
        text, document = await self._run(doing, limit, of, 0, function.name, *given)
        return function.read(text, doing), document

    async def wait(
        self, doing: str, seconds: float, function: Function[T | None], *given: object
    ) -> tuple[T, PageDocument]:
        """Wait until a page function returns something, across documents if need be; returns that.

        Raises `SurveyOutdated` for a handle of an earlier survey, `TargetError` when it returned nothing in time.
        """
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            try:
                limit = left + SPARE_SECONDS
                text, document = await self._run(doing, limit, None, left * 1000, function.name, *given)
            except SurveyOutdated:
                raise
            except PageReplaced:
                continue
            if text != "null" and (found := function.read(text, doing)):
                return found, document
        raise TargetError(f"the page did not respond in time: {doing}")

    async def _run(
        self, doing: str, seconds: float, of: PageDocument | None, *call: object
    ) -> tuple[str, PageDocument]:
        document = await self.document()
        if of is not None and document != of:
            raise PageReplaced(f"the page was replaced: {doing}")
        given = {
            "functionDeclaration": _CALL,
            "uniqueContextId": document.identity,
            "arguments": [{"value": to_json([document.identity, *call]).decode()}],
            "awaitPromise": True,
            "returnByValue": True,
        }
        async with translate_errors(doing, seconds):
            try:
                returned = await self._devtools.send("Runtime.callFunctionOn", given)
            except _PlaywrightError:
                # Its document may have made way without a word of it having reached us yet.
                await self._leave(document)
                raise PageReplaced(f"the page was replaced: {doing}") from None
        if "exceptionDetails" in returned:
            raise _failure(doing, returned["exceptionDetails"])
        return str(returned["result"]["value"]), document

    async def _leave(self, document: PageDocument) -> None:
        """Believe that a document has gone as soon as the browser says so, or responds without it."""
        while self._shown == document:
            self._changed.clear()
            await self._changed.wait()

    def _created(self, event: Mapping[str, Any]) -> None:
        context = event["context"]
        about = context.get("auxData", {})
        if context["name"] == _NAME and about.get("frameId") == self._frame:
            self.documents += 1
            self._shown = PageDocument(context["uniqueId"], context["origin"])
            self._changed.set()

    def _destroyed(self, event: Mapping[str, Any]) -> None:
        if self._shown and event.get("executionContextUniqueId") == self._shown.identity:
            self._gone()

    def _gone(self) -> None:
        self._shown = None
        self._changed.set()


def _failure(doing: str, details: Mapping[str, Any]) -> TargetError:
    """The error for what the page script threw. Its text may quote an answer (P8): it is read for a limit only."""
    thrown = details.get("exception", {})
    if thrown.get("className") == _OUTDATED:
        return SurveyOutdated(f"the control is of an earlier survey of the page: {doing}")
    if thrown.get("className") == _TOO_LARGE:
        limit = str(thrown["description"]).splitlines()[0].partition(": ")[2]
        return TargetError(f"the page has {limit}: {doing}")
    return TargetError(f"the page script failed: {doing}")
