"""The whole journey of one report on one page.

A robot is one signed-in browser session with its own account in the target.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from rpa.browser.launch import Browser, Way
from rpa.browser.seen import Confirmed
from rpa.browser.tab import Tab
from rpa.errors import (
    NotSent,
    PageReplaced,
    ReportError,
    SessionEnded,
    SubmissionUncertain,
    TargetChanged,
    TargetError,
)
from rpa.plan import Held, PagePlan, Plan
from rpa.planning import Unavailable
from rpa.targets import journey
from rpa.targets.finding import Looked, find
from rpa.targets.keying import Screened, key_screen
from rpa.targets.profile import Profile
from rpa.targets.record import Reading, read_record
from rpa.targets.saving import ready_to_save

T = TypeVar("T")

RETURNS = 2  # times that a screen is keyed again which lost something before it was left
SCREENS_UNTIDY = 3  # screens whose remains may pile up in the browser's memory before it is tidied


@dataclass(frozen=True)
class Target:
    """A target to key into: its profile, where it is, and the way there.

    `timeout_seconds` bounds each wait for its pages, `save_seconds` the wait for its answer to save.
    """

    name: str
    profile: Profile
    url: str
    timeout_seconds: float
    save_seconds: float = 120
    way: Way = field(default_factory=Way)


@dataclass(frozen=True)
class Account:
    """A robot's own account in the target."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Keyed:
    """A page journey that is complete up to the last press: the plan that was keyed, what every control held,
    and the changes that were met on the way."""

    plan: Plan
    held: tuple[Held, ...]
    changes: tuple[TargetChanged, ...]
    picture: bytes = field(repr=False)


class Custody(Protocol):
    """What the robot needs of whoever keeps the report while it works. Both calls return once durable."""

    async def submitting(self, keyed: Keyed) -> float:
        """Record that save is about to be pressed, if the report is still ours; answers until when, on
        `rpa.browser.clock`, it stays ours at least."""

    async def submitted(self, reference: str) -> None:
        """Record the target's reference, however late it comes."""


class Robot:
    """One signed-in session. Not for use by two tasks at once."""

    def __init__(self, browser: Browser, target: Target, account: Account) -> None:
        self._browser, self._target, self._account = browser, target, account
        self._tab: Tab | None = None
        self._unanswered: set[asyncio.Task[str]] = set()

    async def key(
        self,
        plan_without: Callable[[Unavailable], Plan],
        custody: Custody,
        files: Mapping[str, bytes],
    ) -> tuple[Keyed, str]:
        """Key one report and save it; answers what was keyed and the target's reference.

        1. Key and confirm every screen; a control that is not certain is planned around, and noted.
        2. The page that save is pressed on holds all of its plan, and save can be pressed. Take a picture of it.
        3. Make durable that save is about to be pressed, if the report is still ours.
        4. Press save, if the page is still as it was confirmed; its request leaves once, in time or not at all.
        5. Make the reference durable.

        Raises `NotSent` when nothing left this machine, and `SubmissionUncertain` when something may have.
        """
        keyed, confirmed = await self._fill(plan_without, files)
        tab = await self._signed_in()
        until = await custody.submitting(keyed)
        saving = asyncio.create_task(self._save(tab, confirmed, until, custody))
        try:
            return keyed, await asyncio.shield(saving)
        except asyncio.CancelledError:
            # Nobody waits any more. What has left may still be answered, and then the answer is evidence.
            tab.revoke()
            self._tab = None
            self._unanswered.add(saving)
            saving.add_done_callback(self._forget)
            raise
        except (NotSent, SubmissionUncertain):
            await self.close()
            raise

    async def _save(self, tab: Tab, confirmed: Confirmed, until: float, custody: Custody) -> str:
        """Steps 4 and 5. The tab is closed at the end if it is not the robot's own any more."""
        time = journey.SavingTime(until, self._target.save_seconds)
        try:
            reference = await journey.save(tab, self._target.profile, confirmed, time)
            await custody.submitted(reference)
            return reference
        finally:
            if self._tab is not tab:
                with suppress(TargetError):
                    await tab.close()

    def _forget(self, saving: asyncio.Task[str]) -> None:
        self._unanswered.discard(saving)
        if not saving.cancelled():
            saving.exception()  # it was raised for nobody: the report is settled by others

    async def look(self, source_reference: str) -> Looked:
        """Search the target for our source reference."""
        return await self._once_more(lambda tab: find(tab, self._target.profile, source_reference))

    async def read(self, plan: Plan, chosen: Mapping[str, str], reference: str) -> tuple[Reading, bytes]:
        """Read the record back and compare; with a picture of it."""
        profile = self._target.profile
        reading = await self._once_more(lambda tab: read_record(tab, profile, plan, chosen, reference))
        return reading, await (await self._signed_in()).picture()

    async def rest(self) -> None:
        """Leave the target's page, still signed in: a robot that waits for work needs little memory."""
        if self._tab is not None:
            if await self._tab.worn():
                await self.close()
                return
            await self._tab.go("about:blank")
            await self._tab.tidy()

    async def close(self) -> None:
        """Close the session's tab; the next use signs in anew."""
        if self._tab is not None:
            tab, self._tab = self._tab, None
            await tab.close()

    async def _signed_in(self) -> Tab:
        if self._tab is None:
            tab = await self._browser.open_tab(
                self._target.url, self._target.timeout_seconds, self._target.way
            )
            facts = {"account": self._account.name, "password": self._account.password}
            try:
                await journey.sign_in(tab, self._target.profile, facts)
            except TargetError:
                await tab.close()
                raise
            self._tab = tab
        return self._tab

    async def _once_more(self, work: Callable[[Tab], Awaitable[T]]) -> T:
        """Do `work`, which changes nothing in the target, signing in again once if the session has ended.

        A page that failed may still be on its way and would cut across the next: its tab is not used again.
        """
        try:
            try:
                return await work(await self._signed_in())
            except SessionEnded:
                await self.close()
                return await work(await self._signed_in())
        except TargetChanged:
            raise
        except TargetError:
            await self.close()
            raise

    async def _fill(
        self, plan_without: Callable[[Unavailable], Plan], files: Mapping[str, bytes]
    ) -> tuple[Keyed, Confirmed]:
        """Steps 1 and 2. Nothing is saved yet, so a journey that cannot go on around a change starts over."""
        way = _Way(plan_without)
        while (done := await self._once_more(partial(self._screens, way, files))) is None:
            pass
        plan, held, confirmed = done
        picture = await (await self._signed_in()).picture()
        return Keyed(plan, held, tuple(way.changes.values()), picture), confirmed

    async def _screens(
        self, way: _Way, files: Mapping[str, bytes], tab: Tab
    ) -> tuple[Plan, tuple[Held, ...], Confirmed] | None:
        """One journey up to save; None when it has to start over, around a change that it met."""
        profile, plan = self._target.profile, way.plan()
        await journey.open_record(tab, profile)
        held: tuple[Held, ...] = ()
        confirmed = Confirmed(tab.surveyed)
        for number in range(len(profile.screens)):
            try:
                done = await key_screen(tab, profile, plan.pages[number], files)
            except TargetChanged as change:
                way.note(change)
                return None
            around = way.around(plan, number, done)
            if around is None:
                return None
            plan = around
            try:
                done, confirmed = await self._leave(tab, plan, number, held, done, files)
            except TargetChanged as change:
                way.note(change)
                return None
            held += done.held
            if number % SCREENS_UNTIDY == 0:
                await tab.tidy()
        return plan, held, confirmed

    async def _leave(
        self,
        tab: Tab,
        plan: Plan,
        number: int,
        held: tuple[Held, ...],
        done: Screened,
        files: Mapping[str, bytes],
        returns: int = 0,
    ) -> tuple[Screened, Confirmed]:
        """Go on from a screen (from 0), or see that the last is ready to be saved. What it has lost since it was
        keyed, as when a page redraws itself late, is keyed again."""
        profile, page = self._target.profile, plan.pages[number]
        try:
            if number + 1 == len(profile.screens):
                return done, await ready_to_save(tab, profile, plan, (*held, *done.held))
            here, after = profile.screens[number : number + 2]
            await journey.go_on(tab, profile, here, after, done.confirmed)
            return done, Confirmed(tab.surveyed)
        except (PageReplaced, TargetChanged) as lost:
            if returns == RETURNS or (isinstance(lost, TargetChanged) and not lost.control):
                raise
        again = await key_screen(tab, profile, PagePlan(page.screen, page.entries), files)
        if again.changes:
            raise again.changes[0]
        rows = tuple(each for each in done.held if each.place.grid)
        return await self._leave(
            tab, plan, number, held, replace(again, held=again.held + rows), files, returns + 1
        )


@dataclass
class _Way:
    """The changes that the journeys of one report have met, and the plan around them."""

    plan_without: Callable[[Unavailable], Plan]
    changes: dict[tuple[str, str], TargetChanged] = field(default_factory=dict)

    def plan(self) -> Plan:
        """The plan around all changes. Raises what stands in the way of keying it."""
        plan = self.plan_without(frozenset(self.changes))
        if plan.missing:
            if self.changes:
                first, *others = self.changes.values()
                raise TargetChanged(first.screen, first.control, first.reason, tuple(others))
            raise ReportError(f"the target needs {', '.join(plan.missing)}")
        return plan

    def note(self, change: TargetChanged) -> None:
        """Plan around a change from now on. Raises it if that cannot be done, or has been."""
        if not change.control or (change.screen, change.control) in self.changes:
            raise change
        self.changes[change.screen, change.control] = change

    def around(self, plan: Plan, number: int, done: Screened) -> Plan | None:
        """The plan to go on with after a screen (from 0); None when what is keyed already is not what it wants."""
        for change in done.changes:
            self.note(change)
        if not done.changes:
            return plan
        after = self.plan()
        gone = {change.control for change in done.changes}
        keyed = (*plan.pages[:number], plan.pages[number].without(gone))
        return after if done.clean and after.pages[: number + 1] == keyed else None
