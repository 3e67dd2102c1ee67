"""The steps of a profile: go, fill, press, wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import monotonic

from rpa.browser.tab import Tab
from rpa.browser.values import ControlToKey, Region
from rpa.errors import Cause, NotServed, PageReplaced, SessionEnded, TargetAway, TargetChanged, TargetError
from rpa.plan import ControlValue
from rpa.targets.form_region import SETTLING_SECONDS, FormRegion
from rpa.targets.profile import Control, Kind, PageCondition, Profile, Step

Facts = Mapping[str, str]
"""What steps may fill in: account, password, source_reference, reference."""

OPENING = "new record"
"""The steps that every save of a new record goes by, as a change in them names them."""
_AGAIN_SECONDS = 0.05  # until a step is tried again on the page that replaced its own


def condition(**parts: str) -> dict[str, str | None]:
    """A condition for the tab, given by its parts."""
    return {**dict.fromkeys(PageCondition.model_fields), **parts}


def as_condition(condition: PageCondition, facts: Facts | None = None) -> dict[str, str | None]:
    """A condition for the tab, with facts put in where it names them in braces."""
    given = facts or {}
    return {name: text.format_map(given) if text else None for name, text in condition.model_dump().items()}


async def perform(
    tab: Tab, profile: Profile, steps: Iterable[Step], facts: Facts, where: str, *, watch: bool = True
) -> None:
    """Do the steps in order, each on the page that the one before it opened.

    While `watch`ing, a page that asks to sign in raises `SessionEnded`. Any other `TargetError` names the step.
    """
    for step in steps:
        try:
            await _do(tab, profile, step, facts, where, watch=watch)
        except (SessionEnded, TargetAway):
            raise
        except TargetChanged:  # unless nothing of the page is there for another reason
            await _on_the_page_that_stays(tab, lambda: _raise_interruption(tab, profile, where, watch=watch))
            raise
        except TargetError as error:
            kind = NotServed if isinstance(error, NotServed) else TargetError
            raise kind(f"{_named(profile, step)}: {error}") from error


async def _do(tab: Tab, profile: Profile, step: Step, facts: Facts, where: str, *, watch: bool) -> None:
    if step.go is not None:
        await _go(tab, profile, step.go.format_map(facts), where)
    if step.fill is not None and step.value is not None:
        label, text = step.fill, facts[step.value]
        await _on_the_page_that_stays(tab, lambda: _fill(tab, label, text, where))
    if step.press is not None:
        press = step.press
        await _on_the_page_that_stays(tab, lambda: _press(tab, profile, press, facts, where))
    if step.wait is not None:
        conditions = {"there": as_condition(step.wait, facts)}
        await arrive(tab, profile, conditions, where, watch=watch)
    elif step.go is not None:
        await _on_the_page_that_stays(tab, lambda: _raise_interruption(tab, profile, where, watch=watch))


def _named(profile: Profile, step: Step) -> str:
    """A step by its place in the profile, as the profile writes it."""
    what = next((f"{name} {text!r}" for name, text in step if isinstance(text, str)), "wait")
    for section in ("session", "update", "journey", "find", "record"):
        part = getattr(profile, section)
        for number, each in enumerate(part.steps if part else (), 1):
            if each is step:
                return f"step {number} of [{section}], {what}"
    return what


async def _on_the_page_that_stays(tab: Tab, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` on the current page, or on the one that replaces it before the work had any effect."""
    until = monotonic() + tab.seconds
    while True:
        try:
            await work()
        except PageReplaced as error:
            if monotonic() > until:
                raise TargetError("the page was still changing; put { wait = ... } before it") from error
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return


async def _go(tab: Tab, profile: Profile, path: str, where: str) -> None:
    try:
        await tab.go(path)
    except TargetError:
        if tab.status:  # a maintenance page is reported as one, whatever its status
            await _on_the_page_that_stays(tab, lambda: _raise_interruption(tab, profile, where, watch=False))
        raise


async def _press(tab: Tab, profile: Profile, name: str, facts: Facts, where: str) -> None:
    number = await tab.press_when_there(
        Region(profile.journey.scope), name.format_map(facts), SETTLING_SECONDS
    )
    if number != 1:
        found = f"{number} buttons or links" if number else "no button or link"
        raise TargetChanged(where, name, f"{found} of that name", _cause(where))


async def _fill(tab: Tab, label: str, text: str, where: str) -> None:
    form_region = FormRegion(tab, Region(), where, {label: Control(kind=Kind.TEXT)}, {})
    await tab.wait_until_complete()
    found, missing, _ = await form_region.find([ControlValue(label, text)], await form_region.survey())
    if missing:
        raise TargetChanged(where, label, missing[label].reason, _cause(where))
    if await tab.key([ControlToKey(found[label][0].handle, "text", text)]):
        raise TargetChanged(where, label, "cannot be written", _cause(where))


def _cause(where: str) -> Cause:
    """What shows that a button or field of these steps is there again: a saved record, or nothing of it."""
    return Cause.ON_THE_WAY if where == OPENING else Cause.OTHER


async def arrive(
    tab: Tab,
    profile: Profile,
    conditions: Mapping[str, Mapping[str, str | None]],
    where: str,
    *,
    watch: bool = True,
) -> str:
    """Wait until one of `conditions` holds; returns its name. Raises for a maintenance or sign-in page."""
    expected = {**_interruptions(profile, watch=watch), **conditions}
    seen = await tab.wait_for_condition(expected, f"arriving at {where}")
    _raise_for(seen, where)
    return seen


async def refuse_ended(tab: Tab, profile: Profile, where: str) -> None:
    """Raise `SessionEnded` if the page asks to sign in, `TargetAway` if it is the one of maintenance."""
    await _raise_interruption(tab, profile, where, watch=True)


async def _raise_interruption(tab: Tab, profile: Profile, where: str, *, watch: bool) -> None:
    if interruptions := _interruptions(profile, watch=watch):
        _raise_for(await tab.current_condition(interruptions), where)


_ENDED, _MAINTENANCE = "session ended", "maintenance"


def _interruptions(profile: Profile, *, watch: bool) -> dict[str, Mapping[str, str | None]]:
    """The conditions that end every journey."""
    ended = {_ENDED: as_condition(profile.session.ended)} if watch else {}
    closed = profile.session.maintenance
    return {**({_MAINTENANCE: as_condition(closed)} if closed else {}), **ended}


def _raise_for(seen: str, where: str) -> None:
    if seen == _MAINTENANCE:
        raise TargetAway(f"{where}: the target shows its maintenance page")
    if seen == _ENDED:
        raise SessionEnded(f"{where}: the target asks us to sign in")
