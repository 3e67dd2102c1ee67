"""Key controls that take more than a value (lists that open, tokens, files), and those that react only to a real
keyboard and mouse."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from rpa.browser.tab import Tab
from rpa.browser.values import Found, Handle, Holds
from rpa.errors import PageReplaced, TargetError
from rpa.plan import ControlValue
from rpa.targets.form_region import AT_REST, SETTLING_SECONDS, FormRegion
from rpa.targets.intended import JOBS, Intended, chips, has_chips, in_boxes, intended_values, jobs, several
from rpa.targets.profile import Control, Kind
from rpa.targets.values import figures

_TYPED = frozenset({"text", "lines", "number", "combobox", "spinbutton"})
OFFER_SECONDS = 0.7  # for a token that may be offered; otherwise it is made
_LAST = 3  # the try at which a mask adds everything except figures


async def key_by_events(form_region: FormRegion, entry: ControlValue, found: Sequence[Found]) -> bool:
    """Key an entry by the page's own events, in several trips; False when an option was not offered."""
    control, tab = form_region.controls[entry.control], form_region.tab
    if control.kind is Kind.FILE:
        await tab.set_file(found[0].handle, str(entry.value), form_region.files[str(entry.value)])
    elif control.kind is Kind.TOKENS and found[0].kind == "text":
        await tab.enter(found[0].handle, await _lacking(form_region, entry, found[0]))
    elif control.kind is Kind.TOKENS:
        for text in await _lacking(form_region, entry, found[0]):
            await _take_or_make(form_region, usable_handle(found[0]), text)
    elif in_boxes(control, found):
        await _key_boxes(form_region, entry, found)
    elif has_chips(control, found[0]):
        lacking = await _lacking(form_region, entry, found[0])
        return all([await tab.pick(found[0].handle, text, SETTLING_SECONDS) for text in lacking])
    else:
        return await tab.pick(usable_handle(found[0]), str(entry.value), SETTLING_SECONDS)
    return True


def usable_handle(found: Found) -> Handle:
    """The handle of the control that a person uses: the script's own, where it is in front of a native one."""
    return found.widget or found.handle


async def _take_or_make(form_region: FormRegion, index: Handle, text: str) -> None:
    """Take a token that is offered; make one that is not."""
    if not await form_region.tab.pick(index, text, OFFER_SECONDS):
        await _make(form_region, index, text)


async def _make(form_region: FormRegion, index: Handle, text: str) -> None:
    """Make a token with Enter, once the page has seen it typed."""
    await form_region.tab.type_text(index, text)
    await form_region.tab.wait_for_rest(AT_REST, "waiting for the page")
    await form_region.tab.press_key(index, "Enter")


async def _key_boxes(form_region: FormRegion, entry: ControlValue, found: Sequence[Found]) -> None:
    control = form_region.controls[entry.control]
    native = [each for each in found if each.kind in JOBS]
    wanted = {intended.found.handle: intended for intended in intended_values(control, entry.value, found)}
    keyed = {each.handle for each in native}
    await form_region.tab.key([job for job in jobs(control, entry.value, found) if job.handle in keyed])
    for each in found:
        if each not in native:
            await _by_real_input(form_region, control, wanted[each.handle], 1)


async def _lacking(form_region: FormRegion, entry: ControlValue, found: Found) -> list[str]:
    there = found.holds if isinstance(found.holds, tuple) else await chips(form_region, found)
    return [each for each in several(entry.value) if each not in there]


async def by_real_input(
    form_region: FormRegion, entry: ControlValue, found: Sequence[Found], time: int
) -> None:
    """Key an entry by keyboard and mouse, as a person does; `time` is the number of the try. What the control
    holds afterwards shows whether it worked."""
    try:
        await _all_by_real_input(form_region, entry, found, time)
    except PageReplaced:
        raise
    except TargetError:
        return


async def _all_by_real_input(
    form_region: FormRegion, entry: ControlValue, found: Sequence[Found], time: int
) -> None:
    control = form_region.controls[entry.control]
    if control.kind is Kind.FILE:
        await key_by_events(form_region, entry, found)
    elif has_chips(control, found[0]) or (found[0].kind == "select_many" and found[0].widget is not None):
        for text in await _lacking(form_region, entry, found[0]):
            await _one_chip(form_region, control, found[0], text)
    elif found[0].kind == "select" and not control.boxes:
        await _choose_again(form_region, entry, found[0], time)
    else:
        for intended in intended_values(control, entry.value, found):
            if not intended.is_held(control):
                await _by_real_input(form_region, control, intended, time)


async def _choose_again(form_region: FormRegion, entry: ControlValue, found: Found, time: int) -> None:
    """Choose from a native list whose options may come late, or whose script must see the choice being made."""
    if found.widget is None:
        with suppress(TargetError):
            await form_region.tab.wait_for_option(found.handle, str(entry.value), SETTLING_SECONDS)
        await form_region.tab.key(jobs(form_region.controls[entry.control], entry.value, [found]))
    elif time < _LAST:
        await form_region.tab.pick(found.widget, str(entry.value), SETTLING_SECONDS)
    else:
        await pick_by_real_input(
            form_region.tab, replace(found, handle=found.widget, kind="list"), str(entry.value)
        )


async def _one_chip(form_region: FormRegion, control: Control, found: Found, text: str) -> None:
    if control.kind is not Kind.TOKENS:
        await pick_by_real_input(
            form_region.tab, replace(found, handle=usable_handle(found), kind="list"), text
        )
        return
    await _make(form_region, usable_handle(found), text)


async def _by_real_input(form_region: FormRegion, control: Control, intended: Intended, time: int) -> None:
    found, tab = intended.found, form_region.tab
    if control.kind is Kind.COMBOBOX or found.kind == "list":
        await pick_by_real_input(form_region.tab, found, str(intended.value))
    elif found.kind in _TYPED:
        await tab.type_text(found.handle, _keys(intended.value, time))
    elif found.kind in ("rich_text", "editable"):
        await tab.type_in_editor(found.handle, str(intended.value))
    elif found.kind == "radio":
        await tab.click(found.option_handles[found.options.index(str(intended.value))])
    elif found.kind == "checkbox":
        await tab.click(found.handle)


def _keys(value: Holds, time: int) -> str:
    """What is typed: the whole value, or at the last try only its figures, where a mask adds the rest."""
    digits = figures(str(value)) or "".join(each for each in str(value) if each.isdigit())
    alone = all(each.isdigit() or each in " ()+-./:," for each in str(value))
    return digits if time == _LAST and digits and alone else str(value)


async def pick_by_real_input(tab: Tab, found: Found, text: str, seconds: float = SETTLING_SECONDS) -> None:
    """Open a list, by typing where possible, and click the one option of exactly that text."""
    await tab.note_texts(found.handle, text)
    await tab.click(found.handle)
    if found.kind in ("combobox", "text"):
        await tab.type_text(found.handle, text)
    options = await tab.wait_for_options(found.handle, text, seconds)
    if len(options) == 1:
        await tab.click(options[0])
