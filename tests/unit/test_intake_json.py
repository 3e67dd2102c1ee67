"""Bytes of any kind become a document or a plain sentence, never a crash."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpa.documents.json_document import MOST_BYTES, MOST_DEPTH, MOST_TWICE, parse
from rpa.documents.size import Unreadable
from rpa.reading import read
from rpa.report import ProblemKind, Report, Submission
from tests.strategies import FORMS
from tests.worlds import all_forms

forms = all_forms()
SAMPLE = (FORMS / "ocr" / "samples" / "05-shop-theft.json").read_bytes()


def report(content: bytes) -> Report:
    """What intake makes of bytes."""
    return read(Submission(content, "folder", "x.json"), forms)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n\t ", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"not json", "The file is not JSON. Line 1, column 1."),
        (b'{\n "a": 1,\n oops}', "The file is not JSON. Line 3, column 2."),
        (b'{"a": {"b": [1, 2', "The file is not JSON. Line 1, column 18. It may have been cut off."),
        (b'{"a": "cut o', "The file is not JSON. Line 1, column 7."),
        (b'{"a": 1} {"b": 2}', "The file is not JSON. Line 1, column 10."),
        (b'{"a": NaN}', "The document contains NaN, which is not JSON."),
        (b'{"a": -Infinity}', "The document contains -Infinity, which is not JSON."),
        (b'{"a": 1e999}', "The document has a number that is too large or too small to store."),
        (b'{"a": ' + b"9" * 5000 + b"}", "The document has a number with more than 40 digits."),
        (b'{"a": "\\ud83d"}', "The document contains half a character (a lone surrogate)."),
        (b'{"\\udc00": 1}', "The document contains half a character (a lone surrogate)."),
        (b'{"a": "\xff"}', "The file is not UTF-8 text: it is invalid from byte 8."),
        ('{"a": 1}'.encode("utf-16-le"), "The file is not JSON. Line 1, column 2."),
        (b"\xff\xfe{\x00\x00", "The file is not UTF-16-LE text: it is invalid from byte 5."),
        (b"%PDF-1.7\n\x80\x81", "The PDF is damaged or incomplete. Ask the sender for it again."),
        (b'"' + b"x" * MOST_BYTES + b'"', "The file is larger than 10 MB."),
    ],
    ids=range(19),
)
def test_unreadable_bytes(content: bytes, sentence: str) -> None:
    """The report of such bytes has one problem, in one sentence, and the bytes' digest for its identity."""
    made = report(content)
    assert [(one.kind, one.pointer, one.message) for one in made.problems] == [
        (ProblemKind.UNREADABLE, "", sentence)
    ]
    assert (made.identity, made.form, made.answers) == (Submission(content, "", "").sha256, None, ())


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"":'])
def test_too_deep(opening: bytes) -> None:
    """The depth is limited before the document is parsed."""
    with pytest.raises(Unreadable, match="nested more than 64 deep"):
        parse(opening * 100_000)


def test_just_deep_enough() -> None:
    """The limit itself is allowed; brackets in text do not count."""
    content = b"[" * MOST_DEPTH + b"]" * MOST_DEPTH
    assert parse(content).value
    assert parse(json.dumps({"a": "[" * 1000}).encode()).value


def test_a_hostile_string_takes_no_time() -> None:
    """Looking for brackets is linear in the size of the file, whatever the quotes."""
    started = time.process_time()
    with pytest.raises(Unreadable):
        parse(b'{"a": "' + b'\\"' * 1_000_000)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("answers", [range(40_000), [0] * 400_000], ids=["different", "same"])
def test_one_key_many_times_takes_no_time(answers: Sequence[int]) -> None:
    """A key is counted once, however often a document repeats it; one that keeps changing its mind is refused."""
    started = time.process_time()
    made = report(b"{" + b",".join(b'"a": %d' % answer for answer in answers) + b"}")
    assert time.process_time() - started < 3
    assert len(made.notes) < 10
    assert len(made.problems) < 10


def test_names_for_second_answers_are_found_at_once() -> None:
    """A hundred second answers whose names are all taken: the names tried for one key are not tried again."""
    taken = b"".join(b'"a (%d)": 0, ' % number for number in range(2, 300_000))
    started = time.process_time()
    with pytest.raises(
        Unreadable, match="more than 5,000 answers"
    ):  # which is known once they have their names
        parse(b"{" + taken + b",".join(b'"a": %d' % number for number in range(101)) + b"}")
    assert time.process_time() - started < 3


def test_the_most_second_answers() -> None:
    """The limit itself is allowed; one more makes a document that no person can settle."""
    at_most = b"{" + b",".join(b'"a": %d' % number for number in range(MOST_TWICE + 1))
    assert len(parse(at_most + b"}").twice) == MOST_TWICE
    with pytest.raises(Unreadable, match="two different answers in more than 100 places"):
        parse(at_most + b', "a": "once more"}')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings(encoding: str) -> None:
    """A byte order mark gives the encoding. One other than UTF-8 is noted."""
    made = report(SAMPLE.decode().encode(encoding))
    assert made.problems == ()
    assert made.answers == report(SAMPLE).answers
    assert [note.rule for note in made.notes].count("encoding") == (0 if encoding.startswith("utf-8") else 1)


def test_the_same_key_twice_with_the_same_answer_is_noted() -> None:
    """The same answer twice is no problem."""
    made = report(SAMPLE.replace(b'"category": "OCR",', b'"category": "OCR", "category": "OCR",'))
    assert made.problems == ()
    assert "key-sent-twice" in {note.rule for note in made.notes}


def test_the_same_key_twice_with_other_answers_is_a_problem() -> None:
    """Both answers are kept, and a person looks at them."""
    made = report(
        SAMPLE.replace(b'"firstName": "Charlie"', b'"firstName": "Charlie", "firstName": "Charlotte"')
    )
    assert [problem.kind for problem in made.problems] == [ProblemKind.INVALID]
    assert "firstName" in made.problems[0].message
    assert {"Charlie", "Charlotte"} <= {answer.value for answer in made.answers}


def test_one_is_not_true() -> None:
    """A number and a boolean are different answers, though Python finds them equal."""
    assert parse(b'{"a": 1, "a": true}').problems


def test_good_json_is_taken_as_it_is() -> None:
    """Numbers keep every digit."""
    assert parse(b'{"card": 4000000000000000, "v": 0.1, "z": -0}').value == {
        "card": 4000000000000000,
        "v": 0.1,
        "z": 0,
    }


@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    """Whatever the bytes, there is a report."""
    assert report(content).identity


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_sample(data: st.DataObject) -> None:
    """A real report with bytes cut, changed or put in is still a report, with a problem or without one."""
    content = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from([0, 1, 5, 200, 10_000]))
        content[place : place + length] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"{", b'"', b"[1]", b"null"])
        )
    made = report(bytes(content))
    assert made.identity
    assert all(problem.message for problem in made.problems)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_sample_with_another_value_anywhere(data: st.DataObject) -> None:
    """Any one value of a real report replaced by any other: no crash, and no other answer changes."""
    document = json.loads(SAMPLE)
    places: list[tuple[Any, Any]] = []

    def collect(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(inner, dict | list):
                collect(inner)

    collect(document)
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(
        st.sampled_from([None, "", 0, -1, 1.5, True, "text", [], [[]], {}, {"a": [1]}, [{}, 2]])
    )
    assert report(json.dumps(document).encode()).identity
