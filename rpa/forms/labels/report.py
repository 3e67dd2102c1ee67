"""A document that people read -> the report that it is the print of, by the titles of a form's questions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jmespath.exceptions import JMESPathError

from rpa.documents.size import MOST_PARTS, Unreadable
from rpa.documents.written import Block, Field, Written
from rpa.forms.copies import READ_FROM, is_same
from rpa.forms.labels.answers import Shaped, shape
from rpa.forms.labels.doubts import TWICE, UNCERTAIN
from rpa.forms.labels.index import Index, index_of, title_key
from rpa.forms.labels.lines import inline_label, path_of, pieces_of
from rpa.forms.labels.matching import REPEATED, Matched, Matcher
from rpa.forms.loading import Form, Version
from rpa.forms.understanding import understand
from rpa.report import Note, Problem, ProblemKind, Report, Submission

BY_MACHINE = "read-by-machine"
"""The rule of the note of an answer that was recognised in a picture."""
AS_READ = "The document as it was read"
ON_EVERY_PAGE = "At the head or foot of the pages"

_BY_MACHINE = (
    "A machine read this in a picture of the document, and may be wrong. Compare it with the original."
)
_FEWEST = 3  # questions of a form whose title or code the document has
_FEWEST_WITHOUT = 8  # and of one whose it does not have
_IN_ORDER = 0.7  # of those questions, in the form's order
_BEGINNING = 40  # parts of a document among which its title stands
_LONGEST_TITLE = 200
_MOST_LINES = 3000  # that are looked at to find out which forms it may be
_MOST_FORMS = 5  # that are tried


@dataclass(frozen=True)
class _Reading:
    """One form as a document reads by it."""

    form: Form
    version: Version
    index: Index
    matched: Matched
    named: bool  # the document has the form's title or code


def understand_written(
    written: Written, forms: Mapping[str, Form], *, submission: Submission, file: str
) -> Report | None:
    """The report that a written document is the print of; None if no form is recognised with certainty: by
    its title or code and a few of its questions in order, or by many of them.

    Each answer has a note of the rule `READ_FROM`. What is not certain is in the report as a question that
    the form does not know, under the label it has in the document; what has no label is its `OTHER_TEXT`.
    `file`: the document's name. Raises `Unreadable` for more parts than anything that a person prints has.
    """
    _check(written)
    found = _recognise(written, forms)
    return None if found is None else _report(found, written, forms, submission, file, {})


def is_of_reading(problem: Problem) -> bool:
    """Whether a problem says how a document was read, and not what its answers are."""
    return problem.question == AS_READ or problem.message in (TWICE, REPEATED, UNCERTAIN)


def understand_skeleton(
    written: Written, forms: Mapping[str, Form], *, submission: Submission, envelope: Mapping[str, Any]
) -> Report | None:
    """The report in the plain text of a skeleton. `envelope`: what travels with it (id, time, category, ...),
    by the keys of the form; it decides over what the text says of the same. Where no form is recognised by
    the text, the one whose code is the category is taken, and what it does not know is kept. None if there is
    no such form."""
    _check(written)
    found = _recognise(written, forms, str(envelope.get("category", "")))
    return (
        None if found is None else _report(found, written, forms, submission, "submissionContent", envelope)
    )


def _check(written: Written) -> None:
    if len(written.parts) > MOST_PARTS:
        raise Unreadable(f"The document has more than {MOST_PARTS:,} parts. Open it to read it.")


# ---- which form it is


def _recognise(written: Written, forms: Mapping[str, Form], code: str = "") -> _Reading | None:
    """The only form that fits. With a code, the form that has it, if the text does not fit better to another."""
    texts = set(_texts(written))
    coded = [form for form in forms.values() if code and form.code.casefold() == code.casefold()]
    if coded:
        return _best(coded[0], written, texts)
    found = [_best(form, written, texts) for form in _candidates(written, forms, texts)]
    fitting = [each for each in found if each and _fits(each)]
    if not fitting:
        return None
    best = max(fitting, key=lambda each: (each.named, each.matched.known))
    rivals = [each for each in fitting if each is not best and each.named == best.named]
    return best if all(2 * each.matched.known <= best.matched.known for each in rivals) else None


def _texts(written: Written) -> Iterator[str]:
    """The beginnings of lines and what labels say, as titles are compared."""
    for part in written.parts:
        if isinstance(part, Field):
            yield title_key(part.label)
        else:
            yield from (title_key(line[:_LONGEST_TITLE]) for line in part.text.split("\n")[:_MOST_LINES])


def _candidates(written: Written, forms: Mapping[str, Form], texts: set[str]) -> Sequence[Form]:
    """The few forms whose questions the document has most of, and first those that it names."""
    some = sorted(texts)[:_MOST_LINES] if len(texts) > _MOST_LINES else texts
    hits = {name: _hits(form, some) for name, form in forms.items()}
    named = {name: _is_named(form, written, texts) for name, form in forms.items()}
    likely = sorted(forms, key=lambda name: (named[name], hits[name]), reverse=True)
    return [forms[name] for name in likely[:_MOST_FORMS] if named[name] or hits[name] >= _FEWEST]


def _hits(form: Form, texts: Iterable[str]) -> int:
    """How many of a document's lines begin as questions of a form do: quickly, for any number of forms."""
    index = index_of(form.versions[max(form.versions)])
    return sum(
        text in index.questions or bool(path_of(text, index)) or bool(inline_label(text, index))
        for text in texts
    )


def _best(form: Form, written: Written, texts: set[str]) -> _Reading | None:
    """The form in the version that knows most of the document's questions; of equal ones the latest."""
    best: _Reading | None = None
    named = _is_named(form, written, texts)
    for number in sorted(form.versions, reverse=True):
        version = form.versions[number]
        index = index_of(version)
        matched = Matcher(index).read(pieces_of(written, index))
        if best is None or matched.known > best.matched.known:
            best = _Reading(form, version, index, matched, named)
    return best


def _is_named(form: Form, written: Written, texts: set[str]) -> bool:
    """Whether the document has the form's title at its beginning, or its code as the category."""
    title, code = title_key(form.title), form.code.casefold()
    first = [part for part in written.parts[:_BEGINNING] if isinstance(part, Block)]
    lines = [title_key(line[:_LONGEST_TITLE]) for block in first for line in block.text.split("\n")[:20]]
    lines += [title_key(line[:_LONGEST_TITLE]) for line in written.running]
    if any(line == title or line.startswith((f"{title} ", f"{title}:")) for line in lines):
        return True
    if any(isinstance(part, Field) and part.value.strip().casefold() == code for part in written.parts):
        return True
    return code in texts or any(text.endswith(f": {code}") for text in texts)


def _fits(reading: _Reading) -> bool:
    known, in_order = reading.matched.known, reading.matched.in_order
    fewest = _FEWEST if reading.named else _FEWEST_WITHOUT
    return (
        known >= fewest and in_order >= _IN_ORDER * known and (reading.named or reading.matched.headings > 1)
    )


# ---- the report


def _report(
    found: _Reading,
    written: Written,
    forms: Mapping[str, Form],
    submission: Submission,
    file: str,
    envelope: Mapping[str, Any],
) -> Report:
    shaped = shape(found.matched, found.form, found.version.node)
    data = _with_envelope(shaped, envelope)
    if written.running:
        data[ON_EVERY_PAGE] = "\n".join(written.running)
    chosen = _version(found, data)
    report = understand(data, forms, submission=submission, given=(found.form.name, chosen.number))
    problems = list(shaped.problems)
    problems += [Problem(ProblemKind.UNFIT, "", AS_READ, note) for note in written.notes]
    if written.machine_read:
        problems.insert(0, Problem(ProblemKind.UNFIT, "", AS_READ, _BY_MACHINE))
    return replace(
        report,
        problems=tuple(dict.fromkeys((*problems, *report.problems))),
        notes=(*_notes(shaped, report, written, file), *report.notes),
    )


def _with_envelope(shaped: Shaped, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """The data with what travels with it, which decides; what the text says otherwise is kept beside it."""
    given = {key: value for key, value in envelope.items() if value not in (None, "", [], {})}
    data = dict(shaped.data)
    for key, value in given.items():
        said, reading = data.pop(key, None), shaped.sources.pop(f"/{key}", None)
        if reading is not None and not is_same(value, said):
            data[f"{reading.title} (as the text says)"] = said
    return {**given, **data}


def _version(found: _Reading, data: Mapping[str, Any]) -> Version:
    """The version that the document names, if its questions are all the same to the one that was found."""
    for version in found.form.versions.values():
        try:
            named = data.get("formVersion") is not None and version.recognise.search(data)
        except JMESPathError:
            named = False
        if named and version.number != found.version.number:
            return version
    return found.version


def _notes(shaped: Shaped, report: Report, written: Written, file: str) -> Iterator[Note]:
    for pointer, reading in shaped.sources.items():
        source = {"file": file, "page": reading.page, "label": reading.title}
        value = json.dumps(_at(report.data, pointer), ensure_ascii=False, default=str)
        yield Note(READ_FROM, pointer, json.dumps(source, ensure_ascii=False), value)
        if written.machine_read:
            yield Note(BY_MACHINE, pointer, json.dumps(reading.value, ensure_ascii=False), value)


def _at(data: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return None
    return data
