"""Reports drawn at random over the whole crime form, printed and read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from rpa.documents.written import Block, Field, Written
from rpa.forms import understand
from rpa.forms.copies import differences
from rpa.forms.labels.index import index_of
from rpa.forms.labels.report import understand_written
from rpa.report import Report, Submission
from tests.printed_forms import Line, rows_of, written_of
from tests.printed_reports import printed_rows
from tests.strategies import arrivals
from tests.worlds import all_forms

APART = ("emphasis", "fields", "flat", "paths")
PLAIN = ("inline", "lines")
SETTINGS = settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a report of this size is never small
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def letters(text: str) -> str:
    """What is written in a text, without spaces and signs that normalising changes."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def without_unknown(value: Any, known: set[str], pointer: str = "") -> Any:
    """A document without the questions that the form does not know."""
    if isinstance(value, Mapping):
        inner = {key: without_unknown(one, known, f"{pointer}/{key}") for key, one in value.items()}
        return {key: one for key, one in inner.items() if one not in (None, {}, [])}
    if isinstance(value, list):
        return [without_unknown(one, known, f"{pointer}/{number}") for number, one in enumerate(value)]
    return value if pointer in known else None


def read_back(report: Report, data: Mapping[str, Any], style: str) -> tuple[Report | None, list[Line]]:
    """The report as it is read from its print, and the lines of the print."""
    rows = rows_of(all_forms()["ocr"].versions[1].node, data)
    written = written_of("Report a crime", rows, style)
    submission = Submission(b"x", "folder", "x.pdf")
    copy = understand_written(written, all_forms(), submission=submission, file="x.pdf")
    return copy, [row for row in rows if isinstance(row, Line)]


def wrong(report: Report, copy: Report) -> Iterator[str]:
    """Answers of a copy that are no answers of the report at all, whatever the question."""
    said = {(answer.question, letters(answer.text)) for answer in report.answers}
    for answer in copy.answers:
        if answer.known and (answer.question, letters(answer.text)) not in said:
            yield answer.pointer


@SETTINGS
@given(arrivals(), st.sampled_from(APART))
def test_no_answer_in_a_wrong_question(pair: tuple[dict[str, Any], dict[str, Any]], style: str) -> None:
    """Whatever a report says, no answer of its print is read in another question, and no text is lost."""
    report = understand(pair[0], all_forms(), submission=Submission(b"x", "folder", "x.json"))
    copy, lines = read_back(report, report.data, style)
    if copy is None:
        return
    assert not differences(report, copy)
    assert not list(wrong(report, copy))
    everything = letters(" ".join(f"{answer.question} {answer.text}" for answer in copy.answers))
    for line in lines:
        if line.label and letters(line.label):
            assert letters(line.value) in everything or ", " in line.value, line


@SETTINGS
@given(arrivals(), st.sampled_from(PLAIN))
def test_plain_text(pair: tuple[dict[str, Any], dict[str, Any]], style: str) -> None:
    """The same of plain text, where the form knows all of its questions."""
    first = understand(pair[0], all_forms(), submission=Submission(b"x", "folder", "x.json"))
    known = {answer.pointer for answer in first.answers if answer.known}
    report = understand(
        without_unknown(first.data, known), all_forms(), submission=Submission(b"x", "f", "x")
    )
    copy, _ = read_back(report, report.data, style)
    if copy is not None:
        assert not differences(report, copy)
        assert not list(wrong(report, copy))


ROWS = printed_rows()
INDEX = index_of(all_forms()["ocr"].versions[1])
SAID = st.one_of(
    st.sampled_from(sorted(INDEX.questions)),
    st.sampled_from(sorted(INDEX.parts)),
    st.sampled_from(
        ["", "Yes", "OCR", "-", "*" * 40, "Report a crime", "\u202e", "\ud800", "x" * 510, "a\nb", "> > >"]
    ),
    st.text(max_size=20),
)
JOINED = st.lists(
    st.tuples(SAID, st.sampled_from([": ", "?: ", "\n", " > ", "\t", " 1", " (continued)", ""])), max_size=3
)


@st.composite
def documents(draw: DrawFn) -> tuple[Written, int]:
    """Any parts at all, most of them titles of the form, and how many: the text of each ends with its number."""
    count = draw(st.integers(0, 40))
    style = draw(st.sampled_from(APART + PLAIN))
    parts: list[Block | Field] = list(written_of("Report a crime", ROWS, style).parts)
    start = draw(st.integers(1, len(parts)))
    for number in range(count):
        said = "".join(text + sign for text, sign in draw(JOINED))
        page, left = draw(st.integers(0, 3)), draw(st.sampled_from([0, 40, 300]))
        level, bold = draw(st.sampled_from([0, 0, 0, 1, 2, 3])), draw(st.booleans())
        part = Block(f"{said} token{number}q", page, level, bold, left)
        pair = Field(said, f"{draw(SAID)} token{number}q", page)
        parts.insert(start + number, draw(st.sampled_from([part, pair])))
    return Written(tuple(parts)), count


@SETTINGS
@given(documents())
def test_any_document(document: tuple[Written, int]) -> None:
    """Whatever a document has, it is read without a fault, and every text of it is in the report."""
    written, count = document
    copy = understand_written(written, all_forms(), submission=Submission(b"x", "folder", "x"), file="x.pdf")
    if copy is None:
        return
    said = " ".join(" ".join((*each.section, each.question, each.text)) for each in copy.answers)
    for number in range(count):
        assert f"token{number}q" in said.casefold()
