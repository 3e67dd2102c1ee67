"""Switches, what held reports do, lists and counts, changes told once, and people on the trail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from orchestrator.actions import drift, recovery, switching, work
from orchestrator.next_state import Next
from orchestrator.states import Reason, State
from orchestrator.store import Claim, NotMoved, Store, Switch
from orchestrator.store.switch_effects import follow
from orchestrator.store.targets_of_forms import retarget
from rpa.report import ProblemKind
from tests import acts
from tests.integration.locking_world import CHAIN, Shared
from tests.integration.store_world import LEASE_SECONDS, START, World, problem, report


def test_a_form_switched_off_holds_its_reports_and_on_releases_them(world: World) -> None:
    """Off takes effect at once, lets the report in hand finish, and loses nothing (P9)."""
    first, second = world.receive(1).reference, world.receive(2).reference
    in_hand = world.claimed()
    assert in_hand.reference == first
    assert not acts.switch(world.store, "ocr", False, "admin1").on
    third = world.receive(3)
    assert world.state(second) == (third.state, third.reason) == (State.HELD, Reason.FORM_OFF)
    assert world.claim() is None
    world.finish(in_hand)
    assert world.state(first)[0] is State.REVIEW
    assert acts.switch(world.store, "ocr", True, "admin1").on
    assert world.state(second) == world.state(third.reference) == (State.READY, Reason.SWITCHED_ON)
    assert world.claimed().reference == second


def test_a_switch_waits_for_nobody_while_it_is_followed(shared: Shared) -> None:
    """A report that a robot is just claiming is passed over: the robot waits until the trail has the switch."""
    reference = shared.receive().reference

    def claim(store: Store) -> None:
        assert acts.claim(store, "robot1", {"chs": "chs-robot1"}, LEASE_SECONDS) is not None

    with shared.beside(claim, select(CHAIN)) as transaction:
        switch = Switch("ocr", "other", configured=True, switched_on=False, target_on=True)
        retarget(transaction, switch)
        follow(transaction, switch, "settings")
    assert shared.state(reference)[0] is State.KEYING


def test_a_report_that_fails_while_its_form_goes_off_is_held(world: World) -> None:
    """A report given back to the robots when its form is off waits with the others."""
    world.receive()
    claim = world.claimed()
    acts.switch(world.store, "ocr", False, "admin1")
    ended = acts.move(
        world.store,
        claim.reference,
        State.KEYING,
        State.READY,
        actor="robot1",
        reason=Reason.TARGET_FAULT,
        token=claim.token,
    )
    assert ended is State.HELD
    assert world.state(claim.reference) == (State.HELD, Reason.FORM_OFF)


def test_settings_and_switches_go_together(world: World) -> None:
    """A form is on when the settings enable it and nobody has switched it off; only changes are on the trail."""
    reference = world.receive().reference
    assert switching.configure(world.store, {"ocr": (True, "chs")}, {"chs": True}) == []
    assert [
        switch.on for switch in switching.configure(world.store, {"ocr": (False, "chs")}, {"chs": True})
    ] == [False]
    assert world.state(reference) == (State.HELD, Reason.FORM_OFF)
    assert not acts.switch(world.store, "ocr", True, "admin1").on
    switching.configure(world.store, {"ocr": (True, "other")}, {"other": True})
    stored = world.store.report(reference)
    assert stored is not None
    assert (stored.state, stored.target) == (State.READY, "other")
    switching.configure(world.store, {}, {})
    assert [switch.on for switch in world.store.switches()] == [False]
    assert world.actions().count("switched") == 8
    with pytest.raises(LookupError):
        acts.switch(world.store, "rti", True, "admin1")


def test_a_saved_report_keeps_its_target(world: World) -> None:
    """Where save was pressed in one target, a new setting does not send us looking in another (P2)."""
    reference = world.receive().reference
    claim = world.claimed()
    world.press(claim)
    switching.configure(world.store, {"ocr": (True, "other")}, {"other": True})
    stored = world.store.report(reference)
    assert stored is not None
    assert stored.target == "chs"


def given_back(world: World, claim: Claim, *, pressed: bool = False) -> None:
    """A robot gives a report back to be keyed: nothing of it has left this machine."""
    step = Next(State.READY, Reason.NOT_SENT if pressed else Reason.TARGET_AWAY)
    work.failed(world.store, claim, step, "away", wait_seconds=0, pressed=pressed, signed_out=False)


def targets_of(world: World, reference: str) -> set[str | None]:
    """The targets of a report and of its jobs."""
    stored = world.store.report(reference)
    assert stored is not None
    return {stored.target, *(job.target for job in stored.jobs)}


@pytest.mark.parametrize("on", [True, False])
def test_a_report_in_hand_follows_its_form(world: World, on: bool) -> None:
    """A report that a robot gives back goes to the target that its form has by then, also when the form is off."""
    world.receive()
    claim = world.claimed()
    switching.configure(world.store, {"ocr": (on, "other")}, {"other": True})
    given_back(world, claim)
    assert world.state(claim.reference)[0] is (State.READY if on else State.HELD)
    assert targets_of(world, claim.reference) == {"other"}
    assert list(world.store.altered()) == []
    switching.configure(world.store, {"ocr": (True, "other")}, {"other": True})
    again = world.claim(targets=("other",))
    assert again is not None
    assert (again.reference, again.target) == (claim.reference, "other")


def test_a_report_in_hand_that_was_pressed_keeps_its_target(world: World) -> None:
    """Where save was pressed for it in one target, a report that is given back is not keyed into another (P2)."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    switching.configure(world.store, {"ocr": (True, "other")}, {"other": True})
    given_back(world, claim, pressed=True)
    assert targets_of(world, claim.reference) == {"chs"}


def test_a_waiting_report_that_was_pressed_keeps_its_target(world: World) -> None:
    """The same of one that waits for a robot again when its form gets another target (P2)."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    given_back(world, claim, pressed=True)
    assert world.state(claim.reference)[0] is State.READY
    switching.configure(world.store, {"ocr": (True, "other")}, {"other": True})
    assert targets_of(world, claim.reference) == {"chs"}


def test_a_target_that_the_settings_name_no_more_is_off(world: World) -> None:
    """Also one that was on from the start: no robot works in it, and the trail says once that it is off."""
    world.receive()
    world.press(world.claimed())
    world.clock.turn(LEASE_SECONDS + 1)
    assert recovery.expire(world.store, 4)
    for _ in range(2):
        switching.configure(world.store, {"ocr": (True, "other")}, {"other": True})
    assert [(each.target, each.on) for each in world.store.target_switches()] == [
        ("chs", False),
        ("other", True),
    ]
    assert world.claim(targets=("chs", "other")) is None
    told = [row["subject"] for row in world.store.entries() if row["action"] == "switched"]
    assert sorted(map(str, told)) == [*["form:ocr"] * 2, *["target:chs"] * 2, "target:other"]
    assert list(world.store.altered()) == []


def test_held_by_a_change_is_released_or_read_again(world: World) -> None:
    """An administrator lets a held report go, or mends the definition and has it read again."""
    one = world.receive(1, problems=problem(ProblemKind.CHANGED)).reference
    two = world.receive(2, problems=problem(ProblemKind.CHANGED)).reference
    assert world.store.held_by_change("ocr") == world.store.held_by_change() == [one, two]
    assert world.store.held_by_change("rti") == []
    assert acts.release(world.store, one, "admin1") is State.READY
    receipt = acts.reread(world.store, two, State.HELD, report(2), "admin1")
    assert (receipt.reference, receipt.new, receipt.state) == (two, False, State.READY)
    assert world.store.held_by_change() == []
    with pytest.raises(NotMoved):
        acts.reread(world.store, two, State.HELD, report(2), "admin1")


def test_read_again_as_another_report_is_a_duplicate(world: World) -> None:
    """A report that turns out to be a submission we already have goes to a person, never to the robots (P2)."""
    world.receive(1)
    unread = world.receive(
        2, identity="f" * 64, submission_id=None, form=None, problems=problem(ProblemKind.CHANGED)
    )
    receipt = acts.reread(world.store, unread.reference, State.HELD, report(1), "admin1")
    assert (receipt.state, receipt.reason) == (State.ATTENTION, Reason.DUPLICATE)


def test_reports_and_counts(world: World) -> None:
    """Reports are listed in order of arrival, all or by state, and counted for every state."""
    references = []
    for number in (3, 1, 2):
        references.append(world.receive(number).reference)
        world.clock.turn(1)
    assert [summary.reference for summary in world.store.reports()] == references
    claim = world.claimed()
    assert [summary.reference for summary in world.store.reports(State.KEYING)] == [claim.reference]
    counts = world.store.counts()
    assert counts[State.READY] == 2
    assert counts[State.KEYING] == 1
    assert set(counts) == set(State)


def test_a_change_is_told_once(world: World) -> None:
    """The same change seen again is counted; only the first time is news and stands in the trail (P6)."""
    assert drift.note_change(world.store, "chs", "control-missing", "Person / Occupation")
    world.clock.turn(60)
    assert not drift.note_change(world.store, "chs", "control-missing", "Person / Occupation")
    assert drift.note_change(world.store, "chs", "control-missing", "Person / Title")
    latest = {seen.place: seen for seen in world.store.drift("chs")}["Person / Occupation"]
    assert (latest.count, latest.first_seen, latest.last_seen) == (2, START, START + timedelta(minutes=1))
    assert world.store.drift("ocr") == []
    assert world.actions().count("change seen") == 2


def test_what_people_do_goes_on_the_trail(world: World) -> None:
    """A view or an export is an entry like any other, at the head of the chain."""
    entry = acts.record(world.store, actor="operator1", action="viewed", subject="CR-1", screen="report")
    assert world.store.head() == entry
    world.assert_trail_holds()
