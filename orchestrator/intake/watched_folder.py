"""The watched folder: what lies in it is received, and nothing in it keeps the rest from being received."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

import structlog

from orchestrator.actions.arrivals import Kept, keep_and_read, store_several
from orchestrator.actions.permissions import INTAKE
from orchestrator.intake.removal import Removal
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.settings import OperationsSettings
from orchestrator.store import DATABASE_ERRORS, Receipt, Store
from rpa.documents.files import FileLimits, below, read_file, with_media
from rpa.report import Submission

_log = structlog.get_logger(__name__)

_LIMITS = FileLimits()
_LOOKED_AT = 2_000  # files, of the newest and of the oldest, that a round looks at closely
_THREADS = 8  # that keep and read
_TOGETHER_BYTES = 8 * 1024 * 1024  # of files that are read at once, unless one alone is larger

_Snapshot = tuple[tuple[str, int, int, int], ...]
"""A file and its media, without their content: (name, bytes, times of change of content and of rights in
nanoseconds) of each."""
_InHand = list[tuple[Path, _Snapshot, Future[tuple[Kept, Submission] | None]]]
"""Files that are being kept and read, as they were before."""
T = TypeVar("T")


def file_limits(operations: OperationsSettings) -> FileLimits:
    """What the settings allow one report."""
    return FileLimits(
        file_megabytes=operations.file_megabytes,
        media_files=operations.media_files,
        media_megabytes=operations.media_megabytes,
        total_megabytes=operations.media_total_megabytes,
        folder_levels=operations.folder_levels,
    )


class Inbox:
    """A watched folder. A file leaves it when, and only when, it has been received.

    A file is received once it is unchanged for a round, its media included: whoever writes into the folder may
    write slowly, but should write under another name (`.part`) and rename, media first.

    A round has a limit in seconds. It takes the newest file and the oldest in turn: what arrives now does not wait
    behind thousands, nor they behind what arrives. What it does not reach is left for the next.

    What cannot be received as it is is set aside: it stays where it is, is logged once, and is tried again when it
    changes. What fails for a reason that may go by itself, such as a full disk, is tried again every round.

    Some are read at once, while those before them are stored, the most urgent first. Once `stopping` returns true,
    those in hand are the last: the others stay for the next start.

    Of a folder with more files than a round can receive, a round looks only at the newest and the oldest, and
    keeps nothing of the others but their number.
    """

    def __init__(
        self,
        folder: Path,
        limits: FileLimits = _LIMITS,
        stopping: Callable[[], bool] = lambda: False,
        round_seconds: float = 5,
        at_once: int = 16,
    ) -> None:
        self._folder, self._limits, self._stopping = folder, limits, stopping
        self._round_seconds, self._at_once = round_seconds, at_once
        self._threads = ThreadPoolExecutor(_THREADS, "inbox")
        self._removal = Removal()
        self._waiting: dict[Path, _Snapshot] = {}
        self._aside: dict[Path, _Snapshot] = {}
        self._logged: dict[Path, _Snapshot] = {}
        self._others = 0

    @property
    def waiting(self) -> int:
        """How many files the last round left for the next."""
        return len(self._waiting) + self._others

    @property
    def set_aside(self) -> int:
        """How many files, folders and links need somebody's attention."""
        return len(self._aside)

    def receive(self, reader: Reader, store: Store, originals: Originals) -> list[Receipt]:
        """One round: receive what has not changed since the round before, as far as the time allows.

        Raises what the database raises when it is away: every other file would fail too.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        before, aside, self._aside = self._waiting, self._aside, {}
        found = deque(self._found(aside))
        self._waiting = {file: before.get(file) or _snapshot(file) for file in found}
        receipts: list[Receipt] = []
        end = monotonic() + self._round_seconds
        in_hand: _InHand = []
        while found and not self._stopping() and (not in_hand or monotonic() <= end):
            unchanged = self._unchanged(_take(found, self._waiting, self._at_once), before)
            ahead = self._begun(unchanged, reader, originals)
            try:
                receipts += self._stored(in_hand, reader, store, originals)
            finally:
                wait([each for _, _, each in ahead])
            in_hand = ahead
        receipts += self._stored(in_hand, reader, store, originals)
        self._waiting = {file: each for file, each in self._waiting.items() if each}
        present = self._waiting.keys() | self._aside.keys()
        self._logged = {path: each for path, each in self._logged.items() if path in present}
        return receipts

    def _found(self, aside: Mapping[Path, _Snapshot]) -> list[Path]:
        """The files to look at closely, in turn. Those that were set aside and did not change are so again."""
        by_time: list[tuple[int, str]] = []
        before = {str(file): file for file in aside}
        self._others = 0
        for path in below(self._folder, self._set_aside, self._limits):
            if (file := before.get(path)) and _snapshot(file) == aside[file]:
                self._aside[file] = aside[file]
                continue
            by_time.append((_changed(path), path))
            if len(by_time) == 4 * _LOOKED_AT:
                self._others += _keep_outermost(by_time)
        self._others += _keep_outermost(by_time)
        return [Path(path) for _, path in _in_turn(by_time)]

    def _unchanged(self, files: Iterable[Path], before: Mapping[Path, _Snapshot]) -> dict[Path, _Snapshot]:
        """Those of these files that are as they were in the round before. The others wait for the next."""
        now = {file: _snapshot(file) for file in files}
        unchanged = {file: each for file, each in now.items() if each and before.get(file) == each}
        self._waiting |= {file: each for file, each in now.items() if each and file not in unchanged}
        return unchanged

    def _begun(self, files: Mapping[Path, _Snapshot], reader: Reader, originals: Originals) -> _InHand:
        """Begin to keep and read these files, several at once."""
        keep = partial(self._kept, reader=reader, originals=originals)
        return [(file, each, self._threads.submit(keep, file, each)) for file, each in files.items()]

    def _stored(
        self, in_hand: _InHand, reader: Reader, store: Store, originals: Originals
    ) -> Iterator[Receipt]:
        """Store what was read, the most urgent first. Remove each file only then, and only if it is still what was
        read. One that fails has to wait, or is set aside; it keeps no other from being received."""
        read = [(file, each, *kept) for file, each, future in in_hand if (kept := future.result())]
        read.sort(key=lambda one: _urgency(one[2]))
        several = [kept for _, _, kept, _ in read]
        stored = store_several(store, originals, reader.forms, INTAKE, several)
        for (file, snapshot, _, submission), outcome in zip(read, stored, strict=True):
            if isinstance(outcome, DATABASE_ERRORS):
                self._wait(file, snapshot, outcome)
                raise outcome
            if isinstance(outcome, Exception):
                self._failed(file, snapshot, outcome)
                continue
            if _snapshot(file) == snapshot:  # else more of it has come: the next rounds receive it again
                self._remove(file, submission)
            yield from outcome

    def _kept(
        self, file: Path, snapshot: _Snapshot, *, reader: Reader, originals: Originals
    ) -> tuple[Kept, Submission] | None:
        try:
            submission = read_file(file, root=self._folder, limits=self._limits)
            return keep_and_read(originals, reader, INTAKE, submission), submission
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(file, snapshot, error)
            return None

    def _failed(self, file: Path, snapshot: _Snapshot, error: Exception) -> None:
        if isinstance(error, OSError) and not isinstance(error, PermissionError):
            self._wait(file, snapshot, error)
        else:
            self._set_aside(file, error)

    def _remove(self, file: Path, submission: Submission) -> None:
        try:
            self._removal.remove(self._folder, file, submission)
        except OSError as error:
            self._set_aside(file, error)

    def _wait(self, file: Path, snapshot: _Snapshot, error: Exception) -> None:
        self._waiting[file] = snapshot
        self._log_once(file, snapshot, error)

    def _set_aside(self, path: Path, error: Exception) -> None:
        self._aside[path] = _snapshot(path)
        self._log_once(path, self._aside[path], error)

    def _log_once(self, path: Path, snapshot: _Snapshot, error: Exception) -> None:
        if self._logged.get(path) != snapshot:
            self._logged[path] = snapshot
            _log.warning("an item in the inbox cannot be received", error=error)


def _urgency(kept: Kept) -> int:
    """The minutes in which the most urgent report of what arrived must be keyed; 0 where there is none yet."""
    return min((each.report.minutes_to_key for each in kept.read), default=0)


def _keep_outermost(by_time: list[tuple[int, str]]) -> int:
    """Leave only the oldest and the newest of these; returns how many were between them."""
    by_time.sort()
    between = max(len(by_time) - 2 * _LOOKED_AT, 0)
    del by_time[_LOOKED_AT : _LOOKED_AT + between]
    return between


def _in_turn(by_time: Iterable[T]) -> Iterator[T]:
    """The newest, the oldest, the second newest, and so on."""
    waiting = deque(by_time)
    while waiting:
        yield waiting.pop()
        if waiting:
            yield waiting.popleft()


def _take(files: deque[Path], waiting: dict[Path, _Snapshot], most: int) -> Iterator[Path]:
    """The next files, few and small enough to be read at once; they wait no more."""
    number = size = 0
    while files and number < most:
        size += sum(each[1] for each in waiting[files[0]])
        if number and size > _TOGETHER_BYTES:
            return
        number += 1
        file = files.popleft()
        del waiting[file]
        yield file


def _changed(path: str) -> int:
    """When a file was last changed; 0 for one that is gone or may not be read."""
    try:
        return os.lstat(path).st_mtime_ns
    except OSError:
        return 0


def _snapshot(file: Path) -> _Snapshot:
    """Empty when the file is gone. What may not be read shows its name only: reading it will say why."""
    try:
        return tuple(_status(path) for path in with_media(file))
    except FileNotFoundError:
        return ()


def _status(path: Path) -> tuple[str, int, int, int]:
    try:
        status = path.lstat()
    except FileNotFoundError:
        raise
    except OSError as error:
        return (path.name, -1, error.errno or 0, 0)
    return (path.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
