"""Durable writing: when a function here returns, what it wrote is on disk, all of it, or none of it is there (P1).

A file appears under its name only when all of it is on disk: it is written aside, synced, renamed, and then its
folder is synced too. What is read or locked is a regular file under its own name, never a link or a pipe.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from threading import Lock
from typing import BinaryIO
from weakref import WeakValueDictionary

_PARTIAL = ".{}.part"


class _Turn:
    """Who asked for a folder to be synced, by number, and up to whom it is."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.asked = self.synced = 0


_ASKING = Lock()
_TURNS: WeakValueDictionary[Path, _Turn] = WeakValueDictionary()  # for as long as somebody waits


def write_file(path: Path, content: bytes, *, mode: int = 0o400, replace: bool = False) -> bool:
    """Write the content under that name. What is there stays, unless `replace` is set; then False, and whoever
    relies on it is to read it: it may be a link, or hold something else."""
    if os.path.lexists(path) and not replace:
        sync_folder(path.parent)  # the process that wrote it may not have synced it yet
        return False
    try:
        partial = _written(path, [content], mode)
    except FileNotFoundError:
        make_folder(path.parent)
        partial = _written(path, [content], mode)
    written = True if replace else _linked(partial, path)
    if replace or written is None:
        partial.rename(path)
    sync_folder(path.parent)
    return written is not False


def read_file(path: Path, most_bytes: int | None = None) -> bytes:
    """The content of a regular file. Raises OSError when it is not there, is a link or anything else that is no
    regular file, or is longer than `most_bytes`."""
    with os.fdopen(_regular(path, os.O_RDONLY), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if most_bytes is not None and size > most_bytes:
            raise OSError(f"{path.name} is larger than anything that was written there")
        return file.read(size)


def locked(path: Path) -> BinaryIO | None:
    """The file under that name, made where it is not there, and locked until it is closed; None while another has
    the lock. Nothing in it is changed. Raises OSError when it cannot be made or is no regular file."""
    with ExitStack() as failed:
        descriptor = _regular(path, os.O_RDWR | os.O_CREAT)
        file = failed.enter_context(os.fdopen(descriptor, "r+b", buffering=0))
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            failed.pop_all()
            return file
    return None


def _regular(path: Path, flags: int) -> int:
    """Open a regular file, for its owner only where that makes it. Raises OSError for a link, and for anything
    else, which could be waited for without end."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(f"{path.name} is not a regular file")


def remove_partial(folder: Path) -> None:
    """Remove what a process that died was writing, below a folder, and nobody ever named. Nobody may write there
    meanwhile."""
    for path in sorted(folder.rglob(_PARTIAL.format("*"))):
        if path.is_symlink() or not path.is_dir():
            remove_file(path)


@contextmanager
def new_file(path: Path) -> Iterator[None]:
    """An empty file under that name for the block to fill, removed if the block fails. Raises FileExistsError, and
    another OSError where none can be made."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield
    except BaseException:
        remove_file(path)
        raise


def write_lines(path: Path, lines: Iterable[bytes]) -> int:
    """A file of these lines, in place of the one that `new_file` made; returns how many."""
    number = 0

    def counted() -> Iterable[bytes]:
        nonlocal number
        for line in lines:
            number += 1
            yield line + b"\n"

    _written(path, counted(), 0o600).rename(path)
    sync_folder(path.parent)
    return number


def append_line(path: Path, line: bytes) -> None:
    """Add one line. Existing lines are never changed.

    Raises OSError when the disk does not take all of it, and then none of it is left in the file, or when it is
    not a regular file.
    """
    if path.exists() and not path.is_file():
        raise OSError(f"{path.name} is not a regular file")  # a pipe would be waited for
    make_folder(path.parent)
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, _line_break(descriptor, size) + line + b"\n")
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    if new:
        sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Remove a file so that it stays removed; no error if it is gone already."""
    path.unlink(missing_ok=True)
    if path.parent.exists():
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """The folder, for its owner only, with every new name in its path on disk."""
    missing = list(takewhile(lambda one: not one.exists(), (folder, *folder.parents)))
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """Have the folder itself on disk, so that a new name in it outlives a power cut.

    Of threads that ask at once, one does it for all who asked before it began.
    """
    with _ASKING:
        turn = _TURNS.setdefault(folder, _Turn())
        turn.asked += 1
        mine = turn.asked
    with turn.lock:
        if turn.synced < mine:
            asked = turn.asked
            _sync(folder)
            turn.synced = asked


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written(path: Path, content: Iterable[bytes], mode: int) -> Path:
    """A file beside `path` with that content, on disk."""
    partial = path.with_name(_PARTIAL.format(secrets.token_hex(8)))
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial


def _linked(partial: Path, path: Path) -> bool | None:
    """Give a file its name unless another has it: who comes second keeps the first's, and it is False. None on a
    file system without links."""
    linked = True
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        linked = False
    except OSError:
        return None
    partial.unlink()
    return linked


def _write_all(descriptor: int, content: bytes) -> None:
    """A disk that is nearly full takes a part and says so by number only."""
    while content:
        content = content[os.write(descriptor, content) :]


def _line_break(descriptor: int, size: int) -> bytes:
    """A line break where a crash left the last line without one: the new line must not be lost in it."""
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
