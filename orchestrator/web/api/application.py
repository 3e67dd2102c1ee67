"""The addresses of the API, and what holds for every request and response."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TypeVar
from uuid import uuid4

import structlog
from python_multipart.multipart import parse_options_header
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.app import App
from orchestrator.intake.watched_folder import file_limits
from orchestrator.reading import Reader
from orchestrator.store import KnownClient, Receipt
from orchestrator.web.api import openapi, submissions
from orchestrator.web.api.authentication import Gate
from orchestrator.web.api.bodies import MEGABYTE, Pieces, Room, joined, received
from orchestrator.web.api.documents import (
    JSON_API,
    Liveness,
    ReceiptDocument,
    ReceiptMeta,
    ReportAttributes,
    ReportResource,
    as_json,
)
from orchestrator.web.api.health import Health
from orchestrator.web.api.parts import Parts, parts
from orchestrator.web.api.refusals import KINDS, Code, Refused, response
from rpa.report import Media

_log = structlog.get_logger(__name__)

T = TypeVar("T")
JSON, MULTIPART = "application/json", "multipart/form-data"
QUIET = frozenset({"/health/live", "/health/ready"})  # asked every few seconds
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ENVELOPE = MEGABYTE  # bytes of a body of parts that are neither report nor file
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@dataclass
class Api:
    """The running API. `threads` do what waits for a disk, a database or a reader."""

    app: App
    reader: Reader
    threads: Executor
    gate: Gate = field(init=False)
    room: Room = field(init=False)
    health: Health = field(init=False)

    def __post_init__(self) -> None:
        settings = self.app.settings.api
        self.gate, self.room = Gate(settings), Room(settings.bodies_megabytes * MEGABYTE)
        self.health = Health(self.app, self.reader)
        self.limits = file_limits(self.app.settings.operations)
        self.report_bytes = (settings.body_megabytes or self.limits.file_megabytes) * MEGABYTE
        self.parts_bytes = self.report_bytes + self.limits.total_megabytes * MEGABYTE + _ENVELOPE

    async def in_thread(self, work: Callable[[], T]) -> T:
        """What `work` returns, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def client(self, request: Request) -> KnownClient:
        """The client that asks. Raises `Refused`."""
        store = self.app.store
        found = await self.gate.client(
            request, lambda name, secret: self.in_thread(partial(store.api_client, name, secret))
        )
        request.state.client = found.name
        return found

    def body(self, request: Request, most: int) -> AbstractAsyncContextManager[Pieces]:
        """The body of a request, of at most that many bytes."""
        return received(request, most, self.app.settings.api.receive_seconds, self.room)

    async def incidents(self, request: Request) -> Response:
        """Take in a submission in the Standard Data Model."""
        client = await self.client(request)
        _accept(request, JSON_API, JSON)
        async with self.body(request, self.report_bytes) as pieces:
            return await self.in_thread(lambda: self._take_in(client, "incident", joined(pieces)))

    async def reports(self, request: Request) -> Response:
        """Take in a report as the Single Online Home makes it, alone or with files."""
        client = await self.client(request)
        kind = _accept(request, JSON, MULTIPART)
        if kind == JSON:
            async with self.body(request, self.report_bytes) as pieces:
                return await self.in_thread(lambda: self._take_in(client, "report", joined(pieces)))
        async with self.body(request, self.parts_bytes) as pieces:
            content_type = request.headers["content-type"]
            return await self.in_thread(lambda: self._take_in_parts(client, content_type, pieces))

    def _take_in_parts(self, client: KnownClient, content_type: str, pieces: Pieces) -> Response:
        found = parts(content_type, pieces, self.limits)
        return self._take_in(client, "report", found.report, found)

    def _take_in(
        self, client: KnownClient, kind: str, content: bytes, with_files: Parts | None = None
    ) -> Response:
        media: tuple[Media, ...] = with_files.media if with_files else ()
        found = submissions.incident_id if kind == "incident" else submissions.soh_id
        submission_id = found(content)
        receipts = submissions.receive(self.app, self.reader, client, kind, content, media, submission_id)
        return _receipt(receipts, submission_id, with_files.left_out if with_files else 0)

    async def live(self, _request: Request) -> Response:
        """Say that the service runs."""
        return JSONResponse(as_json(Liveness()))

    async def ready(self, _request: Request) -> Response:
        """Say whether a report would be received now."""
        seen = await self.health.ready()
        return JSONResponse(as_json(seen), 200 if seen.status == "ready" else 503)


def application(api: Api) -> Starlette:
    """The API as an ASGI application."""
    settings = api.app.settings.api
    description = openapi.document(settings, api.report_bytes, api.parts_bytes)

    async def described(_request: Request) -> Response:
        return JSONResponse(description)

    made = Starlette(
        routes=[
            Route("/incidents", api.incidents, methods=["POST"]),
            Route("/reports", api.reports, methods=["POST"]),
            Route("/health/live", api.live),
            Route("/health/ready", api.ready),
            Route("/openapi.json", described),
        ],
        middleware=[Middleware(Every, secure=settings.certificate is not None)],
        exception_handlers={HTTPException: _of_routing, Refused: _refused},
    )
    made.router.redirect_slashes = False  # a redirection is made of what the sender says our name is
    return made


class Every:
    """What holds for every request: it has an id, its response says what a browser may do with it, whatever goes
    wrong is an error of the API's own form, and one line of the log says how it ended."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        lasting = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}
        self._headers = HEADERS | lasting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        began, request_id, status = monotonic(), uuid4().hex, 0
        scope.setdefault("state", {})["request_id"] = request_id

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update({**self._headers, "X-Request-ID": request_id})
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            pass  # nobody is there to be told
        except Exception:  # noqa: BLE001 - a mistake of ours: the sender learns that, and no more
            _log.exception("a request failed", request=request_id)
            if not status:
                await response(Refused(Code.UNEXPECTED), request_id)(scope, receive, answer)
        if scope["path"] not in QUIET or status == KINDS[Code.UNEXPECTED].status:
            _log_request(scope, request_id, status, monotonic() - began)


def _log_request(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    """One line, in which nothing is the sender's own words. Without a status nobody was there to be told."""
    endpoint = scope.get("endpoint")
    _log.info(
        "request",
        request=request_id,
        method=scope["method"] if scope["method"] in _METHODS else "other",
        path=scope["path"] if endpoint else "other",
        status=status or None,
        client=scope["state"].get("client"),
        seconds=round(seconds, 3),
    )


def _request_id(request: Request) -> str:
    return str(request.scope["state"]["request_id"])


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - Starlette calls it for this class alone
    return response(error, _request_id(request))


def _of_routing(request: Request, error: Exception) -> Response:
    """No such address, or no such method there."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code = Code.NOT_ALLOWED if error.status_code == 405 else Code.NOT_FOUND
    return response(Refused(code, headers=error.headers), _request_id(request))


def _accept(request: Request, *types: str) -> str:
    """The type of the body, which must be one of these. Raises `Refused`."""
    given = parse_options_header(request.headers.get("content-type"))[0].decode("latin-1")
    if given not in types:
        raise Refused(
            Code.UNSUPPORTED_TYPE, f"This address takes {' and '.join(types)}.", header="Content-Type"
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(Code.UNSUPPORTED_TYPE, "This address takes no encoded body.", header="Content-Encoding")
    return given


def _receipt(receipts: tuple[Receipt, ...], submission_id: str | None, left_out: int) -> Response:
    first, *others = (
        ReportResource(id=each.reference, attributes=ReportAttributes(new=each.new, state=each.state))
        for each in receipts
    )
    document = ReceiptDocument(
        data=first,
        included=tuple(others) or None,
        meta=ReceiptMeta(submission_id=submission_id, files_not_received=left_out),
    )
    return JSONResponse(as_json(document), 201, media_type=JSON_API)
