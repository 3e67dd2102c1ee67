"""What was read under the labels of a document, and is not certain after all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rpa.forms.coercion import coerce
from rpa.forms.labels.matching import REPEATED, Matched, Reading
from rpa.forms.labels.scopes import Asked, Path
from rpa.forms.labels.values import fits, is_no_answer, value_of
from rpa.forms.schema import Node

TWICE = (
    "The document has different answers to this question. None of them is certain: all are in the narrative."
)
UNCERTAIN = "It is not certain that this question is meant. The narrative has the answer under its label."


def settle(matched: Matched) -> None:
    """Give each reading that is not certain after all its doubt, and each title that a part has twice its
    place."""
    _choose(matched.readings)
    _doubt_rows(matched.readings)
    _doubt_repeats(matched)
    _doubt_values(matched)
    _doubt_twice(matched.readings)


def _choose(readings: Sequence[Reading]) -> None:
    """Where a part has a title twice, the questions around it say which is meant: those of one schema go
    together, and an option says which schema it asks for."""
    parts: dict[Path, list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.asked is not None:
            parts[reading.asked.scope.path].append(reading)
    for asked in parts.values():
        if any(len(each.asked.places) > 1 for each in asked if each.asked):
            _choose_in(asked)


def _choose_in(readings: Sequence[Reading]) -> None:
    place = readings[0].asked.scope.place if readings[0].asked else None
    if place is None:
        return
    node = place.node
    sure = [each.asked.place for each in readings if each.asked and len(each.asked.places) == 1]
    wanted = {key for each in readings for key in _needed(node, each)}
    groups = {node.groups.get(key) for key in [*(each.key for each in sure), *wanted]}
    for reading in readings:
        asked = reading.asked
        if asked is None or len(asked.places) == 1:
            continue
        meant = [each for each in asked.places if node.groups.get(each.key) in groups]
        needed = [each for each in meant if each.key in wanted]
        chosen = needed if len(needed) == 1 else meant
        if len(chosen) == 1:
            reading.asked = Asked(asked.scope, (chosen[0],))
        else:
            reading.asked, reading.doubt = None, UNCERTAIN


def _needed(node: Node, reading: Reading) -> frozenset[str]:
    if reading.asked is None or len(reading.asked.places) > 1:
        return frozenset()
    place = reading.asked.place
    option = place.node.codes.identify(reading.value) if place.node.codes else None
    return node.needs.get((place.key, option), frozenset()) if option else frozenset()


def _doubt_rows(readings: Sequence[Reading]) -> None:
    """Several labels, and after them as many texts, without a place on the page: which is whose is not
    certain."""
    run: list[Reading] = []
    for reading in readings:
        run.append(reading)
        if not reading.texts and not reading.together:
            continue
        same = not any(each.left for each in run)
        if (
            len(run) > 1
            and same
            and reading.certain
            and len(reading.texts) == len(run)
            and not reading.together
        ):
            for each in run:
                each.doubt = UNCERTAIN
        run = []


def _doubt_repeats(matched: Matched) -> None:
    """An answer that repeats a part of the form: nobody can tell it from the part itself, from the last
    answer in sentences before it on. Without such an answer before the first, the second is text."""
    free = _last_free(matched.readings)
    _doubt_ranges(matched.readings, [(free[first], last) for first, last in matched.repeats])


def _last_free(readings: Sequence[Reading]) -> list[int]:
    """For each reading, and the end, the number of the last answer in sentences before it; -1 for none."""
    found = [-1]
    for at, reading in enumerate(readings):
        found.append(at if _is_free(reading) else found[-1])
    return found


def _doubt_ranges(readings: Sequence[Reading], ranges: Sequence[tuple[int, int]]) -> None:
    """Doubt what is in any of the ranges: each reading once, however many there are."""
    done = -1
    for first, last in sorted(each for each in ranges if each[0] >= 0):
        for reading in readings[max(first, done + 1) : last + 1]:
            reading.doubt = reading.doubt or REPEATED
        done = max(done, last)


def _is_free(reading: Reading) -> bool:
    return reading.asked is not None and reading.asked.place.is_free and bool(reading.value)


def _doubt_values(matched: Matched) -> None:
    """A line that is a label only by its words has a value that fits. A paragraph after it that does not
    belong there shows that it stands in an answer, unless it is the end of the document; so does a label that
    is none of the form's."""
    readings, free = matched.readings, _last_free(matched.readings)
    ranges: list[tuple[int, int]] = []
    for at, reading in enumerate(readings):
        if reading.certain or not reading.value or (reading.asked and reading.asked.place.is_free):
            continue
        if reading.asked is None:
            ranges.append((free[at], at))
            continue
        node = reading.asked.place.node
        good = fits(node, value_of(node, reading.value))
        if "\n" not in reading.value or (good and _is_typed(node)):
            reading.doubt = reading.doubt or ("" if good else UNCERTAIN)
        elif at + 1 < len(readings) and free[at] >= 0:
            ranges.append((free[at], at))
        else:
            _doubt_lines(matched, reading, node)
    _doubt_ranges(readings, ranges)


def _doubt_lines(matched: Matched, reading: Reading, node: Node) -> None:
    """A short question with more lines than it takes: paragraphs after the first line are text of their own."""
    texts = [(text, block) for text, block in zip(reading.texts, reading.blocks, strict=True) if text.strip()]
    own = [text for text, block in texts if block == texts[0][1]]
    if len(own) == 1 and fits(node, value_of(node, own[0])):
        matched.others.extend(text for text, _ in texts[1:])
        reading.texts, reading.blocks = own, [texts[0][1]]
    else:
        reading.doubt = reading.doubt or UNCERTAIN


def _is_typed(node: Node) -> bool:
    return bool(node.codes or node.format or node.items or node.type != "string")


def _doubt_twice(readings: Sequence[Reading]) -> None:
    """A question that has two different answers has none that is certain."""
    found: dict[Path, list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.asked is not None and not is_no_answer(reading.value):
            found[reading.asked.path].append(reading)
    for same in found.values():
        if len({_said(each) for each in same}) > 1:
            for each in same:
                each.doubt = TWICE


def _said(reading: Reading) -> str:
    """What a reading says, however it is written."""
    node = reading.asked.place.node if reading.asked else Node("", "any")
    value = value_of(node, reading.value)
    if not isinstance(value, str):
        return str(value)
    settled = [value, *(str(changed) for _, changed in coerce(node, value))][-1]
    return " ".join(settled.split())
