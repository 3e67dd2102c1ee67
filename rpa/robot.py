"""The whole journey of one report on one page.

A robot is one signed-in browser session with its own account in the target.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from rpa.browser.clock import now
from rpa.browser.launch import Browser
from rpa.browser.tab import Tab
from rpa.errors import ReportError, SessionEnded, SubmissionUncertain, TargetChanged, TargetError
from rpa.plan import Held, Plan
from rpa.planning import Unavailable
from rpa.targets import journey
from rpa.targets.finding import Looked, find
from rpa.targets.keying import key_screen
from rpa.targets.profile import Profile
from rpa.targets.record import Reading, read_record

T = TypeVar("T")

SCREENS_UNTIDY = 3  # screens whose remains may pile up in the browser's memory before it is tidied
CHANGES_BORNE = 8  # controls of one report that may turn out changed before a person has to look


@dataclass(frozen=True)
class Target:
    """A target to key into: its profile and where it is. `timeout_seconds` bounds each wait for its pages."""

    name: str
    profile: Profile
    url: str
    timeout_seconds: float


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
        """Record that save is about to be pressed, if the report is still ours; answers until when it may
        leave, on the clock of `rpa.browser.clock`."""

    async def submitted(self, reference: str) -> None:
        """Record the target's reference."""


class Robot:
    """One signed-in session. Not for use by two tasks at once."""

    def __init__(self, browser: Browser, target: Target, account: Account) -> None:
        self._browser, self._target, self._account = browser, target, account
        self._tab: Tab | None = None

    async def key(
        self,
        plan_without: Callable[[Unavailable], Plan],
        custody: Custody,
        files: Mapping[str, bytes],
    ) -> tuple[Keyed, str]:
        """Key one report and save it; answers what was keyed and the target's reference.

        1. Key and confirm every screen; a control that is not certain is planned around, and noted.
        2. Take a picture of what is about to be saved.
        3. Make durable that save is about to be pressed, if the report is still ours.
        4. Press save, fenced by the page's own clock.
        5. Make the reference durable.
        """
        keyed = await self._fill(plan_without, files)
        tab = await self._signed_in()
        armed = await tab.arm()
        deadline = await custody.submitting(keyed)
        try:
            reference = await journey.save(tab, self._target.profile, armed, deadline - now())
        except SubmissionUncertain:
            await self.close()
            raise
        await custody.submitted(reference)
        return keyed, reference

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
            await self._tab.go("about:blank")
            await self._tab.tidy()

    async def close(self) -> None:
        """Close the session's tab; the next use signs in anew."""
        if self._tab is not None:
            tab, self._tab = self._tab, None
            await tab.close()

    async def _signed_in(self) -> Tab:
        if self._tab is None:
            tab = await self._browser.open_tab(self._target.url, self._target.timeout_seconds)
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

    async def _fill(self, plan_without: Callable[[Unavailable], Plan], files: Mapping[str, bytes]) -> Keyed:
        """Steps 1 and 2. Nothing is saved yet, so a journey that meets a change starts over without it."""
        changes: dict[tuple[str, str], TargetChanged] = {}
        while True:
            plan = plan_without(frozenset(changes))
            if plan.missing:
                if changes:
                    raise next(iter(changes.values()))
                raise ReportError(f"the target needs {', '.join(plan.missing)}")
            try:
                held = await self._once_more(partial(self._screens, plan, files))
                break
            except TargetChanged as change:
                known = (change.screen, change.control) in changes
                if not change.control or known or len(changes) == CHANGES_BORNE:
                    raise
                changes[change.screen, change.control] = change
        picture = await (await self._signed_in()).picture()
        return Keyed(plan, held, tuple(changes.values()), picture)

    async def _screens(self, plan: Plan, files: Mapping[str, bytes], tab: Tab) -> tuple[Held, ...]:
        profile = self._target.profile
        await journey.open_record(tab, profile)
        held: tuple[Held, ...] = ()
        for number, page in enumerate(plan.pages):
            held += await key_screen(tab, profile, page, files)
            if number + 1 < len(profile.screens):
                await journey.go_on(tab, profile, profile.screens[number], profile.screens[number + 1])
            if number % SCREENS_UNTIDY == 0:
                await tab.tidy()
        return held
