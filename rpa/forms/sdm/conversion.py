"""A document of the Standard Data Model -> the form's own document, which `understand` reads like any other.

Where an entity belongs is said by the form's table (`sdm.toml`). What no table has a place for is kept under its
own name, as a question that the form does not know: it ends in the narrative (P4).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rpa.documents.files import FileLimits
from rpa.documents.inline_files import NAME, InlineFiles
from rpa.documents.json_document import Document
from rpa.documents.sdm import Entity, Structure, is_sdm, structure
from rpa.documents.size import FILE_CONTENT, check_size
from rpa.forms.loading import Form
from rpa.forms.schema import UNKNOWN
from rpa.forms.sdm.draft import Draft
from rpa.forms.sdm.placing import Placing
from rpa.forms.sdm.table import Into, Place, SdmTable
from rpa.forms.understanding import recognises
from rpa.report import Media, Note, Problem, ProblemKind

__all__ = ["Converted", "Skeleton", "from_sdm", "is_sdm"]

_SUBMISSION = "submission"
_CONTENT = "submissionContent"
_BESIDE = frozenset((_SUBMISSION, "attachments", "toemailaddress", "bccemailaddress"))
"""Relationships to what every submission has, even one without an answer of its own."""

_NO_TABLE = SdmTable(place=(Place(type=(_SUBMISSION,), related=(_SUBMISSION,), into=(Into(),), open=True),))


@dataclass(frozen=True)
class Skeleton:
    """A submission whose answers are one plain text: what was sent with it, and the text."""

    envelope: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class Converted:
    """The form's own document, and what came with it.

    `document`: to be understood; its problems are settled by a correction. `problems`: others, which stop no
    report. `media`: the files that stood in it. `skeleton`: its text, where it has no answers of its own.
    """

    document: Document
    problems: tuple[Problem, ...] = ()
    media: tuple[Media, ...] = ()
    skeleton: Skeleton | None = None


def from_sdm(document: Document, forms: Mapping[str, Form], limits: FileLimits | None = None) -> Converted:
    """The form's own document in a document for which `is_sdm` holds.

    The form is the one that recognises what the submission says of itself, else the first whose own document it
    recognises. Raises `Unreadable` for a document that is larger than any report.
    """
    whole = structure(document.value)
    files, told, named, attributes = _without_files(whole, limits or FileLimits())
    draft, placing = _converted(whole, _form(whole, forms, attributes), attributes)
    twice = (*document.twice, *draft.twice)
    value = draft.data
    check_size(value)
    return Converted(
        Document(
            value, (*document.problems, *draft.conflicts), (*document.notes, *named, *placing.notes), twice
        ),
        (*told, *draft.problems),
        tuple(files.media),
        _skeleton(whole, value),
    )


def _form(
    whole: Structure, forms: Mapping[str, Form], attributes: Mapping[Entity, Mapping[str, Any]]
) -> Form | None:
    envelope = dict(whole.root.attributes)
    for entity in whole.entities:
        if entity.type.casefold() == _SUBMISSION:
            envelope |= entity.attributes
    named = next((form for form in forms.values() if recognises(envelope, form)), None)
    if named is not None:
        return named
    for form in forms.values():
        if form.sdm is not None and recognises(_converted(whole, form, attributes)[0].data, form):
            return form
    return None


def _converted(
    whole: Structure, form: Form | None, attributes: Mapping[Entity, Mapping[str, Any]]
) -> tuple[Draft, Placing]:
    table = (form.sdm if form else None) or _NO_TABLE
    latest = form.versions[max(form.versions)] if form else None
    moved = {form.envelope.under, *(key for each in form.moved for key in each.keys)} if form else set()
    draft = Draft(latest.node if latest else UNKNOWN, form.decides if form else (), frozenset(moved))
    lists = latest.lists.values() if latest else ()
    placing = Placing(draft, table, whole, attributes, lists)
    placing.place_all()
    return draft, placing


def _without_files(
    whole: Structure, limits: FileLimits
) -> tuple[InlineFiles, list[Problem], list[Note], dict[Entity, Mapping[str, Any]]]:
    """The files in the document, what is wrong with them, what they are called, and each entity's attributes
    without them."""
    files, told, named = InlineFiles(limits), [], []
    attributes: dict[Entity, Mapping[str, Any]] = {}
    for entity in whole.entities:
        attributes[entity] = entity.attributes
        if isinstance(entity.attributes.get(FILE_CONTENT), str):
            name, wrong = files.take(entity.attributes)
            left = {key: value for key, value in entity.attributes.items() if key != FILE_CONTENT}
            attributes[entity] = left | {NAME: name}
            named.append(Note("file-name", "", json.dumps(left.get(NAME)), json.dumps(name)))
            if wrong:
                told.append(Problem(ProblemKind.UNFIT, "", "Attached files", _said(wrong)))
    return files, told, named, attributes


def _said(wrong: str) -> str:
    return f"A file in the report was not received as a file: {wrong}."


def _skeleton(whole: Structure, value: Mapping[str, Any]) -> Skeleton | None:
    """The text of a submission that has no other answers."""
    text = value.get(_CONTENT)
    if not isinstance(text, str) or not text.strip():
        return None
    beside = {
        relationship.key
        for entity in whole.entities
        for relationship in entity.relationships
        if relationship.reason.casefold() in _BESIDE
    }
    for entity in whole.entities:
        answers = any(each not in (None, "", [], {}) for each in entity.attributes.values())
        if answers and entity.key not in beside:
            return None
    envelope = {
        key: each for key, each in value.items() if key != _CONTENT and each not in (None, "", [], {})
    }
    return Skeleton(envelope, text)
