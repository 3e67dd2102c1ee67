"""What arrived, and what we understood of it. Frozen values; `rpa.intake` and `rpa.forms` make them."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

REFERENCE_LENGTH = 15  # of our own references, in characters


class ProblemKind(StrEnum):
    """Who can mend it: the public's answer is wrong, or our definition of the form is behind."""

    UNREADABLE = "unreadable"  # the bytes are not a report at all
    INVALID = "invalid"  # an answer breaks a rule of the form: a person corrects it
    CHANGED = "changed"  # the form has moved on (unknown form, version or option): an administrator looks


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a report: JSON Pointer (empty for the whole), the question as the public saw it,
    and one plain sentence that never repeats the answer."""

    kind: ProblemKind
    pointer: str
    question: str
    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """One change normalising made. `rule` is a short code, e.g. `boolean-from-text`; `before` and `after` are
    JSON text of the answer (personal data: stored with the report, never logged)."""

    rule: str
    pointer: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One leaf of a report. `pointer` is its JSON Pointer in the normalised data; `question` the schema's
    title (for an unknown question: its key in words); `section` the titles of the objects above it, outermost
    first; `value` the normalised JSON scalar; `text` the value as a person reads it (a code's display text,
    Yes/No for booleans, dates as "1 February 1980")."""

    pointer: str
    section: tuple[str, ...]
    question: str
    value: str | int | float | bool
    text: str
    known: bool = True  # False: the form definition does not know this question


@dataclass(frozen=True, slots=True)
class Media:
    """A file the person attached: `name` as the report refers to it, and its bytes."""

    name: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Submission:
    """The bytes that arrived, never altered. `source` says by which way (e.g. "folder"), `name` under which
    name."""

    content: bytes = field(repr=False)
    source: str
    name: str
    media: tuple[Media, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the original bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Report:
    """One submission, understood. `data` is the normalised document (envelope at the top level), which
    expressions are evaluated against; `answers` are its leaves in the form's own order."""

    identity: str  # submissionId where there is one, else the sha256 of the bytes
    submission_id: str | None
    form: str | None  # the form's folder name, e.g. "ocr"; None when no form recognises it
    form_version: int | None
    form_title: str
    submitted_at: datetime | None
    minutes_to_key: int  # from submission to due; the smallest of the form's limit and its risk rules
    data: Mapping[str, object] = field(repr=False)
    answers: tuple[Answer, ...] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = field(default=(), repr=False)

    @cached_property
    def reference(self) -> str:
        """Our reference, keyed into the target as the source reference.

        Derived from the identity alone, so that the same submission has the same reference for ever, even on
        a rebuilt database (P2). 60 bits: two of 10 million reports share one with probability below 1 in 20,000.
        """
        digest = b32encode(hashlib.sha256(self.identity.encode()).digest()).decode()
        return f"CR-{digest}"[:REFERENCE_LENGTH]
