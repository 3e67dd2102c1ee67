"""Propose a control that may have taken the place of a missing one, for the person who corrects the profile. No
robot acts on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from rpa.browser.names import folded
from rpa.browser.values import Found
from rpa.plan import Value
from rpa.targets.matching import kinds
from rpa.targets.profile import Control, Kind, caption

LONGEST = 60  # characters of a caption that is proposed
LEAST = 3  # of an answer that a caption must not contain


def proposal(
    name: str, controls: Mapping[str, Control], survey: Sequence[Found], answers: Collection[str]
) -> str | None:
    """The caption of the nearest control of the same kind that the profile does not know, or None.

    Nearest is measured from the control that comes before the missing one in the profile. Only captions that the
    page ties to their controls are proposed, and none that quotes one of `answers`, all that pages got (P8).
    """
    known = {folded(each) for each in _captions(controls)}
    wanted = controls[name]
    usual = _usual_place(name, controls, survey)
    near = [
        (abs(place - usual), each.caption)
        for place, each in enumerate(survey)
        if each.tied and each.shown and each.kind in kinds(wanted) and 0 < len(each.caption) <= LONGEST
        if not known & {folded(text) for text in (*each.captions, *each.within)}
        if not quotes_answer(each.caption, answers)
        if wanted.kind is not Kind.RADIO or _shares(wanted, each)
    ]
    return min(near)[1] if near else None


def answers_in(values: Iterable[Value]) -> frozenset[str]:
    """The answers in these values as `quotes_answer` compares them: letters and figures alone, since a page may
    put invisible characters between them."""
    return frozenset(text for value in values for text in map(_letters, _texts(value)) if len(text) >= LEAST)


def quotes_answer(name: str, answers: Collection[str]) -> bool:
    """Whether the name of a control or button contains one of these answers (`answers_in`), or a short answer the
    name."""
    said = _letters(name)
    return any(answer in said or (len(answer) <= LONGEST and said in answer) for answer in answers)


def _texts(value: Value) -> Iterable[str]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, tuple) else (str(value),)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _captions(controls: Mapping[str, Control]) -> Iterable[str]:
    for name, control in controls.items():
        yield caption(name, control)[1]


def _usual_place(name: str, controls: Mapping[str, Control], survey: Sequence[Found]) -> int:
    """The place in the survey (from 0) after the nearest preceding control of the profile that is there."""
    names = list(controls)
    for before in reversed(names[: names.index(name)]):
        label = folded(caption(before, controls[before])[1])
        for place, each in enumerate(survey):
            if label in map(folded, each.captions):
                return place + 1
    return 0


def _shares(wanted: Control, found: Found) -> bool:
    """Whether a group of radios offers any option that the profile names."""
    return isinstance(wanted.options, str | None) or bool(set(wanted.options) & set(found.options))
