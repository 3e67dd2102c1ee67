"""Readers: a submission -> a report, whatever the submission is."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue

import structlog

from orchestrator.reading import process, wire
from orchestrator.reading.host import Host
from orchestrator.reading.series import WaitingSeries
from orchestrator.settings import Settings
from orchestrator.settings.channels import MediaLinkSettings
from rpa.documents.json_document import is_json
from rpa.forms import Form, unreadable
from rpa.reading import Corrections, read
from rpa.report import Media, Report, Submission
from rpa.unpacking import Contents, Unpacked, may_be_copy, unpack

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
    """Reads submissions in this process, with these forms. `incomplete`: messages that wait for the others of
    their series. `media_links`: how files are fetched that a report names by their address."""

    def __init__(self, forms: Forms, media_links: MediaLinkSettings | None = None) -> None:
        self.forms = forms
        self.media_links = media_links or MediaLinkSettings()
        self.incomplete = WaitingSeries()

    def read(self, submission: Submission, corrections: Corrections = ()) -> Report:
        """The report in the bytes, with what people corrected laid over it. A mistake of ours makes it one for a
        person: it must not stop those behind it."""
        try:
            return read(submission, self.forms, corrections)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the submission must not be lost in it
            return _faulty(submission)

    def unpack(self, arrived: Sequence[Submission]) -> Contents:
        """The submissions in what arrived, each with its report: one thing, or all messages of a series."""
        try:
            return unpack(arrived, self.forms)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - as above
            return Contents(tuple(Unpacked(each, _faulty(each)) for each in arrived))

    def alive(self) -> bool:
        """Whether anything can be read."""
        return True

    def close(self) -> None:
        """Let go of what reading needs."""


class IsolatedReader(Reader):
    """Reads submissions in processes of their own, a few at once. One that uses up its time or memory is a report
    that a person looks at. Make it before any thread is started."""

    def __init__(self, forms: Forms, limits: Limits, media_links: MediaLinkSettings | None = None) -> None:
        super().__init__(forms, media_links)
        self._limits = limits
        serve = partial(process.serve, find=self._find, seconds=limits.seconds, megabytes=limits.megabytes)
        self._host = Host(serve, self._prepare)
        self._idle: SimpleQueue[_Process | None] = SimpleQueue()
        for _ in range(limits.processes):
            self._idle.put(None)

    def read(self, submission: Submission, corrections: Corrections = ()) -> Report:
        """The same as `Reader.read`, within the limits. Any thread may read. Raises
        `HostGone`."""
        asked = replace(submission, media=(), messages=())
        (found,) = self._found((asked,), corrections, unpack=False).unpacked
        return found.report

    def unpack(self, arrived: Sequence[Submission]) -> Contents:
        """The same as `Reader.unpack`, within the limits. Any thread may unpack. Raises `HostGone`."""
        sent = [replace(each, media=_documents(each), messages=()) for each in arrived]
        contents = self._found(sent, unpack=True)
        return replace(contents, unpacked=tuple(_restored(each, arrived, sent) for each in contents.unpacked))

    def _prepare(self) -> None:
        """Make what reading a document by its labels needs, which takes longer than to read one."""
        super().unpack([Submission(b"<p>Report</p>", "", "page.html")])

    def _find(self, request: wire.Request) -> Contents:
        """What a process does."""
        if request.unpack:
            return super().unpack(request.submissions)
        (submission,) = request.submissions
        return Contents((Unpacked(submission, super().read(submission, request.corrections)),))

    def _found(
        self, submissions: Sequence[Submission], corrections: Corrections = (), *, unpack: bool
    ) -> Contents:
        message = wire.as_request(submissions, corrections, unpack=unpack)
        try:
            once = not all(is_json(each) for each in _contents(submissions))
            try:
                return self._found_once(message, once=once)
            except _Killed:
                return self._found_once(message, once=once)
        except _TooMuch as error:
            said = f"This report could not be read: {error}."
            return Contents(tuple(Unpacked(each, unreadable(each, said)) for each in submissions))

    def _found_once(self, message: bytes, *, once: bool) -> Contents:
        """From a process that is ended afterwards where a document is read by code that is not Python: it could do
        anything to those that come after it."""
        with self._process(once=once) as chosen:
            return chosen.find(message)

    @contextmanager
    def _process(self, *, once: bool) -> Iterator[_Process]:
        """A process for one request; it stays for the next unless it failed, or is to serve `once`."""
        chosen = self._idle.get()
        try:
            chosen = chosen or _Process(self._host, self._limits)
            yield chosen
            if once:
                chosen.line.close()
                self._host.end(chosen.number)
                chosen = None
        except BaseException:
            if chosen:
                chosen.line.close()
            chosen = None
            raise
        finally:
            self._idle.put(chosen)

    def alive(self) -> bool:
        """Whether the host of its processes runs."""
        return self._host.alive()

    def close(self) -> None:
        """End all processes, once they are idle. Who still waits for one gets `HostGone`."""
        for _ in range(self._limits.processes):
            if chosen := self._idle.get():
                chosen.line.close()
        self._host.close()
        for _ in range(self._limits.processes):
            self._idle.put(None)


@contextmanager
def isolated(forms: Forms, settings: Settings) -> Iterator[IsolatedReader]:
    """An `IsolatedReader` with the limits of the settings, for as long as a block lasts."""
    operations = settings.operations
    limits = Limits(operations.reading_seconds, operations.reading_megabytes, operations.reading_processes)
    reader = IsolatedReader(forms, limits, settings.intake.media)
    try:
        yield reader
    finally:
        reader.close()


def _documents(submission: Submission) -> tuple[Media, ...]:
    """The files with a submission that may be other copies of it: a process looks into them."""
    return tuple(each for each in submission.media if may_be_copy(each))


def _contents(submissions: Sequence[Submission]) -> Iterator[bytes]:
    for each in submissions:
        yield each.content
        yield from (file.content for file in (*each.media, *each.copies))


def _restored(unpacked: Unpacked, arrived: Sequence[Submission], sent: Sequence[Submission]) -> Unpacked:
    """With the files that the process was not given."""
    seen = {file.name for each in sent for file in each.media}
    files = tuple(file for each in arrived for file in each.media if file.name not in seen)
    found = unpacked.submission
    messages = found.messages or tuple(file for each in arrived for file in each.messages)
    return replace(unpacked, submission=replace(found, media=(*found.media, *files), messages=messages))


def _faulty(submission: Submission) -> Report:
    report = unreadable(submission, "This report could not be read because of a fault in our software.")
    _log.exception("a submission could not be read", reference=report.reference)
    return report


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

    def find(self, request: bytes) -> Contents:
        """What is asked for. Raises `_TooMuch`, and `HostGone`; the process has ended then."""
        try:
            wire.send(self.line, request)
            response = wire.receive(self.line, _MOST_RESPONSE)
            if response != process.TOO_MUCH_MEMORY:
                return wire.from_response(response, wire.from_request(request).contents)
        except wire.Gone:
            ended_by = self._host.end(self.number)
            if ended_by == signal.SIGPROF:
                raise _TooMuch(f"it would take more than {self._limits.seconds:g} seconds") from None
            raise _Killed("what reads it fails, or takes too long") from None
        self._host.end(self.number)
        raise _TooMuch(f"it would take more than {self._limits.megabytes} MB of memory")
