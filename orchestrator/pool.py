"""The pool: worker processes, started and watched. One that dies is started again, later each time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

import structlog

from orchestrator.retry import back_off

_log = structlog.get_logger(__name__)

STABLE_SECONDS = 60.0  # a worker that lived so long is not failing at its start
STOP_SECONDS = 300.0  # a worker told to stop has so long to finish what its robots hold
FATAL = 2  # the worker's exit code for a wrong definition or setting: starting it again would not help
WITH_PARENT = "--with-parent"  # tells a worker to stop when its standard input closes


async def keep_worker(arguments: Sequence[str], stopping: asyncio.Event) -> int:
    """Keep one worker process running until `stopping`; answers 0, or `FATAL` when it cannot start.

    The worker is told to stop by SIGTERM, finishes the reports in its robots' hands, and is waited for. Should
    this process die without a word, the pipe to the worker's standard input closes, and it stops likewise.
    """
    failures = 0
    loop = asyncio.get_running_loop()
    while not stopping.is_set():
        began = loop.time()
        command = (sys.executable, "-m", "orchestrator", *arguments, "worker", WITH_PARENT)
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, start_new_session=True)
        code = await _until_gone(process, stopping)
        if stopping.is_set():
            return 0
        if code == FATAL:
            return FATAL
        failures = 1 if loop.time() - began > STABLE_SECONDS else failures + 1
        wait = min(back_off(failures, 0.5) / 5, 30)
        _log.error("worker ended and is started again", number=code, wait_seconds=round(wait, 1))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), wait)
    return 0


async def _until_gone(process: Process, stopping: asyncio.Event) -> int:
    gone = asyncio.create_task(process.wait())
    told = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({gone, told}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            _send(process, signal.SIGTERM)
            await asyncio.wait({gone}, timeout=STOP_SECONDS)
        if not gone.done():
            _log.error("worker did not stop and is ended", pid=process.pid)
            _send(process, signal.SIGKILL)
        return await gone
    finally:
        told.cancel()


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
            _log.warning("whoever started this worker has gone: it stops")
            stopping.set()

    loop.add_reader(descriptor, look)
