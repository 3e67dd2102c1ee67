"""The endpoints that make this a practice system: its ledger as data, faults, layouts, reset.

They need no sign-in and answer this machine only.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from json import JSONDecodeError

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rpa.practice_chs.faults import BadRequestError, make_fault
from rpa.practice_chs.layout import Variant
from rpa.practice_chs.screens import every_screen
from rpa.practice_chs.site import site_of

Endpoint = Callable[[Request], Awaitable[Response]]


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _local(endpoint: Endpoint) -> Endpoint:
    """Answer loopback clients only; a bad request is a 400 that says why."""

    @functools.wraps(endpoint)
    async def answer(request: Request) -> Response:
        if request.client is None or not _is_local(request.client.host):
            return JSONResponse({"error": "this address answers its own machine only"}, status_code=403)
        try:
            return await endpoint(request)
        except BadRequestError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return answer


async def _json(request: Request) -> object:
    try:
        found: object = await request.json()
    except (JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequestError("the body must be JSON in UTF-8") from error
    return found


@_local
async def records(request: Request) -> Response:
    """Every saved record, or those of one source reference."""
    wanted = request.query_params.get("source_reference")
    found = await run_in_threadpool(site_of(request).ledger.records, wanted)
    return JSONResponse([record.as_json() for record in found])


@_local
async def show_faults(request: Request) -> Response:
    """The faults queued, pending and fired."""
    return JSONResponse(site_of(request).faults.as_json())


@_local
async def queue_fault(request: Request) -> Response:
    """Queue one fault."""
    fault = make_fault(await _json(request))
    site_of(request).faults.add(fault)
    return JSONResponse(fault.as_json(), status_code=201)


@_local
async def show_layout(request: Request) -> Response:
    """The layout variant shown now."""
    variant, only = site_of(request).layout
    return JSONResponse({"variant": variant, "screen": only})


@_local
async def change_layout(request: Request) -> Response:
    """Show another layout variant from the next page on."""
    raw = await _json(request)
    if not isinstance(raw, dict) or raw.keys() - {"variant", "screen"}:
        raise BadRequestError("the body must be a JSON object with variant and perhaps screen")
    try:
        variant = Variant(str(raw.get("variant")))
    except ValueError as error:
        raise BadRequestError(f"variant must be one of {', '.join(Variant)}") from error
    only = raw.get("screen")
    if only is not None and only not in [screen.title for screen in every_screen()]:
        raise BadRequestError("screen is not known")
    site_of(request).lay_out(variant, only)
    return JSONResponse({"variant": variant, "screen": only})


@_local
async def reset(request: Request) -> Response:
    """Empty the ledger and drafts, forget faults and wrong passwords, lay out as standard. Sessions stay."""
    site = site_of(request)
    await run_in_threadpool(site.ledger.empty)
    site.sessions.discard_drafts()
    site.sessions.unlock()
    site.templates.clear()
    site.faults.clear()
    site.lay_out(Variant.STANDARD, None)
    return JSONResponse({"reset": True})


ROUTES = [
    Route("/practice/records", records),
    Route("/practice/faults", show_faults, methods=["GET"]),
    Route("/practice/faults", queue_fault, methods=["POST"]),
    Route("/practice/layout", show_layout, methods=["GET"]),
    Route("/practice/layout", change_layout, methods=["POST"]),
    Route("/practice/reset", reset, methods=["POST"]),
]
