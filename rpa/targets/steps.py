"""Steps on the way: go, fill, press, wait, as the profile lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rpa.browser.seen import Job, Region
from rpa.browser.tab import Tab
from rpa.errors import SessionEnded, TargetChanged, TargetError
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
        elif watch and step.go is not None:
            await refuse_ended(tab, profile, where)


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
    """Wait until one of `sights` holds and answer its name; a page that asks to sign in raises."""
    ended = {"session ended": as_sight(profile.session.ended)} if watch else {}
    seen = await tab.wait({**ended, **sights}, f"arriving at {where}")
    if seen == "session ended":
        raise SessionEnded(f"{where}: the target asks us to sign in")
    return seen


async def refuse_ended(tab: Tab, profile: Profile, where: str) -> None:
    """Raise `SessionEnded` if the page asks to sign in."""
    if await tab.sees({"ended": as_sight(profile.session.ended)}):
        raise SessionEnded(f"{where}: the target asks us to sign in")
