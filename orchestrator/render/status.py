"""How the system stands: what waits for whom, what each worker last did, and what is paused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestrator.app import App
from orchestrator.render.tables import counted, state_text, when
from orchestrator.states import WAITING_FOR_PERSON, WAITING_FOR_ROBOT, JobKind, State
from orchestrator.store import Breaker, Job, Worker, utc_now

JOBS: Mapping[JobKind, str] = {
    JobKind.KEY: "keys it",
    JobKind.UPDATE: "updates its record",
    JobKind.LOOK_UP: "looks it up",
    JobKind.READ_BACK: "reads it back",
}


@dataclass(frozen=True)
class Status:
    """One moment of the system. `busy`: the jobs that robots have in hand; `late`: how many that wait for a
    robot are past their time; `updates`: how many saved records are to be updated."""

    at: datetime
    counts: Mapping[State, int]
    late: int
    updates: int
    busy: Sequence[Job]
    workers: Sequence[Worker]
    silent_seconds: float
    targets: Mapping[str, bool]
    paused: Sequence[Breaker]

    def is_silent(self, worker: Worker) -> bool:
        """Whether a worker has sent no heartbeat for too long."""
        return (self.at - worker.heard_at).total_seconds() > self.silent_seconds


def status_of(app: App) -> Status:
    """How the system stands now."""
    at, off = utc_now(), app.store.targets_off()
    waiting = [each for state in WAITING_FOR_ROBOT for each in app.store.reports(state)]
    return Status(
        at,
        app.store.counts(),
        sum(each.due_at < at for each in waiting),
        app.store.updates_open(),
        app.store.in_hand(),
        app.store.workers(),
        app.settings.robots.silence_seconds,
        {name: each.enabled and name not in off for name, each in app.settings.targets.items()},
        [each for each in app.store.breakers() if each.opened_at is not None],
    )


def as_json(status: Status) -> dict[str, Any]:
    """The same for a program."""
    return {
        "at": status.at.isoformat(),
        "reports": {str(state): number for state, number in status.counts.items()},
        "late": status.late,
        "updates": status.updates,
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
                "target": name,
                "on": on,
                "paused": [
                    {"account": each.account or None, "reason": str(each.reason), "message": each.message}
                    for each in status.paused
                    if each.target == name
                ],
            }
            for name, on in status.targets.items()
        ],
    }


def picture(status: Status) -> RenderableType:
    """The same for a person."""
    return Group(
        Text(f"At {status.at:%H:%M:%S} UTC", style="dim"),
        *_queue(status),
        *_robots(status),
        *_targets(status),
    )


def _queue(status: Status) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for state in State:
        if number := status.counts[state]:
            whom = (
                "robots" if state in WAITING_FOR_ROBOT else "a person" if state in WAITING_FOR_PERSON else ""
            )
            table.add_row(
                f"{number:6}", state_text(state), Text(f"waits for {whom}" if whom else "", style="dim")
            )
    if status.updates:
        table.add_row(
            f"{status.updates:6}", Text("to be updated"), Text("records; waits for robots", style="dim")
        )
    late = Text(f"{counted(status.late, 'report')} late", style="bold red" if status.late else "green")
    return [Text("\nReports", style="bold"), table, late]


def _robots(status: Status) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for worker in status.workers:
        heard = f"no heartbeat since {when(worker.heard_at)}" if status.is_silent(worker) else "at work"
        name = f"{worker.host} process {worker.process}"
        table.add_row(
            name, counted(worker.robots, "robot"), Text(heard, "red" if status.is_silent(worker) else "green")
        )
    for job in status.busy:
        table.add_row(f"  {job.robot}", job.reference, JOBS[job.kind])
    return [Text("\nRobots", style="bold"), table if table.row_count else Text("No worker is running.")]


def _targets(status: Status) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for name, on in status.targets.items():
        table.add_row(name, Text("on", style="green") if on else Text("off", style="yellow"))
        for each in (each for each in status.paused if each.target == name):
            what = f"account {each.account}" if each.account else "all of it"
            since = when(each.opened_at) if each.opened_at else ""
            table.add_row("", Text("paused", style="red"), f"{what} since {since}: {each.message}")
    return [Text("\nTargets", style="bold"), table]
