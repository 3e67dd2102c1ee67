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

from orchestrator.actions.retry import restart_wait
from orchestrator.settings import OperationsSettings

_log = structlog.get_logger(__name__)

LISTENS = 6  # in the time after which a worker counts as silent
FATAL = 2  # the worker's exit code for a wrong definition or setting: starting it again would not help
WITH_PARENT = "--with-parent"  # tells a worker to stop when its standard input closes

Listen = Callable[[int], object]
"""The last heartbeat of a process; raises where it cannot be known."""


async def keep_worker(
    arguments: Sequence[str],
    stopping: asyncio.Event,
    waits: OperationsSettings,
    listen: Listen | None = None,
    silence: float = 60,
) -> int:
    """Keep one worker process running until `stopping`; answers 0, or `FATAL` when it cannot start at all.

    The worker is told to stop by SIGTERM, finishes the reports in its robots' hands, and is waited for. Should
    this process die without a word, the pipe to the worker's standard input closes, and it stops likewise.

    `listen` tells its heartbeats: one that stays silent for `silence` seconds is killed and replaced. Only a first
    worker that finds its settings wrong is fatal: later somebody may just be editing them. Why a worker ended is
    said once.
    """
    failures, said, first = 0, 0, True
    loop = asyncio.get_running_loop()
    while not stopping.is_set():
        began = loop.time()
        command = (sys.executable, "-m", "orchestrator", *arguments, "worker", WITH_PARENT)
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, start_new_session=True)
        code = await _until_gone(process, stopping, waits, listen, silence)
        if stopping.is_set():
            return 0
        if code == FATAL and first:
            return FATAL
        first, failures = False, 1 if loop.time() - began > waits.stable_seconds else failures + 1
        wait = restart_wait(failures, waits)
        if (code, failures > 1) != (said, True):
            _log.error("worker ended and is started again", number=code, wait_seconds=round(wait, 1))
        said = code
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), wait)
    return 0


async def _until_gone(
    process: Process,
    stopping: asyncio.Event,
    waits: OperationsSettings,
    listen: Listen | None,
    silence: float,
) -> int:
    gone = asyncio.create_task(process.wait())
    told = asyncio.create_task(stopping.wait())
    listening: Coroutine[Any, Any, object] = (
        _silent(process.pid, listen, silence, waits.worker_start_seconds)
        if listen
        else asyncio.Event().wait()
    )
    silent = asyncio.create_task(listening)
    try:
        await asyncio.wait({gone, told, silent}, return_when=asyncio.FIRST_COMPLETED)
        if silent.done() and not gone.done():
            _log.error("worker is silent and is ended", pid=process.pid, seconds=silence)
            _send(process, signal.SIGKILL)
        elif not gone.done():
            _send(process, signal.SIGTERM)
            limit = waits.worker_stop_seconds
            await asyncio.wait({gone, silent}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            _log.error("worker did not stop and is ended", pid=process.pid)
            _send(process, signal.SIGKILL)
        return await gone
    finally:
        told.cancel()
        silent.cancel()


async def _silent(process: int, listen: Listen, silence: float, start: float) -> None:
    """Returns once a worker has not been heard of for `silence` seconds of our own clock, which stands still while
    the machine sleeps; longer before it is first heard. While heartbeats cannot be known nobody is silent."""
    loop = asyncio.get_running_loop()
    last, since = None, loop.time()
    while loop.time() - since < (max(silence, start) if last is None else silence):
        await asyncio.sleep(silence / LISTENS)
        try:
            heard = await asyncio.to_thread(listen, process)
        except Exception:  # noqa: BLE001 - the database is away; whoever works there says so
            last, since = None, loop.time()
            continue
        if heard != last:
            last, since = heard, loop.time()


def _send(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)


def stop_with_parent(stopping: asyncio.Event) -> None:
    """In a worker: set `stopping` once standard input has closed, which whoever started us kept open."""
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def look() -> None:
        if not os.read(descriptor, 1024):
            loop.remove_reader(descriptor)
            _log.warning("parent process has ended; worker is stopping")
            stopping.set()

    loop.add_reader(descriptor, look)
