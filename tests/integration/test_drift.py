"""`rpa drift`: which changes are over, and how each is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orchestrator.actions import drift, work
from orchestrator.next_state import Next
from orchestrator.originals import Originals
from orchestrator.states import Reason, State
from orchestrator.store import Claim
from rpa.documents.files import read_file
from rpa.errors import Cause, TargetChanged
from rpa.plan import Held, Place, held_to_json
from tests import acts
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.store_world import World
from tests.system_world import make_system, run
from tests.worlds import SAMPLES, all_forms

SURNAME = Place("Person", "Surname")
MODEL = Place("Property", "Model", "Items", 0)
GONE = "no such control on the page", Cause.GONE
NO_SAVE = "no button 'Save' can be pressed", Cause.ON_THE_WAY
NO_BUTTON = "no button or link of that name"


def note(world: World, change: TargetChanged) -> None:
    """A robot meets a change."""
    drift.note_target_change(world.store, "chs", change)


def begin(world: World, number: int) -> Claim:
    """A robot begins to key a report."""
    world.receive(number)
    return world.claimed(f"robot{number}")


def confirm(world: World, claim: Claim, *places: Place, found: str = "EXAMPLE", saved: bool = True) -> None:
    """A robot's pages hold these controls; it saves."""
    mine = {"actor": claim.robot, "token": claim.token}
    held = held_to_json(tuple(Held(place, "EXAMPLE", found) for place in places))
    confirmed = State.KEYING, State.SUBMITTING
    acts.move(world.store, claim.reference, *confirmed, reason=Reason.PAGE_CONFIRMED, keyed=held, **mine)  # type: ignore[arg-type]
    if saved:
        seen = State.SUBMITTING, State.SUBMITTED
        acts.move(
            world.store,
            claim.reference,
            *seen,
            reason=Reason.REFERENCE_SEEN,
            target_reference="CHS-2026-0000001",
            **mine,  # type: ignore[arg-type]
        )


def over(world: World) -> list[bool]:
    """Which of the changes are over."""
    return [each.over for each in world.store.drift()]


ENDED = {
    "gone": (TargetChanged("Person", "Surname", *GONE, proposals=("Family name",)), SURNAME),
    "twice": (TargetChanged("Person", "Surname", "2 controls could be meant", Cause.SEVERAL), SURNAME),
    "not writable": (TargetChanged("Person", "Surname", "cannot be written", Cause.NOT_WRITABLE), SURNAME),
    "a column gone": (TargetChanged("Property", "Items / Model", *GONE), MODEL),
    "the button that saves": (TargetChanged("Person", "", *NO_SAVE, proposals=("Submit",)), SURNAME),
    "the button that saves, twice": (
        TargetChanged("Person", "", "2 buttons 'Save' can be pressed", Cause.ON_THE_WAY),
        SURNAME,
    ),
    "the button that saves, covered": (
        TargetChanged("Person", "", "the button 'Save' is covered or disabled", Cause.ON_THE_WAY),
        SURNAME,
    ),
    "a button on the way": (
        TargetChanged("new record", "New incident", NO_BUTTON, Cause.ON_THE_WAY),
        SURNAME,
    ),
}


@pytest.mark.parametrize("which", ENDED)
def test_a_change_is_over_once_its_control_was_keyed(world: World, which: str) -> None:
    """A control that was keyed and confirmed since, or a button that a save went by, is not changed any more; one
    that changes again is told again."""
    change, place = ENDED[which]
    note(world, change)
    assert over(world) == [False]
    world.clock.turn(60)
    claim = begin(world, 1)
    world.clock.turn(60)
    confirm(world, claim, place)
    (seen,) = world.store.drift()
    assert (seen.over, seen.keyed_at) == (True, world.clock())
    world.clock.turn(60)
    note(world, change)
    assert over(world) == [False]


def test_what_may_still_be_there_is_not_over(world: World) -> None:
    """Neither another control, nor a job that began before, nor one whose page did not hold the value shows that
    a change is over; nor does any other value show that one which was not taken will be."""
    early = begin(world, 1)
    note(world, TargetChanged("Person", "Surname", *GONE))
    for reason in ("does not offer the option", "typed 3 times; the page holds nothing"):
        note(world, TargetChanged("Person", "Surname", reason, Cause.VALUE))
    note(world, TargetChanged("search", "Search", NO_BUTTON, Cause.OTHER))
    note(world, TargetChanged("after save", "", "'.flash' holds no reference of the pattern", Cause.OTHER))
    note(world, TargetChanged("Person", "", *NO_SAVE))
    world.clock.turn(60)
    confirm(world, early, SURNAME)
    confirm(world, begin(world, 2), Place("Person", "Forename"), Place("Other", "Surname"), saved=False)
    confirm(world, begin(world, 3), SURNAME, found="", saved=False)
    assert over(world) == [False] * 6
    confirm(world, begin(world, 4), SURNAME)
    left = [each.place for each in world.store.drift() if not each.over]
    assert [place.partition(": ")[2] for place in left] == [
        "does not offer the option",
        "typed 3 times; the page holds nothing",
        "'.flash' holds no reference of the pattern",
        "no button or link of that name",
    ]


def test_a_later_attempt_has_not_confirmed_what_an_earlier_one_did(world: World) -> None:
    """A job that is tried again still has the values of its earlier attempt, which began before the change was
    last seen: they do not show that the change is over. Those that the later attempt confirms do."""
    early = begin(world, 1)
    world.clock.turn(20)
    note(world, TargetChanged("Person", "Surname", *GONE))
    world.clock.turn(20)
    confirm(world, early, SURNAME, saved=False)
    step = Next(State.READY, Reason.NOT_SENT)
    work.failed(world.store, early, step, "not sent", wait_seconds=0, pressed=True, signed_out=False)
    assert over(world) == [False]
    world.clock.turn(20)
    later = world.claimed("robot2")
    assert (later.job, over(world)) == (early.job, [False])
    world.clock.turn(20)
    confirm(world, later, SURNAME, saved=False)
    assert over(world) == [True]


def test_one_change_whatever_is_proposed(world: World) -> None:
    """What may have taken a control's place differs from report to report: it is one change, on the trail once and
    without it, and the last proposal is kept (P6)."""
    for proposal in ("Family name", "Victim's name"):
        note(world, TargetChanged("Person", "Surname", *GONE, proposals=(proposal,)))
        world.clock.turn(1)
    (seen,) = world.store.drift()
    assert (seen.count, seen.proposals) == (2, ("Victim's name",))
    assert world.actions().count("change seen") == 1
    (entry,) = (row for row in world.store.entries() if row["action"] == "change seen")
    assert "name" not in str(entry["details"]).replace("Surname", "")


TOLD: dict[str, tuple[TargetChanged, str | None]] = {
    "Person / Surname: no such control on the page": (TargetChanged("Person", "Surname", *GONE), None),
    'Person / Surname: no such control on the page; perhaps "Victim\'s name" has taken its place': (
        TargetChanged("Person", "Surname", *GONE, proposals=("Victim's name",)),
        "Victim's name",
    ),
    "Person: no button 'Save' can be pressed; there is \"It's done\"": (
        TargetChanged("Person", "", *NO_SAVE, proposals=("It's done",)),
        "It's done",
    ),
    "Person: no button 'Save' can be pressed; there are 'Submit', 'Keep draft'": (
        TargetChanged("Person", "", *NO_SAVE, proposals=("Submit", "Keep draft")),
        None,
    ),
}


@pytest.mark.parametrize("told", TOLD)
def test_what_may_have_taken_its_place_is_told(tmp_path: Path, told: str) -> None:
    """`rpa drift` ends the sentence of a change with what may have taken its place, and names one alone for a
    program: whatever its letters are."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    change, proposal = TOLD[told]
    drift.note_target_change(system.app.store, "chs", change)
    assert system.rpa("drift").strip().partition(": ")[2] == told
    assert all(each not in str(change) for each in change.proposals)
    (row,) = system.rpa_json("drift")
    assert (row["place"], row["proposal"]) == (told, proposal)


def test_the_log_names_the_report_that_showed_a_change(tmp_path: Path) -> None:
    """Whoever mends the form finds the question and a report that has it."""
    world, forms = World(tmp_path), all_forms()
    given = read_file(SAMPLES / "14-new-question.json")
    with capture_logs() as logs:
        receipt = acts.receive_as_channel(given, forms, world.store, Originals(tmp_path))
    seen = {(each["reference"], each["place"]) for each in logs if each["event"].startswith("the form has")}
    assert seen == {(receipt.reference, change.place) for change in world.store.drift()} != set()


def test_each_change_is_told_with_when_it_was_seen_last(tmp_path: Path) -> None:
    """`rpa drift` says when a change was last seen and how often, and that there are some which are over; `--all`
    lists them."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    store = system.app.store
    not_offered = TargetChanged("Person", "Title", "does not offer the option", Cause.VALUE)
    for change in (TargetChanged("Person", "Surname", *GONE), not_offered, not_offered):
        drift.note_target_change(store, "chs", change)
    (title, surname) = store.drift()
    told = "chs      control   since {first:%Y-%m-%d %H:%M} UTC, last {last:%H:%M} UTC, {times}: {place}"
    lines = [
        told.format(first=each.first_seen, last=each.last_seen, times=times, place=each.place)
        for each, times in ((title, "2 times"), (surname, "once"))
    ]
    assert system.rpa("drift").splitlines() == lines
    (reference,) = system.ingest("08-bank-card.json")
    claim = acts.claim(store, "robot-01", {"chs": "robot01"}, 120)
    assert claim is not None
    held = held_to_json((Held(SURNAME, "EXAMPLE", "EXAMPLE"), Held(Place("Person", "Title"), "Mr", "Mr")))
    mine = {"actor": "robot-01", "reason": Reason.PAGE_CONFIRMED, "token": claim.token}
    acts.move(store, reference, State.KEYING, State.SUBMITTING, keyed=held, **mine)
    again = f"{lines[0]}; keyed since, at {store.drift()[0].keyed_at:%H:%M} UTC"
    assert system.rpa("drift").splitlines() == [again]
    assert len(system.rpa("drift", "--all").splitlines()) == 2
    assert [(each["over"], bool(each["keyed_at"])) for each in system.rpa_json("drift")] == [
        (False, True),
        (True, True),
    ]
    said = run(tmp_path, "drift", config=system.config).stderr
    assert said == "1 change is over: its control was keyed since. `rpa drift --all` lists every change.\n"
