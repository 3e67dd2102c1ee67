"""The requests of a page: where the page may go, and what may leave once (P2).

Chromium pauses requests until we decide (DevTools, domain Fetch). Outside a save we decide about documents only,
during a save about everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from playwright.async_api import CDPSession
from playwright.async_api import Error as _PlaywrightError

from rpa.browser.clock import now
from rpa.browser.gate import Gate
from rpa.browser.translate import translate_errors
from rpa.errors import TargetError

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_DOCUMENTS = [{"urlPattern": "*", "resourceType": "Document"}]
_EVERYTHING = [{"urlPattern": "*"}]
_SECONDS = 10.0


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, as a browser writes an origin."""
    parts = urlsplit(address)
    port = parts.port if parts.port != {"http": 80, "https": 443}.get(parts.scheme) else None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def place_of(address: str) -> tuple[str, int]:
    """Host and port of an address, as a connection is made to them."""
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]


class Save:
    """One save on its way: what was sent, until when more may be, and whether the response was clear.

    `responded` is set once something that was sent gets a response, `lost` once it is known to get none.
    """

    def __init__(self, gate: Gate, until: float) -> None:
        self._gate, self._before = gate, gate.forwarded
        self.until = until
        self.sent: set[tuple[str, str]] = set()
        self.unanswered: set[str] = set()
        self.answered = False
        self.responded, self.lost = asyncio.Event(), asyncio.Event()
        self.turn = asyncio.Lock()  # for requests that may change the target: one after another
        self.free = asyncio.Event()  # nothing is unanswered
        self.free.set()

    def revoke(self) -> None:
        """Let nothing more leave; the response to what has left is still received."""
        self.until = 0.0
        if self.sent:
            self._gate.open(self.until if self.unanswered else None)
        else:
            self._gate.shut()

    @property
    def nothing_left(self) -> bool:
        """Whether it is certain that not one byte has left since the save began."""
        return self._gate.forwarded == self._before


class Traffic:
    """The requests of one tab."""

    def __init__(self, devtools: CDPSession, gate: Gate) -> None:
        self._devtools, self._gate = devtools, gate
        self._frame, self._origins = "", frozenset[str]()
        self._save: Save | None = None
        self._deciding: set[asyncio.Task[None]] = set()
        self.requested_origin = ""  # of the document that the main frame requested last
        self.blocked_origin = ""  # where the main frame was last stopped from going

    async def start(self, frame: str, origins: frozenset[str]) -> None:
        """From now on allow documents of these origins only. `frame`: the id of the page's main frame."""
        self._frame, self._origins = frame, origins
        self._devtools.on("Fetch.requestPaused", self._paused)
        self._devtools.on("Network.responseReceived", lambda event: self._response_came(event["requestId"]))
        self._devtools.on("Network.loadingFailed", self._failed)
        await self._devtools.send("Fetch.enable", {"patterns": _DOCUMENTS})

    @asynccontextmanager
    async def saving(self, until: float) -> AsyncIterator[Save]:
        """While the block lasts, what may change the target leaves once, before `until`, on a fresh connection.

        Set `answered` once the response is clear. A block that ends in any other way, whatever the reason, closes
        the gate: what it held back never leaves.
        """
        answered = False
        try:
            async with translate_errors("getting ready to save", _SECONDS):
                await self._devtools.send("Network.enable")
                await self._devtools.send("Fetch.enable", {"patterns": _EVERYTHING})
                await self._gate.hold()
            self._save = Save(self._gate, until)
            yield self._save
            answered = self._save.answered
            if answered:
                # The response is there; a tab that cannot go on fails at its next use.
                with suppress(TargetError):
                    await self._after_save()
        finally:
            self._save = None
            if not answered:
                self._gate.shut()

    async def _after_save(self) -> None:
        async with translate_errors("after the save", _SECONDS):
            self._gate.open()
            await self._devtools.send("Fetch.enable", {"patterns": _DOCUMENTS})
            await self._devtools.send("Network.disable")

    def revoke(self) -> None:
        """Let nothing more of the current save leave."""
        if self._save is not None:
            self._save.revoke()
        else:
            self._gate.shut()

    def _paused(self, event: Mapping[str, Any]) -> None:
        task = asyncio.create_task(self._decide(event))
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)

    def _failed(self, event: Mapping[str, Any]) -> None:
        """A request got no response, unless the page itself cancelled it, as it does when it goes away."""
        if self._save and event["requestId"] in self._save.unanswered:
            if not event.get("canceled"):
                self._save.lost.set()
            self._done_with(self._save, event["requestId"])

    def _response_came(self, network_id: str) -> None:
        """The target has responded to a request."""
        if self._save and network_id in self._save.unanswered:
            self._save.responded.set()
            self._done_with(self._save, network_id)

    def _done_with(self, save: Save, network_id: str) -> None:
        """A request has its response, or has failed: the browser does not send it again."""
        save.unanswered.discard(network_id)
        if not save.unanswered:
            save.free.set()
            self._gate.open()

    async def _decide(self, event: Mapping[str, Any]) -> None:
        """Let one request continue, or not. A tab that has gone meanwhile no longer has requests."""
        with suppress(_PlaywrightError):
            if self._is_page(event):
                self.requested_origin = origin_of(event["request"]["url"])
            if self._leaves_target(event):
                if self._is_page(event):
                    self.blocked_origin = origin_of(event["request"]["url"])
                await self._refuse(event)
            elif self._save is None:
                await self._continue(event)
            elif event["request"]["method"] in _SAFE:
                # Where it is a redirect, the response to what was sent has come.
                self._response_came(_network_id(event))
                if not self._save.sent:
                    self._gate.open(self._save.until)  # a page may request something before it sends
                await self._continue(event)
            else:
                await self._send_once(event, self._save)

    async def _send_once(self, event: Mapping[str, Any], save: Save) -> None:
        """Send a request that may change the target.

        1. Never the same address twice, whatever the script, and never on by a redirect.
        2. One after another: the next goes when the one before is answered.
        3. No connection that was there before: on those a browser repeats what it sent.
        4. It goes, and the gate lets it pass as long as there is time.
        """
        wanted = (event["request"]["method"], urlunsplit((*urlsplit(event["request"]["url"])[:3], "", "")))
        if wanted in save.sent or event.get("redirectedRequestId"):
            await self._refuse(event)
            return
        save.sent.add(wanted)
        async with save.turn:
            with suppress(TimeoutError):
                await asyncio.wait_for(save.free.wait(), max(save.until - now(), 0))
            save.free.clear()
            save.unanswered.add(_network_id(event))
            await self._gate.hold()
            if now() >= save.until:
                save.unanswered.discard(_network_id(event))
                save.free.set()
                save.lost.set()
                await self._refuse(event)
                return
            await self._continue(event)
            self._gate.open(save.until)

    def _is_page(self, event: Mapping[str, Any]) -> bool:
        return bool(event["frameId"] == self._frame and event["resourceType"] == "Document")

    def _leaves_target(self, event: Mapping[str, Any]) -> bool:
        """Whether a request goes to another origin and may not. That is a document, in any frame, as it could take
        the keyboard while an answer is typed, and during a save whatever may change something."""
        matters = event["resourceType"] == "Document" or event["request"]["method"] not in _SAFE
        return matters and origin_of(event["request"]["url"]) not in self._origins

    async def _continue(self, event: Mapping[str, Any]) -> None:
        await self._devtools.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    async def _refuse(self, event: Mapping[str, Any]) -> None:
        given = {"requestId": event["requestId"], "errorReason": "BlockedByClient"}
        await self._devtools.send("Fetch.failRequest", given)


def _network_id(event: Mapping[str, Any]) -> str:
    """The network's id of a request, the same through all its redirects."""
    return str(event.get("networkId") or event["requestId"])
