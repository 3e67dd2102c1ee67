"""Acts on controls that take more than a value: lists that open, tokens, files; and on those that believe only a
keyboard and a mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rpa.browser.tab import Tab
from rpa.browser.values import Found, Holds
from rpa.errors import PageReplaced, TargetError
from rpa.plan import Entry
from rpa.targets.form_region import SETTLING_SECONDS, FormRegion, at_rest
from rpa.targets.intended import JOBS, Aim, aims, chips, has_chips, in_boxes, jobs, several
from rpa.targets.profile import Control, Kind
from rpa.targets.values import figures, means

_TYPED = frozenset({"text", "lines", "number", "combobox", "spinbutton"})
OFFER_SECONDS = 0.7  # for a token that may be offered, and may have to be made
_LAST = 3  # the try at which a mask is left to write everything but figures


async def act(form_region: FormRegion, entry: Entry, found: Sequence[Found]) -> bool:
    """Key an entry by the page's own events, one trip for each act; False when an option was not offered."""
    control, tab = form_region.controls[entry.control], form_region.tab
    if control.kind is Kind.FILE:
        await tab.set_file(found[0].index, str(entry.value), form_region.files[str(entry.value)])
    elif control.kind is Kind.TOKENS and found[0].kind == "text":
        await tab.enter(found[0].index, await _lacking(form_region, entry, found[0]))
    elif control.kind is Kind.TOKENS:
        for text in await _lacking(form_region, entry, found[0]):
            await _take_or_make(form_region, handle(found[0]), text)
    elif in_boxes(control, found):
        await _key_boxes(form_region, entry, found)
    elif has_chips(control, found[0]):
        lacking = await _lacking(form_region, entry, found[0])
        return all([await tab.pick(found[0].index, text, SETTLING_SECONDS) for text in lacking])
    else:
        return await tab.pick(handle(found[0]), str(entry.value), SETTLING_SECONDS)
    return True


def handle(found: Found) -> int:
    """The number of what a person uses: the script's own control in front of a native one, where there is one."""
    return found.dress if found.dress >= 0 else found.index


async def _take_or_make(form_region: FormRegion, index: int, text: str) -> None:
    """A token that is offered is taken; one that is not is made with Enter, once the page has seen it typed."""
    if not await form_region.tab.pick(index, text, OFFER_SECONDS):
        await form_region.tab.type_text(index, text)
        await at_rest(form_region, leave=False)
        await form_region.tab.press_key(index, "Enter")


async def _key_boxes(form_region: FormRegion, entry: Entry, found: Sequence[Found]) -> None:
    control = form_region.controls[entry.control]
    native = [each for each in found if each.kind in JOBS]
    wanted = {aim.found.index: aim for aim in aims(control, entry.value, found)}
    given = [job for job in jobs(control, entry.value, found) if job.index in {each.index for each in native}]
    await form_region.tab.key(given, form_region.region)
    for each in found:
        if each not in native:
            await _by_hand(form_region, control, wanted[each.index], 1)


async def _lacking(form_region: FormRegion, entry: Entry, found: Found) -> list[str]:
    there = found.holds if isinstance(found.holds, tuple) else await chips(form_region, found)
    return [each for each in several(entry.value) if each not in there]


async def by_hand(form_region: FormRegion, entry: Entry, found: Sequence[Found], time: int) -> None:
    """Key an entry by keyboard and mouse, as a person does; `time` is the number of the try. Whether that went
    well is seen by what the control holds then."""
    try:
        await _all_by_hand(form_region, entry, found, time)
    except PageReplaced:
        raise
    except TargetError:
        return


async def _all_by_hand(form_region: FormRegion, entry: Entry, found: Sequence[Found], time: int) -> None:
    control = form_region.controls[entry.control]
    if control.kind is Kind.FILE:
        await act(form_region, entry, found)
    elif has_chips(control, found[0]) or (found[0].kind == "select_many" and found[0].dress >= 0):
        for text in await _lacking(form_region, entry, found[0]):
            await _one_chip(form_region, control, found[0], text)
    elif found[0].kind == "select" and not control.boxes:
        await _choose_again(form_region, entry, found[0], time)
    else:
        for aim in aims(control, entry.value, found):
            if not means(control, aim.value, aim.found.holds):
                await _by_hand(form_region, control, aim, time)


async def _choose_again(form_region: FormRegion, entry: Entry, found: Found, time: int) -> None:
    """Choose from a native list whose options may come later, or whose script must see the choice itself."""
    if found.dress < 0:
        await form_region.settled([entry])
        await form_region.tab.key(
            jobs(form_region.controls[entry.control], entry.value, [found]), form_region.region
        )
    elif time < _LAST:
        await form_region.tab.pick(found.dress, str(entry.value), SETTLING_SECONDS)
    else:
        await pick_by_hand(form_region.tab, replace(found, index=found.dress, kind="list"), str(entry.value))


async def _one_chip(form_region: FormRegion, control: Control, found: Found, text: str) -> None:
    if control.kind is not Kind.TOKENS:
        await pick_by_hand(form_region.tab, replace(found, index=handle(found), kind="list"), text)
        return
    await form_region.tab.type_text(handle(found), text)
    await at_rest(form_region, leave=False)
    await form_region.tab.press_key(handle(found), "Enter")


async def _by_hand(form_region: FormRegion, control: Control, aim: Aim, time: int) -> None:
    found, tab = aim.found, form_region.tab
    if control.kind is Kind.COMBOBOX or found.kind == "list":
        await pick_by_hand(form_region.tab, found, str(aim.value))
    elif found.kind in _TYPED:
        await tab.type_text(found.index, _keys(aim.value, time))
    elif found.kind in ("rich_text", "editable"):
        await tab.type_in_editor(found.index, str(aim.value))
    elif found.kind == "radio":
        await tab.click(found.marks[found.options.index(str(aim.value))])
    elif found.kind == "checkbox":
        await tab.click(found.index)


def _keys(value: Holds, time: int) -> str:
    """What is typed: all of it, or at the last try only the figures, where a mask writes the rest."""
    digits = figures(str(value)) or "".join(each for each in str(value) if each.isdigit())
    alone = all(each.isdigit() or each in " ()+-./:," for each in str(value))
    return digits if time == _LAST and digits and alone else str(value)


async def pick_by_hand(tab: Tab, found: Found, text: str, seconds: float = SETTLING_SECONDS) -> None:
    """Open a list, by typing where that can be, and click the one option of exactly that text that is offered."""
    await tab.wait_for("opening a list", "note", found.index, text)
    await tab.click(found.index)
    if found.kind in ("combobox", "text"):
        await tab.type_text(found.index, text)
    numbers = await tab.wait_for("waiting for options", "offers", found.index, text, seconds=seconds)
    if len(numbers) == 1:
        await tab.click(numbers[0])
