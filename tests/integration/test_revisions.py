"""Revisions in the store: what a person corrects lies over what arrived, and is on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from orchestrator.actions import arrivals, corrections, decisions
from orchestrator.actions.corrections import Correction
from orchestrator.actions.decisions import Incomplete
from orchestrator.actions.permissions import INTAKE, Actor, NotAllowed, Role
from orchestrator.definitions import Definitions
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.states import JobState, Reason, State
from orchestrator.store import NotMoved, Stored
from orchestrator.store.tables import revisions
from rpa.documents.files import read_file
from rpa.forms import WrongCorrection
from rpa.report import Change, ProblemKind, Submission
from tests.acts import person
from tests.integration.store_world import World
from tests.worlds import SAMPLES, all_forms

DEFINITIONS = Definitions(all_forms(), {}, {})
SAM = person("user:sam")
WHY = "Zebedee Quillfeather rang"
NAME = "/personReporting/firstName"
SENT = read_file(SAMPLES / "15-invalid.json")


@dataclass
class Desk:
    """A store with one report that was stopped, and its originals."""

    world: World
    originals: Originals
    reference: str = ""

    def __post_init__(self) -> None:
        (receipt,) = arrivals.receive(self.world.store, self.originals, Reader(all_forms()), INTAKE, SENT)
        assert receipt.state is State.ATTENTION
        self.reference = receipt.reference

    @property
    def stored(self) -> Stored:
        """The report now."""
        found = self.world.store.report(self.reference)
        assert found is not None
        return found

    def mend(self) -> tuple[Change, ...]:
        """The correction that lets the report go on: each answer that stops it is removed."""
        stopped = {each.pointer for each in self.stored.problems if each.kind is ProblemKind.INVALID}
        there = {each.pointer for each in self.stored.answers}
        return tuple(Change(pointer, None) for pointer in sorted(stopped & there))

    def correct(self, *changes: Change, because: str = WHY, over: int | None = None) -> corrections.Corrected:
        """Correct it."""
        asked = Correction(changes, because, over)
        return corrections.correct(
            self.world.store,
            self.originals,
            DEFINITIONS,
            Reader(DEFINITIONS.forms),
            SAM,
            self.reference,
            asked,
        )

    def entries(self, action: str) -> list[dict[str, Any]]:
        """The details of the entries of an action."""
        return [
            json.loads(str(row["details"])) for row in self.world.store.entries() if row["action"] == action
        ]


@pytest.fixture
def desk(world: World) -> Desk:
    """A desk with one stopped report."""
    return Desk(world, Originals(world.folder))


def test_a_corrected_report_goes_on(desk: Desk) -> None:
    """A report that an answer stopped is read again without it and sorted: ready. What arrived is as it was."""
    changes = desk.mend()
    done = desk.correct(*changes)
    assert (done.revision, done.state) == (1, State.READY)
    stored = desk.stored
    assert (stored.revision, stored.reason) == (1, Reason.WITH_PROBLEMS)
    assert not {each.pointer for each in stored.answers} & {each.pointer for each in changes}
    assert desk.originals.read(SENT.sha256) == SENT.content
    (revision,) = stored.revisions
    assert (revision.actor, revision.at, revision.because) == ("user:sam", desk.world.clock.now, WHY)
    assert [(each.change.pointer, each.change.value) for each in revision.changes] == [
        (each.pointer, None) for each in changes
    ]
    assert all(json.loads(each.change.before) for each in revision.changes)
    assert all(each.question for each in revision.changes)


def test_a_report_that_waits_for_a_robot_is_corrected(desk: Desk) -> None:
    """It is read again with the correction and waits again, or goes to a person where that stops it; a robot that
    claimed it meanwhile keeps it."""
    desk.correct(*desk.mend())
    assert desk.correct(Change(NAME, "Robin")).state is State.READY
    assert {each.pointer: each.value for each in desk.stored.answers}[NAME] == "Robin"
    assert [job.state for job in desk.stored.jobs] == [JobState.ENDED, JobState.WAITING]
    assert desk.correct(Change("/personReporting/dateOfBirth", "1980-02-31")).state is State.ATTENTION
    desk.correct(*desk.mend())
    assert desk.world.claimed().reference == desk.reference
    with pytest.raises(NotMoved, match="a robot is keying it"):
        desk.correct(Change(NAME, "Kim"))
    desk.world.assert_trail_holds()


def test_the_trail_says_who_corrected_and_nothing_of_what(desk: Desk) -> None:
    """One entry, with the revision's number and digests; no answer, no reason and no pointer is in it (P8)."""
    desk.correct(Change(NAME, "Quillfeather"))
    (told,) = desk.entries("corrected")
    assert told.keys() == {"number", "digests"}
    assert (told["number"], told["digests"].keys()) == (1, {"because", "changes"})
    whole = "".join(str(row) for row in desk.world.store.entries())
    assert "Quillfeather" not in whole
    assert NAME not in whole
    desk.world.assert_trail_holds()


def test_a_later_reading_keeps_the_revisions(desk: Desk) -> None:
    """Reprocessed, a corrected report still says what was corrected; a second correction lies over the first."""
    desk.correct(Change(NAME, "One"))
    desk.correct(Change(NAME, "Two"))
    arrivals.reprocess(desk.world.store, desk.originals, Reader(all_forms()), SAM, desk.reference)
    assert {each.pointer: each.value for each in desk.stored.answers}[NAME] == "Two"
    assert [each.number for each in desk.stored.revisions] == [1, 2]


def test_a_later_delivery_does_not_replace_what_was_corrected(desk: Desk) -> None:
    """Other content for a submission that a person has corrected is put before a person, and replaces nothing."""
    desk.correct(Change(NAME, "Mine"))
    other = json.loads((SAMPLES / "08-bank-card.json").read_bytes())
    sent = json.loads(SENT.content)
    identity = {key: sent[key] for key in sent if key.lower() == "submissionid"}
    came = Submission(json.dumps({**other, **identity}).encode(), "folder", "later.json")
    (receipt,) = arrivals.receive(desk.world.store, desk.originals, Reader(all_forms()), INTAKE, came)
    assert (receipt.reference, receipt.state) == (desk.reference, State.ATTENTION)
    assert {each.pointer: each.value for each in desk.stored.answers}[NAME] == "Mine"
    assert ProblemKind.AMENDED in {each.kind for each in desk.stored.problems}


def test_a_typed_value_is_what_its_question_asks_for(desk: Desk) -> None:
    """A text that looks like JSON stays the text that was typed where the form asks for text."""
    for typed in ("1E5", "007", "true", "null"):
        desk.correct(Change(NAME, typed))
        assert {each.pointer: each.value for each in desk.stored.answers}[NAME] == typed
    assert [each.changes[0].change.value for each in desk.stored.revisions] == ["1E5", "007", "true", "null"]


def test_a_revision_without_what_stood_there_before_still_holds(desk: Desk) -> None:
    """A revision that earlier software kept does not say what stood in its place, and is read as it was."""
    desk.correct(Change(NAME, "Earlier"))
    earlier = [{"change": {"pointer": NAME, "value": "Earlier"}, "question": "First name"}]
    with desk.world.engine.begin() as connection:
        connection.execute(update(revisions).values(changes=earlier))
    arrivals.reprocess(desk.world.store, desk.originals, Reader(all_forms()), SAM, desk.reference)
    assert {each.pointer: each.value for each in desk.stored.answers}[NAME] == "Earlier"
    assert [each.changes[0].change.before for each in desk.stored.revisions] == [""]


def test_two_corrections_at_once(desk: Desk) -> None:
    """Whoever corrects a report that was corrected since they looked is told, and nothing of theirs is kept."""
    desk.correct(Change(NAME, "First"), over=0)
    with pytest.raises(NotMoved, match="it is at revision 1, not 0; look at it again first"):
        desk.correct(Change(NAME, "Second"), over=0)
    assert {each.pointer: each.value for each in desk.stored.answers}[NAME] == "First"
    assert desk.stored.revision == 1


def test_the_database_keeps_out_the_second_of_two_corrections(desk: Desk) -> None:
    """The number is compared as it is set: of two corrections over one revision only one is kept."""
    add = corrections.add
    with desk.world.store.writing() as transaction:
        add(transaction, desk.reference, 0, actor="a", because=WHY, changes=())
    with (
        pytest.raises(NotMoved, match="somebody corrected it meanwhile"),
        desk.world.store.writing() as transaction,
    ):
        add(transaction, desk.reference, 0, actor="b", because=WHY, changes=())
    assert [each.actor for each in desk.stored.revisions] == ["a"]


def refused_actor(desk: Desk) -> None:
    """An auditor."""
    asked = Correction(desk.mend(), WHY)
    auditor = Actor("user:ann", Role.AUDITOR)
    corrections.correct(
        desk.world.store,
        desk.originals,
        DEFINITIONS,
        Reader(DEFINITIONS.forms),
        auditor,
        desk.reference,
        asked,
    )


def while_keyed(desk: Desk) -> None:
    """A report in a robot's hands."""
    desk.correct(*desk.mend())
    desk.world.claimed()
    desk.correct(Change(NAME, "Late"))


def erased(desk: Desk) -> None:
    """A report that is gone."""
    decisions.dismiss(desk.world.store, SAM, desk.reference, WHY)
    decisions.erase(desk.world.store, desk.originals, SAM, desk.reference, WHY)
    desk.correct(Change("/category", "x"))


@pytest.mark.parametrize(
    ("attempt", "error", "says"),
    [
        (refused_actor, NotAllowed, "may not correct a report"),
        (lambda desk: desk.correct(*desk.mend(), because=" "), Incomplete, "the reason for the correction"),
        (lambda desk: desk.correct(), Incomplete, "what is to be corrected is missing"),
        (lambda desk: desk.correct(Change("/no/such", "x")), WrongCorrection, "/no/such: neither"),
        (while_keyed, NotMoved, "a robot is keying it; wait until it is in review"),
        (erased, NotMoved, "its content was erased"),
    ],
)
def test_what_is_not_corrected(
    desk: Desk, attempt: Callable[[Desk], object], error: type[Exception], says: str
) -> None:
    """A correction that cannot be is refused in plain words, and leaves no revision."""
    before = desk.stored.revisions
    with pytest.raises(error, match=says):
        attempt(desk)
    assert len(desk.stored.revisions) - len(before) == (attempt is while_keyed)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revisions SET because = 'another'",
        "UPDATE revisions SET actor = 'user:kim'",
        "UPDATE revisions SET changes = NULL, because = NULL",
        "UPDATE revisions SET number = 2",
        "DELETE FROM revisions",
        "UPDATE reports SET revision = 0",
        "INSERT INTO revisions (reference, number, actor, at) SELECT reference, 2, actor, at FROM revisions",
    ],
)
def test_a_revision_altered_behind_the_trail(desk: Desk, statement: str) -> None:
    """Whatever is done to the table by somebody who holds the database, the trail shows it."""
    desk.correct(*desk.mend())
    with desk.world.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert (desk.reference, "revisions") in list(desk.world.store.altered())


def test_an_erased_report_keeps_who_corrected_it(desk: Desk) -> None:
    """Erasing empties what a revision says and why; who and when stay, and the trail vouches for the rest."""
    desk.correct(Change(NAME, "Quillfeather"))
    decisions.dismiss(desk.world.store, SAM, desk.reference, "Withdrawn")
    decisions.erase(desk.world.store, desk.originals, SAM, desk.reference, "Kept long enough")
    (revision,) = desk.stored.revisions
    assert (revision.actor, revision.because, revision.changes) == ("user:sam", None, ())
    assert list(desk.world.store.altered()) == []
    with desk.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE revisions SET because = 'back again'")
    assert list(desk.world.store.altered()) == [(desk.reference, "revisions")]
