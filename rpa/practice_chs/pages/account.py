"""Signing in and out, and the home page."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rpa.practice_chs.sessions import Session, right_password
from rpa.practice_chs.site import COOKIE, SESSION_ENDED, posted_form, redirect, render, signed_in, site_of

WRONG = "The user name or password is not right"


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


async def sign_in(request: Request) -> Response:
    """Check name and password; open a session."""
    form = await request.form(max_files=0, max_fields=10)
    user = str(form.get("ctl00_usr", "")).strip()
    onward = str(form.get("next", ""))
    if not right_password(user, str(form.get("ctl00_pwd", ""))):
        return render("sign-in.html", None, notice="", error=WRONG, user=user, next=onward)
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
