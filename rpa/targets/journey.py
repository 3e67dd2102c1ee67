"""Sign in, open a record, go on from screen to screen, and save."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rpa.browser.seen import Region
from rpa.browser.tab import Tab
from rpa.errors import (
    ReportError,
    SessionEnded,
    SignInRefused,
    SubmissionUncertain,
    TargetAway,
    TargetChanged,
    TargetError,
)
from rpa.targets.finding import references
from rpa.targets.profile import Profile, Screen
from rpa.targets.steps import Facts, arrive, as_sight, perform, sight


async def sign_in(tab: Tab, profile: Profile, account: Facts) -> None:
    """Sign in with `account` (its `account` and `password`).

    Raises `SignInRefused` when the target refuses the account: it says so in the profile's words, or comes back
    with a new sign-in page. Raises `TargetAway` when signing in fails otherwise.
    """
    session = profile.session
    sights = {"done": as_sight(session.done)}
    if session.refused is not None:
        sights["refused"] = as_sight(session.refused)
    with _not_the_reports_doing():
        await perform(tab, profile, session.steps[:-1], account, "sign-in", watch=False)
        began = monotonic()
        try:
            await perform(tab, profile, session.steps[-1:], account, "sign-in", watch=False)
            seen = await arrive(tab, profile, sights, "the page after sign-in", watch=False)
        except TargetAway:
            raise
        except TargetError:
            if not await _is_asked_again(tab, profile, began):
                raise
            seen = "refused"
        if seen == "refused":
            raise SignInRefused("sign-in: the target refuses the account")


async def _is_asked_again(tab: Tab, profile: Profile, began: float) -> bool:
    """Whether the page asks to sign in, and is younger than our last step: not the old one, still waiting."""
    age = await tab.arm() / 1000
    return age < monotonic() - began and bool(await tab.sees({"ended": as_sight(profile.session.ended)}))


@contextmanager
def _not_the_reports_doing() -> Iterator[None]:
    """What fails before a report is touched says nothing about the report; a changed page still says so."""
    try:
        yield
    except (SessionEnded, TargetAway, TargetChanged):
        raise
    except TargetError as error:
        raise TargetAway(str(error)) from error


async def open_record(tab: Tab, profile: Profile) -> None:
    """From anywhere to the first screen of a new record. Raises `TargetAway` when the target does not let us."""
    first = profile.screens[0]
    with _not_the_reports_doing():
        await perform(tab, profile, profile.journey.steps, {}, "new record")
        await arrive(tab, profile, {"there": as_sight(first.sight)}, first.name)


async def go_on(tab: Tab, profile: Profile, here: Screen, after: Screen) -> None:
    """From one screen to the next. Raises `ReportError` when the target refuses what it holds."""
    if profile.journey.next is None:
        raise TargetError("the profile has several screens and no way from one to the next")
    await tab.press(Region(profile.journey.scope), profile.journey.next)
    sights = {"next": as_sight(after.sight), "refused": sight(css=profile.journey.errors)}
    if await arrive(tab, profile, sights, after.name) == "refused":
        raise ReportError(f"{here.name}: the target refused a value")


async def save(tab: Tab, profile: Profile, armed: float, seconds: float) -> str:
    """Press save within `seconds` of `armed`, and read the record's reference from the answer.

    Raises `SubmissionUncertain` for anything but a clear answer, a refusal included: once pressed, only a look
    in the target says what happened.
    """
    sights = {"saved": as_sight(profile.journey.saved), "refused": sight(css=profile.journey.errors)}
    region = Region(profile.journey.scope)
    try:
        async with tab.sending_once():
            if not await tab.press_before(region, profile.journey.save, armed, seconds):
                raise SubmissionUncertain("the right to save had lapsed before save was pressed")
            seen = await arrive(tab, profile, sights, "the page after save")
        found = references(profile, await tab.texts(profile.journey.saved.css or profile.journey.scope))
    except TargetError as error:
        raise SubmissionUncertain(f"no clear answer to save: {error}") from error
    if seen != "saved" or len(found) != 1:
        raise SubmissionUncertain(f"save was answered by {seen!r} with {len(found)} references")
    return found[0]
