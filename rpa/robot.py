"""A robot: one signed-in browser session with its own account in the target.

This module has the whole journey of one report: key, save, find, read back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from rpa.browser.launch import Browser, Route
from rpa.browser.tab import Tab
from rpa.browser.values import Confirmed
from rpa.errors import (
    DefinitionError,
    Fault,
    NotSent,
    SessionEnded,
    SubmissionUncertain,
    TargetChanged,
    TargetError,
)
from rpa.plan import Held, Plan, Recorded, SavedRecord, Unavailable
from rpa.targets import journey
from rpa.targets.filling import Filling
from rpa.targets.finding import SearchResult, find
from rpa.targets.profile import Profile
from rpa.targets.record import Reading, read_record
from rpa.targets.updating import find_update, left_to_key, read_before

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """A target to key into: its profile, its address and the route to it.

    `timeout_seconds` limits each wait for its pages, `save_seconds` the wait for its response to save.
    """

    name: str
    profile: Profile
    url: str
    timeout_seconds: float
    save_seconds: float = 120
    route: Route = field(default_factory=Route)


@dataclass(frozen=True)
class Account:
    """A robot's own account in the target."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class FilledRecord:
    """A page journey that is complete up to the last press: the plan that was keyed, what every control held,
    the changes that were met on the way, and what the record showed `before`, if it is an update."""

    plan: Plan
    held: tuple[Held, ...]
    changes: tuple[TargetChanged, ...]
    picture: bytes = field(repr=False)
    before: tuple[Recorded, ...] = ()


class SaveJournal(Protocol):
    """Records that a save is about to happen, and its result. Both calls return once that is durable."""

    async def before_save(self, keyed: FilledRecord) -> float:
        """Record that save is about to be pressed, if the report is still ours. Returns until when, on
        `rpa.browser.clock`, it is certain to stay ours."""

    async def after_save(self, reference: str) -> None:
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
        journal: SaveJournal,
        files: Mapping[str, bytes],
    ) -> tuple[FilledRecord, str]:
        """Key one report as a new record and save it; returns what was keyed and the target's reference.

        Raises `NotSent` when nothing left this machine, and `SubmissionUncertain` when something may have.
        """
        return await self._key_and_save(Filling(self._target.profile, plan_without, files), journal)

    async def update(
        self,
        plan_without: Callable[[Unavailable], Plan],
        journal: SaveJournal,
        files: Mapping[str, bytes],
        reference: str,
    ) -> FilledRecord | None:
        """Key changes into the saved record of this reference and save them; returns what was keyed.

        What the record shows before is read first. Controls that are not planned are left as they are, and planned
        rows are added to those that are there. A control whose value the record shows already is done: when all
        are, nothing is keyed or saved, and this returns None. An update that adds rows is always keyed.

        Raises `DefinitionError` when the profile does not say how a record is changed, `TargetError` when another
        record was opened (nothing is keyed), `NotSent` when nothing left this machine, and `SubmissionUncertain`
        when something may have.
        """
        profile = self._target.profile.for_update()
        if profile is None:
            said, remedy = "the profile has no [update]", "Say in it how a saved record is changed"
            raise DefinitionError(Fault(f"{self._target.name}/screens.toml", 1, "update", said, remedy))
        plan = Filling(profile, plan_without, files).plan
        page = await self._once_more(lambda tab: read_before(tab, profile, plan.reference, reference))
        if not left_to_key(page, plan).size:
            return None

        def left(unavailable: Unavailable) -> Plan:
            return left_to_key(page, plan_without(unavailable))

        filling = Filling(profile, left, files, SavedRecord(reference, tuple(page.recorded())))
        keyed, _ = await self._key_and_save(filling, journal)
        return keyed

    async def _key_and_save(self, filling: Filling, journal: SaveJournal) -> tuple[FilledRecord, str]:
        """The save protocol, the same for a new record and for an update.

        1. Key and confirm every screen; a control that is not certain is planned around, and noted.
        2. The page that save is pressed on holds all of its plan, and save can be pressed. Take a picture of it.
        3. Make durable that save is about to be pressed, if the report is still ours.
        4. Press save, if the page is still as it was confirmed; its request leaves once, in time or not at all.
        5. Make the reference durable.
        """
        keyed, confirmed = await self._fill(filling)
        tab = await self._signed_in()
        until = await journal.before_save(keyed)
        saving = asyncio.create_task(self._save(tab, filling, confirmed, until, journal))
        try:
            return keyed, await asyncio.shield(saving)
        except asyncio.CancelledError:
            # Nobody waits any longer. A response to what has left may still come, and then it is evidence.
            tab.revoke()
            self._tab = None
            self._unanswered.add(saving)
            saving.add_done_callback(self._forget)
            raise
        except (NotSent, SubmissionUncertain):
            await self.close()
            raise

    async def _save(
        self, tab: Tab, filling: Filling, confirmed: Confirmed, until: float, journal: SaveJournal
    ) -> str:
        """Steps 4 and 5. The tab is closed at the end if it is not the robot's own any more."""
        time = journey.SavingTime(until, self._target.save_seconds)
        try:
            reference = await journey.save(tab, filling.profile, confirmed, time, filling.record.reference)
            await journal.after_save(reference)
            return reference
        finally:
            if self._tab is not tab:
                with suppress(TargetError):
                    await tab.close()

    def _forget(self, saving: asyncio.Task[str]) -> None:
        self._unanswered.discard(saving)
        if not saving.cancelled():
            saving.exception()  # it was raised for nobody: the report is settled by others

    async def find_record(self, source_reference: str) -> SearchResult:
        """Search the target for our source reference."""
        return await self._once_more(lambda tab: find(tab, self._target.profile, source_reference))

    async def find_update(
        self, plan: Plan, chosen: Mapping[str, str], reference: str, before: Sequence[Recorded]
    ) -> SearchResult:
        """Look up an update that may have been saved, by reading its record: `InTarget` when it holds all that was
        planned, `NotInTarget` when it is as it was `before`, and else `CannotTell`."""
        profile = self._target.profile
        return await self._once_more(lambda tab: find_update(tab, profile, plan, chosen, reference, before))

    async def read_whole(self, source_reference: str, reference: str) -> tuple[Recorded, ...]:
        """All that a saved record shows now."""
        profile = self._target.profile
        page = await self._once_more(lambda tab: read_before(tab, profile, source_reference, reference))
        return tuple(page.recorded())

    async def read(
        self, plan: Plan, chosen: Mapping[str, str], reference: str, before: Sequence[Recorded] = ()
    ) -> tuple[Reading, bytes]:
        """Read the record back and compare; with a picture of it. `before`: what it showed before an update."""
        profile = self._target.profile
        reading = await self._once_more(
            lambda tab: read_record(tab, profile, plan, chosen, reference, before)
        )
        return reading, await (await self._signed_in()).picture()

    async def park(self) -> None:
        """Leave the target's page but stay signed in, so that a robot that waits for work needs little memory."""
        if self._tab is not None:
            if await self._tab.needs_replacing():
                await self.close()
                return
            await self._tab.go("about:blank")
            await self._tab.free_memory()

    async def close(self) -> None:
        """Close the session's tab; the next use signs in again."""
        if self._tab is not None:
            tab, self._tab = self._tab, None
            await tab.close()

    async def _signed_in(self) -> Tab:
        if self._tab is None:
            tab = await self._browser.open_tab(
                self._target.url, self._target.timeout_seconds, self._target.route
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

    async def _fill(self, filling: Filling) -> tuple[FilledRecord, Confirmed]:
        """Steps 1 and 2. Nothing is saved yet, so a journey that cannot go on around a change starts over."""
        while (confirmed := await self._once_more(filling.fill)) is None:
            pass
        picture = await (await self._signed_in()).picture()
        changes, before = tuple(filling.changes.values()), filling.record.before
        return FilledRecord(filling.plan, filling.held, changes, picture, before), confirmed
