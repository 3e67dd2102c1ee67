"""The narrative: every answer without a control of its own, under its question, in numbered parts. Never cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rpa.report import Answer, Problem


def measure(text: str) -> int:
    """Length as the strictest target counts it: UTF-16 units, as browsers do, a line break as two, as forms
    are sent."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + text.count("\n")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts in order, and for each answer's pointer the numbers (from 1) of the parts that carry it."""

    texts: tuple[str, ...] = field(repr=False)
    carried: dict[str, tuple[int, ...]]


MOST_PROBLEMS = 50  # at most, in a narrative
_TO_BE_CHECKED = "To be checked with the person reporting"
LEAST_ROOM = 500  # a part has room for its title, its section, a question and a piece of an answer
_LEAST = 40  # characters of a piece of a split text, at least; a shorter one goes into the next part
_LONGEST_HEADING = 100
_LONGEST_QUESTION = 200  # a longer one, which only an unknown key can be, is split like a text


def to_be_checked(problems: Sequence[Problem]) -> list[Answer]:
    """The problems of a report as text for the narrative. They are not answers, so they have no pointer."""
    told = [
        Answer("", (_TO_BE_CHECKED,), each.question, each.message, each.message)
        for each in problems[:MOST_PROBLEMS]
    ]
    more = len(problems) - len(told)
    said = f"{more} more: see our own list of the report's problems."
    return told + ([Answer("", (_TO_BE_CHECKED,), "Further problems", said, said)] if more else [])


def compose(title: str, answers: Sequence[Answer], limit: int) -> Parts:
    """`answers` in parts of at most `limit` (as `measure` counts), each headed by `title` and its number.

    A text longer than a part continues in the next under its question. It is split at white space where there is
    any, and only that white space is dropped. Raises ValueError when `limit` leaves no room; that never happens
    with at least `LEAST_ROOM` and a title of at most 60 characters.
    """
    if not answers:
        return Parts((), {})
    room = limit - measure(f"{title}, part 999 of 999\n")
    bodies = list(_fill(answers, room))
    texts = tuple(
        f"{title}, part {number} of {len(bodies)}\n" + "\n".join(text for _, text in body)
        for number, body in enumerate(bodies, start=1)
    )
    carried: dict[str, tuple[int, ...]] = {}
    for number, body in enumerate(bodies, start=1):
        for pointer in {pointer for pointer, _ in body if pointer}:
            carried[pointer] = (*carried.get(pointer, ()), number)
    return Parts(texts, carried)


def _fill(answers: Iterable[Answer], room: int) -> Iterator[list[tuple[str, str]]]:
    """Bodies of parts: lists of (pointer, text); section headings have no pointer."""
    body: list[tuple[str, str]] = []
    left, section = room, ""
    for answer in answers:
        heading = _heading(answer)
        prefix, rest = _begun(answer)
        while rest is not None:
            opening = f"[{heading}]\n" if heading and heading != section else ""
            split = _split(rest, left - measure(opening + prefix) - 2)
            if split is None and not body:
                raise ValueError(f"no room for a narrative: {room} characters a part")
            if split is not None:
                piece, after = split
                body += [("", opening.rstrip())] if opening else []
                body.append((answer.pointer, prefix + piece))
                section, left = heading, left - measure(opening + prefix + piece + "\n")
                prefix, rest = f"{_short(_question(answer))} (continued): ", after or None
            if rest is not None:
                yield body
                body, left, section = [], room, ""
    if body:
        yield body


def _begun(answer: Answer) -> tuple[str, str | None]:
    """The question, which is never split, and the text after it."""
    asked, text = f"{_asked(answer)} ", answer.text.strip()
    return (asked, text) if measure(asked) <= _LONGEST_QUESTION else ("", asked + text)


def _question(answer: Answer) -> str:
    return answer.question if answer.known else f"{answer.question} (new question)"


def _asked(answer: Answer) -> str:
    question = _question(answer)
    return question if question.endswith("?") else f"{question}:"


def _heading(answer: Answer) -> str:
    return _short(" > ".join(answer.section))


def _short(text: str) -> str:
    """A heading short enough to leave room for the text below it. Never used for the text of an answer."""
    if measure(text) <= _LONGEST_HEADING:
        return text
    return text[: _fitting(text, _LONGEST_HEADING - 1)] + "…"


def _split(text: str, room: int) -> tuple[str, str] | None:
    """The longest beginning of `text` that fits `room` and the rest; None if too little would fit."""
    if measure(text) <= room:
        return text, ""
    if room < _LEAST:
        return None
    end = _fitting(text, room)
    space = max(text.rfind(" ", 0, end + 1), text.rfind("\n", 0, end + 1))
    if space > _LEAST // 2:
        return text[:space].rstrip(), text[space + 1 :].lstrip()
    return text[:end], text[end:]


def _fitting(text: str, room: int) -> int:
    """How many characters of a text longer than `room` fit into it."""
    end, used = 0, measure(text[0])
    while used <= room:
        end += 1
        used += measure(text[end])
    return end
