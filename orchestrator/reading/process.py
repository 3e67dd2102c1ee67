"""What runs in a process that reads: one submission after the other, each within limits that the system keeps."""

from __future__ import annotations

import gc
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from orchestrator.reading import wire
from rpa.unpacking import Contents

TOO_MUCH_MEMORY = b"memory"
MOST_REQUEST = 2**31  # bytes: as much as the settings can let in
_OPEN_FILES = 16

Find = Callable[[wire.Request], Contents]


def serve(line: socket.socket, find: Find, seconds: float, megabytes: int) -> None:
    """Read what comes on the line until nobody is at its other end.

    Each has `seconds` of processor time, and all together `megabytes` beyond what the process began with.
    One that takes longer is ended by the system, with SIGPROF; one that needs more memory is refused it.
    """
    _limit(megabytes)
    while True:
        try:
            response = _response(line, find, seconds)
        except MemoryError:
            response = TOO_MUCH_MEMORY
        except wire.Gone:
            return
        wire.send(line, response)
        gc.collect(0)


def _response(line: socket.socket, find: Find, seconds: float) -> bytes:
    message = wire.receive(line, MOST_REQUEST)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        request = wire.from_request(message)
        return wire.as_response(find(request), request)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit(megabytes: int) -> None:
    """No more memory than that, no file written, few opened, and nothing left behind when it is ended."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal's Ctrl-C the reader decides what it means
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(limit, (most, most))
    if had := _address_space():
        most = had + megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _address_space() -> int:
    """Bytes of this process's address space; 0 where the system does not say, and keeps no such limit."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
