"""Inputs tried in a process of their own, within limits of memory and time; one that ends it is known."""

from __future__ import annotations

import faulthandler
import mmap
import os
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rpa.documents.size import Unreadable

MOST_SECONDS = 5.0  # of processor time, for one input
MOST_MEGABYTES = 500
_ENDINGS = {signal.SIGPROF: f"took more than {MOST_SECONDS:g} seconds", signal.SIGKILL: "was killed"}


@dataclass(frozen=True)
class Failure:
    """An input that ended in anything but a document or `Unreadable`."""

    number: int
    how: str


def failures(
    read: Callable[[bytes], object], made: Callable[[int], bytes], numbers: range
) -> Iterator[Failure | int]:
    """Try the inputs of these numbers; each failure, and the number of the last input now and then."""
    at = numbers.start
    while at < numbers.stop:
        with mmap.mmap(-1, 4096) as shared:
            child = os.fork()
            if child == 0:
                _serve(shared, read, made, range(at, numbers.stop))
            _, status = os.waitpid(child, 0)
            reached, length = struct.unpack_from("<qq", shared)
            if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
                at = numbers.stop
                yield at
                continue
            how = shared[16 : 16 + length].decode(errors="replace") if length else _ending(status)
            yield Failure(reached, how)
            at = reached + 1


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return _ENDINGS.get(signal.Signals(number), f"ended the process with {signal.Signals(number).name}")
    return f"ended the process with {os.WEXITSTATUS(status)}"


def _serve(
    shared: mmap.mmap, read: Callable[[bytes], object], made: Callable[[int], bytes], numbers: range
) -> None:
    """Never returns."""
    code = 1
    try:
        limit()
        for number in numbers:
            struct.pack_into("<qq", shared, 0, number, 0)
            content = made(number)
            signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
            try:
                read(content)
            except Unreadable:
                pass
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
        code = 0
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        said = _place(error).encode()[:4000]
        shared[16 : 16 + len(said)] = said
        struct.pack_into("<q", shared, 8, len(said))
    finally:
        os._exit(code)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"raised {type(error).__name__}{last}"


def limit() -> None:
    """The limits that a submission is read within, for the rest of this process."""
    faulthandler.disable()
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    sys.stderr.flush()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MOST_MEGABYTES * 2**20
    for kind, value in ((resource.RLIMIT_AS, most), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(kind, (value, value))
