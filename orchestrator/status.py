"""How the system stands: what waits for whom, what each worker last did, and what is paused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.app import App
from orchestrator.states import MessageState, State
from orchestrator.store import Breaker, Job, TargetSwitch, Worker, utc_now


@dataclass(frozen=True)
class Status:
    """One moment of the system. `busy`: the jobs that robots have in hand; `late`: how many that wait for a
    robot are past their time; `updates`: how many saved records are to be updated, `updates_off` how many of
    them wait until their form and target are on; `messages`: how many to the people who reported are in each
    state; `unreadable`: what of it cannot be read in the database."""

    at: datetime
    counts: Mapping[State, int]
    late: int
    updates: int
    updates_off: int
    busy: Sequence[Job]
    workers: Sequence[Worker]
    silent_seconds: float
    targets: Sequence[TargetSwitch]
    paused: Sequence[Breaker]
    messages: Mapping[MessageState, int]
    unreadable: Sequence[str] = ()

    def is_silent(self, worker: Worker) -> bool:
        """Whether a worker has sent no heartbeat for too long."""
        return (self.at - worker.heard_at).total_seconds() > self.silent_seconds


def status_of(app: App) -> Status:
    """How the system stands now."""
    store = app.store
    unreadable = store.in_unknown_state()
    updates = store.updates_open(also_off=True)
    return Status(
        at=utc_now(),
        counts=store.counts(),
        late=store.late(),
        updates=updates,
        updates_off=updates - store.updates_open(),
        busy=store.in_hand(unreadable.append),
        workers=store.workers(unreadable.append),
        silent_seconds=app.settings.robots.silence_seconds,
        targets=app.target_switches(),
        messages=store.messages.counts(),
        paused=[each for each in store.breakers() if each.is_open],
        unreadable=unreadable,
    )
