"""A web system made of other people's controls: a form for each library, what it posts, and a page of each record.

`python -m tests.targets.libraries.app FOLDER`: FOLDER holds node_modules and the bundles that set-up makes there.
It prints the one line `libraries ready on http://127.0.0.1:PORT`. What was received is told as it came, by
`GET /received/LIBRARY/REFERENCE`.
"""

from __future__ import annotations

import html
import itertools
import socket
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent
PAGES = {path.stem: path for path in sorted((HERE / "pages").glob("*.html"))}
COOKIE = "libraries"
FIELDS_AT_MOST = 200
LAYOUT = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body class="govuk-template__body">
<script>document.body.className += " js-enabled govuk-frontend-supported";</script>
{body}
</body></html>
"""
SIGN_IN = """<h1>Sign in</h1><form method="post" action="/sign-in">
<p><label for="u">User name</label> <input id="u" name="user"></p>
<p><label for="p">Password</label> <input id="p" name="password" type="password"></p>
<button>Sign in</button></form>"""

Fields = dict[str, list[str]]
"""What one post held: every value of every field, as it came."""


@dataclass
class Kept:
    """The records of each library's form, by reference."""

    records: dict[str, dict[str, Fields]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, library: str, fields: Fields) -> str:
        """Keep a record; its reference."""
        reference = f"LIB-{next(self.numbers):05}"
        self.records.setdefault(library, {})[reference] = fields
        return reference

    def of(self, library: str, source: str) -> dict[str, Fields]:
        """The records that carry a source reference."""
        records = self.records.get(library, {})
        return {name: each for name, each in records.items() if each.get("source_reference") == [source]}


KEPT = Kept()


def _page(title: str, body: str) -> Response:
    return HTMLResponse(
        LAYOUT.format(title=html.escape(title), body=body), headers={"Cache-Control": "no-store"}
    )


def _library(request: Request) -> str:
    library: str = request.path_params["library"]
    if library not in PAGES:
        raise HTTPException(404)
    return library


def _signed_in(request: Request) -> bool:
    return request.cookies.get(COOKIE) == "yes"


async def sign_in(request: Request) -> Response:
    """The sign-in page, and what it posts."""
    if request.method == "GET":
        return _page("Sign in", SIGN_IN)
    form = await request.form(max_files=0, max_fields=5)
    if form.get("password") != f"practice-{form.get('user')}":
        return _page("Sign in", "<p>Wrong name or password</p>" + SIGN_IN)
    response = RedirectResponse("/home", 303)
    response.set_cookie(COOKIE, "yes", httponly=True, samesite="lax")
    return response


async def home(request: Request) -> Response:
    """Every form."""
    links = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in PAGES)
    return _page("Forms", f"<h1>Forms</h1><ul>{links}</ul>") if _signed_in(request) else _to_sign_in()


def _to_sign_in() -> Response:
    return RedirectResponse("/sign-in", 303)


async def show_form(request: Request) -> Response:
    """A library's form."""
    library = _library(request)
    return (
        _page(library, PAGES[library].read_text(encoding="utf-8")) if _signed_in(request) else _to_sign_in()
    )


async def take_form(request: Request) -> Response:
    """Keep what a form posts, as a form or as JSON."""
    library = _library(request)
    if not _signed_in(request):
        return _to_sign_in()
    is_json = request.headers.get("content-type", "").startswith("application/json")
    reference = KEPT.add(library, await (_json_fields(request) if is_json else _form_fields(request)))
    if is_json:
        return JSONResponse({"reference": reference})
    return RedirectResponse(f"/{library}/saved/{reference}", 303)


async def _json_fields(request: Request) -> Fields:
    content = await request.json()
    return {name: _texts(value) for name, value in content.items() if value is not None}


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


async def _form_fields(request: Request) -> Fields:
    fields: Fields = {}
    async with request.form(max_files=5, max_fields=FIELDS_AT_MOST) as form:
        for name, value in form.multi_items():
            text = await _file(value) if isinstance(value, UploadFile) else value.replace("\r\n", "\n")
            fields.setdefault(name, []).append(text)
    return fields


async def _file(file: UploadFile) -> str:
    return f"{file.filename}: {(await file.read()).decode(errors='replace')}" if file.filename else ""


async def saved(request: Request) -> Response:
    """The page after save."""
    reference = html.escape(request.path_params["reference"])
    return _page("Report saved", f'<h1>Report saved</h1><p class="reference">{reference}</p>')


async def search(request: Request) -> Response:
    """The records of one source reference."""
    if not _signed_in(request):
        return _to_sign_in()
    library, source = _library(request), request.query_params.get("source", "")
    rows = "".join(
        f"<tr><td>{reference}</td><td>{html.escape(source)}</td></tr>"
        for reference in KEPT.of(library, source)
    )
    found = f'<table class="found"><tbody>{rows}</tbody></table>' if rows else "<p>No reports found.</p>"
    return _page("Search", f"<h1>Search</h1>{found}")


def told_of(library: str) -> dict[str, Any]:
    """What `received/<library>.toml` says: the fields behind each caption, and what is posted for each option."""
    with (HERE.parent / "received" / f"{library}.toml").open("rb") as file:
        return tomllib.load(file)


async def show_record(request: Request) -> Response:
    """A record as people see it."""
    library, reference = _library(request), request.path_params["reference"]
    fields = KEPT.records.get(library, {}).get(reference)
    if fields is None:
        raise HTTPException(404)
    told = told_of(library)
    seen = {
        caption: _texts_of(
            fields, names, told.get("options", {}).get(caption, {}), told.get("joined", {}).get(caption, "")
        )
        for caption, names in told["fields"].items()
        if " / " not in caption
    }
    for caption in told.get("files", []):  # a record names its files
        seen[caption] = [text.partition(": ")[0] for text in seen[caption]]
    lines = "".join(f"<dt>{html.escape(caption)}</dt>{_shown(texts)}" for caption, texts in seen.items())
    return _page(f"Report {reference}", f"<h1>Report {reference}</h1><dl>{lines}</dl>{_tables(told, fields)}")


def _texts_of(fields: Fields, names: str | list[str], options: Mapping[str, str], joined: str) -> list[str]:
    """What people see of a control: options by their captions, parts of a date together, all else as it came."""
    if isinstance(names, list):
        return ["/".join(text for name in names for text in fields.get(name, []))]
    posted = [text for each in fields.get(names, []) for text in (each.split(joined) if joined else [each])]
    captions = {code: caption for caption, code in options.items()}
    return [captions.get(text, text) for text in posted] or [captions.get("", "")]


def _tables(told: Mapping[str, Any], fields: Fields) -> str:
    """A table of one column for each caption such as `Marks seen / Mark`."""
    tables = ""
    for caption, name in told["fields"].items():
        grid, _, column = caption.partition(" / ")
        rows = "".join(
            f"<tr><td>{html.escape(text)}</td></tr>" for text in (fields.get(name, []) if column else ())
        )
        if rows:
            head = f"<caption>{grid}</caption><thead><tr><th>{column}</th></tr></thead>"
            tables += f"<table>{head}<tbody>{rows}</tbody></table>"
    return tables


def _shown(texts: list[str]) -> str:
    if len(texts) > 1:
        return f"<dd><ul>{''.join(f'<li>{html.escape(text)}</li>' for text in texts)}</ul></dd>"
    # What editors post is markup and is shown as such, as a record of theirs would.
    text = "".join(texts)
    is_markup = text.startswith("<")
    return f"<dd>{text}</dd>" if is_markup else f'<dd style="white-space: pre-wrap">{html.escape(text)}</dd>'


async def received(request: Request) -> Response:
    """What was received for a source reference: one object of fields for each record."""
    return JSONResponse(KEPT.of(_library(request), request.path_params["source"]))


def build_app(folder: Path) -> Starlette:
    """The whole system, with the libraries and bundles of `folder`."""
    return Starlette(
        routes=[
            Mount("/node_modules", StaticFiles(directory=folder / "node_modules")),
            Mount("/built", StaticFiles(directory=folder / "built")),
            Mount("/assets", StaticFiles(directory=folder / "node_modules/govuk-frontend/dist/govuk/assets")),
            Route("/sign-in", sign_in, methods=["GET", "POST"]),
            Route("/home", home),
            Route("/received/{library}/{source}", received),
            Route("/{library}", show_form, methods=["GET"]),
            Route("/{library}", take_form, methods=["POST"]),
            Route("/{library}/saved/{reference}", saved),
            Route("/{library}/search", search),
            Route("/{library}/reports/{reference}", show_record),
        ]
    )


def main() -> None:
    """Serve on a free port until told to stop."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            build_app(Path(sys.argv[1])), ws="none", log_level="warning", access_log=False
        )
        print(f"libraries ready on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
