"""What every page shares: the stores, the templates, who is signed in, and what a posted form must contain."""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from .faults import Faults
from .forms import lookup_code
from .layout import Variant, laid_out
from .ledger import Ledger
from .rules import Row, Value, offered, shown
from .screens import HERE, Option, Screen, amendment_screens
from .sessions import Draft, Session, Sessions

COOKIE = "CHSSESSION"
FIELDS_AT_MOST = 5000
SESSION_ENDED = "Your session has ended. Sign in again."


@dataclass(frozen=True, slots=True)
class SavedTemplate:
    """A draft kept to start other records from."""

    values: Mapping[str, Value]
    rows: Mapping[str, list[Row]]


@dataclass(slots=True)
class Site:
    """The stores of one running practice CHS."""

    ledger: Ledger
    sessions: Sessions = field(default_factory=Sessions)
    faults: Faults = field(default_factory=Faults)
    every_screen: tuple[Screen, ...] = field(default_factory=lambda: laid_out(Variant.STANDARD))
    layout: tuple[Variant, str | None] = (Variant.STANDARD, None)
    templates: dict[str, list[SavedTemplate]] = field(default_factory=dict)

    def lay_out(self, variant: Variant, only: str | None) -> None:
        """Show a layout variant from the next page on."""
        self.every_screen = laid_out(variant, only)
        self.layout = (variant, only)

    @property
    def screens(self) -> tuple[Screen, ...]:
        """The screens of a new record, in order."""
        return self.every_screen[: -len(amendment_screens())]

    def screens_of(self, draft: Draft) -> tuple[Screen, ...]:
        """The screens of a draft, in order: an amendment has all but the review, and its own."""
        if not draft.amends:
            return self.screens
        return self.screens[:-1] + self.every_screen[-len(amendment_screens()) :]

    def screen(self, slug: str) -> Screen | None:
        """The screen at an address."""
        return next((screen for screen in self.every_screen if screen.slug == slug), None)


def site_of(request: Request) -> Site:
    """The site a request came to."""
    site: Site = request.app.state.site
    return site


def _code(options: tuple[Option, ...], text: str) -> str:
    return next((option.code for option in options if option.text == text), "")


@functools.cache
def _option_lines(options: tuple[Option, ...]) -> tuple[tuple[str, Markup, Markup], ...]:
    # Made once: the long lists would else be most of the time a page takes.
    line = Markup('<option value="{}"{}>{}</option>')
    chosen = Markup(" selected")
    return tuple(
        (o.text, line.format(o.code, "", o.text), line.format(o.code, chosen, o.text)) for o in options
    )


def _option_list(options: tuple[Option, ...], value: Value) -> Markup:
    """The options of a list as markup, with the one whose text is the value selected."""
    lines = (chosen if text == value else plain for text, plain, chosen in _option_lines(options))
    return Markup("\n".join(lines))  # noqa: S704  each line is markup already


def _asset(name: str) -> str:
    # The digest in the address lets a browser keep a static file for a day and still see a new one at once.
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(HERE / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        asset=functools.cache(_asset),
        code=_code,
        lookup_code=lookup_code,
        offered=offered,
        option_list=_option_list,
        shown=shown,
    )
    return environment


def render(template: str, session: Session | None, *, status: int = 200, **context: Any) -> Response:
    """A page; what is personal is never kept by a browser or a proxy."""
    html = _environment().get_template(template).render(session=session, **context)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


def redirect(path: str) -> Response:
    """See other: the response to every successful post."""
    return RedirectResponse(path, status_code=303)


def session_of(request: Request) -> Session | None:
    """The live session a request belongs to."""
    return site_of(request).sessions.find(request.cookies.get(COOKIE, ""))


def to_sign_in(request: Request) -> Response:
    """Where a request without a session goes; a page inside the journey is not a place to come back to."""
    path = request.url.path
    back = "/home" if path.startswith("/record/") or request.method != "GET" else path
    return redirect("/sign-in?" + urlencode({"next": back}))


Handler = Callable[[Request, Session], Awaitable[Response]]


def signed_in(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A page for people signed in: others are sent to sign in."""

    @functools.wraps(handler)
    async def page(request: Request) -> Response:
        session = session_of(request)
        return await handler(request, session) if session else to_sign_in(request)

    return page


def signed_in_data(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Data that a page's script fetches: without a session, 401."""

    @functools.wraps(handler)
    async def data(request: Request) -> Response:
        session = session_of(request)
        if session is None:
            return JSONResponse({"error": SESSION_ENDED}, status_code=401)
        return await handler(request, session)

    return data


def check_token(session: Session, token: object) -> None:
    """Refuse a post that one of this session's own pages did not make.

    Raises:
        HTTPException: 403.

    """
    if not isinstance(token, str) or not hmac.compare_digest(token.encode(), session.form_token.encode()):
        raise HTTPException(403, "This form did not come from your session")


async def posted_form(request: Request, session: Session) -> FormData:
    """The form of a post, its token checked.

    Raises:
        HTTPException: 400 for what is no form, 403 for a wrong token.

    """
    form = await request.form(max_files=1, max_fields=FIELDS_AT_MOST)
    check_token(session, form.get("__CHSTOKEN"))
    return form
