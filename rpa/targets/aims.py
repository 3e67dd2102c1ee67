"""Aims: what each control that was found for an entry is to hold, how the page is asked to do it, and whether it
holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rpa.browser.seen import Found, Holds, Job
from rpa.plan import Entry, Held, Value
from rpa.targets.desk import Desk
from rpa.targets.profile import Control, Kind
from rpa.targets.values import boxes, means, typed

JOBS: Mapping[str, str] = {
    "text": "text",
    "lines": "text",
    "number": "text",
    "date": "text",
    "time": "text",
    "datetime": "text",
    "combobox": "text",
    "select": "select",
    "select_many": "select_many",
    "listbox": "select_many",
    "checkbox": "check",
    "rich_text": "editor",
    "editable": "editor",
}
"""What a control was found as -> how the page itself keys it. What is not here takes acts of its own."""
_ACTED = frozenset({Kind.COMBOBOX, Kind.TOKENS, Kind.FILE, Kind.LOOK_UP})


class Aim(NamedTuple):
    """One found control and what it is to hold."""

    found: Found
    value: Holds


def aims(control: Control, value: Value, found: Sequence[Found]) -> list[Aim]:
    """What each found control is to hold for a planned value."""
    if control.boxes:
        return [Aim(box, text) for box, text in zip(found, boxes(control, value).values(), strict=True)]
    first = found[0]
    if control.kind is Kind.CHECKBOXES:
        return [Aim(each, each.caption in several(value)) for each in found]
    if control.kind is Kind.CHECKBOX:
        return [Aim(first, bool(value))]
    if control.kind in (Kind.SELECT_MANY, Kind.TOKENS):
        return [Aim(first, several(value))]
    if first.kind == "listbox":
        return [Aim(first, (str(value),))]
    return [Aim(first, typed(control, value, first.kind))]


def several(value: Value) -> tuple[str, ...]:
    """The values of a control that takes several."""
    return value if isinstance(value, tuple) else (str(value),)


def offered(control: Control, value: Value, found: Sequence[Found]) -> bool:
    """Whether the page offers what is to be chosen, as far as a survey can tell."""
    if control.kind is Kind.RADIO:
        return found[0].options.count(str(value)) == 1
    if control.kind is Kind.CHECKBOXES:
        captions = [each.caption for each in found]
        return all(captions.count(option) == 1 for option in several(value))
    return True


def is_acted(control: Control, found: Sequence[Found]) -> bool:
    """Whether a control has a life of its own: it takes a trip, after those that one trip keys."""
    return (
        control.kind in _ACTED
        or any(each.kind not in JOBS and each.kind != "radio" for each in found)
        or (control.kind is Kind.SELECT_MANY and found[0].kind == "combobox")
    )


def jobs(control: Control, value: Value, found: Sequence[Found]) -> list[Job]:
    """What the page itself can do about an entry in one trip: nothing about what holds its value already."""
    return [
        _job(aim)
        for aim in aims(control, value, found)
        if (aim.found.kind in JOBS or aim.found.marks) and not means(control, aim.value, aim.found.holds)
    ]


def _job(aim: Aim) -> Job:
    found, value = aim
    if found.kind == "radio":
        return Job(found.marks[found.options.index(str(value))], "check", value=True)
    return Job(found.index, JOBS[found.kind], value)


async def held(desk: Desk, entry: Entry, found: Sequence[Found], chosen: Mapping[str, str]) -> Held:
    """What a control holds beside what was planned: in the plan's own words when it says that."""
    control, value, place = desk.controls[entry.control], entry.value, desk.place(entry.control)
    if control.kind is Kind.LOOK_UP:
        return Held(place, chosen.get(entry.control, value), str(found[0].holds))
    if has_chips(control, found[0]):
        beside = await desk.tab.tokens(found[0].index)
        there = tuple(each for each in several(value) if each in beside)
        return _as(entry, desk, there, right=there == several(value))
    wanted = aims(control, value, found)
    right = all(means(control, aim.value, aim.found.holds) for aim in wanted)
    if control.kind is Kind.CHECKBOXES:
        ticked = tuple(each.caption for each in found if each.holds is True)
        return _as(entry, desk, ticked, right=right and offered(control, value, found))
    if control.boxes:
        return _as(entry, desk, "/".join(str(each.holds) for each in found), right=right)
    return _as(entry, desk, found[0].holds, right=right)


def has_chips(control: Control, found: Found) -> bool:
    """Whether what a control holds is shown beside it, one text each."""
    several_by_script = control.kind is Kind.SELECT_MANY and found.kind in ("combobox", "list")
    return control.kind is Kind.TOKENS or several_by_script


def _as(entry: Entry, desk: Desk, found: Holds, *, right: bool) -> Held:
    value = entry.value
    return Held(desk.place(entry.control), value, value if right and not isinstance(value, dict) else found)
