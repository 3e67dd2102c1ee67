"""What arrived, and what we understood of it. Frozen values; `rpa.reading` and `rpa.forms` make them."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

REFERENCE_LENGTH = 15  # of our own references, in characters


class ProblemKind(StrEnum):
    """What is wrong. The first three stop a report. With the others it is keyed, and the operator sees the
    problem."""

    UNREADABLE = "unreadable"  # the bytes are not a report at all
    INVALID = "invalid"  # the form's rules show that it is impossible, such as the 31st of February
    CHANGED = "changed"  # an unknown form or version, or an unknown option that decides what else is meant
    UNANSWERED = "unanswered"  # a question that needs an answer has none
    UNFIT = "unfit"  # an answer of another type, format or length than its question asks for
    UNLISTED = "unlisted"  # an option that its list does not have, and that decides nothing else
    AMENDED = "amended"  # the same submission came again with other content: a person compares the two
    MESSAGE = "message"  # the message that it came in has something that is not with the report
    DIFFERS = "differs"  # another copy of the report, such as its PDF, has another answer


NOT_KEYED = frozenset({ProblemKind.INVALID, ProblemKind.CHANGED, ProblemKind.UNFIT, ProblemKind.UNLISTED})
"""An answer with a problem of these kinds is keyed into no control: the narrative carries it as written."""


class MessageKind(StrEnum):
    """What a message to the person who reported says."""

    RECEIVED = "received"  # the report has arrived
    RECORDED = "recorded"  # it is in the target, under the target's reference
    NEEDS_MORE = "needs_more"  # something is needed before it can be recorded
    NOT_RECORDED = "not_recorded"  # a person decided that it is not recorded


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
class Change:
    """One answer that a person corrects: its JSON Pointer, and what it is to say; None removes it. `before`: what
    stood there when it was corrected, as JSON text; empty where that is not known."""

    pointer: str
    value: str | int | float | bool | list[str] | None = field(repr=False)
    before: str = field(default="", repr=False)


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
    """The bytes that arrived, never altered. `source` says by which channel (e.g. "folder"), `name` under which
    name.

    `media`: files that the person attached. `copies`: the same report in other forms, such as its PDF beside the
    JSON: the content decides, and a copy is compared with it. `messages`: the emails that all of it arrived in:
    one, unless they were parts of one.
    """

    content: bytes = field(repr=False)
    source: str
    name: str
    media: tuple[Media, ...] = ()
    copies: tuple[Media, ...] = ()
    messages: tuple[Media, ...] = ()

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
    reference: str = ""  # our own; derived from the identity unless given

    def __post_init__(self) -> None:
        if not self.reference:
            object.__setattr__(self, "reference", reference_of(self.identity))

    @cached_property
    def unfit(self) -> frozenset[str]:
        """The pointers of answers that are keyed into no control: those with a problem, or below a part that has
        one."""
        places = {each.pointer for each in self.problems if each.pointer and each.kind in NOT_KEYED}
        return frozenset(
            answer.pointer
            for answer in self.answers
            if places and places.intersection(_upwards(answer.pointer))
        )


def reference_of(identity: str, number: int = 0) -> str:
    """Our reference for a submission, keyed into the target as the source reference.

    Derived from the identity alone, so that the same submission always has the same reference, even in a rebuilt
    database (P2). 60 bits: two of 10 million reports share one with probability below 1 in 20,000. `number` says
    how many earlier references already belong to other submissions (docs/adr/0017).
    """
    text = f"{identity} {number}" if number else identity  # an identity has no space in it
    digest = b32encode(hashlib.sha256(text.encode(errors="surrogatepass")).digest()).decode()
    return f"CR-{digest}"[:REFERENCE_LENGTH]


def _upwards(pointer: str) -> Iterator[str]:
    """A JSON Pointer, and the pointers of the parts above it."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
