"""Whether the person who reported may be written to, and where. In doubt nobody is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jmespath.exceptions import JMESPathError

from rpa.addresses import is_persons_address
from rpa.forms.copies import is_from_document
from rpa.forms.form_file import Contact, Expression, Ground
from rpa.forms.labels.report import ON_EVERY_PAGE, is_of_reading
from rpa.report import ProblemKind, Report


def refusal(contact: Contact, report: Report) -> str | None:
    """Why nothing may be sent to the person who made this report, in words that repeat no answer; None where it
    may."""
    return next(_refusals(contact, report), None)


def address(contact: Contact, report: Report) -> str | None:
    """The email address they gave, as they gave it; None where they gave none."""
    found = (answer.value for answer in report.answers if answer.pointer == contact.email)
    value = next(found, None)
    return value if isinstance(value, str) else None


def _refusals(contact: Contact, report: Report) -> Iterator[str]:
    if any(each.kind is ProblemKind.AMENDED for each in report.problems):
        yield "The submission came more than once, with other content"
    if any(each.kind in (ProblemKind.DIFFERS, ProblemKind.MESSAGE) for each in report.problems):
        yield "Another copy of the report, or the message that it came in, says more than the report"
    for ground in contact.sensitive if not contact.acknowledge_sensitive else ():
        if _may_hold(ground, report):
            yield ground.why
    for ground in contact.unsafe:
        if _may_hold(ground, report):
            yield ground.why
    if not _holds(contact.wanted, report):
        yield "They did not ask to be contacted by email"
    yield from _doubts(contact, report)
    given = address(contact, report)
    if given is None:
        yield "They gave no email address"
    elif not is_persons_address(given):
        yield "What they gave is not one plain email address"


def _doubts(contact: Contact, report: Report) -> Iterator[str]:
    parts = [contact.email[:end] for end, sign in enumerate(contact.email) if sign == "/"]
    about = {"", *parts, contact.email} - {""}
    if any(each.pointer in about for each in report.problems):
        yield "There is a problem with their address, or with the part of the report that it is in"
    if contact.words and _some_word(contact.words).search("\n".join(each.text for each in report.answers)):
        yield "An answer has a word that makes it doubtful whether writing is safe"
    unknown = (each.pointer.casefold() for each in report.answers if not each.known)
    if any(word.casefold() in pointer for pointer in unknown for word in contact.unknown):
        yield "A question that the form does not know may be about contact"
    if is_from_document(report):
        yield from _doubts_of_reading(report)


def _doubts_of_reading(report: Report) -> Iterator[str]:
    """What was not certainly read in a document may be why writing is not safe, in whatever words or language."""
    if any(not each.known and each.pointer != f"/{ON_EVERY_PAGE}" for each in report.answers):
        yield "It was read from a document, and not all of that is under a question of the form"
    if any(is_of_reading(each) for each in report.problems):
        yield "It was read from a document, and it is not certain that all of it was read rightly"


def _some_word(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of these at the beginning of a word."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})", re.IGNORECASE)


def _may_hold(ground: Ground, report: Report) -> bool:
    """Whether a ground holds, or cannot be told to: where an answer is not of the shape that it expects."""
    try:
        return bool(ground.when.search(report.data))
    except JMESPathError:
        return True


def _holds(expression: Expression, report: Report) -> bool:
    """Whether an expression certainly holds."""
    try:
        return bool(expression.search(report.data))
    except JMESPathError:
        return False
