"""The watched folder: what lies in it is taken in, and nothing in it keeps the rest from being taken in."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

import structlog

from orchestrator.actions.arrivals import Forms, receive
from orchestrator.actions.permissions import INTAKE
from orchestrator.originals import Originals
from orchestrator.settings import OperationsSettings
from orchestrator.store import DATABASE_AWAY, Receipt, Store
from rpa.documents.files import LEFT_OUT, FileLimits, find, media_folders, read_file
from rpa.documents.plain_files import folder_below, folder_in
from rpa.report import Submission

_log = structlog.get_logger(__name__)

LEFT_OUT_FOLDER = ".left-out"
_LIMITS = FileLimits()

_Look = tuple[tuple[str, int, int, int], ...]
"""What a file and its media look like from outside: (name, bytes, times of change of content and of rights in
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
    """A watched folder. A file leaves it when, and only when, it has been taken in.

    A file is taken in once it looks the same in two rounds, its media included: whoever writes into the
    folder may write slowly, but should write under another name (`.part`) and rename, media first.

    What cannot be taken in as it stands is set aside: it stays where it is, is told once, and is tried again when
    it changes. What fails for a reason that may go by itself, such as a full disk, is tried again every round.
    """

    def __init__(self, folder: Path, limits: FileLimits = _LIMITS) -> None:
        self._folder, self._limits = folder, limits
        self._seen: dict[Path, _Look] = {}
        self._aside: dict[Path, _Look] = {}
        self._told: dict[Path, _Look] = {}

    @property
    def waiting(self) -> int:
        """How many files the last round left for the next."""
        return len(self._seen)

    @property
    def set_aside(self) -> int:
        """How many files, folders and links wait for somebody to see to them."""
        return len(self._aside)

    def receive(self, forms: Forms, store: Store, originals: Originals) -> list[Receipt]:
        """One round: take in every file that has not changed since the round before.

        Raises what the database raises when it is away: no file would fare better.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        before, self._seen = self._seen, {}
        aside, self._aside = self._aside, {}
        receipts = []
        for file in list(find([self._folder], self._set_aside, self._limits)):
            look = _look(file)
            if not look:
                continue
            if aside.get(file) == look:
                self._aside[file] = look
            elif before.get(file) != look:
                self._seen[file] = look
            elif receipt := self._take(file, look, forms, store, originals):
                receipts.append(receipt)
        present = self._seen.keys() | self._aside.keys()
        self._told = {path: look for path, look in self._told.items() if path in present}
        return receipts

    def _take(
        self, file: Path, look: _Look, forms: Forms, store: Store, originals: Originals
    ) -> Receipt | None:
        """One file, or None when it has to wait. A file that fails does not keep the others from being taken in.

        1. Read it and take it in.
        2. Only then let go of it, and only if it is still what was read.
        """
        try:
            submission = read_file(file, root=self._folder, limits=self._limits)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it must not stop those behind it
            if isinstance(error, OSError) and not isinstance(error, PermissionError):
                self._wait(file, look, error)
            else:
                self._set_aside(file, error)
            return None
        try:
            receipt = receive(store, originals, forms, INTAKE, submission)
        except (*DATABASE_AWAY, OSError) as error:
            self._wait(file, look, error)
            if isinstance(error, DATABASE_AWAY):
                raise
            return None
        except Exception as error:  # noqa: BLE001 - as above
            self._set_aside(file, error)
            return None
        if _look(file) == look:  # else more of it has come: the next rounds take it in again
            self._let_go(file, submission)
        return receipt

    def _let_go(self, file: Path, submission: Submission) -> None:
        try:
            _remove(self._folder, file, submission)
        except OSError as error:
            self._set_aside(file, error)

    def _wait(self, file: Path, look: _Look, error: Exception) -> None:
        self._seen[file] = look
        self._tell(file, look, error)

    def _set_aside(self, path: Path, error: Exception) -> None:
        self._aside[path] = _look(path)
        self._tell(path, self._aside[path], error)

    def _tell(self, path: Path, look: _Look, error: Exception) -> None:
        if self._told.get(path) != look:
            self._told[path] = look
            _log.warning("an item in the inbox cannot be taken in", error=error)


def _look(file: Path) -> _Look:
    """Empty when the file is gone. What may not be looked at shows its name only: reading it will say why."""
    media = file.with_suffix("")
    paths = [file]
    try:
        with suppress(OSError):
            if media != file and stat.S_ISDIR(media.lstat().st_mode):
                paths.append(media)
                paths += sorted(media.iterdir())
        return tuple(_seen(path) for path in paths)
    except FileNotFoundError:
        return ()


def _seen(path: Path) -> tuple[str, int, int, int]:
    try:
        seen = path.lstat()
    except FileNotFoundError:
        raise
    except OSError as error:
        return (path.name, -1, error.errno or 0, 0)
    return (path.name, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


def _remove(root: Path, file: Path, submission: Submission) -> None:
    """Remove a file, and before it its media, which without it would look like submissions of their own. No link
    is followed on the way: what lies elsewhere is not ours to remove."""
    *above, name = file.relative_to(root).parts
    with folder_below(root, *above) as folder:
        if file.suffix:
            with suppress(FileNotFoundError, NotADirectoryError):
                _remove_media(folder, file, submission)
        os.unlink(name, dir_fd=folder)


def _remove_media(folder: int, file: Path, submission: Submission) -> None:
    """Remove what was taken in, unless it belongs to another file of the same stem too: then it goes with the last
    of them. What intake left out is moved aside, never deleted."""
    stem = file.stem
    with folder_in(folder, stem) as beside:
        with os.scandir(folder) as listed:
            others = [
                one.name for one in listed if one.name != file.name and one.is_file(follow_symlinks=False)
            ]
        if stem in media_folders(others):
            return
        for media in submission.media:
            if not media.name.endswith(LEFT_OUT):
                with suppress(FileNotFoundError):
                    os.unlink(media.name, dir_fd=beside)
        with os.scandir(beside) as left:
            empty = next(left, None) is None
    if empty:
        os.rmdir(stem, dir_fd=folder)
        return
    with suppress(FileExistsError):
        os.mkdir(LEFT_OUT_FOLDER, mode=0o700, dir_fd=folder)
    with folder_in(folder, LEFT_OUT_FOLDER) as aside:
        kept = (
            f"{stem}-{submission.sha256[:12]}-{secrets.token_hex(4)}"  # two may have one name and one content
        )
        os.rename(stem, kept, src_dir_fd=folder, dst_dir_fd=aside)
