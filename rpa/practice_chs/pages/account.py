"""Signing in and out, and the home page."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rpa.practice_chs.faults import FaultName
from rpa.practice_chs.sessions import ACCOUNTS, Session, right_password
from rpa.practice_chs.site import (
    COOKIE,
    SESSION_ENDED,
    Site,
    posted_form,
    redirect,
    render,
    signed_in,
    site_of,
)

WRONG = "The user name or password is not right"
LOCKED = "This account is locked after three wrong passwords. Ask an administrator."


def _safe_next(path: str) -> str:
    """A path of this site to go on to; anything else is the home page."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if inside else "/home"


async def sign_in_page(request: Request) -> Response:
    """The sign-in form."""
    ended = SESSION_ENDED if "next" in request.query_params else ""
    return render(
        "sign-in.html", None, notice=ended, error="", user="", next=request.query_params.get("next", "")
    )


def _refusal(site: Site, user: str, password: str) -> str:
    """Why this name and password do not open a session; empty when they do."""
    sessions = site.sessions
    if sessions.is_locked(user):
        return LOCKED
    if right_password(user, password):
        return ""
    # An account that does not exist is never counted, so that names sent at random take no memory.
    locks = user in ACCOUNTS and site.faults.pending(FaultName.LOCK, user) is not None
    if not locks or not sessions.count_wrong(user):
        return WRONG
    site.faults.fire(FaultName.LOCK, user)
    return LOCKED


async def sign_in(request: Request) -> Response:
    """Check name and password; open a session."""
    form = await request.form(max_files=0, max_fields=10)
    user = str(form.get("ctl00_usr", "")).strip()
    onward = str(form.get("next", ""))
    refused = _refusal(site_of(request), user, str(form.get("ctl00_pwd", "")))
    if refused:
        return render("sign-in.html", None, notice="", error=refused, user=user, next=onward)
    sessions = site_of(request).sessions
    sessions.close(request.cookies.get(COOKIE, ""))
    response = redirect(_safe_next(onward))
    response.set_cookie(COOKIE, sessions.open(user).key, httponly=True, samesite="lax")
    return response


@signed_in
async def sign_out(request: Request, session: Session) -> Response:
    """End the session."""
    await posted_form(request, session)
    site_of(request).sessions.close(session.key)
    response = redirect("/sign-in")
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


@signed_in
async def home(request: Request, session: Session) -> Response:
    """Where work starts: a new record, search, what the account saved last."""
    site = site_of(request)
    records = await run_in_threadpool(site.ledger.recent, session.account)
    return render(
        "home.html",
        session,
        records=records,
        templates=site.templates.get(session.account, []),
        notice=session.take_notice(),
    )


async def start(_: Request) -> Response:
    """The bare address."""
    return redirect("/home")


ROUTES = [
    Route("/", start),
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/home", home),
]
