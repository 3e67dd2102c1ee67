"""Which of the controls that a survey found is the one the profile means. Certain, or not at all (P5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from rpa.browser.seen import Found
from rpa.errors import TargetChanged
from rpa.targets.profile import Control, Kind, caption

FOUND_AS: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: frozenset({"text"}),
    Kind.LINES: frozenset({"lines"}),
    Kind.DATE: frozenset({"text"}),
    Kind.TIME: frozenset({"text"}),
    Kind.SELECT: frozenset({"select"}),
    Kind.RADIO: frozenset({"radio"}),
    Kind.CHECKBOX: frozenset({"checkbox"}),
    Kind.CHECKBOXES: frozenset({"checkbox"}),
    Kind.COMBOBOX: frozenset({"combobox"}),
    Kind.TOKENS: frozenset({"text"}),
    Kind.RICH_TEXT: frozenset({"rich_text"}),
    Kind.LOOK_UP: frozenset({"output"}),
    Kind.FILE: frozenset({"file"}),
}


def plain(text: str) -> str:
    """A caption as a person compares it: no case, no marks for required, no spare white space."""
    return re.sub(r"\s*(\((required|optional)\)|[*:])+\s*$", "", re.sub(r"\s+", " ", text.strip())).casefold()


def match(screen: str, name: str, control: Control, survey: Sequence[Found]) -> tuple[Found, ...]:
    """The found controls that make up the control called `name`: one, or its boxes, or its ticks.

    Raises `TargetChanged` when there is none, or when more than one could be meant.
    """
    group, label = caption(name, control)
    if control.kind is Kind.CHECKBOXES:
        ticks = tuple(each for each in _usable(control, survey) if _within(each, label))
        if not ticks:
            raise TargetChanged(screen, name, "no such control on the page")
        return ticks
    if control.boxes:
        within = [each for each in survey if _within(each, label)]
        return tuple(_one(screen, name, control, within, None, box) for box in control.boxes)
    return (_one(screen, name, control, survey, group, label),)


def _usable(control: Control, survey: Iterable[Found]) -> list[Found]:
    return [each for each in survey if each.kind in FOUND_AS[control.kind] and (each.shown or each.dressed)]


def _within(each: Found, group: str) -> bool:
    return plain(group) in map(plain, each.within)


def _one(
    screen: str, name: str, control: Control, survey: Iterable[Found], group: str | None, label: str
) -> Found:
    named = [
        each
        for each in _usable(control, survey)
        if plain(label) in map(plain, each.captions) and (group is None or _within(each, group))
    ]
    if len(named) != 1:
        why = f"{len(named)} controls could be meant" if named else "no such control on the page"
        raise TargetChanged(screen, name, why)
    if not named[0].writable and control.kind is not Kind.LOOK_UP:
        raise TargetChanged(screen, name, "cannot be written")
    return named[0]
