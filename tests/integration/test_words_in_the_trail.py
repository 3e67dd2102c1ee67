"""Words of the public: none in clear in what is kept for ever, and none once a report is erased (P7, P8)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.actions import arrivals, breakers, decisions, drift, work
from orchestrator.actions.arrivals import UNNAMED
from orchestrator.actions.permissions import INTAKE
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.states import Reason, State
from orchestrator.store import Receipt, Trouble
from orchestrator.store.column_types import LONGEST_MESSAGE
from rpa.errors import Cause, TargetChanged
from rpa.identifiers import is_identifier
from rpa.report import Submission
from tests import acts
from tests.acts import person
from tests.integration.store_world import World
from tests.worlds import all_forms, document

KIM = person("user:kim")
INVALID = "15-invalid.json"  # needs attention, so that it can be dismissed
OWN_ID = "jane-doe@example.com"


def sent(name: str = INVALID, **more: Any) -> Submission:
    """A sample with more in it."""
    return Submission(json.dumps(document(name) | more).encode(), "folder", name)


def receive(world: World, submission: Submission) -> Receipt:
    """As the watched folder does."""
    (receipt,) = arrivals.receive(
        world.store, Originals(world.folder), Reader(all_forms()), INTAKE, submission
    )
    return receipt


def dismissed(world: World, submission: Submission) -> str:
    """The reference of a report whose work has ended."""
    reference = receive(world, submission).reference
    decisions.dismiss(world.store, KIM, reference, "nobody keys it")
    return reference


def erase(world: World, reference: str) -> None:
    """For good."""
    decisions.erase(world.store, Originals(world.folder), KIM, reference, "kept long enough")


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("newQuestion", True),
        ("new_question-2.a", True),
        ("weapon1980", True),
        ("a" * 61, True),
        ("a" * 62, False),
        ("Jane Doe", False),
        ("jane@example.com", False),
        ("07700900999", False),
        ("tel07700900999", False),
        ("2024-01-31", False),
        ("naïve", False),
        ("newQuestion\n", False),
        ("", False),
    ],
)
def test_what_looks_like_a_question(key: str, named: bool) -> None:
    """A key that the author of a form may have chosen, and no other."""
    assert is_identifier(key) is named


def test_keys_of_the_public_stay_out_of_the_trail(world: World) -> None:
    """A new question is told by its key. A key that is rather a name or a number is told by a name that says
    nothing, with the part it stands in."""
    person = {
        **document(INVALID)["personReporting"],
        "newQuestion": "x",
        "Jane Doe": {"07700900999": "y", "a": "z"},
    }
    receive(world, sent(personReporting=person))
    places = {each.place for each in world.store.drift() if each.kind == "question"}
    unnamed = f"/personReporting/{UNNAMED}"
    assert places == {"/personReporting/newQuestion", f"{unnamed}/*", f"{unnamed}/a"}
    told = "".join(str(row) for row in world.store.entries())
    assert "Jane" not in told
    assert "07700900999" not in told
    assert "newQuestion" in told


def test_an_erased_report_keeps_no_id_of_its_sender(world: World) -> None:
    """The sender's own id may say who they are: after erasure it is in no file, and the report is known by a keyed
    digest."""
    reference = dismissed(world, sent(submissionId=OWN_ID))
    assert world.store.report(reference).submission_id == OWN_ID  # type: ignore[union-attr]
    erase(world, reference)
    stored = world.store.report(reference)
    assert stored is not None
    assert stored.submission_id is None
    with world.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    files = [path for path in world.folder.rglob("*") if path.is_file()]
    assert [path for path in files if OWN_ID.encode() in path.read_bytes().lower()] == []
    world.assert_trail_holds()


def test_an_erased_submission_is_known_when_it_comes_again(world: World) -> None:
    """In the same bytes, in others, with other content, and once more after it was erased again (P2)."""
    reference = dismissed(world, sent(submissionId=OWN_ID))
    erase(world, reference)
    assert receive(world, sent(submissionId=OWN_ID)).reference == reference
    erase(world, reference)
    upper = receive(world, sent(submissionId=OWN_ID.upper(), more="content"))
    assert (upper.new, upper.differs) == (True, True)
    assert receive(world, sent(submissionId=OWN_ID.upper(), more="content")).reference == upper.reference
    assert receive(world, sent(submissionId=OWN_ID, other="content")).reference != upper.reference


def test_other_content_is_known_whichever_was_erased_first(world: World) -> None:
    """Other content for a report that is done with is one report of its own, delivered under whatever name, also
    when both were erased since."""
    other = sent(submissionId=OWN_ID, more="content")
    spaced = replace(other, content=other.content + b" ")
    reference = dismissed(world, sent(submissionId=OWN_ID))
    amending = dismissed(world, other)
    assert amending != reference
    erase(world, reference)
    assert receive(world, other).reference == amending
    erase(world, amending)
    assert receive(world, other).reference == amending
    assert receive(world, spaced).new


def test_a_report_read_again_does_not_take_the_place_of_an_erased_one(world: World) -> None:
    """Other content for an erased report, read again, stays a report of its own: the id is the erased one's."""
    reference = dismissed(world, sent(submissionId=OWN_ID))
    amending = receive(world, sent(submissionId=OWN_ID, more="content")).reference
    erase(world, reference)
    before = world.store.report(amending)
    arrivals.reprocess(world.store, Originals(world.folder), Reader(all_forms()), KIM, amending)
    after = world.store.report(amending)
    assert before is not None
    assert after is not None
    assert (after.identity, after.reference) == (before.identity, amending)


def trouble(world: World, message: str) -> Trouble:
    """A trouble that opens the circuit breaker of its target at once."""
    about = {"target": "chs", "reason": Reason.TARGET_CHANGED, "met_by": "CR-1", "claimed_at": world.clock()}
    return Trouble(**about, message=message, probe_seconds=10)  # type: ignore[arg-type]


def test_what_a_page_says_stays_out_of_trail_and_messages(world: World) -> None:
    """What may have taken a control's place is kept beside the change alone; the trail says of a circuit breaker
    why it opened by its code, whatever the message says."""
    world.receive()
    claim = world.claimed()
    named = ("Relationship to JANE EXAMPLE",)
    gone = TargetChanged("Victim", "Relationship", "no such control", Cause.GONE, proposals=named)
    drift.note_target_change(world.store, "chs", gone)
    breakers.record_trouble(world.store, trouble(world, f"{gone}; JANE EXAMPLE"))
    used_up = {"actor": claim.robot, "reason": Reason.ATTEMPTS_USED_UP, "token": claim.token}
    acts.move(world.store, claim.reference, State.KEYING, State.ATTENTION, message=str(gone), **used_up)  # type: ignore[arg-type]
    assert world.store.report(claim.reference).message == "Victim / Relationship: no such control"  # type: ignore[union-attr]
    told = {str(row["action"]): str(row["details"]) for row in world.store.entries()}
    assert "JANE" not in "".join(told.values())
    assert json.loads(told["breaker opened"]) == {"reason": "target-changed", "account": ""}


def test_no_message_is_longer_than_a_person_reads(world: World) -> None:
    """Whatever a target makes of a message, in a move, in a look that is put off or of a circuit breaker: its
    beginning is kept, and the trail vouches for that."""
    endless = "row 1; " * 400_000
    world.receive()
    claim = world.claimed()
    breakers.record_trouble(world.store, trouble(world, endless))
    world.press(claim)
    unanswered = {"actor": claim.robot, "reason": Reason.SAVE_UNANSWERED, "token": claim.token}
    acts.move(world.store, claim.reference, State.SUBMITTING, State.UNCERTAIN, message=endless, **unanswered)  # type: ignore[arg-type]
    messages = [world.store.report(claim.reference).message]  # type: ignore[union-attr]
    work.postpone(world.store, world.claimed(), 1, Reason.CANNOT_TELL, endless)
    messages += [world.store.report(claim.reference).message]  # type: ignore[union-attr]
    messages += [each.message for each in world.store.breakers()]
    assert messages == [f"{endless[: LONGEST_MESSAGE - 1]}…"] * 3
    world.assert_trail_holds()
