"""`python -m audit verify` as a process of its own, with nothing of ours but the audit package."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit import checkpoint
from audit.chain import link
from audit.entry import Entry
from audit.keys import signing_key
from orchestrator import trail_files

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export of three entries with a checkpoint, and its key."""
    entries: list[Entry] = []
    for number in range(3):
        before = entries[-1] if entries else None
        entries.append(link(before, at=NOW, actor="a", action="moved", subject="CR-1", details={"n": number}))
    trail_files.export(
        [{name: getattr(entry, name) for name in entry.__slots__} for entry in entries],
        tmp_path / "entries.jsonl",
    )
    trail_files.make_keys(tmp_path)
    trail_files.append_checkpoint(
        tmp_path / "checkpoints.jsonl", checkpoint.sign(entries[-1], signing_key(tmp_path), NOW)
    )
    return tmp_path


def run(folder: Path, entries: str = "entries.jsonl") -> subprocess.CompletedProcess[str]:
    """Run the command on the files of a folder."""
    command = [sys.executable, "-m", "audit", "verify", entries]
    options = ["--checkpoints", "checkpoints.jsonl", "--key", "signing.pub"]
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [*command, *options],
        cwd=folder,
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_whole_chain_exits_0(folder: Path) -> None:
    """Nothing wrong: exit code 0 and one line that says how much was looked at."""
    result = run(folder)
    assert (result.returncode, result.stdout) == (0, "3 entries, 1 checkpoint, 0 findings\n")


def test_a_changed_byte_exits_1_and_names_the_entry(folder: Path) -> None:
    """One byte changed in the file: exit code 1, and the line names the entry."""
    path = folder / "entries.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"moved", b"moves")
    path.write_bytes(b"".join(lines))
    result = run(folder)
    assert result.returncode == 1
    assert result.stdout.startswith("entry 2: it was altered")


def test_a_file_that_is_not_there_exits_2(folder: Path) -> None:
    """A missing file is not a broken chain: exit code 2."""
    assert run(folder, "nowhere.jsonl").returncode == 2


def test_a_checkpoint_that_breaks_off_is_told_and_is_no_finding(folder: Path) -> None:
    """What a power cut leaves of a checkpoint does not make every verification fail from then on."""
    with (folder / "checkpoints.jsonl").open("ab") as file:
        file.write(b'{"at":"2026-01-05T00:00')
    result = run(folder)
    assert result.returncode == 0
    assert "1 checkpoint line incomplete" in result.stdout
    assert "3 entries, 1 checkpoint, 0 findings" in result.stdout


@pytest.mark.parametrize("name", ["checkpoints.jsonl", "signing.pub", "entries.jsonl"])
def test_a_pipe_is_not_waited_for(folder: Path, name: str) -> None:
    """A pipe in the place of a file is told by its name: exit code 2."""
    (folder / name).unlink()
    os.mkfifo(folder / name)
    result = run(folder)
    assert result.returncode == 2
    assert f"{name} is not a regular file" in result.stderr
