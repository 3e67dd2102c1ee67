"""Any document of the Standard Data Model: nothing in it is lost, whatever its types and relationships."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpa.documents.json_document import Document, parse
from rpa.forms import understand
from rpa.forms.sdm.conversion import Converted, from_sdm, is_sdm
from rpa.report import Report, Submission
from tests.worlds import all_forms

_TYPES_WORDS = """
    person victim vehicle property mobile bicycle bankCard location telephone email submission
    channelShift evidence media weapon business stolenFromLocation comms socialMedia passport attachment
    spaceship Person
"""
_REASONS_WORDS = """
    personReporting victim witness knownSuspect unknownSuspect stolen damaged stolenFrom
    incidentLocation currentAddress permanentAddress guardian nextOfKin personalEmail personalTelephone
    submission channelShift attachments incidentEvidence media weaponUsed personalSocialMedia
    ownershipOf inVehicle friend 0
"""
_NAMES_WORDS = """
    givenName firstName surname title titleOther gender middleName dateOfBirth under18 emailAddress
    telephoneNumber telephoneNumberFull vehicleVRM vehicleMake propertyCategory propertyDescription
    propertyUniqueNumber propertyUniqueNumberType eyeColourLeft eyeColourRight approximateAgeFrom
    approximateAgeTo incidentStartDateTime incidentEndDateTime howInvolvedInCrime incidentInvolvement
    suspectKnown weaponType socialMediaTag socialMediaType mediaUpload ethnicitySelfDefined
    distinguishingFeature distinguishingFeatureType personReporting stolenItem incidentDetails suspect
    category submissionId submissionContent street a/b 0 type attachmentContent attachmentName witness
"""
_TYPES = st.sampled_from([*_TYPES_WORDS.split()])
_REASONS = st.sampled_from([*_REASONS_WORDS.split(), "victim is", ""])
_NAMES = st.sampled_from([*_NAMES_WORDS.split(), "", "Weapon Details"])
_LEAVES = st.sampled_from(["text", "number"])
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=5,
)
_ATTRIBUTES = st.dictionaries(_NAMES, _VALUES, max_size=6)
_IDS = st.sampled_from([str(number) for number in range(8)])
_RELATED = st.lists(st.fixed_dictionaries({"id": _IDS, "type": _TYPES}), min_size=1, max_size=3)
_RELATIONSHIPS = st.dictionaries(_REASONS, st.fixed_dictionaries({"data": _RELATED}) | _VALUES, max_size=6)
_ENTITY = st.fixed_dictionaries(
    {"type": _TYPES, "id": _IDS},
    optional={"attributes": _ATTRIBUTES, "relationships": _RELATIONSHIPS, "meta": _VALUES},
)
_DOCUMENTS = st.fixed_dictionaries(
    {
        "data": st.fixed_dictionaries(
            {
                "type": st.just("incident"),
                "id": _IDS,
                "attributes": _ATTRIBUTES,
                "relationships": _RELATIONSHIPS,
            }
        ),
        "included": st.lists(_ENTITY, max_size=12),
    },
    optional={"meta": _VALUES, "jsonapi": _VALUES},
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_DOCUMENTS, st.booleans())
def test_every_value_is_accounted_for(document: dict[str, Any], of_our_form: bool) -> None:
    """Every value of a document is in an answer, in a file, or in what was noted of it."""
    _accounted(document, of_our_form)


def _accounted(document: dict[str, Any], of_our_form: bool) -> None:
    numbers = count(1_000_001)
    document = _told_apart(document, numbers)
    if of_our_form:
        document["data"]["attributes"]["category"] = "OCR"
    content = json.dumps(document).encode()
    document = parse(content).value
    assert is_sdm(document)
    converted = from_sdm(Document(document), all_forms())
    report = understand(
        converted.document.value, all_forms(), submission=Submission(content, "test", "test.json")
    )
    said = _said(converted, report).casefold()
    missing = [value for value in _leaves(document) if value.casefold() not in said]
    assert not missing
    assert len(report.answers) == len({answer.pointer for answer in report.answers})


def _told_apart(value: Any, numbers: Iterator[int]) -> Any:
    """The same document, with an answer of its own in each place."""
    if isinstance(value, dict):
        return {
            key: each
            if key in ("id", "type") and isinstance(each, str) and each not in ("text", "number")
            else _told_apart(each, numbers)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_told_apart(each, numbers) for each in value]
    return f"answer{next(numbers)}" if value == "text" else next(numbers) if value == "number" else value


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _leaves(each)
    elif value not in (None, ""):
        yield str(value)


def _said(converted: Converted, report: Report) -> str:
    answers = [f"{answer.value}\n{answer.text}" for answer in report.answers]
    notes = [note.before for note in (*converted.document.notes, *report.notes)]
    files = [media.content.decode(errors="replace") + media.name for media in converted.media]
    return "\n".join((*answers, *notes, *files))
