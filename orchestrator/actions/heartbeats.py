"""Heartbeats of the worker processes. These need no permission: they always run as the system."""

from __future__ import annotations

from datetime import datetime

from orchestrator.store import Store, heartbeats


def record(store: Store, host: str, process: int, robots: int, *, progress: bool) -> None:
    """A worker process is alive; `progress`: a robot of it has finished a job since the last heartbeat."""
    with store.writing() as transaction:
        heartbeats.record(transaction, host, process, robots, progress=progress)


def last(store: Store, host: str, process: int) -> datetime | None:
    """When a worker process sent its last heartbeat; raises while heartbeats cannot be written."""
    with store.writing() as transaction:
        return heartbeats.last(transaction, host, process)


def remove(store: Store, host: str, process: int) -> None:
    """A worker process has ended."""
    with store.writing() as transaction:
        heartbeats.remove(transaction, host, process)
