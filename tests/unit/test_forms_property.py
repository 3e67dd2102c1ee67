"""What is true of every valid crime report, whatever the answers and however they arrive."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpa.forms import understand
from rpa.report import ProblemKind, Submission
from tests.strategies import arrivals, reports
from tests.worlds import all_forms

ANY_SIZE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
SUBMISSION = Submission(b"{}", "folder", "drawn.json")
forms = all_forms()


def leaves_of(value: Any, pointer: str = "") -> dict[str, Any]:
    """Every leaf of a document by its JSON Pointer."""
    if isinstance(value, dict):
        inner = [(key.replace("~", "~0").replace("/", "~1"), one) for key, one in value.items()]
    elif isinstance(value, list):
        inner = [(str(position), one) for position, one in enumerate(value)]
    else:
        return {pointer: value}
    return {place: leaf for key, one in inner for place, leaf in leaves_of(one, f"{pointer}/{key}").items()}


@settings(max_examples=25, deadline=None, suppress_health_check=ANY_SIZE)
@given(arrivals())
def test_a_valid_report_is_understood_as_it_was_meant(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """However it arrives, a valid report has no problem, and its normalised data are what the public meant."""
    meant, arrived = pair
    report = understand(arrived, forms, submission=SUBMISSION)
    assert report.problems == ()
    assert report.data == meant


@settings(max_examples=25, deadline=None, suppress_health_check=ANY_SIZE)
@given(arrivals())
def test_every_leaf_is_an_answer_exactly_once(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The answers are the leaves of the report that are not blank: each once, with its value, and no others."""
    meant, arrived = pair
    answers = understand(arrived, forms, submission=SUBMISSION).answers
    assert len({answer.pointer for answer in answers}) == len(answers)
    assert {answer.pointer: answer.value for answer in answers} == leaves_of(meant)
    assert all(answer.question and answer.text for answer in answers)


@settings(max_examples=15, deadline=None, suppress_health_check=ANY_SIZE)
@given(reports())
def test_understanding_twice_changes_nothing(arrived: dict[str, Any]) -> None:
    """Normalised data are their own normal form: nothing is noted and nothing changes the second time."""
    first = understand(arrived, forms, submission=SUBMISSION)
    again = understand(json.loads(json.dumps(first.data)), forms, submission=SUBMISSION)
    assert (again.data, again.notes, again.answers) == (first.data, (), first.answers)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_no_document_is_too_strange(document: Any) -> None:
    """Any JSON document becomes a report with a problem or without one, never a crash."""
    report = understand(document, forms, submission=SUBMISSION)
    assert report.identity
    if not isinstance(document, dict):
        assert [problem.kind for problem in report.problems] == [ProblemKind.UNREADABLE]


@settings(max_examples=25, deadline=None, suppress_health_check=ANY_SIZE)
@given(reports(), st.data())
def test_wrong_types_anywhere_are_reported_not_fatal(arrived: dict[str, Any], data: st.DataObject) -> None:
    """With any part of a report replaced by anything, nothing crashes and no other answer is lost."""
    key = data.draw(st.sampled_from(sorted(arrived)))
    arrived[key] = data.draw(JSON)
    report = understand(arrived, forms, submission=SUBMISSION)
    assert {answer.pointer: answer.value for answer in report.answers} == leaves_of(report.data)
