"""The ticket desk's server: sessions, pages, an interface for its own scripts, and a ledger."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent
ACCOUNTS = {f"robot{number}@example.com": f"desk-{number}" for number in range(1, 5)}
COOKIE = "desk"
LIMITS = {
    "Subject": 60,
    "Where it happened": 80,
    "Requester name": 70,
    "External reference": 40,
    "Details": 500,
}
COMMENT_AT_MOST = 1000
REQUIRED = ("Subject", "Category", "Priority")

Endpoint = Callable[[Request], Awaitable[Response]]
Ticket = dict[str, Any]


@dataclass
class Desk:
    """What the desk knows: who is signed in, and every ticket in order."""

    sessions: set[str] = field(default_factory=set)
    tickets: list[Ticket] = field(default_factory=list)

    def open_ticket(self, given: Ticket) -> str:
        """Write a ticket; its reference."""
        reference = f"TKT-{len(self.tickets) + 41:05}"
        self.tickets.append({"reference": reference, **given})
        return reference


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )


def _page(template: str, **content: Any) -> Response:
    return HTMLResponse(_templates().get_template(template).render(**content))


def _signed_in(endpoint: Endpoint) -> Endpoint:
    """Pages send a stranger to sign in; the scripts' interface answers 401."""

    @functools.wraps(endpoint)
    async def answer(request: Request) -> Response:
        if request.cookies.get(COOKIE) in _desk(request).sessions:
            return await endpoint(request)
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": "sign in"}, status_code=401)
        return RedirectResponse("/login", status_code=303)

    return answer


async def login(_: Request) -> Response:
    """The page to sign in on, both steps of it."""
    return _page("login.html")


async def sign_in(request: Request) -> Response:
    """Step one names the account, step two proves it."""
    given = await request.json()
    if "passcode" not in given:
        return JSONResponse({"known": True})  # whoever asks: a stranger learns no account names
    if ACCOUNTS.get(given.get("email")) != given["passcode"]:
        return JSONResponse({"error": "That passcode is not right"}, status_code=403)
    session = secrets.token_urlsafe(16)
    _desk(request).sessions.add(session)
    answer = JSONResponse({"signed_in": True})
    answer.set_cookie(COOKIE, session, httponly=True, samesite="strict")
    return answer


@_signed_in
async def start(request: Request) -> Response:
    """The latest tickets."""
    return _page("start.html", tickets=_desk(request).tickets[-5:])


@_signed_in
async def new(request: Request) -> Response:
    """The form, beside the latest tickets."""
    return _page("new.html", tickets=_desk(request).tickets[-5:])


@_signed_in
async def categories(_: Request) -> Response:
    """What the form's list offers; the script asks once the page has loaded."""
    return JSONResponse(["Question", "Complaint", "Online crime report"])


@_signed_in
async def open_ticket(request: Request) -> Response:
    """Check a ticket and write it."""
    given: Ticket = await request.json()
    wrong = _problems(given)
    if wrong:
        return JSONResponse({"problems": wrong}, status_code=422)
    return JSONResponse({"reference": _desk(request).open_ticket(given)}, status_code=201)


def _problems(given: Ticket) -> list[str]:
    fields = given["fields"]
    wrong = [f"{name} is needed" for name in REQUIRED if not fields.get(name)]
    wrong += [f"{name} is too long" for name, most in LIMITS.items() if len(fields.get(name, "")) > most]
    wrong += ["A comment is too long" for each in given["comments"] if len(each["Comment"]) > COMMENT_AT_MOST]
    try:
        date.fromisoformat(fields.get("Date of incident") or "2000-01-01")
    except ValueError:
        wrong.append("Date of incident is not a date")
    return wrong


@_signed_in
async def search(_: Request) -> Response:
    """The page that searches by script."""
    return _page("search.html")


@_signed_in
async def found(request: Request) -> Response:
    """Tickets whose external reference is exactly the one asked for."""
    wanted = request.query_params.get("q", "")
    tickets = [one for one in _desk(request).tickets if one["fields"].get("External reference") == wanted]
    return JSONResponse(
        [
            {"reference": one["reference"], "subject": one["fields"]["Subject"], "external": wanted}
            for one in tickets
        ]
    )


@_signed_in
async def ticket(request: Request) -> Response:
    """One ticket."""
    wanted = request.path_params["reference"]
    for one in _desk(request).tickets:
        if one["reference"] == wanted:
            return _page("ticket.html", ticket=one, written=_written)
    return HTMLResponse("<h1>No such ticket</h1>", status_code=404)


def _written(name: str, value: Any) -> Any:
    """A value as the ticket's page shows it: dates in words, switches as on and off."""
    if name == "Date of incident":
        return date.fromisoformat(value).strftime("%d %b %Y")
    if isinstance(value, bool):
        return "On" if value else "Off"
    return value


async def ledger(request: Request) -> Response:
    """Every ticket as it was sent. For the tests; needs no sign-in."""
    return JSONResponse(_desk(request).tickets)


async def forget(request: Request) -> Response:
    """End every session. For the tests; needs no sign-in."""
    _desk(request).sessions.clear()
    return JSONResponse({})


def build_app() -> Starlette:
    """The ticket desk, empty."""
    app = Starlette(
        routes=[
            Route("/", start),
            Route("/login", login),
            Route("/tickets/new", new),
            Route("/tickets/{reference}", ticket),
            Route("/search", search),
            Route("/api/session", sign_in, methods=["POST"]),
            Route("/api/categories", categories),
            Route("/api/tickets", found, methods=["GET"]),
            Route("/api/tickets", open_ticket, methods=["POST"]),
            Route("/practice/ledger", ledger),
            Route("/practice/forget", forget, methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
    )
    app.state.desk = Desk()
    return app
