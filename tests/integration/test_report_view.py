"""What `rpa report` says of a saved record that differs."""

from __future__ import annotations

import io

from rich.console import Console

from orchestrator.render.report import print_report
from orchestrator.states import Reason, State
from rpa.plan import Entry, Held, PagePlan, Place, Plan, held_to_json, plan_to_json
from tests.integration.store_world import World


def shown(world: World, *found: str | None) -> str:
    """What is shown of a report whose record shows these values in place of `Example`, a control each."""
    reference = world.receive().reference
    claim = world.claimed()
    held = tuple(Held(Place("Person", f"Line {n}"), "Example", each) for n, each in enumerate(found, 1))
    entries = tuple(Entry(each.place.control, "Example") for each in held)
    plan = Plan(reference, "ocr", "chs", (PagePlan("Person", entries),), ())
    mine = {"actor": claim.robot, "token": claim.token}
    world.store.move(
        reference,
        State.KEYING,
        State.SUBMITTING,
        reason=Reason.PAGE_CONFIRMED,
        plan=plan_to_json(plan),
        **mine,  # type: ignore[arg-type]
    )
    world.store.move(
        reference,
        State.SUBMITTING,
        State.SUBMITTED,
        reason=Reason.REFERENCE_SEEN,
        target_reference="CHS-2026-0000001",
        **mine,  # type: ignore[arg-type]
    )
    world.store.move(
        reference,
        State.SUBMITTED,
        State.REVIEW,
        reason=Reason.MISMATCHED,
        record=held_to_json(held),
        mismatches=held_to_json(held),
        **mine,  # type: ignore[arg-type]
    )
    stored = world.store.report(reference)
    assert stored is not None
    text = io.StringIO()
    print_report(Console(file=text, width=160), stored, world.store.deliveries(reference))
    return text.getvalue()


def test_one_control_that_the_record_does_not_show(world: World) -> None:
    """A caption that the record lacks is told apart from one with nothing in it; one is one."""
    said = shown(world, None)
    assert "\n1 control of the record differs\n" in said
    assert "Person / Line 1: keyed “Example”, the record shows no “Line 1”" in said
    assert "not shown" in said


def test_several_controls_that_differ(world: World) -> None:
    """What the record shows with nothing in it holds nothing."""
    said = shown(world, "", "Other")
    assert "\n2 controls of the record differ\n" in said
    assert "Person / Line 1: keyed “Example”, the record holds “nothing”" in said
    assert "Person / Line 2: keyed “Example”, the record holds “Other”" in said
