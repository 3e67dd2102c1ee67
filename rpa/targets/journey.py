"""Sign in, open a record, go on from screen to screen, and save."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rpa.browser import clock
from rpa.browser.seen import Confirmed, Document, Region
from rpa.browser.tab import Tab
from rpa.browser.traffic import Save
from rpa.errors import (
    NotSent,
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

LOST_SECONDS = 1.0  # for the page to show something all the same, once its request is known to get no answer


@dataclass(frozen=True)
class SavingTime:
    """`until`: when the right to save ends, on `clock.now`. `answer_seconds`: how long an answer may take."""

    until: float
    answer_seconds: float


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
        before = await tab.document()
        try:
            await perform(tab, profile, session.steps[-1:], account, "sign-in", watch=False)
            seen = await arrive(tab, profile, sights, "the page after sign-in", watch=False)
        except TargetAway:
            raise
        except TargetError:
            if not await _is_asked_again(tab, profile, before):
                raise
            seen = "refused"
        if seen == "refused":
            raise SignInRefused("sign-in: the target refuses the account")


async def _is_asked_again(tab: Tab, profile: Profile, before: Document) -> bool:
    """Whether a new page asks to sign in: not the old one, still waiting for its answer."""
    return await tab.document() != before and bool(await tab.sees({"ended": as_sight(profile.session.ended)}))


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


async def go_on(
    tab: Tab, profile: Profile, here: Screen, after: Screen, confirmed: Confirmed | None = None
) -> None:
    """From one screen to the next, if it still holds what was confirmed. Raises `PageReplaced` when it does not,
    and `ReportError` when the target refuses what it holds."""
    if profile.journey.next is None:
        raise TargetError("the profile has several screens and no way from one to the next")
    await tab.press(Region(profile.journey.scope), profile.journey.next, confirmed)
    sights = {"next": as_sight(after.sight), "refused": sight(css=profile.journey.errors)}
    if await arrive(tab, profile, sights, after.name) == "refused":
        raise ReportError(f"{here.name}: the target refused a value")


async def save(tab: Tab, profile: Profile, confirmed: Confirmed, time: SavingTime) -> str:
    """Press save, and read the record's reference from the answer.

    1. From here on what may change the target leaves once, on a fresh connection, and not after `time.until`.
    2. Press, if the page still holds all that was confirmed on it.
    3. Wait for the answer; no longer once it is known that there will be none.

    Raises `NotSent` when it is certain that nothing left this machine, and `SubmissionUncertain` for anything else
    but a clear answer, a refusal included: once it may have left, only a look in the target says what happened.
    """
    region = Region(profile.journey.scope)
    seen, found, why = "", tuple[str, ...](), ""
    async with tab.saving(time.until) as sent:
        try:
            why = await tab.press_confirmed(region, profile.journey.save, confirmed)
            seen = "" if why else await _answer(tab, profile, sent, time.answer_seconds)
            found = (
                references(profile, await tab.texts(profile.journey.saved.css or profile.journey.scope))
                if seen == "saved"
                else ()
            )
        except TargetError as error:
            why, found = str(error), ()
        sent.answered = len(found) == 1
    if sent.answered:
        return found[0]
    why = why or f"save was answered by {seen!r} with {len(found)} references"
    if sent.nothing_left:
        raise NotSent("the right to save had lapsed" if clock.now() >= time.until else why)
    raise SubmissionUncertain(why, signed_out=seen == "session ended")


async def _answer(tab: Tab, profile: Profile, sent: Save, seconds: float) -> str:
    """The name of the sight that answers a save: saved, refused, session ended."""
    sights = {
        "session ended": as_sight(profile.session.ended),
        "saved": as_sight(profile.journey.saved),
        "refused": sight(css=profile.journey.errors),
    }
    looking = asyncio.create_task(tab.wait(sights, "arriving at the page after save", seconds))
    lost = asyncio.create_task(sent.lost.wait())
    try:
        await asyncio.wait({looking, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not looking.done():
            await asyncio.wait({looking}, timeout=LOST_SECONDS)
        if not looking.done():
            raise TargetError("the connection ended before save was answered")
        return await looking
    finally:
        looking.cancel()
        lost.cancel()
