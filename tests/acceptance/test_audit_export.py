"""`rpa audit export`: what it writes is verified by itself, and one that cannot be made leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import VALID, System, make_system, run
from tests.worlds import ROOT

DONE, NEEDS_A_PERSON = 0, 1


def test_an_export_stays_verified_while_the_service_goes_on(tmp_path: Path) -> None:
    """Later checkpoints are no finding of an export that is verified with its own."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    system.ingest(VALID[0])
    exported = system.folder / "trail.jsonl"
    system.rpa("audit", "export", exported)
    system.rpa("audit", "export", system.folder / "later.jsonl")
    assert _verified(system, f"{exported}.checkpoints.jsonl")[0] == DONE
    code, said = _verified(system, "var/checkpoints.jsonl")
    assert (code, "or this is an export from before that checkpoint" in said) == (NEEDS_A_PERSON, True)
    assert "missing" not in said


@pytest.mark.parametrize("name", ["there.jsonl", "beside.jsonl", "no/such/folder.jsonl"])
def test_an_export_that_cannot_be_made_leaves_no_trace(tmp_path: Path, name: str) -> None:
    """A file that is there, or a folder that is not, is told with exit code 1; trail and files stay."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    system.ingest(VALID[0])
    for there in ("there.jsonl", "beside.jsonl.checkpoints.jsonl"):
        (system.folder / there).write_text("kept", encoding="utf-8")
    before = len(list(system.app.store.entries()))
    done = run(system.folder, "audit", "export", name, config=system.config)
    assert (done.returncode, "Nothing is exported" in done.stderr) == (NEEDS_A_PERSON, True), done.stderr
    assert len(list(system.app.store.entries())) == before
    assert not system.app.settings.checkpoints_file.exists()
    assert (system.folder / "there.jsonl").read_text(encoding="utf-8") == "kept"
    assert not (system.folder / "beside.jsonl").exists()


def _verified(system: System, checkpoints: str) -> tuple[int, str]:
    files = ["trail.jsonl", "--checkpoints", checkpoints, "--key", "var/keys/signing.pub"]
    done = subprocess.run(
        [sys.executable, "-m", "audit", "verify", *files],
        cwd=system.folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
