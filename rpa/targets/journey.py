"""Sign in, open a record, go on from screen to screen, and save."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from rpa.browser import clock
from rpa.browser.tab import Tab
from rpa.browser.traffic import Save
from rpa.browser.values import Confirmed, PageDocument, Region
from rpa.errors import (
    Cause,
    NotSent,
    NotServed,
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
from rpa.targets.steps import OPENING, Facts, arrive, as_condition, condition, perform

SESSION_ENDED = "session ended"
_LOST_SECONDS = 1.0  # for the page to show something anyway, once its request is known to get no response


@dataclass(frozen=True)
class SavingTime:
    """`until`: when the right to save ends, on `clock.now`. `response_seconds`: how long a response may take."""

    until: float
    response_seconds: float


async def sign_in(tab: Tab, profile: Profile, account: Facts) -> None:
    """Sign in with `account` (its `account` and `password`).

    Raises `SignInRefused` when the target refuses the account: it shows what the profile calls a refusal, or a new
    sign-in page. Raises `TargetAway` when signing in fails otherwise.
    """
    session = profile.session
    conditions = {"done": as_condition(session.done)}
    if session.refused is not None:
        conditions["refused"] = as_condition(session.refused)
    with _as_target_away():
        await perform(tab, profile, session.steps[:-1], account, "sign-in", watch=False)
        before = await tab.document()
        try:
            await perform(tab, profile, session.steps[-1:], account, "sign-in", watch=False)
            seen = await arrive(tab, profile, conditions, "the page after sign-in", watch=False)
        except TargetAway:
            raise
        except TargetError:
            if not await _shows_sign_in_again(tab, profile, before):
                raise
            seen = "refused"
        if seen == "refused":
            raise SignInRefused("sign-in: the target refuses the account")


async def _shows_sign_in_again(tab: Tab, profile: Profile, before: PageDocument) -> bool:
    """Whether a new page asks to sign in, not the old one that still waits for its response."""
    return await tab.document() != before and bool(
        await tab.current_condition({"ended": as_condition(profile.session.ended)})
    )


@contextmanager
def _as_target_away() -> Iterator[None]:
    """Raise `TargetAway` for what fails before a report is touched: it is not the report's fault. Changes stay
    changes."""
    try:
        yield
    except (SessionEnded, TargetAway, TargetChanged):
        raise
    except TargetError as error:
        raise TargetAway(str(error), for_all=isinstance(error, NotServed)) from error


async def open_record(tab: Tab, profile: Profile, facts: Facts | None = None) -> None:
    """Go from anywhere to the first screen of a new record, or of the saved one that `facts` name.

    Raises `TargetAway` when the target does not allow a new record.
    """
    first, what = profile.course[0], "update" if facts else OPENING
    with nullcontext() if facts else _as_target_away():
        await perform(tab, profile, profile.journey.steps, facts or {}, what)
        await arrive(tab, profile, {"there": as_condition(first.condition)}, first.name)


async def go_on(
    tab: Tab, profile: Profile, here: Screen, after: Screen, confirmed: Confirmed | None = None
) -> None:
    """Go from one screen to the next, if it still holds what was confirmed. Raises `PageReplaced` when it does
    not, and `ReportError` when the target refuses what it holds."""
    if profile.journey.next is None:
        raise TargetError("the profile has several screens and no way from one to the next")
    await tab.press(Region(profile.journey.scope), profile.journey.next, confirmed)
    conditions = {"next": as_condition(after.condition), "refused": condition(css=profile.journey.errors)}
    if await arrive(tab, profile, conditions, after.name) == "refused":
        raise ReportError(f"{here.name}: the target refused a value")


async def save(tab: Tab, profile: Profile, confirmed: Confirmed, time: SavingTime, known: str = "") -> str:
    """Press save, and read the record's reference from the response: a new one, or the one that is `known`.

    1. From here on what may change the target leaves once, on a fresh connection, and not after `time.until`.
    2. Press, if the page still holds all that was confirmed on it.
    3. Wait for the response; no longer once it is known that there will be none.

    Raises `NotSent` when it is certain that nothing left this machine, and `SubmissionUncertain` for anything else
    that is not a clear response, a refusal included: once save may have left, only the target shows the result.
    """
    reply = Reply()
    async with tab.saving(time.until) as sent:
        try:
            before = () if known else await tab.texts(_reference_css(profile))
            refused = await tab.press_confirmed(
                Region(profile.journey.scope), profile.journey.save, confirmed
            )
            expected = Expected(before, known, time.response_seconds)
            reply = Reply(why=refused) if refused else await _response(tab, profile, sent, expected)
        except TargetError as error:
            reply = Reply(why=str(error))
        sent.answered = len(reply.references) == 1
    if sent.answered:
        return reply.references[0]
    if sent.nothing_left:
        raise NotSent("the right to save had lapsed" if clock.now() >= time.until else reply.why)
    raise SubmissionUncertain(reply.why, signed_out=reply.condition == SESSION_ENDED, changes=reply.changes)


@dataclass(frozen=True)
class Reply:
    """What the page showed after save: the condition, and the references that were not there before, or why there
    are none. `changes`: where the profile is wrong about where they are."""

    condition: str = ""
    references: tuple[str, ...] = ()
    why: str = ""
    changes: tuple[TargetChanged, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What shows that a record was saved: a reference in no text that was there `before`, or the `known` one.
    `seconds`: how long to wait for it."""

    before: Sequence[str]
    known: str
    seconds: float


async def _response(tab: Tab, profile: Profile, sent: Save, expected: Expected) -> Reply:
    """What the page shows once save has its response. Stops waiting once there can be none."""
    reading = asyncio.create_task(_read_response(tab, profile, sent, expected))
    lost = asyncio.create_task(sent.lost.wait())
    try:
        await asyncio.wait({reading, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            await asyncio.wait({reading}, timeout=_LOST_SECONDS)
        if not reading.done():
            raise TargetError("the connection ended before the response to save")
        return await reading
    finally:
        reading.cancel()
        lost.cancel()


async def _read_response(tab: Tab, profile: Profile, sent: Save, expected: Expected) -> Reply:
    """What the page shows counts only after a request was sent and got a response, and only what was not there
    before; but the page itself may refuse."""
    refused = {"refused": condition(css=profile.journey.errors)}
    arriving = "arriving at the page after save"
    refusing = asyncio.create_task(tab.wait_for_condition(refused, arriving, expected.seconds))
    responded = asyncio.create_task(sent.responded.wait())
    try:
        await asyncio.wait({refusing, responded}, return_when=asyncio.FIRST_COMPLETED)
        if not responded.done():
            return Reply(await refusing, why="the page itself refused to save")
    finally:
        refusing.cancel()
        responded.cancel()
    ended = {SESSION_ENDED: as_condition(profile.session.ended)}
    saved = {"saved": as_condition(profile.journey.saved)}
    conditions = {**ended, **saved, **refused}
    seen = await tab.wait_for_condition(conditions, arriving, expected.seconds)
    if seen != "saved":
        return Reply(seen, why=f"the response to save was {seen!r}")
    texts = await tab.wait_for_new_texts(
        _reference_css(profile), expected.before, expected.seconds, "reading the response to save"
    )
    old = references(profile, expected.before)
    found = tuple(each for each in references(profile, texts) if each not in old)
    if not found:
        where, pattern, part = (
            _reference_css(profile),
            profile.journey.reference,
            "update" if expected.known else "journey",
        )
        reason = f"{where!r} holds no reference of the pattern {pattern}; see [{part}] saved"
        change = TargetChanged("after save", "", reason, Cause.OTHER)
        return Reply(seen, why=str(change), changes=(change,))
    if expected.known and found != (expected.known,):
        return Reply(seen, why="the response to save does not show this record alone")
    return Reply(seen, found, f"the response to save has {len(found)} new references")


def _reference_css(profile: Profile) -> str:
    """CSS of where the target shows the new record's reference."""
    return profile.journey.saved.css or profile.journey.scope
