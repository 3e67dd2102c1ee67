"""A target switched off by hand: nothing is claimed for it, nothing is lost, and it goes on when it is on (P9)."""

from __future__ import annotations

from orchestrator.actions import reconciling, switching
from orchestrator.states import JobKind, Reason, State
from orchestrator.store import Store, open_engine, upgrade
from tests import acts
from tests.acts import person
from tests.integration.postgres import database
from tests.integration.store_world import KEY, START, FakeClock, World, report, submission

ADMIN = person("user:kim")


def switch(world: World, on: bool, target: str = "chs") -> None:
    """By hand."""
    switching.switch_target(world.store, ADMIN, target, on)


def test_off_holds_what_waits_and_on_releases_it(world: World) -> None:
    """Waiting reports are held, as when their form is off, and ready again afterwards; the trail says who."""
    reference = world.receive().reference
    switch(world, False)
    assert world.state(reference) == (State.HELD, Reason.FORM_OFF)
    assert world.claim() is None
    assert [each.on for each in world.store.target_switches()] == [False]
    assert not world.store.switches()[0].on
    switch(world, True)
    assert world.state(reference) == (State.READY, Reason.SWITCHED_ON)
    assert world.claimed().reference == reference
    switched = [
        (row["actor"], row["subject"]) for row in world.store.entries() if row["action"] == "switched"
    ]
    assert switched[2:] == [("user:kim", "target:chs")] * 2
    world.assert_trail_holds()


def test_what_arrives_meanwhile_is_held(world: World) -> None:
    """A report of a form whose target is off waits for an administrator like any other that cannot go on."""
    switch(world, False)
    assert world.receive().state is State.HELD


def test_the_job_in_hand_is_finished(world: World) -> None:
    """A robot that has the report when the target goes off saves it and reads it back."""
    reference = world.receive().reference
    claim = world.claimed()
    switch(world, False)
    world.finish(claim)
    assert world.state(reference)[0] is State.REVIEW


def test_nothing_is_looked_up_in_a_target_that_is_off(world: World) -> None:
    """A report whose save is uncertain waits too, and is looked up once the target is on."""
    world.receive()
    claim = world.claimed()
    world.press(claim)
    acts.move(
        world.store,
        claim.reference,
        State.SUBMITTING,
        State.UNCERTAIN,
        actor="robot1",
        reason=Reason.SAVE_UNANSWERED,
        token=claim.token,
    )
    switch(world, False)
    assert world.claim("robot2") is None
    switch(world, True)
    assert world.claimed("robot2").kind is JobKind.LOOK_UP


def test_other_targets_go_on(world: World) -> None:
    """Only the forms of that target stop."""
    switching.configure(
        world.store, {"ocr": (True, "chs"), "lost": (True, "register")}, {"chs": True, "register": True}
    )
    here, there = world.receive(1).reference, world.receive(2, form="lost").reference
    switch(world, False, "register")
    assert (world.state(here)[0], world.state(there)[0]) == (State.READY, State.HELD)
    taken = world.claim(targets=("chs", "register"))
    assert taken is not None
    assert taken.reference == here


def test_settings_do_not_switch_it_on(world: World) -> None:
    """What somebody switched off stays off when the settings are read again, and when the form is switched."""
    reference = world.receive().reference
    switch(world, False)
    switching.configure(world.store, {"ocr": (False, "chs")}, {"chs": True})
    switching.configure(world.store, {"ocr": (True, "chs")}, {"chs": True})
    acts.switch(world.store, "ocr", False, "user:kim")
    acts.switch(world.store, "ocr", True, "user:kim")
    assert world.state(reference) == (State.HELD, Reason.FORM_OFF)
    switch(world, True)
    assert world.state(reference)[0] is State.READY


def test_a_target_that_the_settings_switch_off_is_off(world: World) -> None:
    """Nothing is keyed into it, its reports are held, what was saved waits to be looked up; then all goes on."""
    saved, waiting = world.receive(1).reference, world.receive(2).reference
    world.finish(world.claimed())
    reconciling.start(world.store, START, {})
    switching.configure(world.store, {"ocr": (True, "chs")}, {"chs": False})
    assert (world.state(waiting), world.claim()) == ((State.HELD, Reason.FORM_OFF), None)
    switching.configure(world.store, {"ocr": (True, "chs")}, {"chs": True})
    assert world.state(waiting) == (State.READY, Reason.SWITCHED_ON)
    assert [world.claimed("robot1").reference, world.claimed("robot2").reference] == [waiting, saved]


def test_both_have_to_switch_it_on(world: World) -> None:
    """Off in the settings and by hand, a target is on again when both say so."""
    switch(world, False)
    switching.configure(world.store, {"ocr": (True, "chs")}, {"chs": False})
    switch(world, True)
    reference = world.receive().reference
    assert world.state(reference)[0] is State.HELD
    switching.configure(world.store, {"ocr": (True, "chs")}, {"chs": True})
    assert world.state(reference)[0] is State.READY


def test_a_form_that_is_off_stays_off(world: World) -> None:
    """Switching its target off and on releases nothing of a form that is off itself."""
    reference = world.receive().reference
    acts.switch(world.store, "ocr", False, "user:kim")
    switch(world, False)
    switch(world, True)
    assert world.state(reference) == (State.HELD, Reason.FORM_OFF)


def test_the_same_again_changes_nothing(world: World) -> None:
    """Off twice is one entry in the trail."""
    switch(world, True)
    before = len(world.actions())
    switch(world, False)
    switch(world, False)
    assert len(world.actions()) == before + 1


def test_the_same_on_postgresql(postgresql: str) -> None:
    """Held and nothing claimed while it is off, ready and claimed when it is on again."""
    with database(postgresql, "target_switch", upgraded=True) as url:
        engine = open_engine(url)
        upgrade(engine)
        store = Store(engine, FakeClock(), KEY)
        switching.configure(store, {"ocr": (True, "chs")}, {"chs": True})
        acts.receive(store, report(), submission())
        switching.switch_target(store, ADMIN, "chs", False)
        assert store.counts()[State.HELD] == 1
        assert acts.claim(store, "robot1", {"chs": "robot01"}, 60) is None
        switching.switch_target(store, ADMIN, "chs", True)
        assert acts.claim(store, "robot1", {"chs": "robot01"}, 60) is not None
        engine.dispose()
