"""Every error of the API: what it is called, whose matter it is, and what the sender is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from starlette.responses import JSONResponse

from orchestrator.web.api.documents import (
    JSON_API,
    ErrorDocument,
    ErrorLinks,
    ErrorMeta,
    ErrorObject,
    ErrorSource,
    ErrorType,
    as_json,
)

RETRY_SECONDS = 30  # until the same request may be received
ABOUT = "/openapi.json#/x-errors/"


class Code(StrEnum):
    """The codes of errors: other programs rely on them."""

    NOT_JSON = "not_json"
    NOT_JSON_API = "not_json_api"
    NOT_A_REPORT = "not_a_report"
    NOT_MULTIPART = "not_multipart"
    WRONG_PARTS = "wrong_parts"
    NOT_IDENTIFIED = "not_identified"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNEXPECTED = "unexpected"
    BUSY = "busy"
    DATABASE_AWAY = "database_away"
    DISK_REFUSES = "disk_refuses"
    READER_AWAY = "reader_away"
    CANNOT_STORE = "cannot_store"


@dataclass(frozen=True, slots=True)
class Kind:
    """What all errors of a code have in common."""

    status: int
    type: ErrorType
    title: str
    detail: str


_BUSINESS, _SYSTEM = ErrorType.BUSINESS, ErrorType.SYSTEM
_LATER = "Nothing is lost: send the same again later."
KINDS: Mapping[Code, Kind] = MappingProxyType(
    {
        Code.NOT_JSON: Kind(400, _BUSINESS, "Not JSON", "The body is not JSON, and was not kept."),
        Code.NOT_JSON_API: Kind(
            400,
            _BUSINESS,
            "Not JSON:API",
            "The body is not a JSON:API document with a resource in `data`, and was not kept. Raw JSON of "
            "the Single Online Home goes to /reports.",
        ),
        Code.NOT_A_REPORT: Kind(
            400, _BUSINESS, "Not a report", "The body is not a JSON object, and was not kept."
        ),
        Code.NOT_MULTIPART: Kind(
            400,
            _BUSINESS,
            "Not multipart",
            "The parts of the body cannot be told apart, or it was cut off. It was not kept.",
        ),
        Code.WRONG_PARTS: Kind(
            400,
            _BUSINESS,
            "Wrong parts",
            "The body needs one part named `report`, and has none or several. It was not kept.",
        ),
        Code.NOT_IDENTIFIED: Kind(
            401, _BUSINESS, "Not identified", "The client is not known by these headers and this certificate."
        ),
        Code.NOT_FOUND: Kind(404, _BUSINESS, "Not found", "There is nothing at this address."),
        Code.NOT_ALLOWED: Kind(
            405, _BUSINESS, "Method not allowed", "This address has other methods: see the header Allow."
        ),
        Code.TOO_SLOW: Kind(408, _SYSTEM, "Too slow", f"The body did not arrive in time. {_LATER}"),
        Code.TOO_LARGE: Kind(
            413, _BUSINESS, "Too large", "The body is larger than is received, and was not kept."
        ),
        Code.UNSUPPORTED_TYPE: Kind(
            415, _BUSINESS, "Unsupported type", "This address does not take this type or encoding of body."
        ),
        Code.TOO_MANY_REQUESTS: Kind(
            429, _SYSTEM, "Too many requests", f"There were too many requests. {_LATER}"
        ),
        Code.UNEXPECTED: Kind(500, _SYSTEM, "Unexpected error", f"Something went wrong here. {_LATER}"),
        Code.BUSY: Kind(503, _SYSTEM, "Busy", f"Too much is being received at once. {_LATER}"),
        Code.DATABASE_AWAY: Kind(503, _SYSTEM, "Database away", f"The database cannot be used now. {_LATER}"),
        Code.DISK_REFUSES: Kind(503, _SYSTEM, "Disk refuses", f"The disk takes nothing now. {_LATER}"),
        Code.READER_AWAY: Kind(503, _SYSTEM, "Reader away", f"Reports cannot be read now. {_LATER}"),
        Code.CANNOT_STORE: Kind(503, _SYSTEM, "Cannot store", f"The report could not be stored. {_LATER}"),
    }
)
"""Code -> what its errors have in common."""


class Refused(Exception):  # noqa: N818 - says what became of a request
    """A request is refused. It becomes the response: `detail` in place of the kind's, `pointer` or `header` for
    its source, `wait` seconds before another try, `headers` as they are."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        pointer: str | None = None,
        header: str | None = None,
        submission_id: str | None = None,
        wait: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code, self.kind, self.detail = code, KINDS[code], detail or KINDS[code].detail
        self.pointer, self.header, self.submission_id = pointer, header, submission_id
        self.wait, self.headers = wait, headers or {}
        super().__init__(code)


def response(refused: Refused, request_id: str) -> JSONResponse:
    """What the sender gets."""
    kind, headers = refused.kind, dict(refused.headers)
    if kind.type is ErrorType.SYSTEM:
        headers["Retry-After"] = str(ceil(RETRY_SECONDS if refused.wait is None else refused.wait))
    if refused.code is Code.NOT_IDENTIFIED:
        headers["WWW-Authenticate"] = 'Client realm="reports"'
    has_source = refused.pointer is not None or refused.header is not None
    error = ErrorObject(
        id=request_id,
        status=str(kind.status),
        code=refused.code,
        title=f"{kind.type.capitalize()} error: {kind.title}",
        detail=refused.detail,
        source=ErrorSource(pointer=refused.pointer, header=refused.header) if has_source else None,
        links=ErrorLinks(about=f"{ABOUT}{refused.code}"),
        meta=ErrorMeta(error_type=kind.type, submission_id=refused.submission_id),
    )
    return JSONResponse(as_json(ErrorDocument(errors=(error,))), kind.status, headers, media_type=JSON_API)
