"""The API as OpenAPI 3.1 describes it, made from the documents that it returns and the settings that are in
force."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from orchestrator.settings import ApiSettings
from orchestrator.web.api.bodies import MEGABYTE
from orchestrator.web.api.documents import (
    JSON_API,
    ErrorDocument,
    IncidentDocument,
    Liveness,
    Readiness,
    ReceiptDocument,
    SohReport,
)
from orchestrator.web.api.refusals import KINDS, Code

_REFERENCE = "#/components/schemas/{model}"
_OF_RECEIVING = (
    Code.NOT_JSON,
    Code.NOT_IDENTIFIED,
    Code.TOO_SLOW,
    Code.TOO_LARGE,
    Code.UNSUPPORTED_TYPE,
    Code.TOO_MANY_REQUESTS,
    Code.UNEXPECTED,
    Code.BUSY,
)  # one of each status
_ABOUT = (
    "Receives crime reports. A response of 201 says that the submission is on disk, and its report in the "
    "database. The same submission again is the same report and gets 201 too, with the same reference: a "
    "sender that is not sure sends again. Each error says whether it is a business error (the same again is "
    "refused again) or a system error (send the same again later)."
)


def document(settings: ApiSettings, report_bytes: int, parts_bytes: int) -> dict[str, Any]:
    """The description that /openapi.json returns."""
    returned = (ErrorDocument, ReceiptDocument, Liveness, Readiness)
    taken = (IncidentDocument, SohReport)
    models = [*((each, "serialization") for each in returned), *((each, "validation") for each in taken)]
    _, schemas = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Standard API for crime reports",
            "version": version("crime-report-rpa"),
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/incidents": {"post": _incidents(report_bytes)},
            "/reports": {"post": _reports(report_bytes, parts_bytes)},
            "/health/live": {"get": _health("live", "Whether the service runs", Liveness)},
            "/health/ready": {"get": _health("ready", "Whether a report would be received now", Readiness)},
            "/openapi.json": {"get": _described()},
        },
        "components": {"schemas": schemas["$defs"], "securitySchemes": _schemes(settings)},
        "security": [{name: [] for name in _schemes(settings)}],
        "x-errors": {
            code: {
                "status": str(kind.status),
                "errorType": kind.type,
                "title": kind.title,
                "detail": kind.detail,
            }
            for code, kind in KINDS.items()
        },
    }


def _incidents(most: int) -> dict[str, Any]:
    schema = {"schema": _of(IncidentDocument)}
    return {
        "operationId": "receiveIncident",
        "summary": "Receive a submission in the Standard Data Model",
        "description": f"Full or skeleton. At most {most // MEGABYTE} MB.",
        "requestBody": {"required": True, "content": {JSON_API: schema, "application/json": schema}},
        "responses": _receiving(),
    }


def _reports(most: int, most_parts: int) -> dict[str, Any]:
    parts = {
        "type": "object",
        "required": ["report"],
        "properties": {"report": _of(SohReport)},
        "additionalProperties": {"type": "string", "format": "binary"},
    }
    encoding = {"report": {"contentType": "application/json"}}
    return {
        "operationId": "receiveReport",
        "summary": "Receive a report in the JSON of the Single Online Home",
        "description": (
            f"Alone, at most {most // MEGABYTE} MB; or as the part `report` of a form whose other parts "
            f"are files, at most {most_parts // MEGABYTE} MB. A note on the report is in the place of a file "
            "over a limit."
        ),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _of(SohReport)},
                "multipart/form-data": {"schema": parts, "encoding": encoding},
            },
        },
        "responses": _receiving(),
    }


def _receiving() -> dict[str, Any]:
    """The responses to a submission."""
    received = "On disk and in the database, now or since the same submission came before"
    responses = {"201": _response(received, _of(ReceiptDocument))}
    for code in _OF_RECEIVING:
        kind = KINDS[code]
        said = sorted({each.title for each in KINDS.values() if each.status == kind.status})
        found = _response(f"{kind.type.capitalize()} error: {', '.join(said)}", _of(ErrorDocument))
        if kind.type == "system":
            wait = {"description": "Seconds until another try", "schema": {"type": "string"}}
            found["headers"] = {"Retry-After": wait}
        responses[str(kind.status)] = found
    return responses


def _health(name: str, summary: str, model: type) -> dict[str, Any]:
    content = {"application/json": {"schema": _of(model)}}
    responses = {"200": {"description": summary, "content": content}}
    if name == "ready":
        responses["503"] = {"description": "It would not be received", "content": content}
    return {"operationId": name, "summary": summary, "security": [], "responses": responses}


def _described() -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    responses = {"200": {"description": "This description", "content": content}}
    return {"operationId": "describe", "summary": "This description", "security": [], "responses": responses}


def _schemes(settings: ApiSettings) -> Mapping[str, Any]:
    """What a client identifies itself with, all of it together."""
    header = {"type": "apiKey", "in": "header"}
    certificate = {"mutualTls": {"type": "mutualTLS"}} if settings.client_ca else {}
    return {
        "clientId": {**header, "name": settings.id_header},
        "clientSecret": {**header, "name": settings.secret_header},
        **certificate,
    }


def _response(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON_API: {"schema": schema}}}


def _of(model: type) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model.__name__)}
