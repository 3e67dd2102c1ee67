"""Readers: a submission -> a report, whatever the submission is."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

import structlog

from orchestrator.reading import process, wire
from orchestrator.reading.host import Host
from orchestrator.settings import OperationsSettings
from rpa.forms import Form, unreadable
from rpa.reading import Corrections, read
from rpa.report import Report, Submission

_log = structlog.get_logger(__name__)

Forms = Mapping[str, Form]

_MOST_RESPONSE = 2**28  # bytes
_TIMES_SLOWER = 12  # than its processor time a submission may be, on a machine that does other work too


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use up: processor time in seconds, memory in megabytes. `processes` read at once."""

    seconds: float = 5
    megabytes: int = 500
    processes: int = 2


class Reader:
    """Reads submissions in this process, with these forms."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms

    def read(self, submission: Submission, corrections: Corrections = ()) -> Report:
        """The report in the bytes, with what people corrected laid over it. A mistake of ours makes it one for a
        person: it must not stop those behind it."""
        try:
            return read(submission, self.forms, corrections)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the submission must not be lost in it
            report = unreadable(
                submission, "This report could not be read because of a fault in our software."
            )
            _log.exception("a submission could not be read", reference=report.reference)
            return report

    def close(self) -> None:
        """Let go of what reading needs."""


class IsolatedReader(Reader):
    """Reads submissions in processes of their own, a few at once. One that uses up its time or memory is a report
    that a person looks at. Make it before any thread is started."""

    def __init__(self, forms: Forms, limits: Limits) -> None:
        super().__init__(forms)
        self._limits = limits
        serve = partial(process.serve, read=super().read, seconds=limits.seconds, megabytes=limits.megabytes)
        self._host = Host(serve)
        self._idle: SimpleQueue[_Process | None] = SimpleQueue()
        for _ in range(limits.processes):
            self._idle.put(None)

    def read(self, submission: Submission, corrections: Corrections = ()) -> Report:
        """The same as `Reader.read`, within the limits. Any thread may read. Raises
        `HostGone`."""
        try:
            try:
                return self._read_once(submission, corrections)
            except _Killed:
                return self._read_once(submission, corrections)
        except _TooMuch as error:
            return unreadable(submission, f"This report could not be read: {error}.")

    def _read_once(self, submission: Submission, corrections: Corrections) -> Report:
        with self._process() as chosen:
            return chosen.read(submission, corrections)

    @contextmanager
    def _process(self) -> Iterator[_Process]:
        """A process for one submission; it stays for the next unless it failed."""
        chosen = self._idle.get()
        try:
            chosen = chosen or _Process(self._host, self._limits)
            yield chosen
        except BaseException:
            if chosen:
                chosen.line.close()
            chosen = None
            raise
        finally:
            self._idle.put(chosen)

    def close(self) -> None:
        """End all processes, once they are idle."""
        for _ in range(self._limits.processes):
            if chosen := self._idle.get():
                chosen.line.close()
        self._host.close()


@contextmanager
def isolated(forms: Forms, operations: OperationsSettings) -> Iterator[IsolatedReader]:
    """An `IsolatedReader` with the limits of the settings, for as long as a block lasts."""
    limits = Limits(operations.reading_seconds, operations.reading_megabytes, operations.reading_processes)
    reader = IsolatedReader(forms, limits)
    try:
        yield reader
    finally:
        reader.close()


class _TooMuch(Exception):  # noqa: N818 - it says what the submission is
    """A submission that uses up its time or memory. The message says which."""


class _Killed(_TooMuch):
    """Somebody else ended the process, such as a system without memory: perhaps not because of this submission."""


class _Process:
    """One process that reads."""

    def __init__(self, host: Host, limits: Limits) -> None:
        self._host, self._limits = host, limits
        self.number, self.line = host.start()
        self.line.settimeout(limits.seconds * _TIMES_SLOWER)

    def read(self, submission: Submission, corrections: Corrections) -> Report:
        """The report. Raises `_TooMuch`, and `HostGone`; the process has ended then."""
        try:
            wire.send(self.line, wire.as_request(submission, corrections))
            response = wire.receive(self.line, _MOST_RESPONSE)
            if response != process.TOO_MUCH_MEMORY:
                return wire.from_response(response)
        except wire.Gone:
            ended_by = self._host.end(self.number)
            if ended_by == signal.SIGPROF:
                raise _TooMuch(f"it would take more than {self._limits.seconds:g} seconds") from None
            raise _Killed("what reads it fails, or takes too long") from None
        self._host.end(self.number)
        raise _TooMuch(f"it would take more than {self._limits.megabytes} MB of memory")
