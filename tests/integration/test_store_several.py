"""Several arrivals are stored in one transaction: none takes another with it, whatever is wrong and whenever."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from orchestrator.actions.arrivals import MOST_TOGETHER, Kept, keep_and_read, store_several
from orchestrator.actions.permissions import INTAKE
from orchestrator.intake.recovery import recover
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.states import State
from rpa.report import Submission
from tests.integration.postgres import database
from tests.integration.store_world import World
from tests.least_report import LEAST
from tests.worlds import ROOT, all_forms


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A store on either database."""
    if request.param == "sqlite":
        yield from closed(World(tmp_path))
        return
    with database(request.getfixturevalue("postgresql"), "several", upgraded=True) as url:
        yield from closed(World(tmp_path, url=url))


def closed(world: World) -> Iterator[World]:
    """A world that is closed at the end."""
    yield world
    world.engine.dispose()


def arrived(number: int, **changes: object) -> Submission:
    """A small report that arrives."""
    identity = f"00000000-0000-4000-8000-{number:012}"
    content = {**LEAST, "submissionId": identity, **changes}
    return Submission(json.dumps(content).encode(), "folder", f"{number}.json")


def kept(world: World, *submissions: Submission) -> list[Kept]:
    """These submissions, on disk and read."""
    reader, originals = Reader(all_forms()), Originals(world.folder)
    return [keep_and_read(originals, reader, INTAKE, each) for each in submissions]


def stored(world: World, several: list[Kept]) -> list[object]:
    """What came of each: its state and whether it is new, or the kind of its error."""
    outcomes = store_several(world.store, Originals(world.folder), all_forms(), INTAKE, several)
    return [
        type(each) if isinstance(each, Exception) else [(one.state, one.new) for one in each]
        for each in outcomes
    ]


def transactions(world: World) -> list[int]:
    """Filled with a 1 for each transaction that commits from now on."""
    committed: list[int] = []
    event.listen(world.engine, "commit", lambda _: committed.append(1))
    return committed


def test_small_ones_share_a_transaction(world: World) -> None:
    """As many new reports as go together are stored in one transaction, each with its own place in the trail."""
    several = kept(world, *map(arrived, range(MOST_TOGETHER)))
    committed = transactions(world)
    assert stored(world, several) == [[(State.READY, True)]] * MOST_TOGETHER
    assert len(committed) == 1
    assert list(Originals(world.folder).pending()) == []
    world.assert_trail_holds()


def test_one_that_fails_takes_no_other_with_it(world: World) -> None:
    """One that cannot be stored is told by itself; the others are stored, and all stay as the trail says."""
    several = kept(world, *map(arrived, range(5)))
    (read,) = several[2].read
    broken = replace(read.report, data={"x": object()})  # what no database takes
    several[2] = Kept((replace(read, report=broken),))
    ready = [(State.READY, True)]
    first, second, failed, fourth, fifth = stored(world, several)
    assert [first, second, fourth, fifth] == [ready] * 4
    assert isinstance(failed, type)
    assert [each.name for each in Originals(world.folder).pending()] == ["2.json"]
    assert world.store.counts()[State.READY] == 4
    world.assert_trail_holds()


def test_the_same_submission_twice_at_once(world: World) -> None:
    """Among those stored together the same submission is one report, other content for it too, and what is known
    from before is known again (P2)."""
    world_before = kept(world, arrived(1))
    assert stored(world, world_before) == [[(State.READY, True)]]
    again = replace(arrived(2), name="again.json")
    amended = arrived(3, highHarmFlag=True)
    several = kept(world, arrived(1), arrived(2), again, arrived(3), amended, arrived(4))
    assert [new for ((_, new),) in stored(world, several)] == [False, True, False, True, False, True]  # type: ignore[misc]
    assert sum(world.store.counts().values()) == 4
    references = {
        each.reference: len(world.store.deliveries(each.reference)) for each in world.store.reports()
    }
    assert sorted(references.values()) == [1, 2, 2, 2]
    world.assert_trail_holds()


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from tests.integration.store_world import World
from tests.integration.test_store_several import arrived, kept, stored

world = World(Path(sys.argv[1]))
several = kept(world, *map(arrived, range(8)))
seen = []

def end(connection, cursor, statement, *_):
    if statement.startswith("INSERT INTO entries"):
        seen.append(1)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(world.engine, "after_cursor_execute", end)
stored(world, several)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("entries", [1, 7, 16, 100])
def test_killed_in_the_middle(tmp_path: Path, entries: int) -> None:
    """Killed while several are stored, or after, nothing of them is lost, and none is there twice."""
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(entries)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    world = World(tmp_path)
    recover(Reader(all_forms()), world.store, Originals(tmp_path))
    assert world.store.counts()[State.READY] == 8
    assert [len(world.store.deliveries(each.reference)) for each in world.store.reports()] == [1] * 8
    assert list(Originals(tmp_path).pending()) == []
    world.assert_trail_holds()
    world.engine.dispose()
