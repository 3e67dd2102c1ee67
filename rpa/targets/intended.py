"""What each control found for an entry is to hold, the jobs that key it, and whether it holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Literal, NamedTuple

from rpa.browser.values import ControlToKey, Found, Holds
from rpa.plan import ControlValue, Held, Value
from rpa.targets.form_region import FormRegion
from rpa.targets.profile import CLOCKED, Control, Kind
from rpa.targets.values import boxes, means, typed

JOBS: Mapping[str, Literal["text", "select", "select_many", "check", "editor"]] = {
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
"""The kind a control was found as -> the kind of job that keys it. All others take a trip of their own."""
_OWN_TRIP = frozenset({Kind.COMBOBOX, Kind.TOKENS, Kind.FILE, Kind.LOOK_UP})


class Intended(NamedTuple):
    """One found control and what it is to hold."""

    found: Found
    value: Holds

    def is_held(self, control: Control) -> bool:
        """Whether the control holds the value now."""
        return means(control, self.value, self.found.holds)


def intended_values(control: Control, value: Value, found: Sequence[Found]) -> list[Intended]:
    """What each found control is to hold for a planned value."""
    if in_boxes(control, found):
        texts = boxes(control, value, [each.caption for each in found]).values()
        return [Intended(box, text) for box, text in zip(found, texts, strict=True)]
    first = found[0]
    if control.kind is Kind.CHECKBOXES:
        return [Intended(each, each.caption in several(value)) for each in found]
    if control.kind is Kind.CHECKBOX:
        return [Intended(first, bool(value))]
    if control.kind in (Kind.SELECT_MANY, Kind.TOKENS):
        return [Intended(first, several(value))]
    if first.kind == "listbox":
        return [Intended(first, (str(value),))]
    return [Intended(first, typed(control, value, first.kind))]


def in_boxes(control: Control, found: Sequence[Found]) -> bool:
    """Whether a day or time is keyed in parts, by the profile or as the page has it."""
    return bool(control.boxes) or (control.kind in CLOCKED and found[0].kind == "spinbutton")


def several(value: Value) -> tuple[str, ...]:
    """The values of a control that takes several."""
    return value if isinstance(value, tuple) else (str(value),)


def offered(control: Control, value: Value, found: Sequence[Found]) -> bool:
    """Whether the page offers what is to be chosen, as far as a survey shows."""
    if control.kind is Kind.RADIO:
        return found[0].options.count(str(value)) == 1
    if control.kind is Kind.CHECKBOXES:
        captions = [each.caption for each in found]
        return all(captions.count(option) == 1 for option in several(value))
    return True


def takes_own_trip(control: Control, found: Sequence[Found]) -> bool:
    """Whether a control is keyed in a trip of its own, after those that are keyed together."""
    return (
        control.kind in _OWN_TRIP
        or any(each.kind not in JOBS and each.kind != "radio" for each in found)
        or (control.kind is Kind.SELECT_MANY and found[0].kind == "combobox")
    )


def jobs(control: Control, value: Value, found: Sequence[Found]) -> list[ControlToKey]:
    """The jobs that key an entry in one trip: none for what holds its value already."""
    return [
        _job(intended)
        for intended in intended_values(control, value, found)
        if intended.found.kind in JOBS or intended.found.option_handles
        if not intended.is_held(control)
    ]


def _job(intended: Intended) -> ControlToKey:
    found, value = intended
    if found.kind == "radio":
        return ControlToKey(found.option_handles[found.options.index(str(value))], "check", value=True)
    return ControlToKey(found.handle, JOBS[found.kind], value)


async def held(
    form_region: FormRegion,
    entry: ControlValue,
    found: Sequence[Found],
    chosen: str | None = None,
    before: Set[str] | None = None,
) -> Held:
    """What a control holds, compared with the plan; in the plan's own writing when it holds that.

    `chosen`: what a look-up chose. `before`: the texts beside it before it was keyed, without the planned ones;
    when that is no longer known, other texts beside the planned ones are no difference.
    """
    control, value, place = form_region.controls[entry.control], entry.value, form_region.place(entry.control)
    if control.kind is Kind.LOOK_UP:
        return Held(place, value if chosen is None else chosen, str(found[0].holds))
    if has_chips(control, found[0]):
        wanted = frozenset(several(value))
        beside = await chips(form_region, found[0])
        there = beside & wanted if before is None else beside - before
        return _as(entry, form_region, tuple(sorted(there)), right=there == wanted)
    right = all(
        means(control, intended.value, intended.found.holds)
        for intended in intended_values(control, value, found)
    )
    if control.kind is Kind.CHECKBOXES:
        ticked = tuple(each.caption for each in found if each.holds is True)
        return _as(entry, form_region, ticked, right=right and offered(control, value, found))
    if in_boxes(control, found):
        return _as(entry, form_region, "/".join(str(each.holds) for each in found), right=right)
    return _as(entry, form_region, found[0].holds, right=right)


def has_chips(control: Control, found: Found) -> bool:
    """Whether the values of a control are shown beside it, as chips."""
    return control.kind in (Kind.TOKENS, Kind.SELECT_MANY) and found.kind in ("combobox", "list", "text")


async def chips(form_region: FormRegion, found: Found) -> frozenset[str]:
    """The chips beside a control; a list may show its choices as one text with commas."""
    if found.kind == "list" and found.holds and "," in str(found.holds):
        return frozenset(each.strip() for each in str(found.holds).split(","))
    return await form_region.tab.tokens(found.handle)


def _as(entry: ControlValue, form_region: FormRegion, found: Holds, *, right: bool) -> Held:
    value = entry.value
    return Held(
        form_region.place(entry.control), value, value if right and not isinstance(value, dict) else found
    )
