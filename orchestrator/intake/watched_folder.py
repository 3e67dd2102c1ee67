"""The watched folder: what lies in it is received, and nothing in it keeps the rest from being received."""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic

import structlog

from orchestrator.actions.arrivals import Kept, keep_and_read, store_read
from orchestrator.actions.permissions import INTAKE
from orchestrator.originals import Originals
from orchestrator.reading import Reader
from orchestrator.settings import OperationsSettings
from orchestrator.store import DATABASE_ERRORS, Receipt, Store
from rpa.documents.files import FileLimits, find, is_note, media_folder, read_file, shares_media, with_media
from rpa.documents.plain_files import folder_below, folder_in
from rpa.report import Submission

_log = structlog.get_logger(__name__)

NOT_RECEIVED = ".not-received"  # the folder for files of a report that were not received
_LIMITS = FileLimits()

_Snapshot = tuple[tuple[str, int, int, int], ...]
"""A file and its media, without their content: (name, bytes, times of change of content and of rights in
nanoseconds) of each."""


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

    A few are read at once, and the most urgent of them is stored first. Once `stopping` returns true, those in
    hand are the last: the others stay for the next start.
    """

    def __init__(
        self,
        folder: Path,
        limits: FileLimits = _LIMITS,
        stopping: Callable[[], bool] = lambda: False,
        round_seconds: float = 5,
        at_once: int = 8,
    ) -> None:
        self._folder, self._limits, self._stopping = folder, limits, stopping
        self._round_seconds, self._at_once = round_seconds, at_once
        self._threads = ThreadPoolExecutor(at_once, "inbox")
        self._waiting: dict[Path, _Snapshot] = {}
        self._aside: dict[Path, _Snapshot] = {}
        self._logged: dict[Path, _Snapshot] = {}

    @property
    def waiting(self) -> int:
        """How many files the last round left for the next."""
        return len(self._waiting)

    @property
    def set_aside(self) -> int:
        """How many files, folders and links need somebody's attention."""
        return len(self._aside)

    def receive(self, reader: Reader, store: Store, originals: Originals) -> list[Receipt]:
        """One round: receive what has not changed since the round before, as far as the time allows.

        Raises what the database raises when it is away: every other file would fail too.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        before, self._waiting = self._waiting, {}
        aside, self._aside = self._aside, {}
        receipts: list[Receipt] = []
        end, begun = monotonic() + self._round_seconds, False
        for batch in _batches(_in_turn(find([self._folder], self._set_aside, self._limits)), self._at_once):
            if self._stopping():
                break
            if begun and monotonic() > end:
                self._waiting |= {file: before.get(file, ()) for file in batch}
                continue
            begun = True
            found = {file: snapshot for file in batch if (snapshot := _snapshot(file))}
            self._aside |= {file: each for file, each in found.items() if aside.get(file) == each}
            unchanged = {f: each for f, each in found.items() if before.get(f) == each != aside.get(f)}
            self._waiting |= {
                f: each for f, each in found.items() if f not in self._aside.keys() | unchanged.keys()
            }
            receipts += self._receive(unchanged, reader, store, originals)
        present = self._waiting.keys() | self._aside.keys()
        self._logged = {path: each for path, each in self._logged.items() if path in present}
        return receipts

    def _receive(
        self, files: Mapping[Path, _Snapshot], reader: Reader, store: Store, originals: Originals
    ) -> Iterator[Receipt]:
        """Receive these files. One that fails has to wait, or is set aside; it keeps no other from being received.

        1. Keep and read them, several at once.
        2. Store them one by one, the most urgent first.
        3. Only then remove each, and only if it is still what was read.
        """
        keep = partial(self._kept, reader=reader, originals=originals)
        kept = [
            (*each, file)
            for file, each in zip(files, self._threads.map(keep, files.items()), strict=True)
            if each
        ]
        for one, submission, file in sorted(kept, key=_urgency):
            try:
                receipts = store_read(store, originals, reader.forms, INTAKE, one)
            except DATABASE_ERRORS as error:
                self._wait(file, files[file], error)
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong, it must not stop those behind it
                self._failed(file, files[file], error)
                continue
            if _snapshot(file) == files[file]:  # else more of it has come: the next rounds receive it again
                self._remove(file, submission)
            yield from receipts

    def _kept(
        self, found: tuple[Path, _Snapshot], *, reader: Reader, originals: Originals
    ) -> tuple[Kept, Submission] | None:
        file, snapshot = found
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
            _remove(self._folder, file, submission)
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


def _urgency(kept: tuple[Kept, Submission, Path]) -> int:
    """The minutes in which the most urgent report of what arrived must be keyed; 0 where there is none yet."""
    return min((each.report.minutes_to_key for each in kept[0].read), default=0)


def _in_turn(files: Iterable[Path]) -> Iterator[Path]:
    """The newest, the oldest, the second newest, and so on."""
    waiting = deque(sorted(files, key=_changed))
    while waiting:
        yield waiting.pop()
        if waiting:
            yield waiting.popleft()


def _batches(files: Iterable[Path], size: int) -> Iterator[list[Path]]:
    rest = iter(files)
    while batch := list(islice(rest, size)):
        yield batch


def _changed(file: Path) -> int:
    """When a file was last changed; 0 for one that is gone or may not be read."""
    try:
        return file.lstat().st_mtime_ns
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


def _remove(root: Path, file: Path, submission: Submission) -> None:
    """Remove a file, and before it its media, which without it would look like submissions of their own. No link
    is followed on the way: what lies elsewhere is not ours to remove."""
    *above, name = file.relative_to(root).parts
    with folder_below(root, *above) as folder:
        if media := media_folder(name):
            with suppress(FileNotFoundError, NotADirectoryError):
                _remove_media(folder, name, media, submission)
        os.unlink(name, dir_fd=folder)


def _remove_media(folder: int, name: str, stem: str, submission: Submission) -> None:
    """Remove what was received, unless it belongs to another file too: then it goes with the last of them. What
    was not received is moved aside, never deleted."""
    with folder_in(folder, stem) as beside:
        if shares_media(folder, name):
            return
        for media in submission.media:
            if not is_note(media):
                with suppress(FileNotFoundError):
                    os.unlink(media.name, dir_fd=beside)
        with os.scandir(beside) as left:
            empty = next(left, None) is None
    if empty:
        os.rmdir(stem, dir_fd=folder)
        return
    with suppress(FileExistsError):
        os.mkdir(NOT_RECEIVED, mode=0o700, dir_fd=folder)
    with folder_in(folder, NOT_RECEIVED) as aside:
        kept = (
            f"{stem}-{submission.sha256[:12]}-{secrets.token_hex(4)}"  # two may have one name and one content
        )
        os.rename(stem, kept, src_dir_fd=folder, dst_dir_fd=aside)
