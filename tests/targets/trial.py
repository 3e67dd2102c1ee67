"""One report keyed into one real system by the robot, and what came of every control."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from rpa.browser.launch import Browser
from rpa.documents.files import read_file
from rpa.errors import RpaError
from rpa.forms import Form, load_forms, understand
from rpa.plan import Plan, Unavailable
from rpa.robot import FilledRecord, Robot
from rpa.targets.record import chosen_in
from tests import worlds
from tests.targets.received import Oracle, Received, load_oracle

HERE = Path(__file__).parent
SAMPLES = HERE / "forms" / "trial" / "samples"
LEAST = "least"  # the report of which nothing is keyed that need not be
SECONDS = 15.0


class End(StrEnum):
    """What came of a control of one report."""

    KEYED = "keyed"  # confirmed on the page, and the system received it
    ABSTAINED = "abstained"  # left alone for a reason, and the system received nothing
    WRONG = "wrong"  # the system received something else than the robot says


@dataclass(frozen=True)
class Outcome:
    """One control of one report."""

    target: str
    sample: str
    control: str
    end: End
    reason: str = ""
    verified: bool = False  # the record, as people see it, shows it too


@dataclass(frozen=True)
class System:
    """A running system: where it is, who signs in, and every record it holds for a source reference."""

    target: str
    url: str
    received: Callable[[str], list[Received]] = field(repr=False)
    account: str = "robot01"


@cache
def forms() -> Mapping[str, Form]:
    """The form of the trials."""
    return load_forms(HERE / "forms")


def samples() -> tuple[str, ...]:
    """The reports to be keyed, by name."""
    return tuple(path.stem for path in sorted(SAMPLES.glob("*.json")))


def case(target: str, sample: str, **changed: object) -> worlds.Case:
    """A sample ready to be keyed into a target; `changed` replaces answers."""
    content: dict[str, Any] = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    content |= changed
    delivered = read_file(SAMPLES / f"{sample}.json")
    submission = replace(delivered, content=json.dumps(content).encode())
    report = understand(content, forms(), submission=submission)
    files = {each.name: each.content for each in delivered.media}
    return worlds.Case(report, worlds.definitions(HERE / "mappings" / target, "trial"), files)


async def try_target(browser: Browser, system: System) -> list[Outcome]:
    """Key every sample into a system; what came of each control of each."""
    untouched = await _untouched(browser, system)
    outcomes: list[Outcome] = []
    for sample in samples():
        outcomes += await _try_sample(browser, system, sample, untouched)
    return outcomes


async def _untouched(browser: Browser, system: System) -> Received:
    """What the system receives of a form in which no more is keyed than must be."""
    reported = case(system.target, "sparse", submissionId=LEAST)
    everything = frozenset(
        (place.screen, place.control) for place, _ in reported.plan().placed() if not place.grid
    )
    needed = frozenset(
        (name.split(" / ")[0], name.split(" / ", 1)[1]) for name in reported.plan(everything).missing
    )
    robot = _robot(browser, system, reported)
    least = everything - needed

    def plan_without(unavailable: Unavailable) -> Plan:
        return reported.plan(least | unavailable)

    try:
        await robot.key(plan_without, worlds.Keeper(), {})
    finally:
        await robot.close()
    (record,) = system.received(reported.report.reference)
    return record


def _robot(browser: Browser, system: System, reported: worlds.Case) -> Robot:
    target = reported.definitions.target(system.url, SECONDS)
    return worlds.robot(browser, target, system.account)


async def _try_sample(browser: Browser, system: System, sample: str, untouched: Received) -> list[Outcome]:
    reported = case(system.target, sample)
    robot, keeper = _robot(browser, system, reported), worlds.Keeper()
    try:
        keyed, reference = await robot.key(reported.plan, keeper, reported.files)
        differences = await _differences(robot, reported, keyed, reference)
    except RpaError as error:
        return _not_saved(system, sample, reported, keeper, f"{type(error).__name__}: {error}")
    finally:
        await robot.close()
    records = system.received(reported.report.reference)
    if len(records) != 1:
        return [Outcome(system.target, sample, "the record", End.WRONG, f"{len(records)} records")]
    judge = _Judge(system.target, sample, load_oracle(system.target), records[0], untouched)
    return judge.all(reported.plan(), keyed, differences)


async def _differences(
    robot: Robot, reported: worlds.Case, keyed: FilledRecord, reference: str
) -> dict[str, str]:
    """The places that the record does not show as keyed, and how it shows them."""
    profile = reported.definitions.profile
    try:
        reading, _ = await robot.read(keyed.plan, chosen_in(keyed.held, profile), reference)
    except RpaError as error:
        return {str(place): f"not read: {error}" for place, _ in keyed.plan.placed()}
    return {str(each.place): f"read back as {each.found!r}" for each in reading.mismatches}


def _not_saved(
    system: System, sample: str, reported: worlds.Case, keeper: worlds.Keeper, reason: str
) -> list[Outcome]:
    """Every planned control of a report that the robot did not save, or is not certain of."""
    kept = len(system.received(reported.report.reference))
    if kept > len(keeper.told):  # it may be there once if save was pressed, and never if it was not
        why = f"{kept} records, and the robot told {keeper.told}; {reason}"
        return [Outcome(system.target, sample, "the record", End.WRONG, why)]
    controls = dict.fromkeys(_name(place.grid, place.control) for place, _ in reported.plan().placed())
    counted = [name for name in controls if name not in load_oracle(system.target).plain]
    return [Outcome(system.target, sample, name, End.ABSTAINED, reason) for name in counted]


def _name(grid: str, control: str) -> str:
    return f"{grid} / {control}" if grid else control


@dataclass(frozen=True)
class _Judge:
    """Compares three things: the plan, what the robot says it keyed, and what the system received."""

    target: str
    sample: str
    oracle: Oracle
    received: Received
    untouched: Received

    def all(self, planned: Plan, keyed: FilledRecord, differences: Mapping[str, str]) -> list[Outcome]:
        """What came of each planned control, and of every field that nobody planned."""
        wanted = dict.fromkeys(_name(place.grid, place.control) for place, _ in planned.placed())
        values: dict[str, list[object]] = {}
        read: dict[str, str] = {}
        for place, entry in keyed.plan.placed():
            name = _name(place.grid, place.control)
            several = entry.value if isinstance(entry.value, tuple) else (entry.value,)
            values.setdefault(name, []).extend(several)
            read[name] = read.get(name) or differences.get(str(place), "")
        reasons = {change.control: change.reason for change in keyed.changes}
        outcomes = [self._confirmed(name, values[name], read[name]) for name in values]
        outcomes += [self._left(name, reasons.get(name, "")) for name in wanted if name not in values]
        counted = [
            each for each in outcomes if each.end is End.WRONG or each.control not in self.oracle.plain
        ]
        return counted + self._surplus(values)

    def _confirmed(self, name: str, values: list[object], read: str) -> Outcome:
        if self.oracle.holds(name, values, self.received):
            return Outcome(self.target, self.sample, name, End.KEYED, read, verified=not read)
        held = {each: self.received.get(each) for each in self.oracle.names(name)}
        return Outcome(self.target, self.sample, name, End.WRONG, f"planned {values}, received {held}")

    def _left(self, name: str, reason: str) -> Outcome:
        names = self.oracle.names(name)
        changed = [each for each in names if _given(self.received, each) != _given(self.untouched, each)]
        if changed:
            why = f"abstained ({reason}), received {[self.received.get(each) for each in changed]}"
            return Outcome(self.target, self.sample, name, End.WRONG, why)
        return Outcome(self.target, self.sample, name, End.ABSTAINED, reason)

    def _surplus(self, values: Mapping[str, object]) -> list[Outcome]:
        """Fields of no planned control that are not as they are when nobody touches them."""
        behind = {name for control in (*self.oracle.fields, *values) for name in self.oracle.names(control)}
        changed = [
            name
            for name in sorted({*self.received, *self.untouched} - behind)
            if _given(self.received, name) != _given(self.untouched, name)
        ]
        return [
            Outcome(
                self.target, self.sample, name, End.WRONG, f"nobody planned it: {self.received.get(name)}"
            )
            for name in changed
        ]


def _given(record: Received, name: str) -> list[str]:
    return [text for text in record.get(name, []) if text]
