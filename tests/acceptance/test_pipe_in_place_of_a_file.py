"""A pipe in the place of a file of ours is never waited for: the command names it and ends."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import System, make_system, run
from tests.worlds import FORMS, MAPPINGS

WRONG = 2


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation as `rpa init` makes it, with no target to reach."""
    return make_system(tmp_path, RunningChs("http://127.0.0.1:9"))


@pytest.mark.parametrize(
    "file", ["rpa.toml", "mappings/chs/screens.toml", "mappings/chs/ocr.toml", "forms/ocr/v1.schema.json"]
)
def test_a_pipe_in_the_place_of_a_definition(system: System, file: str) -> None:
    """`rpa check` names it by its path."""
    for key, folder in (("mappings_dir", MAPPINGS), ("forms_dir", FORMS)):
        shutil.copytree(folder, system.folder / folder.name)
        system.set(f"# {key}", key)
    path = system.folder / file
    path.unlink()
    os.mkfifo(path)
    done = run(system.folder, "check", config=system.config)
    assert done.returncode == WRONG
    assert f"{path}:1: file: it is not a regular file" in done.stdout + done.stderr


def test_a_pipe_in_the_place_of_the_checkpoints(system: System) -> None:
    """`rpa audit verify` names it, and says what to do."""
    path = system.folder / "var" / "checkpoints.jsonl"
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    done = run(system.folder, "audit", "verify", config=system.config)
    assert done.returncode == WRONG
    assert f"{path}:1: file: it cannot be read" in done.stderr
    assert "Put the file back" in done.stderr
