"""P1 and P2 in the whole system: a real target, a real browser, and processes that die at the worst moment."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import VALID, System, browsers_of, make_short_system, until, worker_of


@pytest.fixture
def system(tmp_path: Path, practice: RunningChs) -> System:
    """An installation with one robot, on an empty practice CHS."""
    return make_short_system(tmp_path, practice)


def _killed_when(system: System, reference: str, *states: str) -> None:
    """Let a worker work until the report is in one of the states, and kill it there."""
    with system.started("worker") as worker:
        system.until_state(reference, *states)
        below = psutil.Process(worker.pid).children(recursive=True)
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    psutil.wait_procs(below, timeout=20)
    assert not [each for each in below if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_a_worker_killed_while_keying(system: System) -> None:
    """Killed in the middle of the pages, a worker leaves no browser behind; the report is keyed once, by the
    next attempt."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Incident", seconds=5)
    _killed_when(system, reference, "keying")
    assert system.records() == {}
    system.finish()
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    assert system.report(reference).attempts == 2
    system.assert_proved()
    logged = (system.folder / "log.jsonl").read_text(encoding="utf-8")
    assert ("sandbox is off" in logged) == (os.geteuid() == 0)  # who runs as root is told


def test_a_worker_killed_after_submitting_is_durable(system: System) -> None:
    """Killed after save was pressed and before the answer, a worker leaves an uncertain report that is found in
    the target and never keyed again."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Review", seconds=3, times=2)
    with system.started("worker") as worker:
        system.until_state(reference, "submitting")
        until(lambda: "slow-page" not in str(system.chs.practice("GET", "faults").json()["pending"]))
        worker.send_signal(signal.SIGKILL)
    assert system.state(reference).split()[0] == "submitting"
    system.finish()
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    assert system.moves(reference).count("keying") == 1
    system.assert_proved()


def test_a_reply_lost_after_save(system: System) -> None:
    """A save whose answer never comes is looked up by our reference and found: one record, keyed once."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("reply-lost")
    system.finish()
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    ways = ["ready", "keying", "submitting", "uncertain", "submitted", "review"]
    assert system.moves(reference) == ways
    system.assert_proved()


def test_a_worker_killed_after_the_reference_was_seen(system: System) -> None:
    """Killed before the record was read back, the next worker reads it back and keys nothing."""
    (reference,) = system.ingest(VALID[0])
    _killed_when(system, reference, "submitted", "review")
    system.finish()
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    assert system.moves(reference).count("keying") == 1
    system.assert_proved()


def test_the_whole_system_killed_and_started_again(tmp_path: Path, practice: RunningChs) -> None:
    """`rpa run` killed outright: its worker finishes what it holds and stops by itself; a new run loses nothing
    and keys nothing twice."""
    system = make_short_system(tmp_path, practice, robots=2)
    system.deliver(*VALID)
    with system.started("run") as process:
        worker = worker_of(process)
        until(lambda: sum(each.state == "keying" for each in system.app.store.reports()) == 2)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    worker.wait(60)
    system.finish()
    found = [each.reference for each in system.app.store.reports()]
    assert len(found) == len(VALID)
    assert system.records() == dict.fromkeys(found, 1)
    assert {system.state(reference) for reference in found} == {"review verified"}
    assert not list(system.inbox.glob("*.json"))
    system.assert_proved()


def test_a_save_that_was_refused_a_connection(system: System) -> None:
    """A save that never arrived is looked up until the target's commit delay has passed; then a person is
    asked, and nothing is pressed a second time."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("save-refused-connection")
    system.finish()
    assert system.records() == {}
    assert system.state(reference) == "attention not-found"
    assert system.report(reference).attempts == 1
    assert system.moves(reference).count("submitting") == 1
    system.assert_proved()


def test_a_record_that_is_found_late(system: System) -> None:
    """A record that the target's search shows only after a while is looked for until it is found."""
    system.set("commit_delay_seconds = 1", "commit_delay_seconds = 20")
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("reply-lost")
    system.chs.queue("index-delay", seconds=14)
    system.finish()
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    assert "postponed" in {row["action"] for row in system.app.store.entries()}


def test_faults_before_save(system: System) -> None:
    """A server error, a page that takes too long and a session that ends are met again, and keyed once."""
    system.set("timeout_seconds = 8", "timeout_seconds = 3")
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("server-error", screen="Victim")
    system.chs.queue("session-expired", screen="Log")
    system.finish()
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    assert system.report(reference).attempts == 2
    system.assert_proved()


def test_a_page_that_is_too_slow(system: System) -> None:
    """A page that does not come in time is tried again after a rest, and the report is keyed once."""
    system.set("timeout_seconds = 8", "timeout_seconds = 3")
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Victim", seconds=5)
    system.finish()
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    assert system.moves(reference)[:4] == ["ready", "keying", "ready", "keying"]


def test_a_value_that_the_target_refuses(system: System) -> None:
    """A report whose value the target refuses goes to a person at once, named by screen, and is not saved."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("refused-value", control="Surname", screen="Person reporting")
    system.finish()
    assert system.records() == {}
    assert system.state(reference) == "attention refused"
    stored = system.report(reference)
    assert stored.attempts == 1
    assert stored.message is not None
    assert "Person reporting" in stored.message


def test_a_browser_that_dies(system: System) -> None:
    """The browser killed while a report is keyed: the same worker starts another, and the report is keyed once;
    no attempt is counted."""
    system.chs.queue("slow-page", screen="Incident", seconds=4)
    with system.started("run", "--until-idle") as process:
        worker = worker_of(process)
        system.deliver(VALID[0])
        until(lambda: [each.state for each in system.app.store.reports()] == ["keying"])
        browsers_of(worker)[0].kill()
        assert process.wait(120) == 0, system.log()
    (reference,) = (each.reference for each in system.app.store.reports())
    assert system.records() == {reference: 1}
    assert system.state(reference) == "review verified"
    assert system.report(reference).attempts == 1
    assert system.log().count("worker ended") == 0
    system.assert_proved()


def test_two_workers_on_one_database(system: System) -> None:
    """Two worker processes share the work: every report once, and no account in two hands."""
    found = system.ingest(*VALID)
    with system.started("worker"), system.started("worker"):
        for reference in found:
            system.until_state(reference, "review verified", seconds=120)
    assert system.records() == dict.fromkeys(found, 1)
    accounts = {record["account"] for record in system.chs.records()}
    assert accounts == {"robot01", "robot02"}
    system.assert_proved()


def test_a_worker_that_comes_back_after_its_lease(system: System) -> None:
    """A worker stopped for longer than its lease has lost its report: another keys it, and when the first goes
    on it presses nothing."""
    (reference,) = system.ingest(VALID[0])
    system.chs.queue("slow-page", screen="Log", seconds=2, account="robot01")
    with system.started("worker") as first:
        system.until_state(reference, "keying")
        until(lambda: system.chs.practice("GET", "faults").json()["fired"].get("slow-page"))
        first.send_signal(signal.SIGSTOP)
        system.finish()
        assert system.state(reference) == "review verified"
        first.send_signal(signal.SIGCONT)
        until(lambda: "work on the report stopped" in system.log())
    assert system.records() == {reference: 1}
    assert [record["account"] for record in system.chs.records()] == ["robot02"]
    assert system.state(reference) == "review verified"
    system.assert_proved()


def test_a_submission_that_comes_again_and_again(system: System) -> None:
    """The same submission, delivered again while it is keyed and after it was keyed, is the same report and
    the same one record."""
    (reference,) = system.ingest("01-bicycle-theft.json")
    with system.started("run") as process:
        worker_of(process)
        system.until_state(reference, "keying")
        system.deliver("01-bicycle-theft.json", "16-bicycle-theft-again.json")
        system.until_state(reference, "review verified")
        until(lambda: len(system.app.store.deliveries(reference)) == 3)
        assert system.ingest("16-bicycle-theft-again.json") == [reference]
    system.finish()
    assert [each.reference for each in system.app.store.reports()] == [reference]
    assert system.records() == {reference: 1}
    system.assert_proved()
