"""The save journal while the database or the disk cannot be written: nothing is pressed that is not on record, and
no reference that was seen is forgotten."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orchestrator.jobs.context import WorkerContext
from orchestrator.jobs.save_journal import StoredSaveJournal
from orchestrator.jobs.settle import settle_failure
from orchestrator.jobs.trouble import trouble_of
from orchestrator.states import Reason, State
from orchestrator.store import Claim
from rpa.browser.launch import Browser
from rpa.errors import Cause, NotSent, SubmissionUncertain, TargetChanged
from rpa.plan import Plan
from rpa.robot import FilledRecord
from tests import acts
from tests.integration.test_lease import context
from tests.system_world import until

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
    tmp_path: Path, browser: Browser, trouble: Callable[[Path], AbstractContextManager[None]]
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


def pressed(one: WorkerContext) -> Claim:
    """The report, which is about to be saved."""
    claim, _ = claimed(one)
    mine = {"actor": "robot1", "reason": Reason.PAGE_CONFIRMED, "token": claim.token}
    acts.move(one.store, claim.reference, State.KEYING, State.SUBMITTING, **mine)  # type: ignore[arg-type]
    return claim


async def test_a_reference_seen_while_the_database_is_busy(tmp_path: Path, browser: Browser) -> None:
    """It is logged, and stored as soon as the database lets it, however often that is tried."""
    one = context(tmp_path, browser, lease_seconds=3)
    claim = pressed(one)
    with capture_logs() as logs:
        with busy(tmp_path):
            seen = asyncio.create_task(StoredSaveJournal(one, claim).after_save("REC-0001"))
            await asyncio.to_thread(until, lambda: len(logs) > 1 or seen.done(), 10)
        await seen
    assert {(each["event"], each["target_reference"]) for each in logs} == {
        ("the reference of a saved record could not be stored and is tried again", "REC-0001")
    }
    stored = one.store.report(claim.reference)
    assert stored is not None
    assert (stored.state, stored.target_reference) == (State.SUBMITTED, "REC-0001")


async def test_a_reference_that_cannot_be_stored(tmp_path: Path, browser: Browser) -> None:
    """Where trying again does not help, the report is uncertain, and says which reference was seen."""
    one = context(tmp_path, browser)
    claim = pressed(one)
    refusing = (
        "BEFORE UPDATE ON reports WHEN NEW.state = 'submitted' BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    with sqlite3.connect(tmp_path / "rpa.db") as other:
        other.execute(f"CREATE TRIGGER refused {refusing}")
    with pytest.raises(SubmissionUncertain, match="REC-0001") as raised:
        await StoredSaveJournal(one, claim).after_save("REC-0001")
    await settle_failure(one, claim, raised.value)
    assert state(one, claim) == (State.UNCERTAIN, Reason.SAVE_UNANSWERED)
    stored = one.store.report(claim.reference)
    assert stored is not None
    assert "saved as REC-0001" in str(stored.message)
