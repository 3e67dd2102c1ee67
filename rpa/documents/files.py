"""Submissions from the file system: one file each, with its media in the folder of the same name, without the
ending, beside it."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rpa.documents.plain_files import A_LINK, NO_FILE, NotReceived, folder_below, folder_in, read_plain
from rpa.report import Media, Submission

NOTE_ENDING = ".not-received.txt"  # ends the name of the note that takes the place of a file not received

_BEING_WRITTEN = (".part", ".tmp")
_NO_REPORTS = ("expected.toml",)  # the expected results of the samples beside it

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much is read of one submission. The media count together too, as all of them are in memory at once.
    `folder_levels`: how deep below a folder a submission may lie."""

    file_megabytes: int = 100
    media_files: int = 50
    media_megabytes: int = 20
    total_megabytes: int = 200
    folder_levels: int = 20


_LIMITS = FileLimits()

OnSkipped = Callable[[Path, Exception], None]
"""Called for everything that is skipped, with the reason."""


def find(
    paths: Iterable[Path], on_skipped: OnSkipped | None = None, limits: FileLimits = _LIMITS
) -> Iterator[Path]:
    """Every submission in the given files and folders, each once, in the order of their names.

    A file given by name is always a submission. In a folder, every visible regular file is one, whatever its type,
    except files still being written (`.part`, `.tmp`) and `expected.toml`. Folders in it are searched, unless they
    are the media of the file beside them. Links are not followed. They are skipped, as is anything else that is
    neither a file nor a readable folder, and `on_skipped` is called.
    """
    found: set[str] = set()
    skipped = on_skipped or (lambda *_: None)
    for path in paths:
        is_folder = os.path.isdir(path)  # noqa: PTH112 - unlike `Path.is_dir` it never raises
        for file in below(path, skipped, limits) if is_folder else [path]:
            if (real := os.path.realpath(file)) not in found:
                found.add(real)
                yield Path(file)


def below(folder: Path, on_skipped: OnSkipped, limits: FileLimits = _LIMITS) -> Iterator[str]:
    """The path of every submission in a folder, as `find` has them. As text: there may be a hundred thousand."""
    return _within(str(folder), on_skipped, limits.folder_levels)


def _within(folder: str, skipped: OnSkipped, most: int, depth: int = 0) -> Iterator[str]:
    try:
        with os.scandir(folder) as listed:  # the kind of one may have to be read from the disk
            entries = sorted((one.name, _kind(one)) for one in listed if not one.name.startswith("."))
    except OSError as error:
        skipped(Path(folder), error)
        return
    theirs = _media_folders_there(entries)
    for name, kind in entries:
        path = os.path.join(folder, name)  # noqa: PTH118 - text, as above
        if kind == "folder":
            if name not in theirs and depth < most:
                yield from _within(path, skipped, most, depth + 1)
            elif name not in theirs:
                skipped(Path(path), NotReceived(f"it lies more than {most} folders deep"))
        elif kind != "file":
            skipped(Path(path), NotReceived(A_LINK if kind == "link" else NO_FILE))
        elif not name.lower().endswith(_BEING_WRITTEN) and name not in _NO_REPORTS:
            yield path


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "link" if entry.is_symlink() else "other"


def _media_folders_there(entries: Iterable[tuple[str, str]]) -> set[str]:
    """Those of the folders that hold the media of a file beside them."""
    folders = {name for name, kind in entries if kind == "folder"}
    return folders & media_folders(name for name, kind in entries if kind == "file") if folders else folders


def media_folder(name: str) -> str | None:
    """The name of the folder beside a file that its media lie in: the file's name without its ending. A name
    without an ending has none."""
    stem, _, ending = name.rpartition(".")
    return stem if stem and ending else None


def media_folders(names: Iterable[str]) -> set[str]:
    """The media folders of files with these names. For a file still being written, also the folder of its final
    name: media come first."""
    found: set[str] = set()
    for name in names:
        if folder := media_folder(name):
            found.add(folder)
            if name.lower().endswith(_BEING_WRITTEN):
                found |= media_folders([folder])
    return found


def files_with(folder: int) -> Counter[str]:
    """Of each media folder in a folder (a descriptor), how many files there have it."""
    with os.scandir(folder) as listed:
        entries = [(one.name, _kind(one)) for one in listed]
    theirs = _media_folders_there(entries)
    return Counter(
        each for name, kind in entries if kind == "file" for each in media_folders([name]) & theirs
    )


def with_media(file: Path) -> list[Path]:
    """A file, and its media folder with everything in it, where there is one that may be read."""
    paths, name = [file], media_folder(file.name)
    if name is not None:
        folder = file.with_name(name)
        with suppress(OSError):
            if stat.S_ISDIR(folder.lstat().st_mode):
                paths.append(folder)
                paths += sorted(folder.iterdir())
    return paths


def is_note(media: Media) -> bool:
    """Whether there is a note in place of this file, which was not received."""
    return media.name.endswith(NOTE_ENDING)


def read_file(
    path: Path, *, source: str = "folder", root: Path | None = None, limits: FileLimits = _LIMITS
) -> Submission:
    """The submission in a file. Below `root` (the file's folder unless given) no link is followed.

    Raises `NotReceived` if it is a link, not a regular file or too large, and `OSError` if it or its media cannot
    be read: it stays where it is. Media files are read within the limits, in the order of their names. A note
    takes the place of any other file and says so to the person who opens it.
    """
    *above, name = path.relative_to(root or path.parent).parts
    with folder_below(root or path.parent, *above) as folder:
        content = read_plain(folder, name, limits.file_megabytes * _MEGABYTE)
        return Submission(content, source, name, tuple(_media(folder, path, limits)))


def _media(folder: int, path: Path, limits: FileLimits) -> Iterator[Media]:
    name = media_folder(path.name)
    if name is None:
        return
    try:
        with folder_in(folder, name) as beside:
            yield from _files(beside, limits)
    except (FileNotFoundError, NotADirectoryError):
        return


def _files(folder: int, limits: FileLimits) -> Iterator[Media]:
    with os.scandir(folder) as listed:
        entries = [
            one for one in listed if not (one.name.startswith(".") or one.is_dir(follow_symlinks=False))
        ]
        room = limits.total_megabytes * _MEGABYTE
        for number, entry in enumerate(sorted(entries, key=lambda one: one.name), 1):
            if number > limits.media_files:
                yield note(entry.name, f"a report takes at most {limits.media_files} files")
                continue
            try:
                media = Media(entry.name, _read_media(folder, entry.name, room, limits))
            except NotReceived as why:
                yield note(entry.name, str(why))
                continue
            room -= len(media.content)
            yield media


def _read_media(folder: int, name: str, room: int, limits: FileLimits) -> bytes:
    content = read_plain(folder, name, limits.media_megabytes * _MEGABYTE)
    if len(content) > room:
        raise NotReceived(f"a report takes at most {limits.total_megabytes} MB of files")
    return content


def note(name: str, reason: str) -> Media:
    """What takes the place of a file that was not received: it says so to the person who opens it, and why."""
    said = f"The file {name} was not received: {reason}. Ask the sender of the report for it.\n"
    return Media(f"{name}{NOTE_ENDING}", said.encode(errors="backslashreplace"))
