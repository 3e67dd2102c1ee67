"""The process that forks the processes that read.

It is forked itself before any thread is started: a fork among threads could stand still for ever. From then on it
only forks, so that each of its children begins with the forms loaded and with nothing of anybody else's.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

_MOST = 64  # bytes of one of its messages
_NONE = 0  # the number of a process that could not be started
_STANDARD = 3  # the files of standard input, output and errors


class HostGone(OSError):  # noqa: N818 - it says what the host is
    """The host has ended: nothing can be read until the program is started again."""

    def __str__(self) -> str:
        return "the process that starts those that read reports has ended: restart rpa"


Serve = Callable[[socket.socket], None]


class Host:
    """The parent's side."""

    def __init__(self, serve: Serve, prepare: Callable[[], object]) -> None:
        if threading.active_count() > 1:
            raise RuntimeError("a process that reads is to be forked before any thread is started")
        self._line, theirs = socket.socketpair()
        self._lock = threading.Lock()
        self._process = os.fork()
        if self._process == 0:
            _be_alone(theirs, serve, prepare)
        theirs.close()

    def start(self) -> tuple[int, socket.socket]:
        """A new process, by its number, and the line to it. Raises `HostGone`, and `BlockingIOError` while the
        system has no process or memory for it."""
        ours, theirs = socket.socketpair()
        with theirs:
            number = int(self._asked(b"start", theirs.fileno()))
        if number == _NONE:
            ours.close()
            raise BlockingIOError(errno.EAGAIN, "no process can be started to read reports")
        return number, ours

    def end(self, number: int) -> int:
        """End a process, if it has not ended yet; returns the signal that ended it. Raises `HostGone`."""
        return int(self._asked(str(number).encode()))

    def alive(self) -> bool:
        """Whether the host runs. Leaves it to be waited for."""
        try:
            return os.waitid(os.P_PID, self._process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    def close(self) -> None:
        """End the host, and with it each process that nobody speaks to any more."""
        self._line.close()
        with suppress(ChildProcessError):
            os.waitpid(self._process, 0)

    def _asked(self, message: bytes, *passed: int) -> bytes:
        with self._lock:
            try:
                socket.send_fds(self._line, [message], passed)
                answer = self._line.recv(_MOST)
            except OSError as error:
                raise HostGone from error
        if not answer:
            raise HostGone
        return answer


def _be_alone(line: socket.socket, serve: Serve, prepare: Callable[[], object]) -> None:
    """Be the host, from the fork to the end of the process."""
    try:
        gc.freeze()  # what all share stays shared; and a database's connection that is nobody's is not closed here
        signal.set_wakeup_fd(-1)  # it would wake an event loop that is not ours
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # its end is that of whoever speaks to it
        os.closerange(_STANDARD, line.fileno())
        os.closerange(line.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        _host(line, serve, prepare)
    finally:
        os._exit(0)


def _host(line: socket.socket, serve: Serve, prepare: Callable[[], object]) -> None:
    """`prepare` is called once there is a process: the first does not wait for it, and the others have what it
    makes."""
    prepared = False
    while True:
        message, passed, _, _ = socket.recv_fds(line, _MOST, 1)
        if not message:
            return
        answer = _forked(line, passed[0], serve) if passed else _ended(int(message))
        line.send(str(answer).encode())
        if not prepared:
            prepare()
            gc.freeze()
            prepared = True


def _forked(line: socket.socket, passed: int, serve: Serve) -> int:
    try:
        child = os.fork()
    except OSError:  # it passes: whoever asked tries again
        os.close(passed)
        return _NONE
    if child:
        os.close(passed)
        return child
    line.close()
    with socket.socket(fileno=passed) as theirs:
        serve(theirs)
    os._exit(0)


def _ended(number: int) -> int:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)
    try:
        _, status = os.waitpid(number, 0)
    except ChildProcessError:
        return 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
