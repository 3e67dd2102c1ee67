"""The pool: worker processes, started and watched. One that dies is started again, later each time."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import structlog

from orchestrator.retry import back_off

_log = structlog.get_logger(__name__)

STABLE_SECONDS = 60.0  # a worker that lived so long is not failing at its start
FATAL = 2  # the worker's exit code for a wrong definition or setting: starting it again would not help


async def keep_worker(arguments: Sequence[str], stopping: asyncio.Event) -> int:
    """Keep one worker process running until `stopping`; answers 0, or `FATAL` when it cannot start.

    The worker is told to stop by SIGTERM, finishes the reports in its robots' hands, and is waited for.
    """
    failures = 0
    loop = asyncio.get_running_loop()
    while not stopping.is_set():
        began = loop.time()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "orchestrator", *arguments, "worker", start_new_session=True
        )
        code = await _until_gone(process, stopping)
        if stopping.is_set():
            return 0
        if code == FATAL:
            return FATAL
        failures = 1 if loop.time() - began > STABLE_SECONDS else failures + 1
        wait = min(back_off(failures, 0.5) / 5, 30)
        _log.error("worker died and is started again", number=code, wait_seconds=round(wait, 1))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), wait)
    return 0


async def _until_gone(process: asyncio.subprocess.Process, stopping: asyncio.Event) -> int:
    gone = asyncio.create_task(process.wait())
    told = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({gone, told}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        return await gone
    finally:
        told.cancel()
