"""What people compute from a report that somebody else changes meanwhile: refused as it is written, never lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from orchestrator.actions import arrivals, corrections, decisions, work
from orchestrator.actions.corrections import Corrected, Correction
from orchestrator.actions.decisions import Outcome
from orchestrator.actions.permissions import INTAKE
from orchestrator.definitions import Definitions
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.states import JobKind, JobState, Reason, State
from orchestrator.store import Claim, Job, NotMoved, Receipt, Stored, row_versions
from rpa.documents.files import read_file
from rpa.plan import plan_to_json
from rpa.planning import plan
from rpa.report import Change, Submission
from tests import acts
from tests.acts import person
from tests.integration.locking_world import Shared
from tests.integration.store_world import START, World
from tests.integration.test_worker_settling import shipped
from tests.worlds import SAMPLES, all_forms

SAM = person("user:sam")
PHONE = "/personReporting/phoneNumber"
CORRECTED, KEYED = "07700900199", "+447700900199"  # as it is read
SENT = read_file(SAMPLES / "08-bank-card.json")
STOPPED = read_file(SAMPLES / "15-invalid.json")


@dataclass(frozen=True)
class Interrupted(Originals):
    """Originals that let somebody else act as soon as one was found, once the report was read."""

    meanwhile: Callable[[], object] = lambda: None

    def find(self, sha256: str, source: str, name: str) -> Submission:
        """The submission, and then somebody else's act."""
        found = super().find(sha256, source, name)
        self.meanwhile()
        return found


class Desk:
    """A store with one report of a sample."""

    def __init__(self, world: World, sent: Submission) -> None:
        self.world, self.store = world, world.store
        self.originals = Originals(world.folder)
        (received,) = arrivals.receive(self.store, self.originals, Reader(shipped().forms), INTAKE, sent)
        self.reference = received.reference

    @property
    def stored(self) -> Stored:
        """The report now."""
        found = self.store.report(self.reference)
        assert found is not None
        return found

    @property
    def phone(self) -> object:
        """The answer that is corrected."""
        return {each.pointer: each.value for each in self.stored.answers}[PHONE]

    @property
    def update(self) -> Job:
        """The last update of its record."""
        return [job for job in self.stored.jobs if job.kind is JobKind.UPDATE][-1]

    def planned(self) -> dict[str, Any]:
        """What a robot plans for it now."""
        definitions = shipped()
        mapping, profile = definitions.mapping("chs", "ocr"), definitions.targets["chs"].profile
        return plan_to_json(plan(self.stored.understood(), mapping, profile, "chs", media=frozenset()))

    def press(self, claim: Claim, **evidence: Any) -> None:
        """Up to the moment before save."""
        work.about_to_save(self.store, claim, **evidence)

    def save(self, claim: Claim) -> None:
        """The target gave its reference."""
        work.saved(self.store, claim, "CHS-2026-0000001", START)

    def read(self, claim: Claim) -> None:
        """The record is as it was keyed."""
        work.read(self.store, claim, record=[], mismatches=[])

    def saved(self) -> None:
        """The record is saved and read back."""
        claim = self.world.claimed()
        self.press(claim, plan=self.planned())
        self.save(claim)
        self.read(claim)

    def correct(
        self, value: str, pointer: str = PHONE, meanwhile: Callable[[], object] = lambda: None
    ) -> Corrected:
        """Correct an answer, while somebody else does something."""
        originals = Interrupted(self.world.folder, meanwhile)
        asked = Correction((Change(pointer, value),), "They rang")
        return corrections.correct(
            self.store, originals, shipped(), Reader(shipped().forms), SAM, self.reference, asked
        )

    def reprocess(
        self, delivery: int | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> Receipt:
        """Read it again, while somebody else does something."""
        originals = Interrupted(self.world.folder, meanwhile)
        ways = self.store, originals, Reader(shipped().forms), SAM, self.reference
        return arrivals.reprocess(*ways, delivery)

    def erase(self) -> None:
        """For good."""
        decisions.erase(self.store, self.originals, SAM, self.reference, "Kept long enough")


def test_a_correction_that_is_taken_back_while_its_update_ends(world: World) -> None:
    """Compared with the record as it was before the update, there is nothing to key; after it there is. The
    correction is refused and, made again, is keyed."""
    desk = Desk(world, SENT)
    desk.saved()
    before = desk.phone
    desk.correct(CORRECTED)
    claim = world.claimed()
    assert claim.kind is JobKind.UPDATE
    update = {"after": {"plan": desk.planned(), "remains": []}, "before": [], "revision": 1}
    desk.press(claim, plan=desk.planned(), **update)
    with pytest.raises(NotMoved, match="it was changed meanwhile; look at it again first"):
        desk.correct(str(before), meanwhile=lambda: desk.save(claim))
    assert desk.stored.revision == 1
    assert desk.correct(str(before)).updates
    desk.read(claim)
    assert desk.update.state is JobState.WAITING


def test_a_correction_while_a_robot_finds_nothing_to_key(world: World) -> None:
    """The plan of the record is another then: a correction that was compared with the one before is refused."""
    desk = Desk(world, SENT)
    desk.saved()
    desk.correct(CORRECTED)
    claim = world.claimed()
    after = {"plan": desk.planned(), "remains": []}
    with pytest.raises(NotMoved, match="it was changed meanwhile"):
        desk.correct("07700900198", meanwhile=lambda: work.nothing_to_update(desk.store, claim, after, 1))
    assert desk.correct("07700900198").updates


@pytest.mark.parametrize("delivery", [None, 1])
def test_a_report_that_is_corrected_while_it_is_read_again(world: World, delivery: int | None) -> None:
    """Whoever reads a report again does not put an earlier reading in the place of a correction."""
    desk = Desk(world, STOPPED)
    with pytest.raises(NotMoved, match="it was changed meanwhile"):
        desk.reprocess(delivery, meanwhile=lambda: desk.correct(CORRECTED))
    assert (desk.phone, desk.stored.revision) == (KEYED, 1)
    desk.reprocess()
    assert desk.phone == KEYED


def test_a_report_that_is_read_from_another_delivery_while_it_is_read_again(world: World) -> None:
    """The bytes that a later reading came from are not replaced by those of an earlier."""
    desk = Desk(world, STOPPED)
    other = Submission(STOPPED.content + b"\n", "folder", "again.json")
    arrivals.receive(desk.store, desk.originals, Reader(shipped().forms), INTAKE, other)
    with pytest.raises(NotMoved, match="it was changed meanwhile"):
        desk.reprocess(meanwhile=lambda: desk.reprocess(2))
    assert desk.stored.sha256 == other.sha256


def test_a_correction_beside_an_erasure(world: World) -> None:
    """A correction that was begun before a report was erased brings nothing of it back."""
    desk = Desk(world, SENT)
    desk.saved()
    decisions.decide(desk.store, SAM, desk.reference, Outcome.CRIME, "Enough")
    with pytest.raises(NotMoved, match="its content was erased"):
        desk.correct(CORRECTED, meanwhile=desk.erase)
    assert (desk.stored.answers, desk.stored.revisions) == ((), ())
    assert list(desk.store.altered()) == []


def test_every_write_of_a_row_raises_its_version(world: World) -> None:
    """Whoever read a report before any change of it is refused, whatever the change was."""
    desk = Desk(world, SENT)
    before = desk.stored.row_version
    world.claimed()
    assert desk.stored.row_version > before
    with pytest.raises(NotMoved, match="changed meanwhile"), desk.store.writing() as transaction:
        row_versions.compare(transaction, desk.reference, before)
    with desk.store.writing() as transaction:
        row_versions.compare(transaction, desk.reference, desk.stored.row_version)


def test_a_saved_report_is_not_read_from_another_delivery(world: World) -> None:
    """Once save was pressed, the delivery that was keyed stays; a plain reading in between changes nothing in
    that."""
    desk = Desk(world, SENT)
    desk.saved()
    acts.move(
        desk.store,
        desk.reference,
        State.REVIEW,
        State.ATTENTION,
        actor="rpa",
        reason=Reason.NOT_FOUND,
    )
    assert desk.reprocess().state is State.READY
    acts.switch(desk.store, "ocr", False, "user:kim")
    assert desk.stored.pressed_at is None  # of the job that keys it now
    with pytest.raises(NotMoved, match="save was pressed for it"):
        desk.reprocess(1)


@pytest.mark.parametrize("by", ["reprocess", "correct"])
def test_a_reading_beside_an_arrival_of_its_submission(shared: Shared, tmp_path: Path, by: str) -> None:
    """A report that turns out, read again, to be the submission that another delivery is just becoming waits for
    that, and is a duplicate of it."""
    originals, sent = Originals(tmp_path), STOPPED
    held = acts.receive_as_channel(sent, {}, shared.store, originals).reference
    later = replace(sent, content=sent.content + b"\n")
    inserted, going_on = threading.Event(), threading.Event()

    def pause(*given: Any) -> None:
        if given[2].startswith("INSERT INTO reports"):
            inserted.set()
            going_on.wait(30)

    def read_again() -> None:
        if by == "reprocess":
            acts.read_again(held, all_forms(), shared.other, originals, "user:kim")
        else:
            asked = Correction((Change("/personReporting/firstName", "Kim"),), "x")
            corrections.correct(
                shared.other,
                originals,
                Definitions(all_forms(), {}, {}),
                Reader(all_forms()),
                SAM,
                held,
                asked,
            )

    event.listen(shared.engine, "after_cursor_execute", pause)
    with ThreadPoolExecutor(2) as pool:
        came = pool.submit(acts.receive_as_channel, later, all_forms(), shared.store, originals)
        assert inserted.wait(30)
        second = pool.submit(read_again)
        shared.until_blocked(second)
        going_on.set()
        assert came.result(30).new
        second.result(30)
    assert shared.state(held) == (State.ATTENTION, Reason.DUPLICATE)
