"""The HTTP connection below a page, so that a fault can cut it without a response, or respond untidily."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable
from uvicorn._types import Scope as UvicornScope
from uvicorn.protocols.http.h11_impl import H11Protocol

ABORT = "practice_chs.abort"
RAW = "practice_chs.raw"
GONE = b"<!doctype html><title>See other</title><p>The record was saved."


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that lets the application cut its own connection, or write bytes to it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Offer the cut and the bytes to the application as ASGI extensions."""
        super().connection_made(transport)
        inner = cast("ASGI3Application", self.app)

        async def application(
            scope: UvicornScope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            cast("dict[str, Any]", scope)["extensions"] = {ABORT: transport.abort, RAW: write_last}
            await inner(scope, receive, send)

        def write_last(content: bytes) -> None:
            transport.write(content)
            transport.close()

        self.app = application


class NoAnswer(Response):
    """The connection is cut; the client never learns the result of its request.

    As in the field, a browser may then send the request again by itself: Chromium does, posts included, when a
    kept-alive connection closes before any answer. What saves a record must be sent so that nothing repeats it.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Cut, and wait until the connection is gone."""
        scope["extensions"][ABORT]()
        await gone(receive)


async def gone(receive: Receive) -> None:
    """Wait until the client's connection is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class NeverAnswered(Response):
    """There is no response and the connection stays open, for as long as the client waits."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Wait until the client gives up."""
        await gone(receive)


def _trailing_bytes(headers: bytes) -> bytes:
    length = f"Content-Length: {len(GONE)}\r\n\r\n".encode()
    return (
        b"HTTP/1.1 303 See Other\r\nConnection: close\r\n"
        + headers
        + length
        + GONE
        + b"\r\n<!-- served -->\r\n"
    )


def _odd_chunks(headers: bytes) -> bytes:
    # Leading zeros, an extension, capitals and a trailer: all allowed, none of them usual.
    first, rest = GONE[:10], GONE[10:]
    chunks = b"0000A;note=odd\r\n" + first + b"\r\n" + f"00{len(rest):X}".encode() + b"\r\n" + rest + b"\r\n"
    return (
        b"HTTP/1.1 303 See Other\r\nTransfer-Encoding: Chunked\r\n"
        + headers
        + b"\r\n"
        + chunks
        + b"000\r\nX-Served: yes\r\n\r\n"
    )


def _old_http(headers: bytes) -> bytes:
    return b"HTTP/1.0 303 See Other\r\n" + headers + b"\r\n" + GONE


UNTIDY: dict[str, Callable[[bytes], bytes]] = {
    "trailing-bytes": _trailing_bytes,
    "odd-chunks": _odd_chunks,
    "http-1.0": _old_http,
}
"""Untidy responses that browsers understand: bytes after the body, odd chunks, HTTP/1.0 without a length."""


class UntidyReply(Response):
    """A redirect in one of the `UNTIDY` ways."""

    def __init__(self, path: str, way: str) -> None:
        super().__init__()
        headers = f"Location: {path}\r\nContent-Type: text/html\r\n".encode("latin-1")
        self._content = UNTIDY[way](headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Write it as it is, and wait until the connection is gone."""
        scope["extensions"][RAW](self._content)
        await gone(receive)
