"""Sign in, open a record, go on from screen to screen, and save."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from rpa.browser import clock
from rpa.browser.tab import Tab
from rpa.browser.traffic import Save
from rpa.browser.values import Confirmed, Document, Region
from rpa.errors import (
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
from rpa.targets.steps import Facts, arrive, as_condition, condition, perform

SESSION_ENDED = "session ended"
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
    conditions = {"done": as_condition(session.done)}
    if session.refused is not None:
        conditions["refused"] = as_condition(session.refused)
    with _not_the_reports_doing():
        await perform(tab, profile, session.steps[:-1], account, "sign-in", watch=False)
        before = await tab.document()
        try:
            await perform(tab, profile, session.steps[-1:], account, "sign-in", watch=False)
            seen = await arrive(tab, profile, conditions, "the page after sign-in", watch=False)
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
    return await tab.document() != before and bool(
        await tab.sees({"ended": as_condition(profile.session.ended)})
    )


@contextmanager
def _not_the_reports_doing() -> Iterator[None]:
    """What fails before a report is touched says nothing about the report; a changed page still says so."""
    try:
        yield
    except (SessionEnded, TargetAway, TargetChanged):
        raise
    except TargetError as error:
        raise TargetAway(str(error), for_all=isinstance(error, NotServed)) from error


async def open_record(tab: Tab, profile: Profile, facts: Facts | None = None) -> None:
    """From anywhere to the first screen of a new record, or of the saved one that `facts` name.

    Raises `TargetAway` when the target does not let us begin a new record.
    """
    first, what = profile.course[0], "update" if facts else "new record"
    with nullcontext() if facts else _not_the_reports_doing():
        await perform(tab, profile, profile.journey.steps, facts or {}, what)
        await arrive(tab, profile, {"there": as_condition(first.condition)}, first.name)


async def go_on(
    tab: Tab, profile: Profile, here: Screen, after: Screen, confirmed: Confirmed | None = None
) -> None:
    """From one screen to the next, if it still holds what was confirmed. Raises `PageReplaced` when it does not,
    and `ReportError` when the target refuses what it holds."""
    if profile.journey.next is None:
        raise TargetError("the profile has several screens and no way from one to the next")
    await tab.press(Region(profile.journey.scope), profile.journey.next, confirmed)
    conditions = {"next": as_condition(after.condition), "refused": condition(css=profile.journey.errors)}
    if await arrive(tab, profile, conditions, after.name) == "refused":
        raise ReportError(f"{here.name}: the target refused a value")


async def save(tab: Tab, profile: Profile, confirmed: Confirmed, time: SavingTime, known: str = "") -> str:
    """Press save, and read the record's reference from the answer: a new one, or the one that is `known`.

    1. From here on what may change the target leaves once, on a fresh connection, and not after `time.until`.
    2. Press, if the page still holds all that was confirmed on it.
    3. Wait for the answer; no longer once it is known that there will be none.

    Raises `NotSent` when it is certain that nothing left this machine, and `SubmissionUncertain` for anything else
    but a clear answer, a refusal included: once it may have left, only a look in the target says what happened.
    """
    reply = Reply()
    async with tab.saving(time.until) as sent:
        try:
            before = () if known else await tab.texts(_told_in(profile))
            refused = await tab.press_confirmed(
                Region(profile.journey.scope), profile.journey.save, confirmed
            )
            told = Told(before, known, time.answer_seconds)
            reply = Reply(why=refused) if refused else await _answer(tab, profile, sent, told)
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
    """What the page showed after save: the condition, the references that were not there before, or why neither;
    `changes`: where the profile does not say rightly where they are."""

    condition: str = ""
    references: tuple[str, ...] = ()
    why: str = ""
    changes: tuple[TargetChanged, ...] = ()


@dataclass(frozen=True)
class Told:
    """What tells that it was saved: a reference in no text that was there `before`, or the one that is `known`.
    `seconds`: how long to wait for it."""

    before: Sequence[str]
    known: str
    seconds: float


async def _answer(tab: Tab, profile: Profile, sent: Save, told: Told) -> Reply:
    """What the page shows once save was sent and answered; no longer waited for once it cannot be any more."""
    reading = asyncio.create_task(_read_answer(tab, profile, sent, told))
    lost = asyncio.create_task(sent.lost.wait())
    try:
        await asyncio.wait({reading, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            await asyncio.wait({reading}, timeout=LOST_SECONDS)
        if not reading.done():
            raise TargetError("the connection ended before save was answered")
        return await reading
    finally:
        reading.cancel()
        lost.cancel()


async def _read_answer(tab: Tab, profile: Profile, sent: Save, told: Told) -> Reply:
    """Nothing that the page shows is an answer before something was sent and answered, nor what stood there
    already; but the page itself may refuse."""
    refused = {"refused": condition(css=profile.journey.errors)}
    refusing = asyncio.create_task(tab.wait(refused, "arriving at the page after save", told.seconds))
    heard = asyncio.create_task(sent.heard.wait())
    try:
        await asyncio.wait({refusing, heard}, return_when=asyncio.FIRST_COMPLETED)
        if not heard.done():
            return Reply(await refusing, why="the page itself refused to save")
    finally:
        refusing.cancel()
        heard.cancel()
    ended = {SESSION_ENDED: as_condition(profile.session.ended)}
    saved = {"saved": as_condition(profile.journey.saved)}
    seen = await tab.wait({**ended, **saved, **refused}, "arriving at the page after save", told.seconds)
    if seen != "saved":
        return Reply(seen, why=f"save was answered by {seen!r}")
    texts = await tab.wait_for(
        "reading the answer to save", "newTexts", _told_in(profile), list(told.before), seconds=told.seconds
    )
    old = references(profile, told.before)
    found = tuple(each for each in references(profile, texts) if each not in old)
    if not found:
        where, pattern, part = (
            _told_in(profile),
            profile.journey.reference,
            "update" if told.known else "journey",
        )
        reason = f"{where!r} holds no reference of the pattern {pattern}; see [{part}] saved"
        change = TargetChanged("after save", "", reason)
        return Reply(seen, why=str(change), changes=(change,))
    if told.known and found != (told.known,):
        return Reply(seen, why="save was answered with a page that does not show this record alone")
    return Reply(seen, found, f"save was answered with {len(found)} new references")


def _told_in(profile: Profile) -> str:
    """CSS of where the target says which reference it gave."""
    return profile.journey.saved.css or profile.journey.scope
