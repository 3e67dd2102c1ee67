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
from orchestrator.render.next_steps import STEPS, next_steps
from orchestrator.render.report import print_report
from orchestrator.states import WAITING_FOR_PERSON, Reason, State
from orchestrator.store import Stored
from tests.integration.store_world import START, World


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """A report, whatever state it is put into."""
    world = World(tmp_path)
    found = world.store.report(world.receive().reference)
    assert found is not None
    return found


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
    """Where save was pressed, the first thing to do is to look (P2)."""
    pressed = replace(stored, state=State.ATTENTION, reason=Reason.NOT_FOUND, pressed_at=START)
    first = f"First search the target for {stored.reference}: its record may be there."
    assert f"What you can do ! {first} - rpa correct" in shown(pressed)
    assert first not in shown(replace(pressed, pressed_at=None))
    assert first in shown(replace(pressed, pressed_at=None, find_first=True))
