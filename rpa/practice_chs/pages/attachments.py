"""Uploading a file to a draft, as the attachments screen's script does it."""

from __future__ import annotations

from pathlib import PurePath

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rpa.practice_chs.pages.journey import posted_draft
from rpa.practice_chs.screens import Grid, GridStyle
from rpa.practice_chs.sessions import Session
from rpa.practice_chs.site import Site, posted_form, signed_in_data, site_of

BYTES_AT_MOST = 20 * 1024 * 1024
NAME_AT_MOST = 150


def _refusal(words: str, status: int = 400) -> Response:
    return JSONResponse({"error": words}, status_code=status)


def _grid(site: Site) -> Grid:
    grids = [grid for screen in site.screens for grid in screen.grids]
    return next(grid for grid in grids if grid.style is GridStyle.ATTACHMENTS)


def _file_name(upload: UploadFile) -> str:
    """The last part of the name, whichever way its folders were written."""
    return PurePath((upload.filename or "").replace("\\", "/")).name[-NAME_AT_MOST:]


@signed_in_data
async def attach(request: Request, session: Session) -> Response:
    """Keep the file and add its row to the draft; the row is answered as a list of cells."""
    site = site_of(request)
    form = await posted_form(request, session)
    draft, grid = posted_draft(session, form), _grid(site)
    by_label = {column.label: column for column in grid.columns}
    upload, description = form.get("file"), str(form.get("description", "")).strip()
    rows = draft.rows.setdefault(grid.name, [])
    if not isinstance(upload, UploadFile) or not _file_name(upload):
        return _refusal("File must be given")
    if len(description) > (by_label["Description"].limit or 0):
        return _refusal(f"Description must be {by_label['Description'].limit} characters or fewer")
    if len(rows) >= grid.limit:
        return _refusal(f"{grid.label} can have at most {grid.limit} rows")
    content = await upload.read()
    if len(content) > BYTES_AT_MOST:
        return _refusal("File must be 20 MB or smaller", 413)
    digest = await run_in_threadpool(site.ledger.keep_file, content)
    cells = {
        "File name": _file_name(upload),
        "Description": description,
        "Size": f"{len(content)} bytes",
        "SHA-256": digest,
    }
    rows.append({by_label[label].name: cell for label, cell in cells.items()})
    return JSONResponse({"row": [cells[column.label] for column in grid.columns]})


ROUTES = [Route("/record/attachments/file", attach, methods=["POST"])]
