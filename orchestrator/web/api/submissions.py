"""What is sent, as far as it decides whether it is taken in, and its way to the action that every channel
calls."""

from __future__ import annotations

import errno
import json
import re
from typing import Any, NoReturn

import structlog
from pydantic import ValidationError

from orchestrator.actions import arrivals
from orchestrator.actions.permissions import Actor, Role
from orchestrator.app import App
from orchestrator.reading import Reader
from orchestrator.reading.host import HostGone
from orchestrator.store import DATABASE_ERRORS, KnownClient, Receipt
from orchestrator.web.api.documents import IncidentDocument
from orchestrator.web.api.refusals import Code, Refused
from rpa.errors import OperatingError
from rpa.report import Media, Submission

_log = structlog.get_logger(__name__)

SOURCE = "api"
MOST_CHECKED = 1024 * 1024
"""Bytes. A larger body is taken in if it begins as a JSON object does: to parse a stranger's megabytes is the
reader's work, in a process with limits, and comes once it is on disk."""

_OWN_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{")
_FULL = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EIO,
    errno.EFBIG,
    errno.ENOMEM,
    errno.EMFILE,
    errno.ENFILE,
}


def incident_id(content: bytes) -> str | None:
    """The sender's own id of a submission in the Standard Data Model, where it has one. Raises `Refused` for
    what is no JSON, or no JSON:API document with a resource."""
    document = _parsed(content)
    if document is None:
        return None
    try:
        IncidentDocument.model_validate(document)
    except ValidationError as error:
        place = error.errors(include_url=False, include_input=False)[0]["loc"]
        raise Refused(Code.NOT_JSON_API, pointer="".join(f"/{part}" for part in place)) from None
    included = document.get("included")
    resources = [document["data"], *(included if isinstance(included, list) else ())]
    attributes = [each.get("attributes") for each in resources if isinstance(each, dict)]
    return next(filter(None, map(_own_id, attributes)), None)


def soh_id(content: bytes) -> str | None:
    """The same of raw JSON of the Single Online Home. Raises `Refused` for what is no JSON object."""
    document = _parsed(content)
    return None if document is None else _own_id(document) or _own_id(document.get("submission"))


def _parsed(content: bytes) -> dict[str, Any] | None:
    """The JSON object in a body; None where it is too large to be looked into here."""
    if len(content) > MOST_CHECKED:
        if not _BEGINS.match(content):
            raise Refused(Code.NOT_JSON)
        return None
    try:  # a number is one whichever it is: `len` makes none of a stranger's
        document = json.loads(content, parse_int=len, parse_float=len, parse_constant=_no_json)
    except RecursionError:
        return None  # nested too deep for us: the reader says so, to a person
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise Refused(Code.NOT_JSON, f"The body is not JSON at {at}, and was not kept.") from None
    except ValueError:
        raise Refused(Code.NOT_JSON) from None
    if not isinstance(document, dict):
        raise Refused(Code.NOT_A_REPORT, pointer="")
    return document


def _no_json(_constant: str) -> NoReturn:
    raise ValueError("NaN and the infinities are not JSON")


def _own_id(found: Any) -> str | None:
    """A submission id that can be said again: plain characters, and few."""
    given = found.get("submissionId") if isinstance(found, dict) else None
    return given if isinstance(given, str) and _OWN_ID.fullmatch(given) else None


def receive(
    app: App,
    reader: Reader,
    client: KnownClient,
    kind: str,
    content: bytes,
    media: tuple[Media, ...],
    submission_id: str | None,
) -> tuple[Receipt, ...]:
    """Take in what a client sent: a receipt of each report in it. All of it is on disk when this returns.

    Raises `Refused` for what keeps us from it now. The sender has it still, and what is on disk already is
    received at the next start, or when it is sent again.
    """
    actor = Actor(f"{SOURCE}:{client.name}", Role.SYSTEM)
    submission = Submission(content, SOURCE, f"{kind}-{client.name}.json", media)
    try:
        return arrivals.receive(app.store, app.originals, reader, actor, submission)
    except Exception as error:
        code = refusal_of(error)
        if code is None:
            raise
        _log.error("a submission could not be received; its sender is told", reason=code, error=error)
        raise Refused(code, submission_id=submission_id) from error


def refusal_of(error: Exception) -> Code | None:
    """What keeps us from receiving anything now, by the error that says so; None for a mistake of ours."""
    if isinstance(error, DATABASE_ERRORS):
        return Code.DATABASE_AWAY
    if isinstance(error, HostGone):
        return Code.READER_AWAY
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _FULL):
        return Code.DISK_REFUSES if isinstance(error, OSError) else Code.BUSY
    return Code.CANNOT_STORE if isinstance(error, OperatingError | OSError) else None
