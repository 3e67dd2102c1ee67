"""Steps on the way: go, fill, press, wait, as the profile lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rpa.browser.seen import Job, Region
from rpa.browser.tab import Tab
from rpa.errors import SessionEnded, TargetAway, TargetChanged, TargetError
from rpa.targets.matching import match
from rpa.targets.profile import Control, Kind, Profile, Sight, Step

Facts = Mapping[str, str]
"""What steps may fill in: account, password, source_reference, reference."""


def sight(**parts: str) -> dict[str, str | None]:
    """A sight for the tab, given by its parts."""
    return {**dict.fromkeys(Sight.model_fields), **parts}


def as_sight(sight: Sight, facts: Facts | None = None) -> dict[str, str | None]:
    """A sight for the tab, with facts put in where it names them in braces."""
    given = facts or {}
    return {name: text.format_map(given) if text else None for name, text in sight.model_dump().items()}


async def perform(
    tab: Tab, profile: Profile, steps: Iterable[Step], facts: Facts, where: str, *, watch: bool = True
) -> None:
    """Do the steps in order. While `watch`ing, a page that asks to sign in raises `SessionEnded`."""
    for step in steps:
        if step.go is not None:
            await tab.go(step.go.format_map(facts))
        if step.fill is not None and step.value is not None:
            await _fill(tab, step.fill, facts[step.value], where)
        if step.press is not None:
            await _when_there(tab, step.press.format_map(facts), where, profile.journey.scope)
        if step.wait is not None:
            sights = {"there": as_sight(step.wait, facts)}
            await arrive(tab, profile, sights, where, watch=watch)
        elif step.go is not None:
            await _refuse_stops(tab, profile, where, watch=watch)


async def _when_there(tab: Tab, name: str, where: str, scope: str) -> None:
    region = Region(scope) if await tab.has(Region(scope)) else Region()
    try:
        await tab.press(region, name)
    except TargetError as error:
        raise TargetChanged(where, name, "cannot be pressed") from error


async def _fill(tab: Tab, label: str, text: str, where: str) -> None:
    control = Control(kind=Kind.TEXT)
    found = match(where, label, control, await tab.survey(Region()) or ())
    refused, _ = await tab.key([Job(found[0].index, "text", text)], Region())
    if refused:
        raise TargetChanged(where, label, "cannot be written")


async def arrive(
    tab: Tab,
    profile: Profile,
    sights: Mapping[str, Mapping[str, str | None]],
    where: str,
    *,
    watch: bool = True,
) -> str:
    """Wait until one of `sights` holds and answer its name; a page of maintenance, or to sign in, raises."""
    seen = await tab.wait({**_stops(profile, watch=watch), **sights}, f"arriving at {where}")
    _refuse(seen, where)
    return seen


async def refuse_ended(tab: Tab, profile: Profile, where: str) -> None:
    """Raise `SessionEnded` if the page asks to sign in, `TargetAway` if it is the one of maintenance."""
    await _refuse_stops(tab, profile, where, watch=True)


async def _refuse_stops(tab: Tab, profile: Profile, where: str, *, watch: bool) -> None:
    if stops := _stops(profile, watch=watch):
        _refuse(await tab.sees(stops), where)


_ENDED, _MAINTENANCE = "session ended", "maintenance"


def _stops(profile: Profile, *, watch: bool) -> dict[str, Mapping[str, str | None]]:
    """The sights that end every way."""
    ended = {_ENDED: as_sight(profile.session.ended)} if watch else {}
    closed = profile.session.maintenance
    return {**({_MAINTENANCE: as_sight(closed)} if closed else {}), **ended}


def _refuse(seen: str, where: str) -> None:
    if seen == _MAINTENANCE:
        raise TargetAway(f"{where}: the target shows its maintenance page")
    if seen == _ENDED:
        raise SessionEnded(f"{where}: the target asks us to sign in")
