"""The store of originals: the bytes that arrived, never altered, under their own digest (P1).

originals/bytes/ab/abcd...                  content and media, each under its SHA-256, whoever sent it
originals/pending/abcd...-0123....json      an arrival that may not be in the database yet: what came, by
which way, under which name
originals/arrivals/ab/abcd...-0123....json  an arrival that is
pictures/<reference>/<name>                 pictures of the target's pages
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from orchestrator.durable import make_folder, read_file, remove_file, remove_partial, sync_folder, write_file
from rpa.errors import OperatingError
from rpa.report import Media, Submission

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_ARRIVAL = re.compile(r"[0-9a-f]{64}-[0-9a-f]{16}\.json\Z")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


MOST_BYTES = 2**31  # of one original: as much as the settings can let in
_MOST_BYTES_OF_ARRIVAL = 2**22


class OriginalAltered(OperatingError):  # noqa: N818 - says what was done to the bytes
    """The bytes on disk are not those that arrived, or are gone."""


Files = tuple[tuple[str, str], ...]
"""Files by (name, SHA-256)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival: the digest of the content, its source and name, and (name, digest) of each file with it, as
    `Submission` has them."""

    sha256: str
    source: str
    name: str
    media: Files
    copies: Files = ()
    messages: Files = ()


@dataclass(frozen=True, slots=True)
class Originals:
    """Originals and pictures under one folder (`data_dir`). Made when something is first kept."""

    folder: Path

    def keep(self, submission: Submission) -> Arrival:
        """Put a submission on disk, all of it, before returning. Kept before: it is read, and not written again.
        Raises `OriginalAltered` when something else, such as a link, stands where it belongs.

        1. Content and media, each under its digest.
        2. Last the arrival that names them: where it is, they are. It is pending until `acknowledge`.
        """
        with self._locked(fcntl.LOCK_SH):
            arrival = Arrival(
                self._keep(submission.content, submission.sha256),
                submission.source,
                submission.name,
                *(self._kept_files(files) for files in _files(submission)),
            )
            if _parsed(self._acknowledged(arrival)) is None:  # not there, or something else in its place
                self._keep_pending(arrival)
            return arrival

    def acknowledge(self, *arrivals: Arrival) -> None:
        """The database has these arrivals now: `pending` no longer names them. No error if one is acknowledged.

        After a power cut one may be pending again, as it was before: `recover` finds it in the database.
        """
        _move((self._pending(each), self._acknowledged(each)) for each in arrivals)

    def unpacked(self, arrival: Arrival) -> None:
        """What was in this message is pending, or acknowledged, as arrivals of their own that name it: it is no
        arrival itself. No error if it is none any more."""
        remove_file(self._pending(arrival))

    def put_back(self, arrival: Arrival) -> None:
        """The database does not have this arrival after all: it is pending again, and tried at each start."""
        for folder in _move([(self._acknowledged(arrival), self._pending(arrival))]):
            sync_folder(folder)

    @contextlib.contextmanager
    def erasing(self, contents: Collection[str], reference: str) -> Iterator[Callable[[], None]]:
        """Yields what removes for good what arrived with these contents (SHA-256), and the pictures of a report.

        A file that another arrival names too stays. Erased before, whole or in part: what is left is removed.
        Raises `OriginalAltered`, before the block begins, when an arrival cannot be read: it may name any file.

        1. Nobody keeps anything while the block lasts: a new arrival may rely on a file that is here already.
        2. The bytes, then the arrivals that name them: after a crash those say what is still to be removed.
        """
        with self._locked(fcntl.LOCK_EX):  # 1
            remove_partial(self.folder / "originals")
            gone = {each for each in self._every() if each.sha256 in contents}
            removed = {sha256 for each in gone for sha256 in _named(each)} | set(contents)
            for other in self._every():
                if other not in gone:
                    removed -= _named(other)
            files = [self._bytes(sha256) for sha256 in removed]
            arrivals = [path for each in gone for path in (self._pending(each), self._acknowledged(each))]

            def remove() -> None:
                pictures = sorted(self._pictures(reference).glob("*"))
                for path in (*files, *arrivals, *pictures):  # 2
                    remove_file(path)

            yield remove

    def remove_partial(self) -> None:
        """Remove what a process that died was writing: nobody has named it, and whoever sent it still has it."""
        with self._locked(fcntl.LOCK_EX):
            remove_partial(self.folder / "originals")

    def pending(self) -> Iterator[Arrival]:
        """Every arrival that was not acknowledged, oldest name first: after a crash it may not be in the database.

        Raises `OriginalAltered` at the end when there were some that cannot be read.
        """
        return self._arrivals("pending/*.json")

    def acknowledged(self) -> Iterator[Arrival]:
        """Every arrival that the database has, or had before a copy was restored. Raises like `pending`."""
        return self._arrivals("arrivals/*/*.json")

    def read(self, sha256: str) -> bytes:
        """The bytes with that digest. Raises `OriginalAltered` when they are others, or not there."""
        content = self.kept(sha256)
        if content is None:
            raise OriginalAltered(f"original {sha256[:12]} is not there")
        return content

    def kept(self, sha256: str) -> bytes | None:
        """The bytes with that digest, None when they are not there. Raises `OriginalAltered` when they are others,
        or something else than a file stands there."""
        try:
            content = read_file(self._bytes(sha256), MOST_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OriginalAltered(f"original {sha256[:12]} cannot be read: {_why(error)}") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise OriginalAltered(f"original {sha256[:12]} is not what arrived")
        return content

    def submission(self, arrival: Arrival) -> Submission:
        """The submission as it arrived, content and media. Raises `OriginalAltered`."""
        files = (arrival.media, arrival.copies, arrival.messages)
        read = (tuple(Media(name, self.read(sha256)) for name, sha256 in each) for each in files)
        return Submission(self.read(arrival.sha256), arrival.source, arrival.name, *read)

    def find(self, sha256: str, source: str, name: str) -> Submission:
        """The submission that arrived with that content, by that way, under that name. Raises `OriginalAltered`.

        The files of every arrival of the same bytes are with it, by whatever way and name it came: none may be
        lost. Its own come first; of the others those with content of their own, and with a name of their own.
        """
        patterns = (f"arrivals/{sha256[:2]}/{sha256}-*.json", f"pending/{sha256}-*.json")
        arrivals = [arrival for pattern in patterns for arrival in self._arrivals(pattern)]
        own = [each for each in arrivals if (each.sha256, each.source, each.name) == (sha256, source, name)]
        if not own:
            raise OriginalAltered(f"original {sha256[:12]} is not there")
        others = [each for each in arrivals if each.sha256 == sha256 and each not in own]
        every = [*own, *others]
        media, copies = (_united([each.media for each in every]), _united([each.copies for each in every]))
        return self.submission(Arrival(sha256, source, name, media, copies, own[0].messages))

    def keep_picture(self, reference: str, name: str, content: bytes) -> str:
        """Keep a picture of a page with a report; returns its path below the folder. The latest of a name stays.

        ValueError for a reference or name that is not a plain one.
        """
        path = self.picture(reference, name)
        write_file(path, content, replace=True)
        return str(path.relative_to(self.folder))

    def remove_picture(self, reference: str, name: str) -> None:
        """Remove a picture for good. No error if it is not there."""
        remove_file(self.picture(reference, name))

    def picture(self, reference: str, name: str) -> Path:
        """Where a picture of that name is kept. ValueError for a reference or name that is not a plain one."""
        if not (_SAFE.match(reference) and _SAFE.match(name)):
            raise ValueError(
                "a picture's reference and name are letters, digits, dots, dashes and underscores"
            )
        return self._pictures(reference) / name

    def _pictures(self, reference: str) -> Path:
        return self.folder / "pictures" / reference

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Keep and erase one after the other, in any process; the lock ends with its process."""
        folder = self.folder / "originals"
        make_folder(folder)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def _every(self) -> Iterator[Arrival]:
        """Every arrival. What has no arrival's name is none, and names no file."""
        for pattern in ("pending/*.json", "arrivals/*/*.json"):
            yield from self._arrivals(pattern, named=True)

    def _keep(self, content: bytes, sha256: str) -> str:
        if not write_file(self._bytes(sha256), content):
            self.read(sha256)  # what is there must be the same, or a difference would go unnoticed
        return sha256

    def _keep_pending(self, arrival: Arrival) -> None:
        path, manifest = self._pending(arrival), _manifest(arrival)
        while not write_file(path, manifest):
            try:
                kept = read_file(path, _MOST_BYTES_OF_ARRIVAL)
            except FileNotFoundError:  # whoever received the same has moved it meanwhile
                continue
            except OSError:
                kept = b""
            if kept != manifest:
                raise OriginalAltered(f"an arrival is not as it was written: {path.name}")
            return

    def _kept_files(self, files: Sequence[Media]) -> Files:
        return tuple((each.name, self._keep(each.content, each.sha256)) for each in files)

    def _bytes(self, sha256: str) -> Path:
        if not _DIGEST.match(sha256):
            raise ValueError("an original is known by 64 hexadecimal digits")
        return self.folder / "originals" / "bytes" / sha256[:2] / sha256

    def _pending(self, arrival: Arrival) -> Path:
        return self.folder / "originals" / "pending" / _name(arrival)

    def _acknowledged(self, arrival: Arrival) -> Path:
        return self.folder / "originals" / "arrivals" / arrival.sha256[:2] / _name(arrival)

    def _arrivals(self, pattern: str, *, named: bool = False) -> Iterator[Arrival]:
        """The arrivals in these files, or only in those `named` as an arrival is."""
        altered = []
        paths = sorted((self.folder / "originals").glob(pattern))
        for path in (each for each in paths if _ARRIVAL.match(each.name) or not named):
            arrival = _parsed(path)
            if arrival is not None:
                yield arrival
            elif path.is_symlink() or path.exists():  # else it was acknowledged, or erased, meanwhile
                altered.append(path.name)
        if altered:
            raise OriginalAltered(f"arrivals that are not as they were written: {', '.join(altered)}")


def _why(error: OSError) -> str:
    """Why a file cannot be read, without its name."""
    return os.strerror(error.errno) if error.errno else str(error)


def _files(submission: Submission) -> tuple[tuple[Media, ...], ...]:
    return submission.media, submission.copies, submission.messages


def _united(arrivals: Iterable[Files]) -> Files:
    """The files of several arrivals: of each those that none before it had, and no name twice."""
    named: dict[str, str] = {}
    for files in arrivals:
        before = set(named.values())
        for name, sha256 in files:
            if sha256 not in before:
                while name in named:
                    name = f"{sha256[:8]}-{name}"
                named[name] = sha256
    return tuple(named.items())


def _named(arrival: Arrival) -> set[str]:
    """The digests of the content and the files of an arrival."""
    files = (*arrival.media, *arrival.copies, *arrival.messages)
    return {arrival.sha256, *(sha256 for _, sha256 in files)}


def _move(files: Iterable[tuple[Path, Path]]) -> list[Path]:
    """Rename files, each (from, to); returns the folders where they are now. No error if one is not there:
    somebody did it before."""
    folders = []
    for frm, to in files:
        with contextlib.suppress(FileNotFoundError):
            try:
                frm.rename(to)
            except FileNotFoundError:  # its new folder may be missing
                make_folder(to.parent)
                frm.rename(to)
            folders.append(to.parent)
    return folders


def _manifest(arrival: Arrival) -> bytes:
    """As earlier versions wrote it, where nothing is in it that they did not have: its name stands for it."""
    optional = ("copies", "messages")
    every = ((key, getattr(arrival, key)) for key in Arrival.__slots__)
    fields = {key: value for key, value in every if value or key not in optional}
    return json.dumps(fields, sort_keys=True).encode()


@lru_cache(maxsize=256)  # asked for at each step of an arrival
def _name(arrival: Arrival) -> str:
    """Named by a digest of its content, so that a change is noticed."""
    return f"{arrival.sha256}-{hashlib.sha256(_manifest(arrival)).hexdigest()[:16]}.json"


def _parsed(path: Path) -> Arrival | None:
    """The arrival in a file, None when it is not the one its name stands for."""
    try:
        fields = json.loads(read_file(path, _MOST_BYTES_OF_ARRIVAL))
        files = (fields["media"], fields.get("copies", ()), fields.get("messages", ()))
        named = (tuple((str(name), str(sha256)) for name, sha256 in each) for each in files)
        arrival = Arrival(fields["sha256"], fields["source"], fields["name"], *named)
    except (ValueError, KeyError, TypeError, OSError):
        return None
    return arrival if _name(arrival) == path.name else None
