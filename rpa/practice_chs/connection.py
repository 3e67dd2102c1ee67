"""The HTTP connection under a page, so that a fault can cut it without an answer."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable
from uvicorn._types import Scope as UvicornScope
from uvicorn.protocols.http.h11_impl import H11Protocol

ABORT = "practice_chs.abort"


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that lets the application cut its own connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Offer the cut to the application as an ASGI extension."""
        super().connection_made(transport)
        inner = cast("ASGI3Application", self.app)

        async def application(
            scope: UvicornScope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            cast("dict[str, Any]", scope)["extensions"] = {ABORT: transport.abort}
            await inner(scope, receive, send)

        self.app = application


class NoAnswer(Response):
    """The connection is cut; the client never learns what became of its request.

    As in the field, a browser may then send the request again by itself: Chromium does, posts included, when a
    kept-alive connection closes before any answer. What saves a record must be sent so that nothing repeats it.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Cut, and wait until the connection is gone."""
        scope["extensions"][ABORT]()
        while (await receive())["type"] != "http.disconnect":
            pass
