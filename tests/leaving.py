"""Trials of every way in which a save can be left: seeded moments, a counting server, and what must hold after.

`python -m tests.leaving SERVER FIRST TRIALS SEED` runs trials in a process of its own, to be stopped, continued
and killed; it prints a line when the right to save of a trial is given, and one with its outcome.
"""

from __future__ import annotations

import asyncio
import faulthandler
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from rpa.browser import clock
from rpa.browser.launch import Browser, launch
from rpa.errors import NotSent, RpaError
from rpa.plan import PagePlan, Plan
from rpa.robot import Account, FilledRecord, Robot, Target
from rpa.targets.profile import Profile
from tests.integration.counting_server import FORM, Counting

ANSWERS = (
    "save/direct",
    "save/plain",
    "save/drop",
    "save/repeat",
    "slow/save/plain?0.2",
    "slow/save/drop?0.2",
)
MOST_SECONDS = 30  # that one trial takes: beyond that it hangs, and fails with where it stands
SPARE_SECONDS = 0.5  # for a request that left in time to be read by a busy server
TWICE = (
    "<script>const f = document.forms[0]; f.onsubmit = () => { fetch(f.action, {method: 'POST'}); }</script>"
)


def profile(form: str) -> Profile:
    """The counting server's page at a path, as a target."""
    return Profile.model_validate(
        {
            "title": "Counting server",
            "session": {
                "steps": [{"go": form}],
                "done": {"heading": "Review"},
                "ended": {"path": "/sign-in*"},
            },
            "journey": {
                "steps": [],
                "scope": "#content",
                "errors": ".errors",
                "save": "Save record",
                "saved": {"heading": "Record saved", "css": ".reference"},
                "reference": r"CHS-\d{4}-\d{7}",
            },
            "find": {"steps": [], "found": {"css": "td"}, "none": {"text": "None"}},
            "record": {"steps": [], "heading": "Record"},
            "screen": [{"name": "Review"}],
        }
    )


@dataclass
class Trial:
    """One save, and what became of it. `right`: seconds for which it may leave; `until`: the same as a moment."""

    number: int
    right: float
    until: float = 0.0
    outcome: str = ""
    told_reference: str = ""
    told: Callable[[Trial], None] = field(default=lambda _: None, repr=False)

    async def before_save(self, keyed: FilledRecord) -> float:  # noqa: ARG002 - nothing is keyed
        """The right to save."""
        self.until = clock.now() + self.right
        self.told(self)
        return self.until

    async def after_save(self, reference: str) -> None:
        """The answer, whenever it comes."""
        self.told_reference = reference

    async def run(self, robot: Robot) -> None:
        """Save by a robot; whatever comes of it is the outcome."""
        empty = Plan(f"CR-{self.number}", "ocr", "counting", (PagePlan("Review"),), ())
        try:
            await robot.key(lambda _: empty, self, {})
            self.outcome = "saved"
        except asyncio.CancelledError:
            self.outcome = "cancelled"
            raise
        except RpaError as error:
            self.outcome = type(error).__name__


def put_up(server: Counting, chance: random.Random, number: int) -> None:
    """The page of a trial: how it sends and how it is answered are drawn."""
    action = f"/trial/{number}/{chance.choice(ANSWERS)}"
    script = chance.choice(["", "", TWICE])
    server.pages[f"/trial/{number}/form"] = FORM.format(action=action, more="", script=script)


def robot_of(browser: Browser, base: str, number: int, response_seconds: float) -> Robot:
    """A robot for one trial."""
    target = Target("counting", profile(f"/trial/{number}/form"), base, 3, response_seconds)
    return Robot(browser, target, Account("robot01", "practice"))


async def leave(browser: Browser, server: Counting, number: int, chance: random.Random) -> Trial:
    """One trial in this process: the save is left in a way and at a moment that are drawn.

    Raises `AssertionError` with where each task stands when the trial hangs.
    """
    trial = asyncio.create_task(_leave(browser, server, number, chance))
    await asyncio.wait({trial}, timeout=MOST_SECONDS)
    if not trial.done():
        raise AssertionError(f"trial {number} hangs:\n" + "\n".join(map(_where, asyncio.all_tasks())))
    return trial.result()


def _where(task: asyncio.Task[object]) -> str:
    """Where a task waits: each coroutine that it is in, from the outside in."""
    lines, waiting = [task.get_name()], task.get_coro()
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        lines.append(f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {frame.f_code.co_name}")
        waiting = getattr(waiting, "cr_await", None)
    return " > ".join(lines)


async def _leave(browser: Browser, server: Counting, number: int, chance: random.Random) -> Trial:
    put_up(server, chance, number)
    way = chance.choice(["time-out", "cancelled", "page closed", "context closed", "too late", "patient"])
    moment = chance.random() ** 2 * 0.4
    robot = robot_of(browser, server.base, number, moment if way == "time-out" else 1.0)
    trial = Trial(number, moment / 4 if way == "too late" else 3.0)
    given = asyncio.Event()
    trial.told = lambda _: given.set()
    running = asyncio.create_task(trial.run(robot))
    await asyncio.wait({running, asyncio.create_task(given.wait())}, return_when=asyncio.FIRST_COMPLETED)
    tab = robot._tab
    ends: dict[str, Callable[[], Awaitable[object]]] = {
        "page closed": lambda: tab._page.close(),  # type: ignore[union-attr]
        "context closed": lambda: tab._page.context.close(),  # type: ignore[union-attr]
    }
    closing: asyncio.Future[object] | None = None
    if way in ("cancelled", *ends):
        await asyncio.sleep(moment)  # the moment itself is what is tried
        if way == "cancelled":
            running.cancel()
        elif tab is not None:
            closing = asyncio.ensure_future(ends[way]())
    with suppress(asyncio.CancelledError):
        await running
    await asyncio.gather(*robot._unanswered, return_exceptions=True)
    with suppress(RpaError):
        await robot.close()
    if closing is not None:  # Playwright's own close has no limit: what counts is that the robot has one
        closing.cancel()
        await asyncio.wait({closing})
        _ = closing.cancelled() or closing.exception()
    return trial


def broken(server: Counting, trial: Trial) -> str:
    """What a trial broke, or nothing: more than one request, a late one, one where none should have been."""
    found = [
        each
        for each in list(server.arrived)
        if each.method == "POST" and each.path.startswith(f"/trial/{trial.number}/")
    ]
    late = [each.moment - trial.until for each in found if each.moment > trial.until + SPARE_SECONDS]
    if len(found) > 1:
        return f"trial {trial.number}: {len(found)} requests ({trial.outcome})"
    if late:
        return f"trial {trial.number}: a request {late[0]:.2f} s late ({trial.outcome})"
    if found and (trial.outcome == NotSent.__name__ or not trial.until):
        return f"trial {trial.number}: a request left where none was to have ({trial.outcome})"
    return ""


async def _main(base: str, first: int, number: int, seed: int) -> None:
    chance = random.Random(seed)
    faulthandler.dump_traceback_later(60 + MOST_SECONDS * number, exit=True)
    async with launch() as browser:
        for each in range(first, first + number):
            robot = robot_of(browser, base, each, 2.0)
            trial = Trial(each, chance.random() * 0.4, told=_say)
            async with asyncio.timeout(MOST_SECONDS):
                await trial.run(robot)
                with suppress(RpaError):
                    await robot.close()
            _say(trial)
            if not browser.alive:
                return


def _say(trial: Trial) -> None:
    sys.stdout.write(f"{trial.number} {trial.until!r} {trial.outcome or 'saving'}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], *map(int, sys.argv[2:5])))
