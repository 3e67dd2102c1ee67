"""Understand a document as a report of one of the forms, and say what a form asks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from jmespath.exceptions import JMESPathError

from rpa.forms.answers import answers
from rpa.forms.form_file import Expression
from rpa.forms.formats import parse_moment
from rpa.forms.loading import Form, Version
from rpa.forms.normalise import BLANK, Findings, normalise
from rpa.forms.rearrange import lift, move, part_time
from rpa.forms.schema import UNKNOWN_PART, Question, questions
from rpa.forms.validate import problems
from rpa.report import Problem, ProblemKind, Report, Submission

_MINUTES = 60  # for a report that no form recognises
# An id that can tell one submission from another: plain characters, and not one that means nothing ("N/A",
# zeros) or is the same for every submission ("1", "v1"). Otherwise different reports would become one.
_OWN_ID = re.compile(r"(?=.{8}|.*[1-9])(?=.*[^0-])[\x20-\x7e]{3,100}")
_UNTRUSTED = Problem(
    ProblemKind.UNFIT,
    "",
    "Submission id",
    "This cannot tell one submission from another, so it is not used. If the same submission comes again in other "
    "bytes, it becomes a report of its own.",
)


@lru_cache(maxsize=256)
def leaves(form: Form, version: int) -> Sequence[Question]:
    """Every question of a version of the form, once each, in the schema's order. Raises KeyError for a version
    that does not exist."""
    return tuple(questions(form.versions[version].node))


def understand(
    document: object,
    forms: Mapping[str, Form],
    *,
    submission: Submission,
    given: tuple[str, int] | None = None,
) -> Report:
    """The report that a JSON document makes with these forms. Never raises, whatever the document.

    `given`: the form's name and the version where they are known already, as of a printed report that its titles
    show to be one; a form that is not there is recognised as usual.

    1. Recognise the form and its version. 2. Move answers to where they belong. 3. Normalise.
    4. Validate. 5. Read the answers.
    """
    if not isinstance(document, Mapping):
        return unreadable(submission, "This is not a report: the document is not a JSON object.")
    form, version = _given(given, forms) or _recognise(document, forms)
    if form is None or version is None:
        return _unrecognised(document, forms, submission, form)
    findings = Findings()
    data = _normalised(document, form, version, findings)
    found = (*findings.problems, *problems(version.validator, version.node, data, form.decides))
    given = _search(form.envelope.submission_id, data)
    submission_id = _own_id(given)
    if submission_id is None and given is not None:
        found = (*found, _UNTRUSTED)
    return Report(
        identity=_identity(submission_id, submission),
        submission_id=submission_id,
        form=form.name,
        form_version=version.number,
        form_title=form.title,
        submitted_at=_submitted(form, data),
        minutes_to_key=_minutes(form, data),
        data=data,
        answers=tuple(answers(version.node, data)),
        problems=tuple(dict.fromkeys(found)),
        notes=tuple(findings.notes),
    )


def recognises(document: object, form: Form) -> bool:
    """Whether a document is one of a form's, whatever its version."""
    return bool(
        _search(form.recognise, _lifted(document, form)) or _search(form.recognise, _tidied(document, form))
    )


def unreadable(submission: Submission, message: str) -> Report:
    """The report of bytes that cannot be read: one problem, in one plain sentence."""
    return Report(
        identity=submission.sha256,
        submission_id=None,
        form=None,
        form_version=None,
        form_title="",
        submitted_at=None,
        minutes_to_key=_MINUTES,
        data={},
        answers=(),
        problems=(Problem(ProblemKind.UNREADABLE, "", "The whole report", message),),
    )


def _given(
    given: tuple[str, int] | None, forms: Mapping[str, Form]
) -> tuple[Form | None, Version | None] | None:
    form = forms.get(given[0]) if given else None
    version = form.versions.get(given[1]) if form and given else None
    return (form, version) if version else None


def is_recognised(document: Mapping[str, object], forms: Mapping[str, Form]) -> bool:
    """Whether a form and a version of it recognise the document by themselves."""
    return _recognise(document, forms)[1] is not None


def _recognise(document: Any, forms: Mapping[str, Form]) -> tuple[Form | None, Version | None]:
    """The form and version that recognise the document as it is, or else with its keys and values tidied.

    A form without a version: the form is known, but not this version of it.
    """
    found: Form | None = None
    for view in (_lifted, _tidied):
        for form in forms.values():
            seen = view(document, form)
            if _search(form.recognise, seen):
                found = found or form
                version = next((one for one in form.versions.values() if _search(one.recognise, seen)), None)
                if version is not None:
                    return form, version
    return found, None


def _lifted(document: Any, form: Form) -> Any:
    return lift(document, form.envelope.under, Findings())


def _tidied(document: Any, form: Form) -> Any:
    latest = form.versions[max(form.versions)]
    return normalise(latest.node, _lifted(document, form), Findings())


def _normalised(document: Any, form: Form, version: Version, findings: Findings) -> dict[str, Any]:
    data = lift(document, form.envelope.under, findings)
    for moved in form.moved:
        bare = version.node.step(moved.into).bare
        move(data, moved.keys, moved.places, (moved.into, bare), findings)
    settled = normalise(version.node, data, findings)
    data = {} if settled is BLANK else settled
    for timed in form.timed:
        part_time(data, timed.date.split("."), timed.time.split("."), findings)
    return data


def _unrecognised(
    document: Any, forms: Mapping[str, Form], submission: Submission, form: Form | None
) -> Report:
    """A report of an unknown form or version: every answer is kept, and an administrator looks at it."""
    findings = Findings()
    data = normalise(UNKNOWN_PART, document, findings)
    data = {} if data is BLANK else data
    envelopes = [form] if form else list(forms.values())
    lifted = [(one, lift(data, one.envelope.under, Findings())) for one in envelopes]
    given = (_own_id(_search(one.envelope.submission_id, top)) for one, top in lifted)
    submission_id = next(filter(None, given), None)
    moments = (_submitted(one, top) for one, top in lifted)
    message = (
        f"This is a version of {form.title} that we do not know."
        if form
        else "No form recognises this report."
    )
    return Report(
        identity=_identity(submission_id, submission),
        submission_id=submission_id,
        form=None,
        form_version=None,
        form_title=form.title if form else "",
        submitted_at=next(filter(None, moments), None),
        minutes_to_key=form.minutes_to_key if form else _MINUTES,
        data=data,
        answers=tuple(answers(UNKNOWN_PART, data)),
        problems=(Problem(ProblemKind.CHANGED, "", "The whole report", message),),
        notes=tuple(findings.notes),
    )


def _own_id(value: object) -> str | None:
    """A submission's own id, if it can tell one submission from another."""
    text = (
        " ".join(str(value).split()) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    )
    return text if _OWN_ID.fullmatch(text) else None


def _identity(submission_id: str | None, submission: Submission) -> str:
    """What makes two submissions the same: case does not matter in an id. It has no space: the store and
    `reference_of` use one to append a number."""
    return submission_id.lower().replace(" ", "%20") if submission_id else submission.sha256


def _submitted(form: Form, data: Any) -> datetime | None:
    value = _search(form.envelope.submitted_at, data)
    return parse_moment(value) if isinstance(value, str) else None


def _minutes(form: Form, data: Any) -> int:
    return min([form.minutes_to_key, *(rule.minutes for rule in form.due if _search(rule.when, data))])


def _search(expression: Expression, data: Any) -> Any:
    """What an expression finds; None if the document does not have the shape that it expects."""
    try:
        return expression.search(data)
    except JMESPathError:
        return None
