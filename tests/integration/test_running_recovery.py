"""What an administrator meets: a target that is away, a database restored from a copy, a form that has changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from orchestrator.actions import breakers
from orchestrator.jobs.context import horizon
from orchestrator.states import Reason
from orchestrator.store import Trouble, utc_now
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.store_world import START
from tests.system_world import make_short_system, make_system, until
from tests.worlds import SAMPLES

NOBODY_LISTENS = "http://127.0.0.1:9"


def test_an_outage_is_no_reports_fault(tmp_path: Path, practice: RunningChs) -> None:
    """While nobody answers, a report waits with no attempt counted, and no account is blamed, also when an
    administrator has it tried again; when the target is back it is keyed once."""
    system = make_short_system(tmp_path, practice)
    system.set(practice.base, NOBODY_LISTENS)
    (reference,) = system.ingest("08-bank-card.json")
    with system.started("run"):
        system.until_state(reference, "ready target-away")
        assert system.report(reference).attempts == 0
        system.rpa("targets", "retry", "chs")
        until(lambda: [each for each in system.app.store.breakers() if each.opened_at])
        assert [each.account for each in system.app.store.breakers() if each.opened_at] == [""]
    system.set(NOBODY_LISTENS, practice.base)
    system.finish()
    assert system.state(reference) == "review verified"
    assert system.report(reference).attempts == 1
    assert system.records()[reference] == 1


def test_a_restored_copy_is_looked_through_first(tmp_path: Path, practice: RunningChs) -> None:
    """A restored copy from before two reports were saved, one of them not even in it: `rpa run` goes on, finds
    both in the target and keys neither again."""
    system = make_short_system(tmp_path, practice)
    (known,) = system.ingest("08-bank-card.json")
    database = tmp_path / "var" / "rpa.db"
    with sqlite3.connect(database) as source, sqlite3.connect(tmp_path / "copy.db") as copy:
        source.backup(copy)
    (lost,) = system.ingest("09-identifiable-item.json")
    system.finish()
    assert system.records() == {known: 1, lost: 1}
    for name in ("rpa.db", "rpa.db-wal", "rpa.db-shm"):
        (database.parent / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy.db", database)
    system.finish()
    assert system.records() == {known: 1, lost: 1}
    assert [system.state(each) for each in (known, lost)] == ["review unread", "review unread"]
    actions = [row["action"] for row in system.app.store.entries()]
    assert actions.count("to be looked for first") == 1


def test_a_refused_account_waits_for_an_administrator(tmp_path: Path, practice: RunningChs) -> None:
    """A wrong password is tried once, whatever is started again, until its entry is another; no report loses. Each
    start says what is paused, and `--until-idle` that only an administrator helps."""
    system = make_short_system(tmp_path, practice)
    accounts = tmp_path / "secrets" / "chs.toml"
    right = accounts.read_text(encoding="utf-8").partition('[[account]]\nname = "robot02"')[0]
    accounts.write_text(right.replace("practice-robot01", "another"), encoding="utf-8")
    (reference,) = system.ingest("08-bank-card.json")
    with system.started("worker"):
        system.until_state(reference, "ready sign-in-refused")
    before = len(list(system.app.store.entries()))
    assert "paused" not in system.log()
    with system.started("run", "--until-idle"):
        until(lambda: '"paused; see rpa targets list"' in system.log())
        until(lambda: '"waiting for an administrator; see rpa targets list"' in system.log())
        assert '"wait_seconds": null' not in system.log()
        assert system.state(reference) == "ready sign-in-refused"
    assert len(list(system.app.store.entries())) == before
    accounts.write_text(right, encoding="utf-8")
    system.finish()
    assert system.state(reference) == "review verified"
    assert system.report(reference).attempts == 1


def test_a_robot_takes_a_free_account_for_a_refused_one(tmp_path: Path, practice: RunningChs) -> None:
    """A robot whose account is refused goes on with one that nobody uses; the next start leaves the refused one
    until last, so that it is tried no second time."""
    system = make_short_system(tmp_path, practice)
    accounts = tmp_path / "secrets" / "chs.toml"
    right = accounts.read_text(encoding="utf-8")
    accounts.write_text(right.replace("practice-robot01", "another"), encoding="utf-8")
    (reference,) = system.ingest("08-bank-card.json")
    system.finish()
    assert (system.state(reference), system.report(reference).account) == ("review verified", "robot02")
    (other,) = system.ingest("09-identifiable-item.json")
    system.finish()
    assert (system.state(other), system.report(other).account) == ("review verified", "robot02")
    assert [row["action"] for row in system.app.store.entries()].count("breaker opened") == 1


def test_what_is_paused_is_shown_and_tried_again(tmp_path: Path) -> None:
    """`rpa targets list` says what is paused, since when and what to do; `rpa targets retry` ends that, once."""
    system = make_system(tmp_path, RunningChs(NOBODY_LISTENS))
    assert system.rpa("targets", "list").split()[:3] == ["chs", "on", NOBODY_LISTENS]
    assert breakers.record_trouble(system.app.store, _trouble("robot01", Reason.SIGN_IN_REFUSED, None)).new
    assert " on, but 1 account is paused " in system.rpa("targets", "list")
    assert breakers.record_trouble(system.app.store, _trouble("", Reason.TARGET_AWAY, 100)).new
    (target,) = system.rpa_json("targets", "list")
    itself, account = target["paused"]
    assert (account["account"], account["reason"], account["tried_again"]) == (
        "robot01",
        "sign-in-refused",
        None,
    )
    first, *told = system.rpa("targets", "list").splitlines()
    assert " on, but paused " in first
    since, before = (f"{datetime.fromisoformat(each['since']):%H:%M} UTC" for each in (itself, account))
    tried = f"{datetime.fromisoformat(itself['tried_again']):%H:%M} UTC"
    file = "secrets/chs.toml ([targets.chs] accounts)"
    remedy = "start rpa again; or, if it was right, rpa targets retry chs --account robot01"
    address = "If the address is wrong, correct [targets.chs] url in rpa.toml"
    assert [line.strip() for line in told] == [
        f"the target: paused since {since}, tried again at {tried}: what it is. {address}",
        f"account robot01: refused since {before}. Correct it in {file} and {remedy}",
    ]
    assert "is tried again" in system.rpa("targets", "retry", "chs", "--account", "robot01")
    system.rpa("targets", "retry", "chs")
    system.rpa("targets", "retry", "chs", code=1)
    system.rpa("targets", "retry", "elsewhere", code=1)


def _trouble(account: str, reason: Reason, probe: float | None) -> Trouble:
    return Trouble(
        target="chs",
        account=account,
        reason=reason,
        message="what it is",
        met_by=account,
        claimed_at=START,
        probe_seconds=probe,
    )


def test_what_is_not_in_the_target_any_more_is_told(tmp_path: Path, practice: RunningChs) -> None:
    """`rpa reconcile` beside a running system finds what is there, says which records are not any more, and puts
    their reports before a person. A record that the target need not show yet is unclear."""
    system = make_short_system(tmp_path, practice)
    known = system.ingest("08-bank-card.json", "09-identifiable-item.json")
    system.finish()
    with system.started("run"):
        until(lambda: system.app.store.workers())
        assert "2 records looked up, 0 need a person." in system.rpa("reconcile")
        practice.practice("POST", "reset")
        assert "0 records" in system.rpa("reconcile", "--since", "2999-01-01")
        slower = "commit_delay_seconds = 3600"
        system.set("commit_delay_seconds = 1", slower)
        unclear = system.rpa_json("reconcile", code=1)
        system.set(slower, "commit_delay_seconds = 1")
        assert {system.state(each) for each in known} == {"review verified"}
        saved = [moment for each in known if (moment := system.report(each).keyed_at)]
        until(lambda: utc_now() - max(saved) > horizon(system.app.settings, "chs"))
        lines = system.rpa_json("reconcile", code=1)
    assert all("does not show it yet" in line["says"] for line in unclear)
    assert [line["reference"] for line in unclear] == [line["reference"] for line in lines]
    assert {line["reference"] for line in lines} == set(known)
    assert {line["says"] for line in lines} == {"the target does not show it"}
    assert {system.state(each) for each in known} == {"attention not-found"}
    system.assert_proved()


def test_a_new_question_is_told_once_and_a_held_report_released(tmp_path: Path, practice: RunningChs) -> None:
    """An unknown question is listed as a change, once; a report held for an unknown option can be released."""
    system = make_short_system(tmp_path, practice)
    document = json.loads((SAMPLES / "14-new-question.json").read_text(encoding="utf-8"))
    changed = {**document, "submissionId": str(uuid4()), "suspect": {"suspectKnown": "SKWN_9999"}}
    (tmp_path / "changed.json").write_text(json.dumps(changed), encoding="utf-8")
    system.ingest("14-new-question.json")
    (held,) = system.rpa_json("ingest", tmp_path / "changed.json", code=1)
    assert held["state"] == "held"
    listed = system.rpa_json("changes")
    assert {each["kind"] for each in listed} == {"question", "option"}
    assert len({each["place"] for each in listed}) == len(listed)
    assert "is held" in system.rpa("again", held["reference"], code=1)
    assert "is ready" in system.rpa("release", held["reference"])
    system.rpa("release", held["reference"], code=1)
