"""The narrative: nothing is cut, whatever is written and however small the parts are."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rpa.planning.narrative import LEAST_ROOM, compose, measure
from rpa.report import Answer

TITLE = "Online report CR-ABCDEFGHIJKL"
CONTINUED = re.compile(r"(?:\[[^\n]*\]\n)?[^\n]* \(continued\): ")
AWKWARD = st.sampled_from(
    ["👩‍👩‍👧‍👦", "𐍈", "é", "\u0301", "\n", "\n\n", " ", "  ", "\u00a0", "(continued)", "[", "ß", "漢"]
)
WORDS = st.text(string.ascii_letters, min_size=1, max_size=60)
TEXTS = st.lists(st.one_of(AWKWARD, WORDS, st.just("w" * 700)), min_size=1, max_size=120).map("".join)
QUESTIONS = st.text(string.ascii_letters + " ?👪", min_size=1, max_size=400).filter(str.strip)
ANSWERS = st.lists(
    st.tuples(st.lists(QUESTIONS, max_size=3), QUESTIONS, TEXTS.filter(str.strip), st.booleans()),
    min_size=1,
    max_size=8,
).map(
    lambda drawn: [
        Answer(f"/a/{number}", tuple(section), question, text, text, known)
        for number, (section, question, text, known) in enumerate(drawn)
    ]
)


def answer(text: str, question: str = "What happened?", section: tuple[str, ...] = ()) -> Answer:
    """One answer."""
    return Answer("/story", section, question, text, text)


def bare(text: str) -> str:
    """A text without its white space."""
    return re.sub(r"\s+", "", text)


@given(answers=ANSWERS, limit=st.integers(LEAST_ROOM, 3000))
@example([answer("x" * 5000)], LEAST_ROOM)
@example([answer(" ".join("y" * 39 for _ in range(99)))], LEAST_ROOM)
@example([answer("a" + " " * 3000 + "b")], LEAST_ROOM)
@example([answer("👪" * 2000, "👪" * 400, ("👪" * 300,))], LEAST_ROOM)
def test_every_text_stands_whole(answers: list[Answer], limit: int) -> None:
    """Each text stands in the parts named for it, in order and whole, and no part exceeds the limit."""
    parts = compose(TITLE, answers, limit)
    bodies = []
    for number, text in enumerate(parts.texts, start=1):
        title, _, body = text.partition("\n")
        assert title == f"{TITLE}, part {number} of {len(parts.texts)}"
        assert measure(text) <= limit
        bodies.append(body)
    assert set(parts.carried) == {each.pointer for each in answers}
    for each in answers:
        numbers = parts.carried[each.pointer]
        assert list(numbers) == list(range(numbers[0], numbers[-1] + 1))
        first, *others = (bodies[number - 1] for number in numbers)
        joined = first + "".join(CONTINUED.sub("", body, count=1) for body in others)
        assert bare(each.question) in bare(joined)
        assert bare(each.text) in bare(joined)


@given(text=TEXTS)
def test_length_is_counted_as_browsers_do(text: str) -> None:
    """A length is in UTF-16 units, as a page counts, with two for each line break, as forms send it."""
    assert measure(text) == len(text.replace("\n", "\r\n").encode("utf-16-le")) // 2


def test_short_answers_stand_under_their_section() -> None:
    """What fits is one part: sections once, questions with a colon unless they ask."""
    section = ("About you", "Your address")
    given_answers = [
        answer("Yes", "Do you live there?", section),
        answer("Red", "Door", section),
        Answer("/new", (), "Pet name", "Rex", "Rex", known=False),
    ]
    parts = compose(TITLE, given_answers, 2000)
    (text,) = parts.texts
    assert text.splitlines() == [
        f"{TITLE}, part 1 of 1",
        "[About you > Your address]",
        "Do you live there? Yes",
        "Door: Red",
        "Pet name (new question): Rex",
    ]


def test_a_long_text_is_carried_on_under_its_question() -> None:
    """A text is split at white space, and the next part names the question and the section that it continues."""
    words = " ".join(f"word{number}" for number in range(200))
    parts = compose(TITLE, [answer(words, section=("What happened",))], 600)
    assert parts.carried == {"/story": (1, 2, 3)}
    first, *others = (text.splitlines()[1:] for text in parts.texts)
    assert first[0] == "[What happened]"
    assert first[1].startswith("What happened? word0 word1 ")
    for lines in others:
        assert lines[0] == "[What happened]"
        assert re.match(r"What happened\? \(continued\): word\d+ ", lines[1])


def test_a_question_is_never_broken() -> None:
    """A question whose answer would begin at the very end of a part begins in the next, with its answer."""
    filler = answer("z" * 360, "Filler")
    late = Answer(
        "/late", (), "A question of some length that just fits", "An answer " * 10, "An answer " * 10
    )
    parts = compose(TITLE, [filler, late], LEAST_ROOM)
    assert parts.carried["/late"] == (2,)
    assert parts.texts[1].splitlines()[1].startswith("A question of some length that just fits: An answer")


def test_nothing_to_say_makes_no_part() -> None:
    """A report whose every answer has a control needs no narrative."""
    assert compose(TITLE, [], 2000).texts == ()


def test_no_room_is_an_error() -> None:
    """A limit too small even for a question is refused, and nothing is cut."""
    with pytest.raises(ValueError, match="no room"):
        compose(TITLE, [answer("x" * 500)], 60)
