"""Match a control of the profile with the controls that a survey found: with certainty, or not at all (P5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from rpa.browser.names import folded
from rpa.browser.values import Found
from rpa.errors import Cause, TargetChanged
from rpa.targets.profile import CLOCKED, Control, Kind, caption
from rpa.targets.values import SECTIONS

FOUND_AS: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: frozenset({"text", "number", "combobox", "editable"}),
    Kind.LINES: frozenset({"lines"}),
    Kind.DATE: frozenset({"text", "date", "combobox"}),
    Kind.TIME: frozenset({"text", "time", "combobox"}),
    Kind.DATETIME: frozenset({"text", "datetime", "combobox"}),
    Kind.SELECT: frozenset({"select", "list", "listbox"}),
    Kind.SELECT_MANY: frozenset({"select_many", "listbox", "list", "combobox"}),
    Kind.RADIO: frozenset({"radio"}),
    Kind.CHECKBOX: frozenset({"checkbox"}),
    Kind.CHECKBOXES: frozenset({"checkbox"}),
    Kind.COMBOBOX: frozenset({"combobox", "list", "text"}),
    Kind.TOKENS: frozenset({"text", "combobox"}),
    Kind.RICH_TEXT: frozenset({"rich_text", "editable"}),
    Kind.LOOK_UP: frozenset({"output"}),
    Kind.FILE: frozenset({"file"}),
}
ENHANCED_AS: Mapping[Kind, frozenset[str]] = {
    Kind.COMBOBOX: frozenset({"select"}),
    Kind.TOKENS: frozenset({"select_many"}),
}
"""The kinds they may be found as where a script puts a control of its own in front of a native list."""
BOXED = frozenset({"text", "number", "select", "list", "combobox", "spinbutton", "date", "time"})
"""The kinds that one box of a day or time may be found as."""


NONE_SUCH = "no such control on the page"
NOT_WRITABLE = "cannot be written"


def match(screen: str, name: str, control: Control, survey: Sequence[Found]) -> tuple[Found, ...]:
    """The found controls that make up the control called `name`: one, or its boxes, or its ticks. Each has the
    captions that it is known by, and none of the other texts beside it.

    Raises `TargetChanged` when there is none, or when more than one could be meant.
    """
    label = caption(name, control)[1]
    names = {folded(each) for each in (label, *(control.boxes or ()))}
    return tuple(_known_by(names, each) for each in _meant(screen, name, control, survey))


def _known_by(names: Set[str], found: Found) -> Found:
    called = tuple(text for text in found.captions if folded(text) in names)
    return replace(found, captions=called or found.captions[:1])


def _meant(screen: str, name: str, control: Control, survey: Sequence[Found]) -> tuple[Found, ...]:
    group, label = caption(name, control)
    usable = [each for each in survey if _suits(control, each)]
    if control.css is not None:
        usable = [each for each in usable if control.css in each.chosen_by]
    if control.kind is Kind.CHECKBOXES:
        ticks = tuple(usable if control.css else [each for each in usable if _within(each, label)])
        if not ticks:
            raise TargetChanged(screen, name, _instead(survey, label, control), Cause.GONE)
        return ticks
    if control.boxes:
        # Where no box holds them together, what stands before them all may be read as a caption of each.
        within = [
            each for each in usable if _within(each, label) or folded(label) in map(folded, each.captions)
        ]
        return tuple(_one(screen, name, _named(within, box, None), survey, control) for box in control.boxes)
    named = usable if control.css else _named(usable, label, group)
    if not named and control.kind in CLOCKED:
        parts = tuple(
            each for each in survey if each.kind == "spinbutton" and each.shown and _within(each, label)
        )
        if parts and all(folded(each.caption) in SECTIONS for each in parts):
            return parts
    return (_one(screen, name, named, survey, control),)


def kinds(control: Control) -> frozenset[str]:
    """The kinds that a control of the profile may be found as on a page."""
    return BOXED if control.boxes else FOUND_AS[control.kind]


def _suits(control: Control, each: Found) -> bool:
    if each.widget is not None and each.kind in ENHANCED_AS.get(control.kind, ()):
        return True
    return each.kind in kinds(control) and (each.shown or each.enhanced)


def _within(each: Found, group: str) -> bool:
    return folded(group) in map(folded, each.within)


def _named(usable: Iterable[Found], label: str, group: str | None) -> list[Found]:
    return [
        each
        for each in usable
        if folded(label) in map(folded, each.captions) and (group is None or _within(each, group))
    ]


def _one(screen: str, name: str, named: Sequence[Found], survey: Sequence[Found], control: Control) -> Found:
    if not named:
        label = caption(name, control)[1]
        raise TargetChanged(screen, name, _instead(survey, label, control), Cause.GONE)
    if len(named) > 1:
        raise TargetChanged(screen, name, f"{len(named)} controls could be meant", Cause.SEVERAL)
    if not named[0].writable and control.kind is not Kind.LOOK_UP:
        raise TargetChanged(screen, name, NOT_WRITABLE, Cause.NOT_WRITABLE)
    return named[0]


def _instead(survey: Sequence[Found], label: str, control: Control) -> str:
    """Why nothing was matched: what was seen with that caption instead."""
    if control.css is None:
        for each in survey:
            if folded(label) in map(folded, each.captions):
                seen = "it is not shown" if each.kind in kinds(control) else f"one found as {each.kind}"
                return f"{NONE_SUCH}; {seen}"
    return NONE_SUCH
