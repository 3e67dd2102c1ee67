"""The save journal while the database or the disk cannot be written: nothing is pressed that is not on record, and
no reference that was seen is forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from orchestrator.jobs.context import WorkerContext
from orchestrator.jobs.save_journal import StoredSaveJournal
from orchestrator.jobs.settle import settle_failure
from orchestrator.jobs.trouble import trouble_of
from orchestrator.states import Reason, State
from orchestrator.store import Claim
from rpa.browser.launch import Browser
from rpa.errors import Cause, NotSent, TargetChanged
from rpa.plan import Plan
from rpa.robot import FilledRecord
from tests import acts
from tests.integration.test_lease import context

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHANGE = TargetChanged("Only", "Notes", "there is no such control", Cause.GONE)


def claimed(one: WorkerContext) -> tuple[Claim, FilledRecord]:
    """The report in a robot's hands, and its pages, complete up to the press, with a change met on the way."""
    claim = acts.claim(one.store, "robot1", {"chs": "robot1"}, 120)
    assert claim is not None
    return claim, FilledRecord(Plan(claim.reference, "ocr", "chs", (), ()), (), (CHANGE,), b"\x89PNG")


def state(one: WorkerContext, claim: Claim) -> tuple[State, Reason]:
    """Where the report is, and why."""
    stored = one.store.report(claim.reference)
    assert stored is not None
    return stored.state, stored.reason


@contextmanager
def no_change_can_be_written(folder: Path) -> Iterator[None]:
    """The table of changes takes no row."""
    with closing(sqlite3.connect(folder / "rpa.db", isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON drift BEGIN SELECT RAISE(ABORT, 'full'); END")
        yield
        other.execute("DROP TRIGGER full")


@contextmanager
def busy(folder: Path) -> Iterator[None]:
    """Another holds the database."""
    with closing(sqlite3.connect(folder / "rpa.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def no_picture_can_be_written(folder: Path) -> Iterator[None]:
    """The folder of pictures is none."""
    (folder / "pictures").write_text("no folder")
    yield


TROUBLES = no_change_can_be_written, busy, no_picture_can_be_written


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_cannot_be_recorded_before_save_is_certainly_not_sent(
    tmp_path: Path, browser: Browser, trouble: Callable[[Path], Iterator[None]]
) -> None:
    """Save is not pressed, nobody counts that against the target, and the report is tried again."""
    one = context(tmp_path, browser)
    claim, keyed = claimed(one)
    with trouble(tmp_path), pytest.raises(NotSent, match="save was not pressed") as raised:
        await StoredSaveJournal(one, claim).before_save(keyed)
    assert state(one, claim)[0] is State.KEYING
    assert trouble_of(raised.value, claim, one.settings, None) is None
    await settle_failure(one, claim, raised.value)
    assert state(one, claim) == (State.READY, Reason.NOT_SENT)
