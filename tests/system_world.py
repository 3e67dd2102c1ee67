"""What tests of the whole system share: its folder and settings, its processes, and what it says of reports."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import psutil

from orchestrator.app import App, open_app
from orchestrator.cli.os_user import os_user
from orchestrator.settings import load_settings
from orchestrator.store import Stored
from rpa.documents.files import read_file
from rpa.reading import read
from tests import commands
from tests.commands import Running
from tests.integration.practice_chs_visitor import RunningChs
from tests.short_records import short_mappings, shorten
from tests.worlds import ROOT, SAMPLES, all_forms

T = TypeVar("T")

OURSELVES = f"user:{os_user(os.getuid())}"  # who runs the commands
QUICK = {
    "claim_seconds = 0.5": "claim_seconds = 0.1",
    "claim_failed_seconds = 5": "claim_failed_seconds = 0.5",
    "retry_seconds = 5": "retry_seconds = 0.5",
    "away_seconds = 10": "away_seconds = 2",
    "restart_seconds = 1": "restart_seconds = 0.2",
    "receive_seconds = 0.5": "receive_seconds = 0.1",
    "expire_seconds = 2": "expire_seconds = 0.5",
    "follow_seconds = 2": "follow_seconds = 0.2",
    "waiting_seconds = 15": "waiting_seconds = 0.5",
}
"""Operational settings of tests, in place of the defaults."""

VALID = ("08-bank-card.json", "09-identifiable-item.json", "07-phone-snatch.json", "14-new-question.json")


@dataclass(frozen=True)
class System:
    """One installation in a folder of its own, on a practice CHS."""

    folder: Path
    chs: RunningChs

    @property
    def config(self) -> Path:
        """Its rpa.toml."""
        return self.folder / "rpa.toml"

    @property
    def inbox(self) -> Path:
        """Its watched folder."""
        return self.folder / "var" / "inbox"

    @cached_property
    def app(self) -> App:
        """Its store and originals, opened from this process too."""
        return open_app(load_settings(self.config))

    def set(self, old: str, new: str) -> None:
        """Edit rpa.toml."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new, 1), encoding="utf-8")

    def rpa(self, *arguments: str | Path, code: int = 0) -> str:
        """Run a command to its end, which must be that exit code; what it wrote."""
        done = run(self.folder, *arguments, config=self.config)
        assert done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def rpa_json(self, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
        """The same for a command that writes JSON lines."""
        return [json.loads(line) for line in self.rpa(*arguments, "--json", code=code).splitlines()]

    @contextmanager
    def started(self, *arguments: str) -> Iterator[Running]:
        """A command as a process; at the end it is told to stop, and its worker with it."""
        log = self.folder / "log.jsonl"
        words = ("orchestrator", "--config", self.config, *arguments)
        process = commands.start(Path.cwd(), *words, env=_env(), log=log)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
            process.wait(60)
            process.close()

    def finish(self) -> None:
        """Run until there is nothing left to do."""
        with self.started("run", "--until-idle") as process:
            assert process.wait(180) in (0, 1), self.log()

    def ingest(self, *names: str) -> list[str]:
        """Take in samples; their references."""
        paths = [SAMPLES / name for name in names]
        return [line["reference"] for line in self.rpa_json("ingest", *paths)]

    def deliver(self, *names: str) -> None:
        """Put samples into the inbox: their files first, then each under its name at once."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        for name in names:
            files = (SAMPLES / name).with_suffix("")
            if files.is_dir():
                shutil.copytree(files, self.inbox / files.name)
            part = self.inbox / f"{name}.part"
            shutil.copyfile(SAMPLES / name, part)
            part.rename(self.inbox / name)

    def report(self, reference: str) -> Stored:
        """A report as the store has it."""
        found = self.app.store.report(reference)
        assert found is not None
        return found

    def state(self, reference: str) -> str:
        """Where a report is, and why."""
        found = self.report(reference)
        return f"{found.state} {found.reason}"

    def until_state(self, reference: str, *states: str, seconds: float = 60) -> str:
        """Wait until a report is in one of these states, told as "state" or "state reason"; which one."""

        def seen() -> str:
            now = self.state(reference)
            return next((each for each in states if now == each or now.split()[0] == each), "")

        return until(seen, seconds, lambda: f"{self.state(reference)}\n{self.log()}")

    def records(self) -> Mapping[str, int]:
        """How many records the practice CHS holds, by source reference."""
        return Counter(record["source_reference"] for record in self.chs.records())

    def moves(self, reference: str) -> list[str]:
        """The states the trail says a report went through."""
        rows = [row for row in self.app.store.entries() if row["subject"] == reference]
        return [json.loads(str(row["details"]))["to"] for row in rows if row["action"] == "moved"]

    def log(self) -> str:
        """The end of what its processes logged."""
        path = self.folder / "log.jsonl"
        return path.read_text(encoding="utf-8")[-4000:] if path.exists() else ""

    def assert_proved(self) -> None:
        """`rpa audit verify` finds nothing."""
        assert "0 findings" in self.rpa("audit", "verify")


def make_system(folder: Path, chs: RunningChs, *, robots: int = 1, lease: int = 4) -> System:
    """An installation as `rpa init` makes it, with quick time limits."""
    system = System(folder, chs)
    shutil.copytree(_initialised().name, folder, dirs_exist_ok=True)
    system.set("http://127.0.0.1:8010", chs.base)
    system.set("number = 4 ", f"number = {robots} ")
    system.set("lease_seconds = 120", f"lease_seconds = {lease}")
    system.set("commit_delay_seconds = 10", "commit_delay_seconds = 1")
    system.set("timeout_seconds = 30", "timeout_seconds = 8")
    for default, quick in QUICK.items():
        system.set(f"\n{default} ", f"\n{quick} ")
    return system


def make_short_system(folder: Path, chs: RunningChs, *, robots: int = 1, lease: int = 4) -> System:
    """The same for short records, of half the screens: for tests of what happens around a record."""
    system = make_system(folder, chs, robots=robots, lease=lease)
    shorten(chs)
    system.set('# mappings_dir = "mappings"', f'mappings_dir = "{short_mappings()}"')
    return system


@cache
def _initialised() -> TemporaryDirectory[str]:
    """What `rpa init` makes, made once: every path in it is relative."""
    folder = TemporaryDirectory(prefix="rpa-initialised-")
    atexit.register(folder.cleanup)
    done = run(Path(folder.name), "init")
    assert done.returncode == 0, done.stderr
    return folder


def run(folder: Path, *arguments: str | Path, config: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command of `rpa` in a folder."""
    chosen = ["--config", str(config)] if config else []
    return commands.run(folder, "orchestrator", *chosen, *arguments, env=_env())


def _env() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RPA_", "SUDO_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "USER": "somebody else"}


def until(seen: Callable[[], T], seconds: float = 60, why: Callable[[], str] = str) -> T:
    """Wait for another process: until `seen` answers something that is true; answers that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not seen within {seconds} s: {why()}")


def worker_of(process: Running) -> psutil.Process:
    """The worker that an `rpa run` keeps."""

    def seen() -> psutil.Process | None:
        children = psutil.Process(process.pid).children()
        return next((child for child in children if "worker" in child.cmdline()), None)

    return until(seen, 30)  # type: ignore[return-value]


def browsers_of(process: psutil.Process | Running) -> list[psutil.Process]:
    """The browser processes below a worker."""
    below = psutil.Process(process.pid).children(recursive=True)
    return [each for each in below if "headless" in " ".join(each.cmdline()) or "chrom" in each.name()]


def references(*names: str) -> list[str]:
    """The references of samples."""
    return [read(read_file(SAMPLES / name), all_forms()).reference for name in names]
