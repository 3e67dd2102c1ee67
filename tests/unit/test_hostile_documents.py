"""A document that was made to use up time or memory costs neither, and is a report that a person sees."""

from __future__ import annotations

import json
import resource
from typing import Any

import pytest

from rpa.documents.json_document import parse
from rpa.documents.size import MOST_ANSWERS, MOST_CHARACTERS, MOST_KEY, MOST_POINTERS, Unreadable
from rpa.reading import read
from rpa.report import Submission
from tests.hostile_documents import HOSTILE
from tests.worlds import all_forms

MOST_SECONDS = 5.0  # of processor time, which no other test can take


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_read_in_time(name: str) -> None:
    """Each becomes a report, readable or not, within the time that a submission may take."""
    content, forms = HOSTILE[name](), all_forms()
    before = _seconds()
    report = read(Submission(content, "folder", "x.json"), forms)
    assert _seconds() - before < MOST_SECONDS
    assert report.problems or report.form == "ocr"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"k" * (MOST_KEY + 1): 1}, "The document has a key of more than 200 characters."),
        ([1] * (MOST_ANSWERS + 1), "The document has more than 5,000 answers."),
        ([[]] * (MOST_ANSWERS + 1), "The document has more than 5,000 answers."),
        ({"k" * MOST_KEY: {str(n): 1 for n in range(4_900)}}, "The document's answers have names that are"),
        ("x" * (MOST_CHARACTERS + 1), "The document has an answer of more than 1,000,000 characters."),
    ],
    ids=["key", "answers", "empty parts", "pointers", "text"],
)
def test_what_is_too_much_is_named(value: Any, said: str) -> None:
    """A person is told what is too much, and sees the original."""
    with pytest.raises(Unreadable, match=said):
        parse(json.dumps({"a": value}).encode())


def test_what_is_just_enough_is_read() -> None:
    """The largest that is allowed of each is read."""
    longest = {"k" * MOST_KEY: 1, "text": "x" * MOST_CHARACTERS, "list": [1] * (MOST_ANSWERS - 2)}
    assert parse(json.dumps(longest).encode()).value == longest
    names = {"k" * 193: {f"{n:05}": 1 for n in range(MOST_POINTERS // 201)}}
    assert parse(json.dumps(names).encode()).value == names
