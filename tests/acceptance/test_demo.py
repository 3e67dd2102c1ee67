"""`rpa demo` as a process: the whole project in one command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.second_form import SAMPLES, with_second_form
from tests.system_world import run, until
from tests.worlds import ROOT


def test_the_demonstration(tmp_path: Path) -> None:
    """`rpa demo` keys every sample, holds every expectation, ends with 0, and prints the table and what to look
    at next."""
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "orchestrator", "demo", "--keep", str(folder), "--robots", "3"]
    done = subprocess.run(
        command, cwd=ROOT, env=_env(), capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    lines = done.stdout.splitlines()
    headings = next(line for line in lines if line.startswith("Reference")).split()
    assert headings == [
        *("Reference", "Form", "State", "CHS", "reference", "Answers", "Keyed", "Verified", "Seconds")
    ]
    assert sum(" CHS-" in line for line in lines if " review " in line) >= 12
    assert "FAILED" not in done.stdout
    assert done.stdout.count("held   ") >= 8
    assert f"rpa --config {folder}/rpa.toml audit verify" in done.stdout
    again = run(tmp_path, "demo", "--keep", folder)
    assert again.returncode == 2
    assert "is not empty" in again.stderr


def test_a_second_form_is_shown_by_its_files_alone(tmp_path: Path) -> None:
    """A form that is added as files (form, schema, samples, mapping) is part of the demonstration: its samples are
    keyed, and every expectation is examined for them."""
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "orchestrator", "demo", "--keep", str(folder), "--robots", "1"]
    env = {**_env(), **with_second_form(tmp_path)}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    lines = done.stdout.splitlines()
    assert f"{len(SAMPLES)} sample reports" in lines[0]
    states = [line.split()[2] for line in lines if line.split()[1:2] == ["lost"]]
    assert sorted(states) == ["attention", "review"]
    assert "FAILED" not in done.stdout
    assert '[forms.lost]\ntarget = "chs"' in (folder / "rpa.toml").read_text(encoding="utf-8")


def test_the_demonstration_interrupted(tmp_path: Path) -> None:
    """Ctrl-C stops the demonstration in order: nothing it started is left, and it says where its folder is."""
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "orchestrator", "demo", "--keep", str(folder), "--robots", "1"]
    with subprocess.Popen(command, cwd=ROOT, env=_env(), stdout=subprocess.PIPE, text=True) as process:
        log = folder / "log.jsonl"
        until(lambda: log.exists() and "worker started" in log.read_text(encoding="utf-8"), 60)
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert len(below) >= 3
    _, alive = psutil.wait_procs(below, timeout=20)
    assert alive == []
    assert str(folder) in said


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
