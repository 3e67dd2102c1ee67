"""Nothing hangs: browsers that do not answer, workers that fall silent, a browser that does not start."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import psutil
import pytest

from rpa.browser.launch import find_browser
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import VALID, System, browsers_of, make_short_system, until, worker_of


@pytest.fixture
def system(tmp_path: Path, practice: RunningChs) -> System:
    """An installation with one robot that notices quickly what does not answer."""
    system = make_short_system(tmp_path, practice, lease=10)
    system.set("response_seconds = 30", "response_seconds = 2")
    return system


def _keying(system: System, reference: str) -> None:
    """Wait until a robot waits for a page in the middle of its journey."""
    system.until_state(reference, "keying")
    until(lambda: system.chs.practice("GET", "faults").json()["fired"].get("slow-page"))


def test_a_browser_that_does_not_answer(system: System) -> None:
    """A browser that stops answering while a report is keyed is ended, the same worker starts another, and the
    report is keyed once, with no attempt counted."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Incident", seconds=3)
    with system.started("worker") as worker:
        _keying(system, reference)
        hung = browsers_of(worker)
        for each in hung:
            each.send_signal(signal.SIGSTOP)
        system.until_state(reference, "review verified", seconds=90)
        assert not [each for each in hung if each.is_running() and each.status() == psutil.STATUS_STOPPED]
        assert worker.poll() is None
    assert system.records() == {reference: 1}
    assert system.report(reference).attempts == 1
    assert "the browser does not answer" in (system.folder / "log.jsonl").read_text(encoding="utf-8")
    system.assert_proved()


def test_a_driver_that_dies(system: System) -> None:
    """The program between worker and browser killed while a report is keyed: the worker starts both anew, and the
    report is keyed once, with no attempt counted."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Incident", seconds=3)
    with system.started("worker") as worker:
        _keying(system, reference)
        (driver,) = psutil.Process(worker.pid).children()
        driver.kill()
        system.until_state(reference, "review verified", seconds=90)
        assert worker.poll() is None
    assert system.records() == {reference: 1}
    assert system.report(reference).attempts == 1


def test_a_worker_that_is_silent(system: System) -> None:
    """A worker that is stopped in the middle of a report sends no heartbeats: it is killed and replaced, and the
    report is keyed once."""
    system.set("silence_seconds = 60", "silence_seconds = 8")
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Incident", seconds=3)
    with system.started("run") as process:
        silent = worker_of(process)
        _keying(system, reference)
        (heard,) = system.app.store.workers()
        assert (heard.process, heard.robots) == (silent.pid, 1)
        silent.send_signal(signal.SIGSTOP)
        silent.wait(60)
        assert worker_of(process).pid != silent.pid
        system.until_state(reference, "review verified", seconds=90)
    assert system.records() == {reference: 1}
    assert '"worker is silent and is killed"' in (system.folder / "log.jsonl").read_text(encoding="utf-8")
    assert [each.process for each in system.app.store.workers()] == [
        silent.pid
    ]  # the other said that it ended
    system.assert_proved()


def test_a_browser_that_does_not_start(system: System) -> None:
    """While the browser cannot be started reports are received and the reason is said once; once it can, they are
    keyed, without anything started again by hand."""
    browser = find_browser()
    assert browser is not None
    launcher = system.folder / "browser"
    launcher.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    launcher.chmod(0o700)
    system.set('# executable = "/usr/bin/chromium"', f'executable = "{launcher}"')
    log = system.folder / "log.jsonl"
    with system.started("run") as process:
        until(lambda: log.exists() and "does not start" in log.read_text(encoding="utf-8"))
        system.deliver(VALID[0])
        (found,) = until(lambda: list(system.app.store.reports()))
        assert system.state(found.reference) == "ready valid"
        assert process.poll() is None
        ready = system.folder / "ready"
        ready.write_text(f'#!/bin/sh\nexec {shutil.which(str(browser))} "$@"\n', encoding="utf-8")
        ready.chmod(0o700)
        ready.rename(launcher)
        system.until_state(found.reference, "review verified", seconds=90)
        assert process.poll() is None
    said = log.read_text(encoding="utf-8")
    assert (said.count('"browser does not start"'), said.count('"browser restarted"')) == (1, 0)


def test_a_job_that_takes_too_long(system: System) -> None:
    """A job that has used up its time is given up: the report, not saved yet, is tried again later."""
    system.set("job_seconds = 900", "job_seconds = 3")
    system.set("save_seconds = 120", "save_seconds = 2")
    system.set("timeout_seconds = 8", "timeout_seconds = 60")
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Incident", seconds=30)
    with system.started("worker"):
        system.until_state(reference, "ready target-fault")
        found = system.report(reference)
    assert found.message == "the job was not done within 3 seconds"
    assert found.attempts == 1
    assert system.records() == {}
