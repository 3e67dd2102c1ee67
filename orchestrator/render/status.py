"""How the system stands, at a terminal and for a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestrator.render.paused import lines, standing
from orchestrator.render.tables import state_text
from orchestrator.render.terminal import marked
from orchestrator.settings import Settings
from orchestrator.states import WAITING_FOR_PERSON, WAITING_FOR_ROBOT, JobKind, MessageState, State
from orchestrator.status import Status
from orchestrator.wording import counted, when

JOBS: Mapping[JobKind, str] = {
    JobKind.KEY: "keying",
    JobKind.UPDATE: "updating its record",
    JobKind.LOOK_UP: "looking it up",
    JobKind.READ_BACK: "reading it back",
    JobKind.RECONCILE: "looking it up once more",
}


_IN_HAND = frozenset({State.KEYING, State.SUBMITTING})


def as_json(status: Status) -> dict[str, Any]:
    """The same for a program."""
    return {
        "at": status.at.isoformat(),
        "reports": {str(state): number for state, number in status.counts.items()},
        "late": status.late,
        "updates": status.updates,
        "updates_off": status.updates_off,
        "messages": {str(state): number for state, number in status.messages.items()},
        "robots": [
            {"robot": each.robot, "reference": each.reference, "job": str(each.kind)} for each in status.busy
        ],
        "workers": [
            {
                "host": each.host,
                "process": each.process,
                "robots": each.robots,
                "heard_at": each.heard_at.isoformat(),
                "silent": status.is_silent(each),
            }
            for each in status.workers
        ],
        "targets": [
            {
                "target": each.target,
                "on": each.on,
                "paused": [
                    {"account": it.account or None, "reason": str(it.reason), "message": it.message}
                    for it in status.paused
                    if it.target == each.target
                ],
            }
            for each in status.targets
        ],
    }


def view(settings: Settings, status: Status) -> RenderableType:
    """The same for a person."""
    return Group(
        Text(f"At {status.at:%H:%M:%S} UTC", style="dim"),
        *_queue(status),
        *_robots(status),
        *_targets(settings, status),
        *_messages(status),
    )


def _queue(status: Status) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for state in State:
        if number := status.counts[state]:
            table.add_row(f"{number:6}", state_text(state), Text(_waits(state, number), style="dim"))
    if number := status.updates:
        off = status.updates_off
        waits = _waits(State.READY, number) + (f"; {off} until form and target are on" if off else "")
        what = "record to update" if number == 1 else "records to update"
        table.add_row(f"{number:6}", Text(what), Text(waits, style="dim"))
    late = Text(f"{counted(status.late, 'report')} late", style="bold red" if status.late else "green")
    return [Text("\nReports", style="bold"), table, late]


def _waits(state: State, number: int) -> str:
    """For whom reports in a state wait; nothing where a robot has them."""
    whom = (
        "a robot"
        if state in WAITING_FOR_ROBOT - _IN_HAND
        else "a person"
        if state in WAITING_FOR_PERSON
        else ""
    )
    return f"{'waits' if number == 1 else 'wait'} for {whom}" if whom else ""


def _robots(status: Status) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)  # a reference is never cut
    for worker in status.workers:
        heard = f"no heartbeat since {when(worker.heard_at)}" if status.is_silent(worker) else "at work"
        name = f"{worker.host} process {worker.process}"
        table.add_row(
            name, counted(worker.robots, "robot"), Text(heard, "red" if status.is_silent(worker) else "green")
        )
    for job in status.busy:
        table.add_row(f"  {job.robot}", job.reference, JOBS[job.kind])
    return [Text("\nRobots", style="bold"), table if table.row_count else Text("No worker is running.")]


def _messages(status: Status) -> list[RenderableType]:
    """The messages that are not done with; nothing where there is none."""
    open_ = {
        MessageState.WAITING: ("to be sent", ""),
        MessageState.SENDING: ("being sent", ""),
        MessageState.FAILED: ("not sent", "red"),
        MessageState.UNCERTAIN: ("may have been sent: see rpa messages list", "bold red"),
    }
    table = Table.grid(padding=(0, 2))
    for state, (words, style) in open_.items():
        if number := status.messages[state]:
            table.add_row(f"{number:6}", Text(str(state), style=style), Text(words, style="dim"))
    return [Text("\nMessages", style="bold"), table] if table.row_count else []


def _targets(settings: Settings, status: Status) -> list[RenderableType]:
    shown: list[RenderableType] = [Text("\nTargets", style="bold")]
    for target in status.targets:
        paused = [each for each in status.paused if each.target == target.target]
        style = "red" if paused else "green" if target.on else "yellow"
        shown.append(Text(f"{target.target}  ") + Text(standing(settings, target, paused), style=style))
        shown += [marked("-", line) for line in lines(settings, paused)]
    return shown
