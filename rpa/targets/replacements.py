"""Propose a control that may have taken the place of a missing one, for the person who corrects the profile. No
robot acts on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rpa.browser.names import folded
from rpa.browser.values import Found
from rpa.plan import ControlValue
from rpa.targets.matching import kinds
from rpa.targets.profile import Control, Kind, caption

LONGEST = 60  # characters of a caption that is proposed
LEAST = 3  # of an answer that a caption must not contain


def proposal(
    name: str, controls: Mapping[str, Control], survey: Sequence[Found], entries: Iterable[ControlValue]
) -> str | None:
    """The caption of the nearest control of the same kind that the profile does not know, or None.

    Nearest is measured from the control that comes before the missing one in the profile. Only captions that the
    page ties to their controls are proposed, and none that contains an answer of the report (P8).
    """
    known = {folded(each) for each in _captions(controls)}
    wanted = controls[name]
    usual = _usual_place(name, controls, survey)
    keyed = list(entries)
    near = [
        (abs(place - usual), each.caption)
        for place, each in enumerate(survey)
        if each.tied and each.shown and each.kind in kinds(wanted) and 0 < len(each.caption) <= LONGEST
        if not known & {folded(text) for text in (*each.captions, *each.within)}
        if not quotes_answer(each.caption, keyed)
        if wanted.kind is not Kind.RADIO or _shares(wanted, each)
    ]
    return min(near)[1] if near else None


def quotes_answer(name: str, entries: Iterable[ControlValue]) -> bool:
    """Whether the name of a control or button contains an answer of the report, or a short answer the name. Only
    letters and figures count: a page may put invisible characters between them."""
    said = _letters(name)
    for entry in entries:
        value = entry.value
        texts = (
            value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else [str(value)]
        )
        for answer in map(_letters, texts):
            if len(answer) >= LEAST and (answer in said or (said in answer and len(answer) <= LONGEST)):
                return True
    return False


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
