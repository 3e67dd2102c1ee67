"""Confirm: nothing is believed that was not read back from the page, and what the page does not hold is keyed
once more as a person would, by keyboard and mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rpa.browser.seen import Found
from rpa.plan import Entry, Held, Place, Value
from rpa.targets.desk import SETTLING_SECONDS, TYPED, Desk, Survey, as_tuple
from rpa.targets.profile import Kind
from rpa.targets.values import boxes, squeezed, typed


async def confirm(
    desk: Desk, entries: Sequence[Entry], chosen: Mapping[str, str], survey: Survey | None
) -> tuple[Held, ...]:
    """What the controls hold, which is exactly the plan; or `TargetChanged` naming the first that does not.

    `chosen`: what look-ups chose. `survey`: taken after the last keying, if there is one.
    """
    if not entries:
        return ()
    held = await held_now(desk, entries, chosen, survey or await desk.survey())
    wrong = {each.place.control for each in held if each.found != each.expected}
    if wrong:
        for entry in entries:
            if entry.control in wrong:
                await _once_more(desk, entry)
        held = await held_now(desk, entries, chosen, await desk.survey())
    for each in held:
        if each.found != each.expected:
            raise desk.changed(each.place.control, "does not hold its value")
    return held


async def _once_more(desk: Desk, entry: Entry) -> None:
    control = desk.controls[entry.control]
    found = desk.matched([entry], await desk.survey())[entry.control]
    index = found[0].index
    if control.boxes:
        for box, text in zip(found, boxes(control, entry.value).values(), strict=True):
            await desk.tab.type_text(box.index, text)
    elif control.kind in TYPED:
        await desk.tab.type_text(index, typed(control, entry.value))
    elif control.kind is Kind.RICH_TEXT:
        await desk.tab.type_in_editor(index, str(entry.value))
    elif control.kind is Kind.COMBOBOX:
        if not await desk.tab.pick_for_real(index, str(entry.value), SETTLING_SECONDS):
            raise desk.changed(entry.control, "does not offer the option")
    elif control.kind is Kind.TOKENS:
        there = await desk.tab.tokens(index)
        for token in as_tuple(entry):
            if token not in there:
                await desk.tab.type_text(index, token)
                await desk.tab.press_key(index, "Enter")


async def held_now(
    desk: Desk, entries: Sequence[Entry], chosen: Mapping[str, str], survey: Survey
) -> tuple[Held, ...]:
    """What the controls of the entries hold by a survey, in the plan's own words where it is what was planned."""
    found = desk.matched(entries, survey)
    return tuple(
        [await _one(desk, entry, found[entry.control], chosen.get(entry.control)) for entry in entries]
    )


async def _one(desk: Desk, entry: Entry, found: Sequence[Found], chosen: str | None) -> Held:
    control, value = desk.controls[entry.control], entry.value
    place = desk.place(entry.control)
    first = found[0].holds
    if chosen is not None:
        return Held(place, chosen, str(first))
    if control.boxes:
        texts = tuple(str(box.holds) for box in found)
        return _as(place, value, "/".join(texts), right=texts == tuple(boxes(control, value).values()))
    if control.kind is Kind.CHECKBOXES:
        ticked = tuple(each.caption for each in found if each.holds is True)
        return _as(place, value, ticked, right=set(ticked) == set(as_tuple(entry)))
    if control.kind is Kind.TOKENS:
        beside = await desk.tab.tokens(found[0].index)
        there = tuple(token for token in as_tuple(entry) if token in beside)
        return _as(place, value, there, right=there == as_tuple(entry))
    if isinstance(value, bool):
        return Held(place, value, first)
    expected = typed(control, value)
    return _as(place, value, first, right=squeezed(expected) == squeezed(str(first)))


def _as(place: Place, value: Value, found: str | bool | tuple[str, ...], *, right: bool) -> Held:
    """What was found, in the plan's own words when it is what was planned."""
    return Held(place, value, value if right and not isinstance(value, dict) else found)
