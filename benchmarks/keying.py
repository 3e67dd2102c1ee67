"""`make bench`: keying measured side by side in one run, same browser, same practice CHS, same report.

(a) bare page loads of the journey: every screen of a record that is filled already, nothing keyed, and save
(b) our whole report, from claim to verified; and its stretch from claim to saved
(c) the same report by a plain Playwright script, control by control, nothing checked, to saved
and the memory of the browser with 1, 10 and 20 robots.

Rounds take turns, so that whatever else the machine does falls on all three alike. Times are medians; the ratios
are what counts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import psutil
import structlog
import typer
from plain import key as key_plainly
from plain import steps
from rich.console import Console
from rich.progress import track
from rich.table import Table

from orchestrator.actions import arrivals, switching, work
from orchestrator.actions.permissions import INTAKE, Actor, Role
from orchestrator.definitions import Definitions, load_definitions
from orchestrator.jobs.tasks import WorkerContext, do
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.settings import Settings, TargetSettings, load_settings
from orchestrator.store import Store, open_engine, upgrade, utc_now
from rpa.browser.launch import Browser, launch
from rpa.browser.values import Region
from rpa.plan import Plan
from rpa.planning import plan
from rpa.reading import read
from rpa.report import Submission
from rpa.robot import Account, Robot
from rpa.targets.journey import sign_in
from rpa.targets.profile import Profile
from rpa.targets.steps import as_condition, condition

SAMPLE = Path(__file__).parents[1] / "forms" / "ocr" / "samples" / "02-burglary.json"
ROBOTS = (1, 10, 20)
AT_ONCE = 4  # robots that fill their pages at the same time while memory is measured


@dataclass
class Times:
    """Seconds of every round."""

    bare: list[float] = field(default_factory=list)
    to_saved: list[float] = field(default_factory=list)
    to_verified: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """What every round uses."""

    context: WorkerContext
    plan: Plan
    robot: Robot

    @property
    def profile(self) -> Profile:
        """The practice CHS's profile."""
        return self.context.definitions.targets["chs"].profile


@contextmanager
def practice_chs(folder: Path) -> Iterator[str]:
    """A practice CHS on a free port."""
    command = [sys.executable, "-m", "rpa.practice_chs", "--port", "0", "--data", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().rpartition(" ")[2].strip()
    finally:
        process.terminate()
        process.wait()


def submission() -> Submission:
    """The sample under a submission id of its own."""
    document = {**json.loads(SAMPLE.read_text(encoding="utf-8")), "submissionId": str(uuid4())}
    return Submission(json.dumps(document).encode(), "benchmark", SAMPLE.name)


def account(number: int) -> Account:
    """One of the practice CHS's accounts."""
    return Account(f"robot{number:02}", f"practice-robot{number:02}")


def planned(definitions: Definitions) -> Plan:
    """The sample's plan under a new reference."""
    report = read(submission(), definitions.forms)
    return plan(report, definitions.mappings["chs", "ocr"], definitions.targets["chs"].profile, "chs")


async def ours(bench: Bench, times: Times) -> None:
    """(b) Claim, key, confirm, save, read back, compare, settle."""
    context = bench.context
    arrivals.receive(
        context.store, context.originals, Reader(context.definitions.forms), INTAKE, submission()
    )
    began = perf_counter()
    claim = work.claim(context.store, Actor("bench", Role.ROBOT), {"chs": "robot01"}, 120)
    assert claim is not None
    await do(context, bench.robot, claim)
    times.to_verified.append(perf_counter() - began)
    stored = context.store.report(claim.reference)
    assert stored is not None
    assert stored.keyed_at is not None
    assert stored.reason == "verified", f"a round that was not verified measures nothing: {stored.reason}"
    times.to_saved.append((stored.keyed_at - claim.claimed_at).total_seconds())


async def plain_script(bench: Bench, browser: Browser, times: Times) -> None:
    """(c) The same report, control by control."""
    target = bench.context.definitions.targets["chs"]
    tab = await browser.open_tab(target.url, target.timeout_seconds)
    facts = {"account": "robot02", "password": "practice-robot02"}
    await sign_in(tab, target.profile, facts)
    script = steps(bench.plan)
    began = perf_counter()
    await key_plainly(tab._page, script)  # noqa: SLF001 - the plain script is Playwright's, not ours
    times.plain.append(perf_counter() - began)
    await tab.close()


async def bare(bench: Bench, browser: Browser, times: Times) -> None:
    """(a) The pages of a record that is filled already, and save; with the home page, as in (b) and (c)."""
    target = bench.context.definitions.targets["chs"]
    robot = Robot(browser, target, account(3))
    await robot._fill(lambda _: bench.plan, {})  # noqa: SLF001 - fill, do not save
    tab = await robot._signed_in()  # noqa: SLF001 - the filled record's own tab
    first, *rest = bench.profile.screens
    other = await browser.open_tab(target.url, target.timeout_seconds)
    await sign_in(other, target.profile, {"account": "robot04", "password": "practice-robot04"})
    began = perf_counter()
    await other.go("/home")
    await tab.press(Region(), first.name)
    # The review page, where we are, has a heading of that name too.
    await tab.wait_for_condition(
        {"there": condition(path="/record/contact*", heading=first.name)}, first.name
    )
    for screen in rest:
        await tab.press(Region(bench.profile.journey.scope), "Save and continue")
        await tab.wait_for_condition({"there": as_condition(screen.condition)}, screen.name)
    await tab.press(Region(bench.profile.journey.scope), bench.profile.journey.save)
    await tab.wait_for_condition({"saved": as_condition(bench.profile.journey.saved)}, "saved")
    times.bare.append(perf_counter() - began)
    await other.close()
    await robot.close()


@dataclass(frozen=True)
class Memory:
    """Proportional megabytes of a browser with all its processes: every robot at the end of a filled record, and
    every robot at rest between two reports."""

    busy: float
    resting: float


async def robots_in_memory(definitions: Definitions, number: int) -> Memory:
    """Memory of a browser with that many robots, each signed in."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    async with launch() as browser:
        robots = [Robot(browser, definitions.targets["chs"], account(each + 1)) for each in range(number)]
        gate = asyncio.Semaphore(AT_ONCE)

        async def fill(robot: Robot) -> None:
            async with gate:
                case = planned(definitions)
                await robot._fill(lambda _: case, {})  # noqa: SLF001 - not saved

        await asyncio.gather(*map(fill, robots))
        busy = megabytes(before)
        for robot in robots:
            await robot.park()
        return Memory(busy, megabytes(before))


def megabytes(before: set[int]) -> float:
    """Memory of the browser processes that were not there before; what they share counts once."""
    found = 0.0
    for child in psutil.Process().children(recursive=True):
        if child.pid not in before and "chrom" in child.name().lower():
            full = child.memory_full_info()
            found += getattr(full, "pss", full.rss)
    return found / 1e6


async def measure(settings: Settings, folder: Path, rounds: int, show: bool) -> dict[str, object]:
    """All of it."""
    definitions = load_definitions(settings)
    engine = open_engine(settings.database.url)
    upgrade(engine)
    store = Store(engine, utc_now, b"benchmark")
    switching.configure(store, {"ocr": (True, "chs")})
    times = Times()
    async with launch() as browser:
        context = WorkerContext(settings, store, Originals(folder), definitions, browser, utc_now)
        robot = Robot(browser, definitions.targets["chs"], account(1))
        await robot.find_record("CR-NONE")  # signed in before the clock runs, as a robot is
        for number in track(range(rounds + 1), "keying", disable=not show):
            round_times = times if number else Times()  # the first round warms caches and counts for nothing
            bench = Bench(context, planned(definitions), robot)
            await bare(bench, browser, round_times)
            await ours(bench, round_times)
            await plain_script(bench, browser, round_times)
        controls = bench.plan.size
    in_memory = {}
    for number in track(ROBOTS, "memory", disable=not show):
        in_memory[number] = await robots_in_memory(definitions, number)
    return {"controls": controls, "times": times, "memory": in_memory}


def main(rounds: int = 7, json_: bool = typer.Option(False, "--json", help="Figures for a program.")) -> None:
    """Measure keying against bare page loads and a plain script, and the memory of robots."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="rpa-bench-") as name:
        folder = Path(name)
        with practice_chs(folder / "chs") as url:
            settings = load_settings(
                None,
                data_dir=folder,
                database={"url": f"sqlite:///{folder}/rpa.db"},
                targets={"chs": TargetSettings(profile="chs", url=url)},
                forms={"ocr": {"enabled": True, "target": "chs"}},
            )
            found = asyncio.run(measure(settings, folder, rounds, show=not json_ and sys.stderr.isatty()))
    tell(found, as_json=json_)


def tell(found: dict[str, object], *, as_json: bool) -> None:
    """Print the figures."""
    times, in_memory = found["times"], found["memory"]
    assert isinstance(times, Times)
    assert isinstance(in_memory, dict)
    median: Callable[[list[float]], float] = statistics.median
    a = median(times.bare)
    rows = {
        "(a) bare page loads of the journey": a,
        "(b) ours, claim to saved": median(times.to_saved),
        "(b) ours, claim to verified": median(times.to_verified),
        "(c) plain script, to saved": median(times.plain),
    }
    faster = median(times.plain) / median(times.to_saved)
    if as_json:
        figures = {name: {"seconds": value, "ratio": value / a} for name, value in rows.items()}
        memory_of_robots = {str(number): asdict(each) for number, each in in_memory.items()}
        print(json.dumps({**figures, "faster_than_plain": faster, "megabytes": memory_of_robots}))
        return
    console = Console()
    table = Table(title=f"{found['controls']} controls, medians of {len(times.bare)} rounds")
    for name in ("", "seconds", "ratio to (a)"):
        table.add_column(name, justify="left" if not name else "right")
    for name, value in rows.items():
        table.add_row(name, f"{value:.3f}", f"{value / a:.2f}")
    console.print(table)
    console.print(f"Ours is {faster:.1f} times as fast as the plain script, to saved.")
    for number, each in in_memory.items():
        console.print(
            f"Robots: {number:2}. Memory in all: {each.busy:5.0f} MB when every one is at the end of a filled "
            f"record, {each.resting:.0f} MB when every one rests"
        )


if __name__ == "__main__":
    typer.run(main)
