"""Documents that were made to use up time, or to mislead."""

from __future__ import annotations

import re
import time
from collections import Counter

import pytest

from rpa.documents.size import Unreadable
from rpa.documents.written import Block, Field, Written
from rpa.forms.labels.answers import OTHER_TEXT
from tests.printed_forms import text_of, written_of
from tests.printed_reports import (
    REPORT,
    at,
    everything,
    printed_rows,
    understood,
)


def test_twenty_thousand_labels() -> None:
    """Twenty thousand labels, known ones and others, are read in bounded time, and none is lost."""
    parts: list[Block | Field] = list(written_of("Report a crime", printed_rows(), "fields").parts)
    parts += [Field(f"Question {number}", f"value{number}") for number in range(10_000)]
    parts += [Field("Surname", f"name{number}") for number in range(10_000)]
    started = time.process_time()
    report = understood(Written(tuple(parts)))
    assert time.process_time() - started < 10
    words = Counter(re.findall(r"\w+", everything(report)))
    assert all(words[f"value{number}"] for number in range(10_000))
    assert all(words[f"name{number}"] for number in range(10_000))
    assert len(report.answers) < 5000


@pytest.mark.parametrize("style", ["flat", "inline", "lines"])
def test_lines_without_end(style: str) -> None:
    """A long text of labels, colons and question marks is read in bounded time."""
    text = "\n".join(["Surname: x", "About you", "? : ? : ?" * 20, "Postcode"] * 5_000)
    parts = [*written_of("Report a crime", printed_rows(), style).parts, Block(text), Block("a" * 900_000)]
    started = time.process_time()
    report = understood(Written(tuple(parts)))
    assert time.process_time() - started < 10
    assert "a" * 1000 in everything(report)


def test_direction_marks() -> None:
    """Marks that nobody sees do not hide a title; those that turn text round make it no title."""
    parts = list(written_of("Report a crime", printed_rows(), "fields").parts)
    at_birth = next(
        n for n, part in enumerate(parts) if isinstance(part, Field) and part.label == "Date of birth"
    )
    parts[at_birth] = Field("Date\u200b of birth\u200f", "1 February 1980")
    parts.insert(at_birth, Field("\u202eSecond middle name", "Hidden"))
    report = understood(Written(tuple(parts)))
    assert at(report, "/personReporting/dateOfBirth") == "1980-02-01"
    assert at(report, "/personReporting/middleName2") is None
    assert "Hidden" in everything(report)


def test_usual_document_is_quick() -> None:
    """A usual document is read in less than a second."""
    written = written_of("Report a crime", printed_rows(), "inline")
    understood(written)
    started = time.process_time()
    understood(written)
    assert time.process_time() - started < 1


def test_plain_text_with_a_footer() -> None:
    """What stands below a printed form is text of its own, and in no answer."""
    blocks = [part for part in text_of("Report a crime", printed_rows()).split("\n\n") if part.strip()]
    footer = "Thank you for your report. Do not reply to this message."
    report = understood(Written((*map(Block, blocks), Block(footer))))
    assert footer in str(report.data[OTHER_TEXT])
    assert {key: value for key, value in report.data.items() if key != OTHER_TEXT} == REPORT


def test_many_lines_that_may_be_labels() -> None:
    """Tens of thousands of lines that may be labels, after an answer in sentences, are read in bounded time."""
    text = text_of("Report a crime", printed_rows())
    more = "\n".join(f"Word{number}: value{number}" for number in range(20_000))
    blocks = tuple(Block(part) for part in f"{text}\n\n{more}".split("\n\n") if part.strip())
    started = time.process_time()
    report = understood(Written(blocks))
    assert time.process_time() - started < 10
    found = everything(report)
    assert all(f"value{number}" in found for number in range(0, 20_000, 997))


def test_more_parts_than_a_document_has() -> None:
    """A document of more parts than anything that a person prints is not read."""
    with pytest.raises(Unreadable):
        understood(Written((Block("x"),) * 50_001))
