"""A submission that comes again with other content, and two submissions that share a reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.originals import Originals
from orchestrator.states import Reason, State
from orchestrator.store import NotMoved, Receipt, Stored
from orchestrator.store.reprocess import MOST_AMENDMENTS
from rpa.report import Media, ProblemKind, Submission, reference_of
from tests import acts
from tests.acts import read_again, receive_as_channel
from tests.imperfect_reports import BICYCLE, PHONE, STOPPED
from tests.integration.store_world import World, report, submission
from tests.worlds import all_forms, case, document

TWINS = ("490d3c63d9cb421", "3f5f4b241e0716a")  # two submission ids with the same 60 bits
GENUINE = document(BICYCLE)
ID = GENUINE["submissionId"]


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    """Originals beside the store."""
    return Originals(tmp_path)


@pytest.fixture
def deliver(world: World, originals: Originals) -> Any:
    """Takes in a document, as bytes of its own."""

    def take(content: dict[str, Any], name: str = "1.json", forms: Any = None) -> Receipt:
        given = Submission(json.dumps(content).encode(), "folder", name)
        return receive_as_channel(given, all_forms() if forms is None else forms, world.store, originals)

    return take


def stored(world: World, reference: str) -> Stored:
    """A report as the store has it."""
    found = world.store.report(reference)
    assert found is not None
    return found


def amendments(world: World, reference: str) -> int:
    """How often a report says that there is other content for it."""
    return sum(each.kind is ProblemKind.AMENDED for each in stored(world, reference).problems)


def described(text: str) -> dict[str, Any]:
    """The genuine report with another description."""
    content = document(BICYCLE)
    content["incidentDetails"]["incidentDescription"] = text
    return content


# ---- one submission, several contents


def test_other_bytes_of_the_same_content_amend_nothing(world: World, deliver: Any) -> None:
    """Another order of keys, or blanks that were left away, say the same: nobody is bothered."""
    reference = deliver(GENUINE).reference
    again = deliver(dict(reversed(GENUINE.items())))
    assert (again.reference, again.new, again.differs) == (reference, False, False)
    assert amendments(world, reference) == 0


def test_other_content_is_kept_and_told(world: World, originals: Originals, deliver: Any) -> None:
    """Other content is no new report: it stands among the deliveries, its bytes are kept, and the report says so,
    in every list and in the record that is still to be keyed."""
    reference = deliver(GENUINE).reference
    receipt = deliver(described("It was another bicycle."), "2.json")
    assert (receipt.reference, receipt.new, receipt.differs) == (reference, False, True)
    assert (receipt.state, amendments(world, reference)) == (State.READY, 1)
    assert stored(world, reference).problem_count == 1
    assert stored(world, reference).data == world_data(GENUINE)
    _, second = world.store.deliveries(reference)
    found = originals.find(second.sha256, second.source, second.name)
    assert b"another bicycle" in found.content
    assert "delivery differs" in world.actions()
    assert stored(world, reference).understood().problems[-1].kind is ProblemKind.AMENDED
    world.assert_trail_holds()


def world_data(content: dict[str, Any]) -> Any:
    """What a document is once it is understood."""
    return case(content).report.data


@pytest.mark.parametrize(
    "junk",
    [
        {"submissionId": ID, "category": "nonsense"},
        {**document(PHONE), "submissionId": ID, "formVersion": "99"},
        {**STOPPED["the 31st of February"].document(), "submissionId": ID},
        {**STOPPED["an involvement that no branch is for"].document(), "submissionId": ID},
    ],
    ids=["no form", "unknown version", "impossible", "unknown option"],
)
def test_junk_sent_first_does_not_hide_the_genuine_report(
    world: World, originals: Originals, deliver: Any, junk: dict[str, Any]
) -> None:
    """Where the first is stopped by what it says, a later one that is not takes its place under its reference, and
    the operator is told of the first."""
    first = deliver(junk)
    assert first.state in (State.ATTENTION, State.HELD)
    second = deliver(GENUINE, "2.json")
    assert (second.reference, second.state) == (first.reference, State.READY)
    one = stored(world, first.reference)
    assert one.data == world_data(GENUINE)
    assert amendments(world, first.reference) == 1
    assert json.loads(originals.find(one.sha256, one.source, one.source_name).content) == GENUINE
    assert len(world.store.deliveries(first.reference)) == 2
    world.assert_trail_holds()


def test_a_report_that_was_pressed_is_never_replaced(world: World, deliver: Any) -> None:
    """Once save was pressed, other content changes nothing but what the operator is told (P2), also where it was
    tried again and refused later."""
    reference = deliver(GENUINE).reference
    claim = world.claimed()
    world.press(claim)
    acts.move(
        world.store, reference, State.SUBMITTING, State.UNCERTAIN, actor="r", reason=Reason.SAVE_UNANSWERED
    )
    acts.move(world.store, reference, State.UNCERTAIN, State.ATTENTION, actor="r", reason=Reason.NOT_FOUND)
    assert deliver(described("Other."), "2.json").state is State.ATTENTION
    acts.reread(world.store, reference, State.ATTENTION, case(GENUINE).report, "operator")
    world.claimed()
    acts.move(world.store, reference, State.KEYING, State.ATTENTION, actor="r", reason=Reason.REFUSED)
    assert deliver(described("Yet another."), "3.json").state is State.ATTENTION
    assert stored(world, reference).data == world_data(GENUINE)
    assert amendments(world, reference) == 2


def test_a_flood_of_other_contents_is_kept_and_told_in_a_few_lines(world: World, deliver: Any) -> None:
    """Every delivery is kept; the report tells of so many, since the sender decides how many there are."""
    reference = deliver(GENUINE).reference
    for number in range(MOST_AMENDMENTS + 5):
        deliver(described(f"Number {number}."), f"{number}.json")
    assert amendments(world, reference) == MOST_AMENDMENTS
    assert len(world.store.deliveries(reference)) == MOST_AMENDMENTS + 6


def test_the_same_other_content_is_told_once(world: World, deliver: Any) -> None:
    """However often the second content comes, the report says once that there is some."""
    reference = deliver(GENUINE).reference
    for _ in range(3):
        deliver(described("Other."), "2.json")
    assert amendments(world, reference) == 1
    deliver(described("Yet another."), "3.json")
    assert amendments(world, reference) == 2


@pytest.mark.parametrize("ended", [State.KEYED_BY_HAND, State.REJECTED])
def test_other_content_for_what_is_done_with_is_a_report_of_its_own(
    world: World, deliver: Any, ended: State
) -> None:
    """Nobody looks at a report that is done with: other content for it waits for a person, and is never keyed."""
    first = deliver(STOPPED["the 31st of February"].document())
    acts.move(world.store, first.reference, State.ATTENTION, ended, actor="operator", reason=Reason.REJECTED)
    second = deliver(GENUINE, "2.json")
    assert (second.new, second.differs) == (True, True)
    assert (second.state, second.reason) == (State.ATTENTION, Reason.AMENDED)
    assert second.reference != first.reference
    assert first.reference in str(stored(world, second.reference).message)
    again = deliver(GENUINE, "2.json")
    assert (again.reference, again.new) == (second.reference, False)
    assert world.claim() is None


def test_a_person_chooses_the_delivery(world: World, originals: Originals, deliver: Any) -> None:
    """Where no delivery goes on by itself, a person has the report read from the one that is right."""
    first = deliver(STOPPED["the 31st of February"].document())
    other = STOPPED["a quarter past twenty-five"].document()
    assert deliver(other, "2.json").state is State.ATTENTION
    args = (first.reference, all_forms(), world.store, originals, "operator")
    assert read_again(*args, delivery=2).state is State.ATTENTION
    assert stored(world, first.reference).source_name == "2.json"
    assert amendments(world, first.reference) == 1
    with pytest.raises(NotMoved, match="2 deliveries"):
        read_again(*args, delivery=3)


# ---- the same bytes, with files

PHOTO, FILM = Media("photo.png", b"photo"), Media("film.mp4", b"film")


@pytest.fixture
def bring(world: World, originals: Originals) -> Any:
    """Takes in the genuine report under a name, always the same bytes, with these files."""

    def take(name: str, *files: Media) -> Receipt:
        given = Submission(json.dumps(GENUINE).encode(), "folder", name, files)
        return receive_as_channel(given, all_forms(), world.store, originals)

    return take


def test_files_that_come_later_are_told_and_kept_with_the_report(
    world: World, originals: Originals, bring: Any
) -> None:
    """The same bytes with a file that no delivery had differ: the report says so, and has the file from now on."""
    reference = bring("a.json").reference
    receipt = bring("b.json", PHOTO)
    assert (receipt.reference, receipt.new, receipt.differs) == (reference, False, True)
    assert (receipt.state, amendments(world, reference)) == (State.READY, 1)
    one = stored(world, reference)
    assert originals.find(one.sha256, one.source, one.source_name).media == (PHOTO,)
    assert [each.same_bytes for each in world.store.deliveries(reference)] == [True, False]
    world.assert_trail_holds()


def test_files_that_were_there_before_are_told_once(world: World, bring: Any) -> None:
    """The same files again, fewer of them, or none, under whatever name, are nothing new; one more is."""
    reference = bring("a.json", PHOTO).reference
    for name, files in (
        ("a.json", (PHOTO,)),
        ("b.json", ()),
        ("c.json", (Media("copy.png", PHOTO.content),)),
    ):
        assert not bring(name, *files).differs
    assert bring("a.json", PHOTO, FILM).differs
    assert not bring("d.json", FILM).differs
    assert amendments(world, reference) == 1


def test_files_that_come_after_save_are_told(world: World, bring: Any) -> None:
    """A report in review tells of the file that it was saved without, and stays what it is."""
    reference = bring("a.json").reference
    world.finish(world.claimed())
    assert bring("b.json", PHOTO).state is State.REVIEW
    assert amendments(world, reference) == 1
    assert world.claim() is None


def test_files_for_what_is_done_with_are_a_report_of_its_own(world: World, bring: Any) -> None:
    """Nobody looks at a report that is done with: the file waits for a person, once, and is never keyed."""
    first = bring("a.json").reference
    world.claimed()
    acts.move(world.store, first, State.KEYING, State.ATTENTION, actor="r", reason=Reason.REFUSED)
    acts.move(world.store, first, State.ATTENTION, State.REJECTED, actor="operator", reason=Reason.REJECTED)
    second = bring("b.json", PHOTO)
    assert (second.new, second.differs, second.reason) == (True, True, Reason.AMENDED)
    assert first in str(stored(world, second.reference).message)
    for _ in range(2):
        again = bring("b.json", PHOTO)
        assert (again.reference, again.new, again.differs) == (second.reference, False, False)
    assert bring("a.json").reference == first
    assert world.claim() is None


# ---- two submissions, one reference


def twin(number: int) -> Any:
    """One of two submissions that would have the same reference."""
    return report(number + 1, identity=TWINS[number], submission_id=TWINS[number])


def test_the_twins_share_a_reference() -> None:
    """The two ids are what they are said to be; the next reference for each is another."""
    assert reference_of(TWINS[0]) == reference_of(TWINS[1])
    assert reference_of(TWINS[0], 1) != reference_of(TWINS[1], 1)


def test_two_submissions_with_one_reference_are_two_reports(world: World) -> None:
    """Both are kept, the later under a reference of its own, and each comes again as itself, in any order."""
    first = acts.receive(world.store, twin(0), submission(1))
    second = acts.receive(world.store, twin(1), submission(2))
    assert first.reference == reference_of(TWINS[0])
    assert second.reference == reference_of(TWINS[1], 1)
    assert (first.new, second.new) == (True, True)
    for number, known in ((1, second), (0, first), (1, second)):
        again = acts.receive(world.store, twin(number), submission(number + 1))
        assert (again.reference, again.new) == (known.reference, False)
    assert stored(world, second.reference).understood().reference == second.reference
    assert any("instead_of" in str(row["details"]) for row in world.store.entries())
    world.assert_trail_holds()


def test_both_twins_are_taken_in(world: World, deliver: Any) -> None:
    """Real documents with these ids are both received, and the second is planned under its own reference."""
    first, second = (deliver({**document(PHONE), "submissionId": one}) for one in TWINS)
    assert (first.state, second.state) == (State.READY, State.READY)
    assert second.reference != first.reference
