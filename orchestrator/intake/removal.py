"""Removing what was received from the watched folder, and nothing else."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from contextlib import suppress
from pathlib import Path

from rpa.documents.files import files_with, is_note, media_folder
from rpa.documents.plain_files import folder_below, folder_in
from rpa.report import Submission

NOT_RECEIVED = ".not-received"  # the folder for files of a report that were not received

_Folder = tuple[int, int]
"""A folder's device and number."""


class Removal:
    """Removes files with their media.

    A media folder that several files have goes with the last of them. Which files have one is found by listing the
    folder they lie in. That is done once, and again only after somebody else has changed it: to list thousands
    of files for each of them would take hours.
    """

    def __init__(self) -> None:
        self._listed: dict[_Folder, tuple[int, Counter[str]]] = {}

    def remove(self, root: Path, file: Path, submission: Submission) -> None:
        """Remove a file below `root`, and before it its media, which without it would look like submissions of
        their own. No link is followed on the way: what lies elsewhere is not ours to remove."""
        *above, name = file.relative_to(root).parts
        with folder_below(root, *above) as folder:
            if media := media_folder(name):
                with suppress(FileNotFoundError, NotADirectoryError):
                    self._remove_media(folder, media, submission)
            current = self._current(folder)
            os.unlink(name, dir_fd=folder)
            if current is not None:
                if media:
                    current.subtract([media])
                self._keep(os.fstat(folder), current)

    def forget(self) -> None:
        """Forget which files have which media."""
        self._listed.clear()

    def _remove_media(self, folder: int, stem: str, submission: Submission) -> None:
        """Remove what was received, unless it belongs to another file too. What was not received is moved aside,
        never deleted."""
        with folder_in(folder, stem) as beside:
            current = self._current(folder) or self._list(folder)
            if current[stem] > 1:
                return
            for media in submission.media:
                if not is_note(media):
                    with suppress(FileNotFoundError):
                        os.unlink(media.name, dir_fd=beside)
            with os.scandir(beside) as left:
                empty = next(left, None) is None
        if empty:
            os.rmdir(stem, dir_fd=folder)
        else:
            _put_aside(folder, stem, submission)
        self._keep(os.fstat(folder), current)

    def _current(self, folder: int) -> Counter[str] | None:
        """The files with each media folder, unless the folder was never listed, or changed since by others."""
        status = os.fstat(folder)
        changed, found = self._listed.get((status.st_dev, status.st_ino), (0, None))
        return found if changed == status.st_mtime_ns else None

    def _list(self, folder: int) -> Counter[str]:
        status = os.fstat(folder)  # before: what changes meanwhile is not missed
        return self._keep(status, files_with(folder))

    def _keep(self, status: os.stat_result, found: Counter[str]) -> Counter[str]:
        self._listed[status.st_dev, status.st_ino] = status.st_mtime_ns, found
        return found


def _put_aside(folder: int, stem: str, submission: Submission) -> None:
    with suppress(FileExistsError):
        os.mkdir(NOT_RECEIVED, mode=0o700, dir_fd=folder)
    with folder_in(folder, NOT_RECEIVED) as aside:
        kept = (
            f"{stem}-{submission.sha256[:12]}-{secrets.token_hex(4)}"  # two may have one name and one content
        )
        os.rename(stem, kept, src_dir_fd=folder, dst_dir_fd=aside)
