"""The file of checkpoints when power fails, or the disk is full, while a line is written."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import checkpoint, lines
from audit.chain import link
from audit.entry import Entry
from audit.verify import Finding, verify
from orchestrator import trail_files

NOW = datetime(2026, 1, 5, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
FIRST = link(None, at=NOW, actor="a", action="moved", subject="CR-1", details={})
SECOND = link(FIRST, at=NOW, actor="a", action="moved", subject="CR-1", details={})
ROWS = [{name: getattr(entry, name) for name in Entry.__slots__} for entry in (FIRST, SECOND)]
TORN = b'{"at":"2026-01-05T00:00'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with one checkpoint."""
    path = tmp_path / "checkpoints.jsonl"
    trail_files.append_checkpoint(path, checkpoint.sign(FIRST, KEY, NOW))
    return path


def add(path: Path, content: bytes) -> None:
    """Write something at the end of a file."""
    with path.open("ab") as file:
        file.write(content)


def test_a_torn_line_is_counted_and_swallows_nothing(path: Path) -> None:
    """A line that breaks off is passed over, told by number, and the checkpoint written after it stands whole."""
    add(path, TORN)
    assert verify(ROWS, checkpoint.load(path), KEY.public_key()) == []
    trail_files.append_checkpoint(path, checkpoint.sign(SECOND, KEY, NOW))
    assert [one.get("seq") for one in checkpoint.load(path)] == [1, 2]
    assert checkpoint.torn(path) == 1
    assert verify(ROWS, checkpoint.load(path), KEY.public_key()) == []


def test_nothing_is_added_to_what_is_no_file(path: Path) -> None:
    """A checkpoint is never written into a pipe, where it would be lost without a word."""
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        trail_files.append_checkpoint(path, checkpoint.sign(SECOND, KEY, NOW))


def test_the_last_checkpoint_is_the_last_that_is_one(path: Path) -> None:
    """A torn, foreign or forged line at the end of the file does not stand for the last checkpoint."""
    forged = asdict(checkpoint.sign(SECOND, Ed25519PrivateKey.generate(), NOW))
    add(path, lines.line(forged) + b'\n{"seq": "many"}\n' + TORN)
    last = checkpoint.last(path, KEY.public_key())
    assert last is not None
    assert last.seq == FIRST.seq
    assert checkpoint.last(path.with_name("none.jsonl"), KEY.public_key()) is None


@pytest.mark.parametrize("longest", [10, 70_000, 300_000])
def test_lines_are_read_from_the_end(path: Path, longest: int) -> None:
    """Backwards the lines are those that are read forwards, however long they are and wherever a block begins."""
    lengths = (longest, 0, 1, 65_535, 65_536, 65_537, longest)
    path.write_bytes(b"\n".join(lines.line({"a": "x" * length}) for length in lengths))
    assert list(lines.latest(path)) == list(lines.finished(path))[::-1]
    assert len(list(lines.latest(path))) == len(lengths)
    add(path, b"\n\n" + TORN)
    assert list(lines.latest(path)) == list(lines.finished(path))[::-1]


def test_a_whole_line_that_is_no_checkpoint_is_a_finding(path: Path) -> None:
    """Only what breaks off is passed over: a line that was altered is named."""
    add(path, b'{"seq": 9}\n')
    found = verify(ROWS, checkpoint.load(path), KEY.public_key())
    assert found == [Finding(0, 1, "checkpoint 2 cannot be read")]


def test_a_full_disk_leaves_no_part_of_a_checkpoint(path: Path) -> None:
    """A disk that takes only the first bytes of a line is told of, and the file is as it was; then it goes on."""
    before = path.read_bytes()
    sealed = checkpoint.sign(SECOND, KEY, NOW)
    with room_for(len(before) + 20), pytest.raises(OSError, match="too large"):
        trail_files.append_checkpoint(path, sealed)
    assert path.read_bytes() == before
    trail_files.append_checkpoint(path, sealed)
    assert len(checkpoint.load(path)) == 2


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can be longer than `size` bytes: a write beyond is short, and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_without_end_is_no_line_of_ours(tmp_path: Path) -> None:
    """A file that somebody filled is refused, and is not read into memory."""
    path = tmp_path / "checkpoints.jsonl"
    with path.open("wb") as file:
        file.truncate(2**28)  # a hole: it takes no room
    for reads in (lines.latest, lines.read):
        with pytest.raises(OSError, match="a line of more than 64 MB"):
            list(reads(path))
