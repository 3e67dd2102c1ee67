"""What a page asks of the network, decided before it goes: where the page may go, and what may leave once (P2).

Chromium pauses requests for us (DevTools, domain Fetch). Outside a save only documents are looked at; while a save
is under way everything is.
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
from rpa.browser.translate import door
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
    """One save on its way: what was let go, until when more may be, and whether the answer was clear.

    `heard` is set once something that was let go is answered, `lost` once it is known to get no answer.
    """

    def __init__(self, gate: Gate, until: float) -> None:
        self._gate, self._before = gate, gate.forwarded
        self.until = until
        self.sent: set[tuple[str, str]] = set()
        self.unanswered: set[str] = set()
        self.answered = False
        self.heard, self.lost = asyncio.Event(), asyncio.Event()
        self.turn = asyncio.Lock()  # of what may change the target: one after another
        self.free = asyncio.Event()  # nothing is unanswered
        self.free.set()

    def revoke(self) -> None:
        """Let nothing more go; what has gone may still be answered."""
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
        self.asked = ""  # the origin of the document that the main frame asked for last
        self.strayed = ""  # the origin that the main frame was last kept from going to

    async def start(self, frame: str, origins: frozenset[str]) -> None:
        """From now on keep the page, by the id of its main frame, to documents of these origins."""
        self._frame, self._origins = frame, origins
        self._devtools.on("Fetch.requestPaused", self._paused)
        self._devtools.on("Network.responseReceived", lambda event: self._told(event["requestId"]))
        self._devtools.on("Network.loadingFailed", self._failed)
        await self._devtools.send("Fetch.enable", {"patterns": _DOCUMENTS})

    @asynccontextmanager
    async def saving(self, until: float) -> AsyncIterator[Save]:
        """While the block lasts, what may change the target leaves once, before `until`, on a fresh connection.

        Set `answered` once the answer is clear. A block that ends in any other way, whatever the reason, shuts the
        gate: what was held back then never leaves.
        """
        answered = False
        try:
            async with door("getting ready to save", _SECONDS):
                await self._devtools.send("Network.enable")
                await self._devtools.send("Fetch.enable", {"patterns": _EVERYTHING})
                await self._gate.hold()
            self._save = Save(self._gate, until)
            yield self._save
            answered = self._save.answered
            if answered:
                # The answer is there; a tab that cannot go on fails at its next use.
                with suppress(TargetError):
                    await self._after_save()
        finally:
            self._save = None
            if not answered:
                self._gate.shut()

    async def _after_save(self) -> None:
        async with door("after the save", _SECONDS):
            self._gate.open()
            await self._devtools.send("Fetch.enable", {"patterns": _DOCUMENTS})
            await self._devtools.send("Network.disable")

    def revoke(self) -> None:
        """Let nothing more of the save that is under way go."""
        if self._save is not None:
            self._save.revoke()
        else:
            self._gate.shut()

    def _paused(self, event: Mapping[str, Any]) -> None:
        task = asyncio.create_task(self._decide(event))
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)

    def _failed(self, event: Mapping[str, Any]) -> None:
        """A request got no answer; unless the page itself gave it up, which it does when it goes away."""
        if self._save and event["requestId"] in self._save.unanswered:
            if not event.get("canceled"):
                self._save.lost.set()
            self._done_with(self._save, event["requestId"])

    def _told(self, network_id: str) -> None:
        """The far side has answered a request."""
        if self._save and network_id in self._save.unanswered:
            self._save.heard.set()
            self._done_with(self._save, network_id)

    def _done_with(self, save: Save, network_id: str) -> None:
        """A request was answered, or has failed: the browser does not send it again."""
        save.unanswered.discard(network_id)
        if not save.unanswered:
            save.free.set()
            self._gate.open()

    async def _decide(self, event: Mapping[str, Any]) -> None:
        """Let one request go, or not. A tab that has gone meanwhile has no request any more."""
        with suppress(_PlaywrightError):
            if self._is_page(event):
                self.asked = origin_of(event["request"]["url"])
            if self._strays(event):
                if self._is_page(event):
                    self.strayed = origin_of(event["request"]["url"])
                await self._refuse(event)
            elif self._save is None:
                await self._let_go(event)
            elif event["request"]["method"] in _SAFE:
                self._told(_network_id(event))  # where it is a redirect, the answer to what was sent is there
                if not self._save.sent:
                    self._gate.open(self._save.until)  # a page may ask for something before it sends
                await self._let_go(event)
            else:
                await self._send_once(event, self._save)

    async def _send_once(self, event: Mapping[str, Any], save: Save) -> None:
        """Let a request go that may change the target.

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
            await self._let_go(event)
            self._gate.open(save.until)

    def _is_page(self, event: Mapping[str, Any]) -> bool:
        return bool(event["frameId"] == self._frame and event["resourceType"] == "Document")

    def _strays(self, event: Mapping[str, Any]) -> bool:
        """Whether a request may not go to another origin: a document, in any frame, as it could take the keyboard
        while an answer is typed; and while a save is under way whatever may change something."""
        matters = event["resourceType"] == "Document" or event["request"]["method"] not in _SAFE
        return matters and origin_of(event["request"]["url"]) not in self._origins

    async def _let_go(self, event: Mapping[str, Any]) -> None:
        await self._devtools.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    async def _refuse(self, event: Mapping[str, Any]) -> None:
        given = {"requestId": event["requestId"], "errorReason": "BlockedByClient"}
        await self._devtools.send("Fetch.failRequest", given)


def _network_id(event: Mapping[str, Any]) -> str:
    """What the network calls a request, the same through all its redirects."""
    return str(event.get("networkId") or event["requestId"])
