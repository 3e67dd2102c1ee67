"""Which control may have taken the place of one that is gone: a proposal for whoever mends the profile. No robot
acts upon it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rpa.browser.values import Found
from rpa.plan import Entry
from rpa.targets.matching import kinds, plain
from rpa.targets.profile import Control, Kind, caption

LONGEST = 60  # characters of a caption that is proposed
LEAST = 3  # of an answer that must not stand in one


def proposal(
    name: str, controls: Mapping[str, Control], survey: Sequence[Found], entries: Iterable[Entry]
) -> str | None:
    """The caption of the nearest control of the same kind that the profile does not know; None for none.

    Near is what stands after the control that the profile names before this one. Only captions that the page ties
    to their controls are proposed, and none in which an answer of the report stands (P8).
    """
    known = {plain(each) for each in _captions(controls)}
    wanted = controls[name]
    usual = _usual_place(name, controls, survey)
    keyed = list(entries)
    near = [
        (abs(place - usual), each.caption)
        for place, each in enumerate(survey)
        if each.tied and each.shown and each.kind in kinds(wanted) and 0 < len(each.caption) <= LONGEST
        if not known & {plain(text) for text in (*each.captions, *each.within)}
        if not tells_of(each.caption, keyed)
        if wanted.kind is not Kind.RADIO or _shares(wanted, each)
    ]
    return min(near)[1] if near else None


def tells_of(name: str, entries: Iterable[Entry]) -> bool:
    """Whether an answer of the report stands in the name of a control or button, or the name in a short answer.
    Only letters and figures count: a page may put what cannot be seen between them."""
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
    """The place in the survey (from 0) after the nearest control before it in the profile that is there."""
    names = list(controls)
    for before in reversed(names[: names.index(name)]):
        label = plain(caption(before, controls[before])[1])
        for place, each in enumerate(survey):
            if label in map(plain, each.captions):
                return place + 1
    return 0


def _shares(wanted: Control, found: Found) -> bool:
    """Whether a set of marks offers anything that the profile says."""
    return isinstance(wanted.options, str | None) or bool(set(wanted.options) & set(found.options))
