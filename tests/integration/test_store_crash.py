"""The store after the worst: a process killed in the middle of its work, and a file altered behind its back."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint
from audit.verify import verify
from orchestrator import trail_files
from orchestrator.states import Reason, State
from orchestrator.store import Store, open_engine, utc_now
from tests import acts
from tests.integration.store_world import KEY, World, report, submission

SIGNING_KEY = Ed25519PrivateKey.generate()

WORKER = """
import sys
from orchestrator.store import Store, open_engine, utc_now
from orchestrator.states import Reason, State
from tests import acts

store = Store(open_engine(sys.argv[1]), utc_now, b"k" * 32)
print("working", flush=True)
while True:
    claim = acts.claim(store, "robot1", {"chs": "account1"}, 600)
    ways = [
        (State.KEYING, State.SUBMITTING, Reason.PAGE_CONFIRMED),
        (State.SUBMITTING, State.SUBMITTED, Reason.REFERENCE_SEEN),
        (State.SUBMITTED, State.REVIEW, Reason.VERIFIED),
    ]
    for frm, to, reason in ways:
        acts.move(store, claim.reference, frm, to, actor="robot1", reason=reason, token=claim.token)
        print(claim.reference, to, flush=True)
"""


@pytest.mark.parametrize("moves", [1, 5, 12])
def test_a_killed_worker_leaves_a_whole_store(tmp_path: Path, moves: int) -> None:
    """Killed in the middle of its moves, a worker leaves every report in the state the trail says, and all it
    told of is there."""
    world = World(tmp_path)
    store = Store(world.engine, utc_now, KEY)
    for number in range(20):
        acts.receive(store, report(number), submission(number))
    told = _work_until_killed(world.url, moves)

    reopened = Store(open_engine(world.url), utc_now, KEY)
    assert verify(reopened.entries(), [], SIGNING_KEY.public_key()) == []
    last = _last_states(reopened)
    assert {summary.reference: str(summary.state) for summary in reopened.reports()} == last
    order = [str(state) for state in (State.SUBMITTING, State.SUBMITTED, State.REVIEW)]
    for reference, state in told:
        assert order.index(last[reference]) >= order.index(state)
    assert Counter(last.values())[State.READY] >= 20 - moves - 1
    world.engine.dispose()


def _work_until_killed(url: str, moves: int) -> list[tuple[str, str]]:
    """Let a worker make that many moves, then kill it; returns the moves it told of."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, url],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        assert lines.readline() == "working\n"
        told = [tuple(lines.readline().split()) for _ in range(moves)]
        process.send_signal(signal.SIGKILL)
        told += [tuple(line.split()) for line in lines]
    assert process.wait(timeout=30) == -signal.SIGKILL
    return [(reference, state) for reference, state in told]


def _last_states(store: Store) -> dict[str, str]:
    """What the trail says each report's state is."""
    return {
        str(row["subject"]): json.loads(str(row["details"]))["to"]
        for row in store.entries()
        if row["action"] == "moved"
    }


@pytest.mark.parametrize("new", [b"m", b"\xff", b"\x00", b'"'])
def test_one_byte_changed_in_the_database_file_is_found(tmp_path: Path, new: bytes) -> None:
    """One byte changed inside an entry's text in a copy of the file, text or not, is found and the entry named."""
    world = World(tmp_path)
    for number in range(5):
        world.receive(number)
        world.finish(world.claimed())
    head = world.store.head()
    assert head is not None
    signed = tmp_path / "checkpoints.jsonl"
    trail_files.append_checkpoint(signed, checkpoint.sign(head, SIGNING_KEY, datetime.now(UTC)))
    world.engine.dispose()
    copy = _copy(tmp_path)

    victim = list(world.store.entries())[10]
    content = copy.read_bytes()
    text = f"{victim['details']}{victim['previous']}".encode()  # as they stand in the row, side by side
    assert content.count(text) == 1
    place = content.index(text) + text.index(b"from")
    copy.write_bytes(content[:place] + new + content[place + 1 :])

    altered = Store(open_engine(f"sqlite:///{copy}"), utc_now, KEY)
    findings = verify(altered.entries(), checkpoint.load(signed), SIGNING_KEY.public_key())
    assert [finding.seq for finding in findings] == [victim["seq"]]
    assert verify(world.store.entries(), checkpoint.load(signed), SIGNING_KEY.public_key()) == []
    world.engine.dispose()


def test_a_report_moved_behind_the_stores_back_does_not_move_on(tmp_path: Path) -> None:
    """A row altered by hand is not what a robot's claim says: its next move is refused."""
    world = World(tmp_path)
    world.receive()
    claim = world.claimed()
    with sqlite3.connect(tmp_path / "rpa.db") as connection:
        connection.execute("UPDATE reports SET state = 'review'")
    connection.close()
    with pytest.raises(Exception, match="its state is review, not keying"):
        acts.move(
            world.store,
            claim.reference,
            State.KEYING,
            State.SUBMITTING,
            actor="robot1",
            reason=Reason.PAGE_CONFIRMED,
            token=claim.token,
        )
    world.engine.dispose()


def _copy(folder: Path) -> Path:
    """A copy of the database in one file, write-ahead log included."""
    target = folder / "copy.db"
    source = sqlite3.connect(folder / "rpa.db")
    copy = sqlite3.connect(target)
    source.backup(copy)
    copy.execute("PRAGMA journal_mode = DELETE")
    copy.close()
    source.close()
    return target
