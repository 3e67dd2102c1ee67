"""What `rpa report` says that a person can do."""

from __future__ import annotations

import io
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.main import get_command

from orchestrator.cli.main import cli
from orchestrator.render.next_steps import STEPS, next_steps, search_first
from orchestrator.render.report import print_report
from orchestrator.states import WAITING_FOR_PERSON, Reason, State
from orchestrator.store import Stored
from tests import acts
from tests.integration.store_world import World, report


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """A report, whatever state it is put into."""
    world = World(tmp_path)
    return stored_of(world, world.receive().reference)


def shown(stored: Stored) -> str:
    """The report as a person sees it, its lines joined."""
    text = io.StringIO()
    print_report(Console(file=text, width=160), stored, ())
    return " ".join(text.getvalue().split())


def test_whatever_waits_for_a_person_says_what_they_can_do(stored: Stored) -> None:
    """For every reason; a report that a robot has, or that is closed, says nothing of the kind."""
    assert set(STEPS) == WAITING_FOR_PERSON
    for state in State:
        for reason in Reason:
            steps = list(next_steps(replace(stored, state=state, reason=reason)))
            assert bool(steps) is (state in WAITING_FOR_PERSON), (state, reason)
    assert "What you can do" not in shown(stored)


@pytest.mark.parametrize("state", sorted(WAITING_FOR_PERSON))
def test_each_command_can_be_typed(stored: Stored, state: State) -> None:
    """It exists and takes these options."""
    commands = {
        command for reason in Reason for command, _ in next_steps(replace(stored, state=state, reason=reason))
    }
    for each in commands:
        name, *words = shlex.split(each.replace("OUTCOME", "crime"))
        command: Any = get_command(cli)
        while hasattr(command, "commands") or hasattr(command, "list_commands"):
            name, *words = words
            command = command.get_command(command.make_context("rpa", [], resilient_parsing=True), name)
            assert command is not None, each
        command.make_context(name, words)


def test_a_person_reads_them_under_what_is_wrong(stored: Stored) -> None:
    """With the report's own reference, and in JSON's words."""
    said = shown(replace(stored, state=State.HELD, reason=Reason.FORM_CHANGED))
    assert f"What you can do - rpa release {stored.reference} let it go on as it is" in said
    assert f"rpa dismiss {stored.reference} --because TEXT" in said
    assert "search the target" not in said


def test_search_before_keying_what_may_be_there(stored: Stored) -> None:
    """Where save may have been pressed, the first thing to do is to look (P2)."""
    pressed = replace(stored, state=State.ATTENTION, reason=Reason.NOT_FOUND, may_be_in_target=True)
    first = f"First search the target for {stored.reference}: its record may be there."
    assert f"What you can do ! {first} - rpa correct" in shown(pressed)
    assert first not in shown(replace(pressed, may_be_in_target=False))


@pytest.mark.parametrize(
    "lost", ["", "UPDATE jobs SET pressed_at = NULL"], ids=["all there", "only the trail"]
)
def test_the_search_is_asked_for_whichever_attempt_pressed_save(tmp_path: Path, lost: str) -> None:
    """Read again after an unanswered save, and given up before another press, a report still asks a person to
    search first: whenever the robot looks before it keys, the person is told to (P2)."""
    world = World(tmp_path)
    reference = world.receive().reference
    assert not stored_of(world, reference).may_be_in_target
    claim = world.claimed()
    world.press(claim)
    unanswered = {"actor": claim.robot, "reason": Reason.SAVE_UNANSWERED}
    acts.move(world.store, reference, State.SUBMITTING, State.UNCERTAIN, token=claim.token, **unanswered)  # type: ignore[arg-type]
    acts.move(world.store, reference, State.UNCERTAIN, State.ATTENTION, **unanswered)  # type: ignore[arg-type]
    acts.reread(world.store, reference, State.ATTENTION, report(), "user:kim")
    with world.engine.begin() as connection:
        connection.exec_driver_sql(lost or "SELECT 1")
    again = world.claimed()
    assert again.find_first
    used_up = {"actor": again.robot, "reason": Reason.ATTEMPTS_USED_UP, "token": again.token}
    acts.move(world.store, reference, State.KEYING, State.ATTENTION, **used_up)  # type: ignore[arg-type]
    given_up = stored_of(world, reference)
    assert f"rpa keyed-by-hand {reference} --reference TEXT" in dict(next_steps(given_up))
    assert search_first(given_up)


def stored_of(world: World, reference: str) -> Stored:
    """The report as the store has it."""
    found = world.store.report(reference)
    assert found is not None
    return found
