"""What tests of updates share: a record in the practice CHS, a robot that updates it, and plans for that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from typing import Any

from rpa.browser.launch import Browser
from rpa.plan import ControlValue, PagePlan, Plan, Unavailable
from rpa.robot import FilledRecord, Robot
from rpa.targets.profile import Profile, Update
from tests.integration.practice_chs_visitor import RunningChs, Visitor
from tests.worlds import Keeper, definitions, robot

PROFILE = definitions().profile
SOURCE = "CR-UPDATED"
NOTE = {"Entry type": "Note", "Entry": "First"}
STORED = {
    "Contact and origin": {"Source reference": SOURCE},
    "Person reporting": {"Surname": "Sample", "Occupation": "Baker"},
    "Incident": {"Weapons": ["Bat"], "Hate crime": "No"},
}
ROWS = {"Log": [NOTE], "Vehicles": [{"Involvement": "Stolen", "Make": "Example"}]}
PAGES = (
    PagePlan("Person reporting", (ControlValue("Occupation", "Joiner"), ControlValue("Forename", "Robin"))),
    PagePlan("Incident", (ControlValue("Weapons", ("Bat", "Knife")),)),
    PagePlan(
        "Suspects", rows={"Suspects": ((ControlValue("Surname", "Example"), ControlValue("Gender", "Male")),)}
    ),
    PagePlan(
        "Vehicles",
        rows={"Vehicles": ((ControlValue("Involvement", "Damaged"), ControlValue("Make", "Other")),)},
    ),
    PagePlan(
        "Log",
        rows={"Log entries": ((ControlValue("Entry type", "Note"), ControlValue("Entry", "Second")),)},
    ),
    PagePlan(
        "Decision", (ControlValue("Outcome code", "Crime"), ControlValue("Rationale", "Enough\nto go on"))
    ),
)
PLAN = Plan(SOURCE, "ocr", "chs", PAGES, ())
DECISION = replace(PLAN, pages=PAGES[-1:])


def without(plan: Plan) -> Callable[[Unavailable], Plan]:
    """The plan around controls that are not certain."""

    def around(unavailable: Unavailable) -> Plan:
        pages = (
            page.without({name for screen, name in unavailable if screen == page.screen})
            for page in plan.pages
        )
        return replace(plan, pages=tuple(pages))

    return around


@dataclass
class World:
    """A record in the practice CHS, and a robot at work there."""

    chs: RunningChs
    robot: Robot
    reference: str
    visitor: Visitor = field(repr=False)

    @property
    def record(self) -> dict[str, Any]:
        """The one record."""
        (record,) = self.chs.records(SOURCE)
        return record

    @property
    def applied(self) -> tuple[int, int]:
        """How many amendments were applied, and how many requests to save one came."""
        return len(self.record["amendments"]), self.record["amendment_requests"]

    async def update(
        self, plan: Plan = PLAN, keeper: Keeper | None = None, reference: str = ""
    ) -> FilledRecord:
        """Update the record; what was keyed."""
        done = await self.robot.update(without(plan), keeper or Keeper(), {}, reference or self.reference)
        assert done is not None
        return done

    async def look_up(self, keyed: FilledRecord, plan: Plan = PLAN) -> object:
        """The look-up of an update that may have been saved."""
        return await self.robot.find_update(plan, {}, self.reference, keyed.before)


Opened = Callable[..., Any]


@asynccontextmanager
async def a_record(
    browser: Browser, chs: RunningChs, profile: Profile = PROFILE, save_seconds: float = 20
) -> AsyncIterator[World]:
    """A record saved by somebody else and a robot, for as long as a block lasts."""
    with closing(Visitor(chs.base)) as visitor:
        visitor.sign_in("robot02")
        reference = visitor.save(STORED, **ROWS)
        target = replace(definitions().target(chs.base, 10), profile=profile, save_seconds=save_seconds)
        world = World(chs, robot(browser, target), reference, visitor)
        try:
            yield world
        finally:
            await world.robot.close()


def way() -> Update:
    """The way of an update, as the profile says."""
    assert PROFILE.update is not None
    return PROFILE.update


def described(**changes: Any) -> Profile:
    """The profile with another way of an update."""
    return PROFILE.model_copy(update={"update": way().model_copy(update=changes)})
