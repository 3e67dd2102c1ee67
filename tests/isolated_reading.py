"""What is shown of readers in processes of their own, each case as a program: they are forked before any thread is
started, and where tests run side by side there are threads.

`python -m tests.isolated_reading NAME` runs one of `CASES`; it fails as a test does.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psutil
import pytest

from orchestrator.reading import IsolatedReader, Limits
from orchestrator.reading.host import Host, HostGone
from rpa.documents.files import read_file
from rpa.reading import read
from rpa.report import Change, ProblemKind, Report, Submission
from tests.hostile_documents import HOSTILE
from tests.worlds import ROOT, SAMPLES, all_forms, document

NAME = "08-bank-card.json"
NOBODY = 2**31 - 1  # the number of no process
_WAITING = """
from tests.isolated_reading import *
reader = IsolatedReader(all_forms(), Limits())
reader.read(sample())
print("read", flush=True)
signal.pause()
"""


@contextmanager
def reading(limits: Limits | None = None) -> Iterator[IsolatedReader]:
    """A reader for as long as a block lasts."""
    reader = IsolatedReader(all_forms(), limits or Limits())
    try:
        yield reader
    finally:
        reader.close()


def sample(name: str = NAME) -> Submission:
    """A sample without its files, which are not read."""
    return Submission((SAMPLES / name).read_bytes(), "folder", name)


def large() -> Submission:
    """A report that takes long, and much memory."""
    item = {"stolenItemType": "SITP_0005", "otherItemDescription": "x" * 2_000}
    content = {**document(NAME), "stolenItem": [item] * 2_400}
    return Submission(json.dumps(content).encode(), "folder", "large.json")


def said(report: Report) -> str:
    """The one problem of a report that was not read."""
    (problem,) = report.problems
    assert problem.kind is ProblemKind.UNREADABLE
    return problem.message


def below() -> set[psutil.Process]:
    """Every process below this one."""
    return set(psutil.Process().children(recursive=True))


def same_reports() -> None:
    """Every sample gives the report that it gives in this process, to the last note."""
    with reading() as reader:
        for path in sorted(SAMPLES.glob("*.json")):
            submission = read_file(path)
            assert reader.read(submission) == read(submission, all_forms()), path.name


def corrections() -> None:
    """What people corrected is part of the report, as in this process."""
    changes = [[Change("/personReporting/surname", "Sample")], [Change("/personReporting/surname", None)]]
    with reading() as reader:
        report = reader.read(sample(), changes)
        assert report == read(sample(), all_forms(), changes)
        assert report != reader.read(sample())


def hostile_documents() -> None:
    """Each comes back as a report of its own bytes, and the next one is read."""
    own = read(sample("05-shop-theft.json"), all_forms()).identity
    with reading() as reader:
        for name, made in HOSTILE.items():
            submission = Submission(made(), "folder", name)
            assert reader.read(submission).identity in (submission.sha256, own), name
            assert reader.read(sample()).form == "ocr"


def time_is_limited() -> None:
    """A submission that takes too long is given up, and is a report that says so; those behind it are read."""
    with reading(Limits(seconds=0.2)) as reader:
        words = said(reader.read(large()))
        assert words == "This report could not be read: it would take more than 0.2 seconds."
        assert reader.read(sample()).form == "ocr"


def memory_is_limited() -> None:
    """The same for one that takes too much memory."""
    with reading(Limits(megabytes=12)) as reader:
        words = said(reader.read(large()))
        assert words == "This report could not be read: it would take more than 12 MB of memory."
        assert reader.read(sample()).form == "ocr"


def many_at_once() -> None:
    """Several threads read at once; each gets its own report, and a slow one holds up no other."""
    names = [path.name for path in SAMPLES.glob("*.json")] * 4
    with reading() as reader, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: reader.read(sample(name)).identity, names))
    assert found == [read(sample(name), all_forms()).identity for name in names]


def a_process_that_somebody_ends() -> None:
    """Where the system ended a process, its submission is read by another."""
    with reading() as reader:
        reader.read(sample())
        for process in below():
            if process.ppid() != os.getpid():
                process.send_signal(signal.SIGKILL)
        assert reader.read(sample()).form == "ocr"


def a_host_that_has_ended() -> None:
    """Nothing is made of a submission that nobody can read now: it stays where it is."""
    with reading() as reader:
        (host,) = below()
        host.send_signal(signal.SIGKILL)
        psutil.wait_procs(
            [host], timeout=0.2
        )  # nobody has waited for it yet: it stays in the list of processes
        with pytest.raises(HostGone, match="restart rpa"):
            reader.read(sample())


def _no_more_processes() -> None:
    """Have the system refuse this process another one, until it gets a signal. It refuses root nothing."""
    if os.geteuid() == 0:
        os.setuid(65_534)
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    signal.signal(signal.SIGUSR1, lambda *_: resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard)))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, hard))


def a_system_that_starts_no_process() -> None:
    """While no process can be started, that is an error of the system that passes: no line is left open, the host
    lives, and the next process is started once one can be."""

    def greeting(line: socket.socket) -> None:
        line.sendall(b"here")

    def number_of_files() -> int:
        return sum(each.num_fds() for each in (psutil.Process(), process))

    host = Host(greeting, _no_more_processes)
    try:
        _, line = host.start()
        line.close()
        host.end(NOBODY)  # its answer comes once the host is prepared
        (process,) = psutil.Process().children()
        before = number_of_files()
        for _ in range(3):
            with pytest.raises(BlockingIOError) as caught:
                host.start()
            assert caught.value.errno == errno.EAGAIN
        assert number_of_files() == before
        assert host.alive()
        process.send_signal(signal.SIGUSR1)
        host.end(NOBODY)
        number, line = host.start()
        with line:
            assert line.recv(4) == b"here"
        host.end(number)
    finally:
        host.close()


def nothing_is_left_behind() -> None:
    """After `close`, and after the death of the whole program, no process is left."""
    with reading() as reader:
        reader.read(sample())
        children = below()
        assert len(children) == 2
    assert psutil.wait_procs(children, timeout=20)[1] == []
    with subprocess.Popen(
        [sys.executable, "-c", _WAITING], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as it:
        assert it.stdout
        assert it.stdout.readline() == "read\n"
        children = set(psutil.Process(it.pid).children(recursive=True))
        it.send_signal(signal.SIGKILL)
    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=20)[1] == []


def nobody_waits_for_one_that_is_closed() -> None:
    """Threads that read while the reader is closed get their report, or are told; none of them waits for ever."""

    def read_on() -> None:
        with suppress(HostGone):
            while True:
                assert reader.read(sample()).form == "ocr"

    with ThreadPoolExecutor(8) as pool:
        with reading() as reader:
            reading_on = [pool.submit(read_on) for _ in range(8)]
        for each in reading_on:
            each.result(20)


def threads_are_refused() -> None:
    """To fork among threads is refused, not risked."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="before any thread"):
            Host(lambda line: line.close(), lambda: None)
    finally:
        stop.set()
        thread.join()


CASES: tuple[Callable[[], None], ...] = (
    same_reports,
    corrections,
    hostile_documents,
    time_is_limited,
    memory_is_limited,
    many_at_once,
    a_process_that_somebody_ends,
    a_host_that_has_ended,
    a_system_that_starts_no_process,
    nothing_is_left_behind,
    nobody_waits_for_one_that_is_closed,
    threads_are_refused,
)


if __name__ == "__main__":
    next(case for case in CASES if case.__name__ == sys.argv[1])()
