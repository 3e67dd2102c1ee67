"""Erased for good: nothing of what the public wrote is left, and the trail still verifies and says by whom."""

from __future__ import annotations

import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from orchestrator.actions import arrivals, decisions, recovery, work
from orchestrator.actions.permissions import INTAKE
from orchestrator.originals import OriginalAltered, Originals
from orchestrator.reading import Reader
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Claim, ClaimLost, NotMoved, Store, jobs, open_engine, reprocess
from orchestrator.store.erase import EMPTIED, erase
from rpa.report import Media, Submission
from tests import acts
from tests.acts import person
from tests.integration.store_world import KEY, LEASE_SECONDS, World, report

KIM = person("user:kim")
WORDS = b"Zebedee Quillfeather"
PHOTO = Media("quillfeather.jpg", b"\xff\xd8 a photo")
SHARED = Media("form.pdf", b"%PDF a leaflet that many send")
SENT = Submission(b'{"name": "' + WORDS + b'"}', "folder", "quillfeather.json", (PHOTO, SHARED))


def _let_go_only(connection: Any, _record: object) -> None:
    """As most builds of SQLite begin: what is deleted stays in the file until it is written over."""
    connection.execute("PRAGMA secure_delete = OFF")


class Place:
    """A store and its originals, with one report keyed, decided, and everything known of it."""

    def __init__(self, world: World, *, keyed: bool = True) -> None:
        self.world, self.store = world, world.store
        event.listen(world.engine, "connect", _let_go_only, insert=True)
        world.engine.dispose()  # connections made before
        self.originals = Originals(world.folder)
        self.originals.acknowledge(self.originals.keep(SENT))
        told = report(
            data={"name": WORDS.decode(), "account": WORDS.decode() * 1000}
        )  # more than fits a page
        self.reference = acts.receive(self.store, told, SENT).reference
        if keyed:
            self.key(world.claimed())

    def key(self, claim: Claim) -> None:
        """Keyed, saved and read back."""
        picture = self.originals.keep_picture(self.reference, "review.png", b"\x89PNG " + WORDS)
        acts.move(
            self.store,
            self.reference,
            State.KEYING,
            State.SUBMITTING,
            actor="robot1",
            reason=Reason.PAGE_CONFIRMED,
            token=claim.token,
            plan={"steps": [WORDS.decode()]},
            keyed=[WORDS.decode()],
            pictures={"review": picture},
        )
        mine: dict[str, Any] = {"actor": "robot1", "token": claim.token}
        saved = {**mine, "reason": Reason.REFERENCE_SEEN, "target_reference": "CHS-1"}
        acts.move(self.store, self.reference, State.SUBMITTING, State.SUBMITTED, **saved)
        read = {**mine, "reason": Reason.VERIFIED, "record": [WORDS.decode()], "mismatches": []}
        acts.move(self.store, self.reference, State.SUBMITTED, State.REVIEW, **read)

    def decide(self) -> None:
        """An operator's last word on it."""
        decisions.decide(self.store, KIM, self.reference, decisions.Outcome.CRIME, f"of {WORDS.decode()}")

    def erase(self) -> None:
        """For good."""
        decisions.erase(self.store, self.originals, KIM, self.reference, "kept long enough")

    def holding(self, words: bytes) -> list[Path]:
        """The files that hold these words, the database's once its log is written into it."""
        with self.world.engine.connect() as connection:
            connection.commit()
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return [
            path for path in self.world.folder.rglob("*") if path.is_file() and words in path.read_bytes()
        ]


@pytest.fixture
def place(world: World) -> Place:
    """A report in review."""
    return Place(world)


def test_nothing_of_it_is_left(place: Place) -> None:
    """No file, the database included, holds what was written, by whom, or under which name it came."""
    place.decide()
    assert len(place.holding(WORDS)) == 3  # the original, the picture, the database
    place.erase()
    assert place.holding(WORDS) == []
    assert place.holding(b"quillfeather") == []
    assert place.holding(PHOTO.content) == []


def test_what_is_left_says_that_it_was_erased(place: Place) -> None:
    """State, times, counts and the target's reference stay; the trail says who erased it, the report why."""
    place.decide()
    place.erase()
    stored = place.store.report(place.reference)
    assert stored is not None
    assert (stored.state, stored.reason, stored.target_reference) == (State.DECIDED, Reason.CRIME, "CHS-1")
    assert (stored.answers, stored.plan, stored.pictures, stored.source_name) == ((), None, None, "")
    assert (stored.rationale, stored.erased_at) == ("kept long enough", place.world.clock())
    assert stored.answer_count == 1
    row = list(place.store.entries())[-1]
    assert (row["actor"], row["action"], row["subject"]) == ("user:kim", "erased", place.reference)
    assert json.loads(str(row["details"])).keys() == {"digests"}
    place.world.assert_trail_holds()


@pytest.mark.parametrize(
    ("emptied", "column"),
    [("UPDATE reports SET data = NULL", "data"), ("UPDATE jobs SET plan = NULL", "plan")],
    ids=["report", "job"],
)
def test_what_is_emptied_without_an_entry_is_found(place: Place, emptied: str, column: str) -> None:
    """Content that somebody empties in the database, without erasing the report, is an alteration."""
    place.decide()
    with place.world.engine.begin() as connection:
        connection.exec_driver_sql(emptied)
    assert list(place.store.altered()) == [(place.reference, column)]


def test_what_is_put_back_is_found(place: Place) -> None:
    """Content in an erased report, even what was there before, is not what the trail says."""
    place.decide()
    before = place.store.report(place.reference)
    assert before is not None
    place.erase()
    with place.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE reports SET data = ?", (json.dumps(before.data),))
    assert list(place.store.altered()) == [(place.reference, "data")]


def test_only_what_is_done_with_is_erased(place: Place) -> None:
    """A report that somebody still works on is refused, and nothing of it is gone."""
    with pytest.raises(
        NotMoved, match="its state is review; only a report whose work has ended can be erased"
    ):
        place.erase()
    assert len(place.holding(WORDS)) == 3
    with pytest.raises(NotMoved, match="no such report"):
        decisions.erase(place.store, place.originals, KIM, "CR-NONE", "why")


def test_files_that_another_report_came_with_stay(place: Place) -> None:
    """A file that came with two submissions is removed with the last of them."""
    other = replace(SENT, content=b"{}", name="other.json", media=(SHARED,))
    arrival = place.originals.keep(other)
    acts.receive(place.store, report(2), other)
    place.decide()
    place.erase()
    assert place.originals.submission(arrival) == other


def test_a_report_goes_on_if_its_files_cannot_be_removed(place: Place) -> None:
    """An arrival that cannot be read may name any file: nothing is removed, and nothing is said to be."""
    place.decide()
    torn = place.world.folder / "originals" / "pending" / f"{'0' * 64}-{'0' * 16}.json"
    torn.write_bytes(b"{")
    with pytest.raises(OriginalAltered):
        place.erase()
    assert len(place.holding(WORDS)) == 3
    assert "erased" not in place.world.actions()
    torn.unlink()
    place.erase()
    assert place.holding(WORDS) == []


def test_the_submission_again_is_known_and_can_be_erased_again(place: Place) -> None:
    """The same bytes after erasure are the same report, keyed by nobody; erasing it again removes them too."""
    place.decide()
    place.erase()
    (receipt,) = arrivals.receive(place.store, place.originals, Reader({}), INTAKE, SENT)
    assert (receipt.reference, receipt.new, receipt.state) == (place.reference, False, State.DECIDED)
    place.erase()
    assert place.holding(WORDS) == []
    assert list(place.store.altered()) == []


def test_what_comes_back_with_an_entry_is_found(place: Place) -> None:
    """An erased report has no content, whatever the trail says was done since."""
    place.decide()
    place.erase()
    with place.store.writing() as transaction:
        reprocess.understand_saved(transaction, place.reference, report(), "user:kim")
        jobs.open_job(transaction, place.reference, JobKind.READ_BACK, plan={"a": 1})
    found = set(place.store.altered())
    assert found == {(place.reference, name) for name in (*EMPTIED, "plan")}


def test_a_late_robot_leaves_no_picture_of_an_erased_report(world: World) -> None:
    """A robot whose claim was lost keeps no picture once the report was erased; it is told that the claim is
    lost."""
    place = Place(world, keyed=False)
    claim = world.claimed()
    world.clock.turn(LEASE_SECONDS + 1)
    recovery.expire(world.store, 1)
    late = world.store, place.originals, claim, work.about_to_save, ("review", WORDS)
    with pytest.raises(ClaimLost):
        work.with_picture(*late)
    assert world.folder / "pictures" / place.reference / "review.png" in place.holding(WORDS)
    decisions.dismiss(world.store, KIM, place.reference, "Withdrawn")
    place.erase()
    with pytest.raises(ClaimLost):
        work.with_picture(*late)
    assert place.holding(WORDS) == []


def test_a_picture_is_kept_with_what_it_shows(world: World) -> None:
    """Under the claim, the picture is on disk and the job names it."""
    place = Place(world, keyed=False)
    claim = world.claimed()
    given = world.store, place.originals, claim, work.about_to_save, ("review", WORDS)
    work.with_picture(*given, pictures={"page": "pictures/a.png"}, plan={"a": 1})
    stored = world.store.report(place.reference)
    assert stored is not None
    kept = stored.pictures["review"]
    assert stored.pictures == {"page": "pictures/a.png", "review": kept}
    assert (world.folder / kept).read_bytes() == WORDS


def test_files_are_looked_for_before_anything_is_locked_in_the_database(place: Place) -> None:
    """While an erasure looks through the files that arrived, or waits until nobody keeps any, others write."""
    place.decide()
    quick = Store(open_engine(place.world.url, 0.1), place.world.clock, KEY)
    folder = os.open(place.world.folder / "originals", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_SH)  # as whoever keeps an arrival
    with ThreadPoolExecutor(1) as pool:
        erasing = pool.submit(place.erase)
        try:
            while "-> FLOCK" not in Path("/proc/locks").read_text(encoding="ascii"):
                wait([erasing], 0.02)
            acts.record(quick, actor="user:kim", action="viewed", subject=place.reference)
        finally:
            os.close(folder)
        erasing.result(30)
    assert place.holding(WORDS) == []
    quick._engine.dispose()


def test_what_arrives_while_its_report_is_erased_is_not_overlooked(place: Place) -> None:
    """Content that was delivered for a report since its files were looked for keeps it from being erased."""
    place.decide()
    before = place.store.own_contents(place.reference)
    again = replace(SENT, content=SENT.content + b" ")
    acts.receive(place.store, report(data={"name": WORDS.decode(), "account": WORDS.decode() * 1000}), again)
    assert place.store.own_contents(place.reference) != before
    with pytest.raises(NotMoved, match="it was delivered again meanwhile"), place.store.writing() as now:
        erase(now, place.reference, before, actor="user:kim", rationale="x")
