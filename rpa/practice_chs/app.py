"""The application: routes, static files, limits on requests, headers on responses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .ledger import Ledger
from .pages import account, attachments, journey, lookup, practice, records
from .screens import HERE
from .site import Site, render, session_of

BODY_AT_MOST = 3 * 1024 * 1024
UPLOAD_AT_MOST = attachments.BYTES_AT_MOST + 64 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
WORDS = {
    403: "You cannot do that",
    404: "There is no such page",
    409: journey.NOT_FROM_RECORD,
    413: "What was sent is too large",
    500: "Something went wrong. Try again.",
}


class TooLargeError(Exception):
    """The body of a request is over its limit."""


class BoundedBody:
    """Refuses a body over the limit, by its announced length or as it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = UPLOAD_AT_MOST if scope["path"] == "/record/attachments/file" else BODY_AT_MOST
        announced = Headers(scope=scope).get("content-length", "0")
        taken, answered = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        refusal = PlainTextResponse(WORDS[413], 413, {"Connection": "close"})
        if not announced.isdigit() or int(announced) > limit:
            await refusal(scope, receive, send)
            return
        try:
            await self._app(scope, counted, noted)
        except TooLargeError:
            if not answered:
                await refusal(scope, receive, send)


class GuardHeaders:
    """Adds the headers that every response has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers to the start of the response."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


class KeptStaticFiles(StaticFiles):
    """Static files that a browser keeps for a day."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, or not modified."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


async def refusal_page(request: Request, error: Exception) -> Response:
    """A refusal or failure as a page, whose text contains nothing of the request."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = WORDS.get(status, "That could not be done")
    return render("refusal.html", session_of(request), status=status, error=status, words=words)


def _lifespan(site: Site) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        site.ledger.close()

    return lifespan


def build_app(data: Path) -> Starlette:
    """The practice CHS with its ledger in a directory, which is created if it does not exist."""
    site = Site(Ledger(data))
    app = Starlette(
        routes=[
            *account.ROUTES,
            *attachments.ROUTES,
            *records.ROUTES,
            *journey.ROUTES,
            *lookup.ROUTES,
            *practice.ROUTES,
            Mount("/static", KeptStaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(GuardHeaders), Middleware(BoundedBody)],
        exception_handlers={HTTPException: refusal_page, 500: refusal_page},
        lifespan=_lifespan(site),
    )
    app.state.site = site
    return app
