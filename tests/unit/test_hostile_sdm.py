"""A document of the Standard Data Model that was made to use up time or memory costs neither."""

from __future__ import annotations

import resource

import pytest

from rpa.documents.sdm import MOST_ENTITIES, MOST_RELATIONSHIPS, structure
from rpa.documents.size import Unreadable
from rpa.reading import read
from rpa.report import ProblemKind, Submission
from tests.hostile_sdm import HOSTILE, chain
from tests.worlds import all_forms

MOST_SECONDS = 1.0  # of processor time, which no other test can take


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_read_in_time(name: str) -> None:
    """Each becomes a report, readable or not, in less than a second."""
    content, forms = HOSTILE[name](), all_forms()
    before = _seconds()
    report = read(Submission(content, "folder", "x.json"), forms)
    assert _seconds() - before < MOST_SECONDS
    assert report.problems


def test_entities_and_relationships_are_counted() -> None:
    """More than any report has are not read, and a person sees the original."""
    entity = {"type": "person", "id": "1"}
    incident = {"type": "incident", "id": "0", "attributes": {}}
    with pytest.raises(Unreadable, match="more than 1,000 entities"):
        structure({"data": incident, "included": [entity] * MOST_ENTITIES})
    related = {"witness": {"data": [entity] * (MOST_RELATIONSHIPS + 1)}}
    with pytest.raises(Unreadable, match="more than 5,000 relationships"):
        structure({"data": incident | {"relationships": related}})


def test_a_long_chain_is_kept_whole() -> None:
    """Three hundred persons, each related only to the next, are all in the report, and no part is too deep."""
    report = read(Submission(chain(300), "folder", "x.json"), all_forms())
    said = {answer.text for answer in report.answers}
    assert {f"Name {number}" for number in range(300)} <= said
    assert max(answer.pointer.count("/") for answer in report.answers) < 12


def test_a_long_text_that_is_no_file_is_not_read() -> None:
    """Only a file may be longer than an answer: what is named like one and is none makes the report unreadable."""
    content = HOSTILE["a file where no file is"]()
    report = read(Submission(content, "folder", "x.json"), all_forms())
    assert [each.kind for each in report.problems] == [ProblemKind.UNREADABLE]
