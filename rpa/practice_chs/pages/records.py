"""Saved records: the confirmations, search, the record page and the way from it to an amendment."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rpa.practice_chs.ledger import Record
from rpa.practice_chs.sessions import Session
from rpa.practice_chs.site import redirect, render, signed_in, site_of


async def _record(request: Request) -> Record:
    record = await run_in_threadpool(site_of(request).ledger.record, request.path_params["reference"])
    if record is None:
        raise HTTPException(404)
    return record


@signed_in
async def saved(request: Request, session: Session) -> Response:
    """The confirmation after a save."""
    return render("saved.html", session, title="Record saved", record=await _record(request))


@signed_in
async def show_record(request: Request, session: Session) -> Response:
    """The whole record."""
    return render("record.html", session, record=await _record(request))


@signed_in
async def amend(request: Request, session: Session) -> Response:
    """Start to change the record: a draft that holds what it holds, at its first screen."""
    record, site = await _record(request), site_of(request)
    filled = await run_in_threadpool(site.ledger.filled, record.number)
    if filled is None:
        raise HTTPException(404)
    draft = session.new_draft(record.reference)
    draft.take(filled)
    return redirect(f"/record/{site.screens[0].slug}?k={draft.issue_ticket()}")


@signed_in
async def amended(request: Request, session: Session) -> Response:
    """The confirmation after changes were saved."""
    return render("saved.html", session, title="Changes saved", record=await _record(request))


@signed_in
async def search(request: Request, session: Session) -> Response:
    """Records by source reference, or by CHS reference from the search box of every page."""
    ledger = site_of(request).ledger
    source = request.query_params.get("ctl20_src", "").strip()
    reference = request.query_params.get("ctl20_qck", "").strip()
    records: list[Record] | None = None
    if source:
        records = await run_in_threadpool(ledger.found_by_source, source)
    elif reference:
        records = await run_in_threadpool(ledger.found_by_reference, reference.upper())
    return render("search.html", session, records=records, source=source)


ROUTES = [
    Route("/record/saved/{reference}", saved),
    Route("/record/amended/{reference}", amended),
    Route("/records/{reference}", show_record),
    Route("/records/{reference}/amend", amend),
    Route("/search", search),
]
