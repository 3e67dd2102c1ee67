"""Every way of leaving a save, at moments drawn by chance: never a request too many, never one that is late (P2).

`make test` draws some; `make chaos` draws five hundred and more (`--trials`).
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import psutil
import pytest

from rpa.browser import clock
from rpa.browser.launch import launch
from tests.integration.counting_server import Counting
from tests.leaving import Trial, broken, leave, put_up
from tests.worlds import ROOT

SEED = "left"
AT_ONCE = 4
LATE_SECONDS = 0.7  # after the right to save has ended, until a stopped process is let go on


async def test_left_in_every_way(server: Counting, trials: int) -> None:
    """Timed out, cancelled, its page or context closed, too late, or waited for: at most one request, none late,
    and none at all where the robot is certain that nothing left."""
    turn = asyncio.Semaphore(AT_ONCE)
    async with launch() as browser:

        async def one(number: int) -> Trial:
            async with turn:
                return await leave(browser, server, number, random.Random(f"{SEED} {number}"))

        done = await asyncio.gather(*map(one, range(trials)))
    assert "".join(broken(server, trial) for trial in done) == ""
    outcomes = Counter(trial.outcome for trial in done)
    assert outcomes.keys() >= {"saved", "cancelled", "NotSent", "SubmissionUncertain"}, outcomes


@pytest.mark.parametrize("how", ["stopped", "suspended", "killed", "browser killed"])
def test_stopped_or_killed(how: str, server: Counting, trials: int) -> None:
    """A worker that is stopped beyond its right to save and goes on (alone, or with its browser as when a machine
    is suspended), or is killed, or whose browser is killed: at most one request, and none late."""
    chance = random.Random(f"{SEED} {how}")
    number = max(trials // 15, 2)
    for each in range(number):
        put_up(server, chance, each)
    found: list[Trial] = []
    while len(found) < number:
        found += _run(server, how, chance, len(found), number - len(found))
    assert "".join(broken(server, trial) for trial in found) == ""


def _run(server: Counting, how: str, chance: random.Random, first: int, number: int) -> list[Trial]:
    """Trials in a process of its own, until it ends or is killed."""
    command = [sys.executable, "-m", "tests.leaving", server.base, *map(str, (first, number, first))]
    found: list[Trial] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                given, until, outcome = line.split()
                if outcome != "saving":
                    found[-1].outcome = outcome
                    continue
                found.append(Trial(int(given), 0.0, float(until), "killed"))
                time.sleep(chance.random() ** 2 * 0.4)  # the moment itself is what is tried
                _disturb(how, process, float(until))
        except BaseException:
            process.kill()  # it may be stopped, and would be waited for
            raise
    assert process.returncode == (-signal.SIGKILL if how == "killed" else 0)
    _wait_until(found[-1].until + LATE_SECONDS)
    return found


def _disturb(how: str, process: subprocess.Popen[str], until: float) -> None:
    if how == "killed":
        process.kill()
        return
    own = psutil.Process(process.pid)
    below = own.children(recursive=True)
    if how == "browser killed":
        for each in list(filter(_is_browser, below))[:1]:
            _signal(each, signal.SIGKILL)
        return
    stopped = [own, *(below if how == "suspended" else [])]
    for each in stopped:
        _signal(each, signal.SIGSTOP)
    _wait_until(until + LATE_SECONDS)
    for each in reversed(stopped):
        _signal(each, signal.SIGCONT)


def _is_browser(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return "chrom" in process.name() or "headless" in process.name()
    return False


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):  # a browser ends processes of its own as it goes
        process.send_signal(number)


def _wait_until(moment: float) -> None:
    time.sleep(max(moment - clock.now(), 0))
