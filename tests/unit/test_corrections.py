"""Corrections: what a person changes lies over the report, meets the form's rules, and is noted."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from referencing import Registry

from rpa.forms import CORRECTED, WrongCorrection, corrected, in_full, understand
from rpa.forms.corrections import MOST_CHANGES, MOST_CHARACTERS
from rpa.forms.schema import compile_schema
from rpa.reading import read
from rpa.report import Change, ProblemKind, Report, Submission
from tests.strategies import reports
from tests.worlds import all_forms, document

ANY_SIZE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
NAME = "08-bank-card.json"
SUBMISSION = Submission(json.dumps(document(NAME)).encode(), "folder", NAME)


def before(content: Any = None) -> Report:
    """The report that arrived."""
    return read(SUBMISSION if content is None else written(content), all_forms())


def written(content: Any) -> Submission:
    """A document as it would arrive."""
    return Submission(json.dumps(content).encode(), "folder", NAME)


def after(*changes: Change, report: Report | None = None) -> Report:
    """The same, corrected."""
    return corrected(report or before(), changes, all_forms(), SUBMISSION)


def said(report: Report) -> dict[str, Any]:
    """What each answer says, by its pointer."""
    return {answer.pointer: answer.value for answer in report.answers}


def an_answer(report: Report) -> str:
    """The pointer of a plain text that the form knows."""
    return next(
        each.pointer
        for each in report.answers
        if each.known and isinstance(each.value, str) and "surname" in each.pointer.lower()
    )


@settings(max_examples=15, deadline=None, suppress_health_check=ANY_SIZE)
@given(reports())
def test_no_change_leaves_the_report_as_it_is(arrived: dict[str, Any]) -> None:
    """Without a change, a correction returns the same report, whatever it says; and the bytes stay."""
    submission = written(arrived)
    content = bytes(submission.content)
    assert read(submission, all_forms(), [(), ()]) == read(submission, all_forms())
    assert submission.content == content


@settings(max_examples=15, deadline=None, suppress_health_check=ANY_SIZE)
@given(reports(), st.data())
def test_an_answer_removed_and_set_again_is_as_it_was(arrived: dict[str, Any], data: st.DataObject) -> None:
    """Of any valid report: a correction changes that answer only, and its opposite undoes it; the report that was
    corrected is not touched."""
    first = understand(arrived, all_forms(), submission=written(arrived))
    kept = json.dumps(first.data)
    leaves = [each for each in first.answers if "/" not in each.pointer[1:] and each.known]
    chosen = data.draw(st.sampled_from(leaves))
    if chosen.question == "" or chosen.pointer in ("/category", "/submissionId", "/formVersion"):
        return
    gone = corrected(first, [Change(chosen.pointer, None)], all_forms(), written(arrived))
    back = corrected(gone, [Change(chosen.pointer, chosen.value)], all_forms(), written(arrived))
    assert said(gone) == {place: value for place, value in said(first).items() if place != chosen.pointer}
    assert back.data == first.data
    assert (back.identity, back.reference) == (first.identity, first.reference)
    assert json.dumps(first.data) == kept


def test_a_corrected_answer_is_noted() -> None:
    """The note says which answer, what it said and what it says now; nothing else of the report changes."""
    report = before()
    place = an_answer(report)
    result = after(Change(place, "Corrected"))
    (note,) = (each for each in result.notes if each.rule == CORRECTED)
    assert note.pointer == place
    assert (json.loads(note.before), json.loads(note.after)) == (said(report)[place], "Corrected")
    assert said(result) == {**said(report), place: "Corrected"}


def test_a_corrected_answer_meets_the_rules_of_the_form() -> None:
    """It is normalised as if it had arrived, and validated: what cannot be so stops the report."""
    place = an_answer(before())
    assert said(after(Change(place, "  Spaced  ")))[place] == "Spaced"
    moment = next(each.pointer for each in before().answers if each.pointer.endswith("dateOfBirth"))
    wrong = after(Change(moment, "2026-02-31"))
    assert moment in {problem.pointer for problem in wrong.problems}
    assert after(Change(moment, "1980-02-01"), report=wrong).problems == before().problems


def test_what_nobody_answered_is_added_with_the_parts_above_it() -> None:
    """A question that the form knows can be answered, though its part is not there."""
    report = before({"category": "OCR", "formVersion": "1"})
    place = an_answer(before())
    assert said(after(Change(place, "Added"), report=report))[place] == "Added"


def test_a_correction_costs_no_more_than_reading_again() -> None:
    """A document with many keys, a hundred of them answered twice, is corrected in the time that it takes to
    read it a few times: each key is looked at once."""
    twice = "".join(f', "twice{number}": 1, "twice{number}": 2' for number in range(100))
    others = "".join(f', "other{number}": 1' for number in range(4_500))
    content = f"{json.dumps(document(NAME))[:-1]}{twice}{others}}}".encode()
    submission, forms = Submission(content, "folder", NAME), all_forms()
    began = time.process_time()
    arrived = read(submission, forms)
    once = time.process_time() - began
    settled = read(submission, forms, [[Change("/twice0 (2)", None)]])
    assert time.process_time() - began < 6 * once
    assert len(arrived.problems) == 100
    assert len(settled.problems) == 99


def test_an_answer_given_twice_is_settled_by_a_correction() -> None:
    """A document that answers one key twice goes on once a person has removed the second answer."""
    text = json.dumps({"category": "OCR"})[:-1] + ', "note": "a", "note": "b"}'
    submission = Submission(text.encode(), "folder", NAME)
    arrived = read(submission, all_forms())
    second = next(each.pointer for each in arrived.answers if each.pointer.endswith("(2)"))
    told = {problem.message for problem in arrived.problems}
    settled = read(submission, all_forms(), [[Change(second, None)]])
    (gone,) = told - {problem.message for problem in settled.problems}
    assert "two different answers to note" in gone
    assert told - {gone} == {problem.message for problem in settled.problems}


def test_removing_several_items_of_a_list() -> None:
    """Pointers mean the report before the correction: no item moves before its turn."""
    report = before({"category": "OCR", "more": [{"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "4"}]})
    result = after(Change("/more/0", None), Change("/more/2", None), report=report)
    assert result.data["more"] == [{"a": "2"}, {"a": "4"}]


def test_revisions_follow_each_other() -> None:
    """Each revision means the report that the one before left, and all their notes are kept."""
    place = an_answer(before())
    report = read(SUBMISSION, all_forms(), [[Change(place, "One")], [Change(place, "Two")]])
    assert said(report)[place] == "Two"
    assert [note.after for note in report.notes if note.rule == CORRECTED] == ['"One"', '"Two"']


def test_a_revision_that_does_not_fit_any_more_stops_the_report() -> None:
    """A place that the form has lost since is a problem, the rest of the revision holds, and a later correction of
    the same place settles it."""
    place = an_answer(before())
    revision = [Change("/gone/question", "x"), Change(place, "Kept")]
    report = read(SUBMISSION, all_forms(), [revision])
    assert said(report)[place] == "Kept"
    lost = [each for each in report.problems if each.pointer == "/gone/question"]
    assert [(each.kind, "Revision 1" in each.message) for each in lost] == [(ProblemKind.INVALID, True)]


FOUR = {"category": "OCR", "more": [{"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "4"}]}


@pytest.mark.parametrize("kept", [True, False])
def test_what_still_fits_of_a_revision_is_made_at_once(*, kept: bool) -> None:
    """Where one change does not fit any more, the others mean the places that they meant: none lands on another
    item. So it is with a revision of earlier software, which does not say what stood there before."""
    made = [Change("/more/0", None), Change("/more/2", None)]
    if kept:
        made = in_full(before(FOUR), made, all_forms())
    report = read(written(FOUR), all_forms(), [[*made, Change("/gone/question", "x")]])
    assert report.data["more"] == [{"a": "2"}, {"a": "4"}]
    assert [each.pointer for each in report.problems if "Revision 1" in each.message] == ["/gone/question"]


def test_a_change_is_made_only_to_the_answer_that_it_was_made_to() -> None:
    """What says something else than when it was corrected is left as it is, and a person corrects it again."""
    made = in_full(before(FOUR), [Change("/more/1/a", "x"), Change("/more/3/a", "y")], all_forms())
    assert [each.before for each in made] == ['"2"', '"4"']
    moved = {**FOUR, "more": [{"a": "0"}, {"a": "1"}, {"a": "2"}, {"a": "4"}]}
    report = read(written(moved), all_forms(), [made])
    assert report.data["more"] == [{"a": "0"}, {"a": "1"}, {"a": "2"}, {"a": "y"}]
    lost = [each for each in report.problems if each.pointer == "/more/1/a"]
    assert [(each.kind, "Revision 1" in each.message) for each in lost] == [(ProblemKind.INVALID, True)]


def test_what_was_not_there_is_added_only_where_nothing_is() -> None:
    """A change that added an answer does not replace one that is there now."""
    place = an_answer(before())
    made = in_full(before({"category": "OCR", "formVersion": "1"}), [Change(place, "Added")], all_forms())
    assert [each.before for each in made] == ["null"]
    report = read(SUBMISSION, all_forms(), [made])
    assert said(report)[place] == said(before())[place]
    assert place in {each.pointer for each in report.problems}


def test_a_correction_that_the_report_says_already_is_done() -> None:
    """Where the form now reads what arrived as it was corrected, nothing is left to do and nothing stops."""
    place = an_answer(before())
    report = read(SUBMISSION, all_forms(), [[Change(place, said(before())[place], '"Otherwise"')]])
    assert (report.data, report.problems) == (before().data, before().problems)


ONE_OF_EACH = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "number": {"type": "number"},
        "flag": {"type": "boolean"},
        "several": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.mark.parametrize(
    ("place", "typed", "kept"),
    [
        *(("/text", typed, typed) for typed in ("1E5", "true", "null", "007", '"quoted"', "[1]")),
        *(("/several/0", typed, typed) for typed in ("1E5", "007")),
        ("/number", "1E5", 100000.0),
        ("/number", "£450", "£450"),
        ("/flag", "true", True),
        ("/flag", "null", "null"),
        ("/several", '["1E5", "007"]', ["1E5", "007"]),
        ("/several", "[" * 100_000, "[" * 100_000),
        ("/unknown", "007", "007"),
        ("/text", 5, 5),
    ],
)
def test_the_question_decides_how_a_typed_value_is_read(place: str, typed: Any, kept: Any) -> None:
    """A text is kept as it was typed where the form asks for text; where it asks for something else, it is
    JSON."""
    form = all_forms()["ocr"]
    node = compile_schema(ONE_OF_EACH, Registry().resolver())
    version = replace(form.versions[1], node=node)
    forms = {"ocr": replace(form, versions={1: version})}
    (change,) = in_full(replace(before(), form_version=1), [Change(place, typed)], forms)
    assert (change.value, type(change.value)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([Change("/no/such", "x")], "/no/such: neither the report nor its form has this"),
        ([Change("/no", None)], "/no: neither the report nor its form has this"),
        ([Change("surname", "x")], "surname: this is not the JSON Pointer"),
        ([Change("/" + "a" * 501, "x")], "longer than 500 characters"),
        ([Change("/personReporting", "x")], "/personReporting: this is a part and not an answer"),
        ([Change("/category", ["a", "b"])], "/category: this question takes one answer"),
        ([Change("/category", " ")], "/category: this is blank. Remove the answer instead"),
        ([Change("/category", "OCR")], "/category: this is what it says already"),
        ([Change("/category", "\ud800")], "/category: this cannot be kept"),
        ([Change("/category", float("nan"))], "/category: this cannot be kept"),
        ([Change("/category", "x" * (MOST_CHARACTERS + 1))], "/category: this is too long"),
        ([Change("/category", "x"), Change("/category", None)], "/category: it is changed twice"),
        ([Change("/category/below", "x")], "/category/below: an answer stands where a part is meant"),
        ([Change(f"/{number}", "x") for number in range(MOST_CHANGES + 1)], "101 changes are too many"),
    ],
)
def test_a_correction_that_does_not_fit(changes: list[Change], told: str) -> None:
    """It is refused whole; the message names the place and the remedy, and never an answer (P8)."""
    with pytest.raises(WrongCorrection) as refused:
        after(*changes)
    assert told in str(refused.value)
    assert "x" * 20 not in str(refused.value)


def test_an_item_far_beyond_the_end_of_a_list() -> None:
    """An item is added at the end only."""
    report = before({"category": "OCR", "more": [{"a": "1"}]})
    with pytest.raises(WrongCorrection, match="neither the report nor its form"):
        after(Change("/more/7/a", "x"), report=report)
