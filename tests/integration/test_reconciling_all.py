"""`rpa reconcile` over several targets, and beside whoever else is at work on the same reports."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from orchestrator.actions import reconciling, work
from orchestrator.app import App
from orchestrator.credentials import robot_accounts
from orchestrator.definitions import load_definitions
from orchestrator.jobs.reconcile import Difference, believed, look_up_all, put_before_a_person
from orchestrator.originals import Originals
from orchestrator.settings import load_settings
from orchestrator.states import Reason, State
from orchestrator.store import Stored
from tests import acts
from tests.integration.practice_chs_visitor import FIRST, RunningChs, Visitor
from tests.integration.store_world import START, World
from tests.integration.test_decisions import SAM, reviewed
from tests.system_world import System, make_system, run

GONE = Difference(Reason.NOT_FOUND, "the target does not show it")


def _in_review(system: System, target: str, known: str) -> None:
    """The report that waits for a robot in a target, saved under that reference and not read."""
    store = system.app.store
    claim = acts.claim(store, "robot-01", {target: "robot01"}, 120)
    assert claim is not None
    for frm, to, reason in (
        (State.KEYING, State.SUBMITTING, Reason.PAGE_CONFIRMED),
        (State.SUBMITTING, State.SUBMITTED, Reason.REFERENCE_SEEN),
        (State.SUBMITTED, State.REVIEW, Reason.UNREAD),
    ):
        given = {"actor": "robot-01", "reason": reason, "token": claim.token}
        acts.move(store, claim.reference, frm, to, target_reference=known, **given)


@pytest.mark.parametrize("away", ["another", "other"])
def test_a_target_that_is_away_keeps_only_its_own_records(
    away: str, tmp_path: Path, practice: RunningChs
) -> None:
    """A record that a target holds twice goes to a person, whether its target is looked up before or after one
    that is away. The records of that one are unclear, and stay where they are."""
    system = make_system(tmp_path, practice)
    (doubled,) = system.ingest("08-bank-card.json")
    visitor = Visitor(practice.base)
    visitor.sign_in("robot02")
    first, second = (
        visitor.save({"Contact and origin": {**FIRST, "Source reference": doubled}}) for _ in range(2)
    )
    visitor.close()
    _in_review(system, "chs", first)
    there = 'profile = "chs"\nurl = "http://127.0.0.1:9"\naccounts = "secrets/chs.toml"'
    system.set("\n[robots]\n", f"\n[targets.{away}]\n{there}\n\n[robots]\n")
    system.set('\ntarget = "chs"', f'\ntarget = "{away}"')
    (unknown,) = system.ingest("09-identifiable-item.json")
    _in_review(system, away, "CHS-2026-0000009")

    done = run(tmp_path, "reconcile", "--json")
    says = {line["reference"]: line["says"] for line in map(json.loads, done.stdout.splitlines())}
    assert says == {
        doubled: f"the target holds it 2 times: {second}, {first}",
        unknown: "it was not looked up: the target was not reached",
    }
    assert (system.state(doubled), system.state(unknown)) == ("attention found-several", "review unread")
    assert done.returncode == 1
    assert f"Not reconciled: {away} at http://127.0.0.1:9:" in done.stderr
    assert "1 record looked up, 1 needs a person, 1 is unclear." in done.stderr
    entry = json.loads(str(list(system.app.store.entries())[-1]["details"]))
    assert entry == {"count": 1, "different": [doubled], "unclear": [unknown]}


def test_a_robots_later_look_is_not_overruled(tmp_path: Path) -> None:
    """A report that a robot has made sure of since it was looked up stays in review, and the result is unclear;
    one that nobody touched goes to a person."""
    world = World(tmp_path)
    reference = reviewed(world)
    app = App(load_settings(data_dir=tmp_path), world.store, Originals(tmp_path))
    before = world.store.report(reference)
    assert before is not None
    reconciling.start(world.store, START, {})
    work.reconciled(world.store, world.claimed("robot2"))
    told = put_before_a_person(app, SAM, before, GONE)
    assert (told.reason, told.says) == (Reason.CANNOT_TELL, "it was changed while it was looked up")
    assert world.state(reference)[0] is State.REVIEW
    now = world.store.report(reference)
    assert now is not None
    assert put_before_a_person(app, SAM, now, GONE) == GONE
    assert world.state(reference) == (State.ATTENTION, Reason.NOT_FOUND)
    world.assert_trail_holds()
    world.engine.dispose()


def test_what_was_settled_since_the_round_began_is_passed_over(tmp_path: Path) -> None:
    """A report that somebody has put before a person since the round began is not looked up any more."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    (reference,) = system.ingest("08-bank-card.json")
    _in_review(system, "chs", "CHS-2026-0000001")
    app, seen = system.app, []
    reports = believed(app, None)
    assert [each.reference for each in reports] == [reference]
    acts.move(app.store, reference, State.REVIEW, State.ATTENTION, actor="robot-02", reason=Reason.NOT_FOUND)

    def on_looked_up(report: Stored, _found: Difference | None) -> None:
        seen.append(report.reference)

    definitions, accounts = load_definitions(app.settings), robot_accounts(app.settings)
    assert asyncio.run(look_up_all(app, definitions, accounts, reports, on_looked_up)) == []
    assert seen == []
