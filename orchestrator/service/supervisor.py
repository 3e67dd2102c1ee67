"""The supervisor: starts a worker process, watches it, and replaces one that dies or falls silent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import structlog

from orchestrator.settings import OperationsSettings
from orchestrator.waits import restart_wait

_log = structlog.get_logger(__name__)

HEARTBEAT_CHECKS = 6  # in the time after which a worker counts as silent
FATAL = 2  # the worker's exit code for a wrong definition or setting: starting it again would not help
WITH_PARENT = "--with-parent"  # has a worker stop when its standard input closes

LastHeartbeat = Callable[[int], object]
"""The last heartbeat of a process; raises where it cannot be known."""


async def keep_worker(
    arguments: Sequence[str],
    stopping: asyncio.Event,
    waits: OperationsSettings,
    last_heartbeat: LastHeartbeat | None = None,
    silence: float = 60,
) -> int:
    """Keep one worker process running until `stopping`; returns 0, or `FATAL` when it cannot start at all.

    SIGTERM has the worker finish the reports in its robots' hands, and this waits for it. If this process dies,
    the pipe to the worker's standard input closes, and the worker stops in the same way.

    `last_heartbeat` takes a process id: a worker that stays silent for `silence` seconds is killed and replaced.
    Only a first worker that finds its settings wrong is fatal: later they may be being edited. Why a worker ended
    is logged once.
    """
    failures, logged, first = 0, 0, True
    loop = asyncio.get_running_loop()
    while not stopping.is_set():
        began = loop.time()
        command = (sys.executable, "-m", "orchestrator", *arguments, "worker", WITH_PARENT)
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, start_new_session=True)
        code = await _until_gone(process, stopping, waits, last_heartbeat, silence)
        if stopping.is_set():
            return 0
        if code == FATAL and first:
            return FATAL
        first, failures = False, 1 if loop.time() - began > waits.stable_seconds else failures + 1
        wait = restart_wait(failures, waits)
        if (code, failures > 1) != (logged, True):
            _log.error("worker ended and is started again", number=code, wait_seconds=round(wait, 1))
        logged = code
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), wait)
    return 0


async def _until_gone(
    process: Process,
    stopping: asyncio.Event,
    waits: OperationsSettings,
    last_heartbeat: LastHeartbeat | None,
    silence: float,
) -> int:
    gone = asyncio.create_task(process.wait())
    stopped = asyncio.create_task(stopping.wait())
    watching_heartbeats: Coroutine[Any, Any, object] = (
        _silent(process.pid, last_heartbeat, silence, waits.worker_start_seconds)
        if last_heartbeat
        else asyncio.Event().wait()
    )
    silent = asyncio.create_task(watching_heartbeats)
    try:
        await asyncio.wait({gone, stopped, silent}, return_when=asyncio.FIRST_COMPLETED)
        if silent.done() and not gone.done():
            _log.error("worker is silent and is killed", pid=process.pid, seconds=silence)
            _send(process, signal.SIGKILL)
        elif not gone.done():
            _send(process, signal.SIGTERM)
            limit = waits.worker_stop_seconds
            await asyncio.wait({gone, silent}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            _log.error("worker did not stop and is killed", pid=process.pid)
            _send(process, signal.SIGKILL)
        return await gone
    finally:
        stopped.cancel()
        silent.cancel()


async def _silent(process: int, last_heartbeat: LastHeartbeat, silence: float, start: float) -> None:
    """Returns once a worker has not been heard of for `silence` seconds of our own clock, which stands still while
    the machine sleeps; longer before it is first heard. While heartbeats cannot be read no worker is silent."""
    loop = asyncio.get_running_loop()
    last, since = None, loop.time()
    while loop.time() - since < (max(silence, start) if last is None else silence):
        await asyncio.sleep(silence / HEARTBEAT_CHECKS)
        try:
            heard = await asyncio.to_thread(last_heartbeat, process)
        except Exception:  # noqa: BLE001 - the database is away; the worker logs that
            last, since = None, loop.time()
            continue
        if heard != last:
            last, since = heard, loop.time()


def _send(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)


def stop_with_parent(stopping: asyncio.Event) -> None:
    """In a worker: set `stopping` once standard input has closed, which the parent process keeps open."""
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 1024):
            loop.remove_reader(descriptor)
            _log.warning("parent process has ended; worker is stopping")
            stopping.set()

    loop.add_reader(descriptor, read)
