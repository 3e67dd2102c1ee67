"""The documents of the API, as JSON:API 1.1 has them: what is returned is made from these, and so is its
description."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

JSON_API = "application/vnd.api+json"


class Part(BaseModel):
    """A part of a document that we make: frozen, and nothing in it but what is described."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True)


SubmissionId = Annotated[str | None, Field(description="The sender's own id, where one was found")]


class ErrorType(StrEnum):
    """Whose matter an error is."""

    BUSINESS = "business"  # of the request: the same again will be refused again
    SYSTEM = "system"  # of this service, for now: the same again later may be received


class ErrorLinks(Part):
    """Where more is said."""

    about: Annotated[str, Field(description="Where this kind of error is described")]


class ErrorSource(Part):
    """What of the request caused it."""

    pointer: Annotated[str | None, Field(description="A JSON Pointer into the body")] = None
    header: Annotated[str | None, Field(description="The name of a header")] = None


class ErrorMeta(Part):
    """What JSON:API has no place of its own for."""

    error_type: ErrorType
    submission_id: SubmissionId = None


class ErrorObject(Part):
    """One thing wrong. It never repeats the request."""

    id: Annotated[str, Field(description="Of this request; the log has it too")]
    status: Annotated[str, Field(pattern="^[45][0-9]{2}$")]
    code: str
    title: str
    detail: str
    source: ErrorSource | None = None
    links: ErrorLinks
    meta: ErrorMeta


class ErrorDocument(Part):
    """Why a request was refused."""

    errors: Annotated[tuple[ErrorObject, ...], Field(min_length=1)]


class ReportAttributes(Part):
    """How a report stands as the request ends."""

    new: Annotated[bool, Field(description="False: the same submission was received before")]
    state: str


class ReportResource(Part):
    """A report that is on disk. `id` is our reference."""

    type: Literal["report"] = "report"
    id: Annotated[str, Field(description="Our reference for the report")]
    attributes: ReportAttributes


class ReceiptMeta(Part):
    """What JSON:API has no place of its own for."""

    submission_id: SubmissionId = None
    files_not_received: Annotated[
        int, Field(ge=0, description="Files over a limit: a note on the report says so in their place")
    ] = 0


class JsonApi(Part):
    """The version of JSON:API."""

    version: Literal["1.1"] = "1.1"


class ReceiptDocument(Part):
    """What was received, and is on disk."""

    jsonapi: JsonApi = JsonApi()
    data: ReportResource
    included: Annotated[
        tuple[ReportResource, ...] | None, Field(description="Further reports in the same submission")
    ] = None
    meta: ReceiptMeta


class Check(StrEnum):
    """How a part of the service stands."""

    OK = "ok"
    FAILED = "failed"


class Checks(Part):
    """What has to work for a report to be received."""

    database: Check
    disk: Check
    reader: Check


class Liveness(Part):
    """The service runs."""

    status: Literal["live"] = "live"


class Readiness(Part):
    """Whether a report would be received now."""

    status: Literal["ready", "not ready"]
    checks: Checks


class IncidentResource(BaseModel):
    """The incident of a submission in the Standard Data Model, as far as it decides whether the body is one."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": True})
    type: Annotated[str, Field(min_length=1, examples=["incident"])]


class IncidentDocument(BaseModel):
    """A submission in the Standard Data Model, full or skeleton: a JSON:API document. What is in it is read, and
    accounted for, once it is on disk."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": True})
    data: IncidentResource


class SohReport(BaseModel):
    """A report in the JSON that the Single Online Home makes of its form: one object, a key for each part."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": True})


def as_json(document: Part) -> dict[str, Any]:
    """A document as it is sent. `submissionId` is always there; what else is not known is left out."""
    found = document.model_dump(mode="json", exclude_none=True, by_alias=True)
    metas = [found, *found.get("errors", ())]
    for meta in (each["meta"] for each in metas if "meta" in each):
        meta.setdefault("submissionId", None)
    return found
