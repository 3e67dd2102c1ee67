"""What people decide: who may, where the report goes, what stays of the reason, and what the trail says."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from orchestrator.actions import (
    api_clients,
    arrivals,
    breakers,
    corrections,
    decisions,
    messages,
    reconciling,
    switching,
    viewing,
    work,
)
from orchestrator.actions.corrections import Correction
from orchestrator.actions.decisions import Incomplete, Outcome
from orchestrator.actions.permissions import MAY, Act, Actor, NotAllowed, Role
from orchestrator.app import App
from orchestrator.definitions import Definitions
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.settings import load_settings
from orchestrator.states import Reason, State
from orchestrator.store import ClaimLost, NotMoved
from rpa.report import MessageKind, ProblemKind
from tests.acts import person
from tests.integration.store_world import START, World, problem, submission
from tests.integration.test_worker_settling import shipped

SAM = person("user:sam")
REFERENCE = "CHS-2026-0000042"
WHY = "It is EXAMPLE's report twice"


def reviewed(world: World) -> str:
    """A report that waits for a decision."""
    world.receive()
    claim = world.claimed()
    world.finish(claim)
    return claim.reference


def held(world: World) -> str:
    """A report that waits for an administrator."""
    return world.receive(problems=problem(ProblemKind.CHANGED)).reference


def in_attention(world: World) -> str:
    """A report that waits for an operator's hands."""
    return world.receive(problems=problem(ProblemKind.INVALID)).reference


def last(world: World) -> tuple[object, object, object]:
    """Who did what to which report, by the trail's last entry."""
    row = list(world.store.entries())[-1]
    return row["actor"], row["action"], row["subject"]


@pytest.mark.parametrize("waiting", [held, in_attention])
def test_a_report_is_dismissed_with_its_reason(world: World, waiting: Callable[[World], str]) -> None:
    """A held report, or one that needs attention, is turned away; its rationale is not in the trail."""
    reference = waiting(world)
    assert decisions.dismiss(world.store, SAM, reference, f" {WHY}\n") is State.REJECTED
    stored = world.store.report(reference)
    assert stored is not None
    assert (stored.state, stored.reason, stored.rationale) == (State.REJECTED, Reason.REJECTED, WHY)
    assert last(world) == ("user:sam", "moved", reference)
    told = str(list(world.store.entries())[-1]["details"])
    assert "EXAMPLE" not in told
    assert "rationale" in json.loads(told)["digests"]
    world.assert_trail_holds()


def test_a_changed_rationale_is_found(world: World) -> None:
    """A rationale that somebody rewrites or removes in the database differs from the digest in the trail."""
    reference = in_attention(world)
    decisions.dismiss(world.store, SAM, reference, WHY)
    for value in ("Something else", None):
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE reports SET rationale = ?", (value,))
        assert list(world.store.altered()) == [(reference, "rationale")]


@pytest.mark.parametrize("outcome", Outcome)
def test_a_report_in_review_is_decided(world: World, outcome: Outcome) -> None:
    """Each outcome is the reason that the report is decided for."""
    reference = reviewed(world)
    assert decisions.decide(world.store, SAM, reference, outcome, WHY) is State.DECIDED
    assert world.state(reference) == (State.DECIDED, Reason(outcome.value))
    assert last(world) == ("user:sam", "moved", reference)


def test_a_decision_ends_the_reconciling(world: World) -> None:
    """What a robot still does for a report that was decided meanwhile is not written over the decision."""
    reference = reviewed(world)
    assert reconciling.start(world.store, START, {}) == 1
    look = world.claimed("robot2")
    decisions.decide(world.store, SAM, reference, Outcome.CRIME, WHY)
    with pytest.raises(ClaimLost):
        work.not_as_saved(world.store, look, Reason.NOT_FOUND, "It is not there")
    assert world.state(reference) == (State.DECIDED, Reason.CRIME)


def test_a_report_keyed_by_hand_has_its_reference(world: World) -> None:
    """The reference that a person gives is the report's, and in the trail. From then on its record is known."""
    reference = in_attention(world)
    world.clock.turn(5)
    assert decisions.key_by_hand(world.store, shipped(), SAM, reference, REFERENCE) is State.KEYED_BY_HAND
    stored = world.store.report(reference)
    assert stored is not None
    assert (stored.target_reference, stored.keyed_at) == (REFERENCE, world.clock())
    assert json.loads(str(list(world.store.entries())[-1]["details"]))["target_reference"] == REFERENCE
    assert list(world.store.altered()) == []


@pytest.mark.parametrize(
    "given",
    [
        "CHS-7",
        f"{REFERENCE} EXAMPLE",
        f"{REFERENCE}\nEXAMPLE",
        "Victim Jane EXAMPLE",
        "\x1b[2J",
        f"x{REFERENCE}",
    ],
)
def test_what_is_no_reference_of_the_target_is_refused(world: World, given: str) -> None:
    """A reference stands in the trail in clear: it is what the target's profile says, or nothing happens."""
    reference, before = in_attention(world), world.actions()
    with pytest.raises(NotMoved, match=r"not one of chs, which would match CHS-") as raised:
        decisions.key_by_hand(world.store, shipped(), SAM, reference, given)
    assert "EXAMPLE" not in str(raised.value)
    assert world.actions() == before


@pytest.mark.parametrize("given", ["two\nlines", "\x1b[2J", "x" * 65, "\u202e", "Zoë"])
def test_without_a_profile_a_reference_is_a_short_line(world: World, given: str) -> None:
    """Where nobody knows the target's references, one is a short line of plain characters."""
    reference, nothing = in_attention(world), Definitions({}, {}, {})
    with pytest.raises(NotMoved, match="not one of a target"):
        decisions.key_by_hand(world.store, nothing, SAM, reference, given)
    assert decisions.key_by_hand(world.store, nothing, SAM, reference, "A 12/b") is State.KEYED_BY_HAND


def test_a_reference_in_another_target_is_another(world: World) -> None:
    """Two targets may give out the same reference: only reports in the same target are compared."""
    both = {"ocr": (True, "chs"), "lost": (True, "register")}
    switching.configure(world.store, both, {"chs": True, "register": True})
    nothing, invalid = Definitions({}, {}, {}), problem(ProblemKind.INVALID)
    for number, form in enumerate(both, 1):
        reference = world.receive(number, form=form, problems=invalid).reference
        assert decisions.key_by_hand(world.store, nothing, SAM, reference, "A 12") is State.KEYED_BY_HAND


def test_a_reference_is_one_reports_only(world: World) -> None:
    """A reference that another report has is refused, and so is another one for a report that has one, unless
    somebody confirms it."""
    saved = reviewed(world)
    found = world.store.report(saved)
    assert found is not None
    reconciling.put_before_a_person(world.store, SAM, found, Reason.NOT_FOUND, "It is not there")
    first, second = (
        world.receive(number, problems=problem(ProblemKind.INVALID)).reference for number in (2, 3)
    )
    decisions.key_by_hand(world.store, shipped(), SAM, first, REFERENCE)
    with pytest.raises(NotMoved, match=f"{first} has this reference"):
        decisions.key_by_hand(world.store, shipped(), SAM, second, REFERENCE)
    with pytest.raises(NotMoved, match="another reference of the target is known"):
        decisions.key_by_hand(world.store, shipped(), SAM, saved, "CHS-2026-0000043")
    for each in (second, saved):
        decisions.key_by_hand(world.store, shipped(), SAM, each, REFERENCE, replace=True)
    stored = world.store.report(saved)
    assert stored is not None
    assert stored.target_reference == REFERENCE


def test_what_is_missing_is_asked_for(world: World) -> None:
    """Without a rationale, or the target's reference, nothing happens."""
    waiting, review = in_attention(world), "CR-X"
    before = world.actions()
    with pytest.raises(Incomplete, match="the rationale is missing"):
        decisions.dismiss(world.store, SAM, waiting, "  ")
    with pytest.raises(Incomplete, match="the rationale is missing"):
        decisions.decide(world.store, SAM, review, Outcome.CRIME, "")
    with pytest.raises(Incomplete, match="the target's reference is missing"):
        decisions.key_by_hand(world.store, shipped(), SAM, waiting, "")
    assert world.actions() == before


def test_a_report_elsewhere_on_its_way_is_refused(world: World) -> None:
    """Each decision starts from its states only, and says where the report is instead."""
    reference = world.receive().reference
    with pytest.raises(NotMoved, match="its state is ready; only a report that is held or needs attention"):
        decisions.dismiss(world.store, SAM, reference, WHY)
    with pytest.raises(NotMoved, match="its state is ready, not review"):
        decisions.decide(world.store, SAM, reference, Outcome.CRIME, WHY)
    with pytest.raises(NotMoved, match="its state is ready, not attention"):
        decisions.key_by_hand(world.store, shipped(), SAM, reference, REFERENCE)
    with pytest.raises(NotMoved, match="there is no such report"):
        decisions.dismiss(world.store, SAM, "CR-NONE", WHY)


def _acts(world: World, actor: Actor) -> dict[Act, Callable[[], object]]:
    store, originals = world.store, Originals(world.folder)
    app = App(load_settings(data_dir=world.folder), store, originals)
    return {
        Act.RECEIVE: lambda: arrivals.receive(store, originals, Reader({}), actor, submission()),
        Act.REPROCESS: lambda: arrivals.reprocess(store, originals, Reader({}), actor, "CR-X"),
        Act.CORRECT: lambda: corrections.correct(
            store, originals, Definitions({}, {}, {}), Reader({}), actor, "CR-X", Correction((), WHY)
        ),
        Act.RELEASE: lambda: decisions.release(store, actor, "CR-X"),
        Act.VIEW: lambda: viewing.view(store, actor, "CR-X"),
        Act.DECIDE: lambda: decisions.decide(store, actor, "CR-X", Outcome.CRIME, WHY),
        Act.KEY_BY_HAND: lambda: decisions.key_by_hand(store, shipped(), actor, "CR-X", REFERENCE),
        Act.DISMISS: lambda: decisions.dismiss(store, actor, "CR-X", WHY),
        Act.ERASE: lambda: decisions.erase(store, originals, actor, "CR-X", WHY),
        Act.EXPORT: lambda: viewing.export(app, actor, world.folder / "trail.jsonl"),
        Act.RECONCILE: lambda: reconciling.reconciled(store, actor, 0, [], []),
        Act.SWITCH_FORM: lambda: switching.switch_form(store, actor, "ocr", False),
        Act.SWITCH_TARGET: lambda: switching.switch_target(store, actor, "chs", False),
        Act.RETRY_TARGET: lambda: breakers.retry(store, actor, "chs", None),
        Act.ADD_CLIENT: lambda: api_clients.add(store, actor, "Example"),
        Act.REVOKE_CLIENT: lambda: api_clients.revoke(store, actor, "Example"),
        Act.SETTLE_MESSAGE: lambda: messages.settle(
            store, actor, "CR-X", MessageKind.RECEIVED, messages.Settlement.SENT
        ),
        Act.WORK: lambda: work.claim(store, actor, {"chs": "robot01"}, 60),
    }


@pytest.mark.parametrize("act", list(Act))
def test_whoever_may_not_is_refused_before_anything_is_done(world: World, act: Act) -> None:
    """Each act asks for its permission first: nothing is written, kept or said otherwise."""
    before = world.actions()
    role = Role.ROBOT if act in MAY[Role.AUDITOR] else Role.AUDITOR
    with pytest.raises(NotAllowed, match=f"may not {act}"):
        _acts(world, Actor("nobody", role))[act]()
    assert world.actions() == before
    assert not (world.folder / "originals").exists()
    assert not (world.folder / "trail.jsonl").exists()


def test_a_view_is_on_record(world: World) -> None:
    """Whoever looks at a report is in the trail by name; a report that is not there leaves nothing."""
    reference = world.receive().reference
    assert viewing.view(world.store, SAM, reference) is not None
    assert last(world) == ("user:sam", "viewed", reference)
    assert viewing.view(world.store, SAM, "CR-NONE") is None
    assert last(world) == ("user:sam", "viewed", reference)
