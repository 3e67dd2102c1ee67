"""A database of an earlier version, with reports in every state: upgraded, and its reports go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Engine, column, insert, table, update

from audit.chain import link
from audit.entry import Entry
from orchestrator.actions import decisions, drift, recovery, switching, work
from orchestrator.originals import Originals
from orchestrator.states import JobKind, JobState, Reason, State
from orchestrator.store import ChangedAnswer, Store, check, jobs, open_engine, reprocess, revisions, upgrade
from orchestrator.store.column_types import UtcDateTime
from orchestrator.store.schema import REVISIONS
from orchestrator.store.tables import metadata
from orchestrator.store.trail import content_digests
from rpa.errors import Cause, DefinitionError, TargetChanged
from rpa.report import Change
from tests import acts
from tests.acts import person
from tests.integration.postgres import database
from tests.integration.store_world import KEY, LEASE_SECONDS, START, FakeClock, report
from tests.worlds import ROOT

JSON_COLUMNS = ("dispositions", "plan", "keyed", "record", "mismatches", "pictures", "data", "answers")
EVIDENCE: dict[str, Any] = {
    "dispositions": {"keyed": 1},
    "plan": {"pages": []},
    "keyed": [1, 2],
    "pictures": {"review": "pictures/a.png"},
}
READ: dict[str, Any] = {"record": [1], "mismatches": [], "seconds": 2.5, "read_count": 1}
PRESSED = START - timedelta(minutes=5)
OLD: dict[State, dict[str, Any]] = {
    State.RECEIVED: {},
    State.HELD: {"reason": Reason.FORM_OFF},
    State.READY: {"attempts": 2, "not_before": START + timedelta(seconds=30)},
    State.KEYING: {"attempts": 1, "lease_until": START + timedelta(seconds=60)},
    State.SUBMITTING: {"attempts": 1, "pressed_at": PRESSED, "lease_until": START, **EVIDENCE},
    State.UNCERTAIN: {"attempts": 1, "pressed_at": PRESSED, "looks": 3, "signed_out": True, **EVIDENCE},
    State.SUBMITTED: {"attempts": 1, "pressed_at": PRESSED, "target_reference": "CHS-1", **EVIDENCE},
    State.REVIEW: {
        "attempts": 1,
        "pressed_at": PRESSED,
        "target_reference": "CHS-2",
        "look_again_at": START,
        **EVIDENCE,
        **READ,
    },
    State.DECIDED: {"attempts": 1, "pressed_at": PRESSED, "target_reference": "CHS-3", **EVIDENCE, **READ},
    State.ATTENTION: {"attempts": 4, "message": "the page did not load"},
    State.KEYED_BY_HAND: {"target_reference": "CHS-4"},
    State.REJECTED: {},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the second revision with a report in every state."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path}/rpa.db")
        _fill(engine)
        yield engine
        engine.dispose()
        return
    with database(request.getfixturevalue("postgresql"), f"t{abs(hash(request.node.name)):x}"[:40]) as url:
        engine = open_engine(url)
        _fill(engine)
        yield engine
        engine.dispose()


def reference(state: State) -> str:
    """The report in that state."""
    return f"CR-{str(state).upper().replace('_', '-')}"


def _fill(engine: Engine) -> None:
    upgrade(engine, "0002")
    before: Entry | None = None
    entries = table("entries", *map(column, Entry.__slots__))
    with engine.begin() as connection:
        for number, (state, columns) in enumerate(OLD.items()):
            row = _row(state, number) | columns
            row["keyed_count"] = len(row.get("keyed") or ())
            typed = [
                column(name, JSON(none_as_null=True)) if name in JSON_COLUMNS else column(name)
                for name in row
            ]
            connection.execute(insert(table("reports", *typed)).values(_plain(row, engine)))
            content = {name: row[name] for name in JSON_COLUMNS if row.get(name) is not None}
            details = {"to": str(state), "digests": content_digests(KEY, row["reference"], content)}
            if "target_reference" in row:
                details["target_reference"] = row["target_reference"]
            told = {"actor": "rpa", "action": "moved", "subject": row["reference"], "details": details}
            before = link(before, at=START, **told)
            connection.execute(insert(entries).values(asdict(before)))


def _row(state: State, number: int) -> dict[str, Any]:
    return {
        "reference": reference(state),
        "identity": f"identity {number}",
        "sha256": "0" * 64,
        "source": "folder",
        "source_name": "1.json",
        "form": "ocr",
        "form_version": 1,
        "form_title": "Report a crime",
        "state": str(state),
        "reason": Reason.VALID,
        "received_at": START - timedelta(hours=1),
        "due_at": START + timedelta(minutes=number),
        "minutes_to_key": 60,
        "attempts": 0,
        "claim_token": 7,
        "target": "chs",
        "robot": "robot-01",
        "account": "robot01",
        "data": {"a": number},
        "answers": [],
        "answer_count": 0,
        "problem_count": 0,
        "read_count": 0,
        "mismatch_count": 0,
    }


def _plain(row: dict[str, Any], engine: Engine) -> dict[str, Any]:
    """As the drivers take them: SQLite has no times of its own."""
    if engine.dialect.name != "sqlite":
        return {name: str(value) if name == "reason" else value for name, value in row.items()}
    at = ("received_at", "due_at", "lease_until", "not_before", "pressed_at", "look_again_at")
    told = {name: f"{row[name]:%Y-%m-%d %H:%M:%S.%f}" for name in at if name in row}
    return {**row, **told, "reason": str(row["reason"])}


def test_the_revisions_are_those_of_the_migrations() -> None:
    """What a start compares the database with is what an upgrade brings it to, in the same order."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "orchestrator" / "store"))
    config.set_main_option("path_separator", "os")
    steps = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [step.revision for step in reversed(steps)] == list(REVISIONS)


def test_an_old_database_is_refused_until_it_is_upgraded(old: Engine) -> None:
    """A database of an earlier version is not opened; upgraded, its tables are those the program works with."""
    with pytest.raises(DefinitionError, match="rpa db upgrade"):
        check(old)
    assert upgrade(old, digest_key=lambda: KEY) == "0013"
    check(old)
    with old.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_what_was_there_before_is_sealed_once(old: Engine) -> None:
    """The upgrade seals every entry with the key it is given; an entry that comes without a seal stays so."""
    with pytest.raises(LookupError):
        upgrade(old, digest_key=_no_key)
    upgrade(old, digest_key=lambda: KEY)
    store = Store(old, FakeClock(), KEY)
    assert list(store.unsealed()) == []
    with old.begin() as connection:
        connection.exec_driver_sql("UPDATE entries SET seal = NULL WHERE seq = 3")
    upgrade(old, digest_key=lambda: KEY)
    assert list(store.unsealed()) == [3]


def _no_key() -> bytes:
    raise LookupError("there is no key")


def test_every_report_is_there_with_what_became_of_it(old: Engine) -> None:
    """State, attempts, plan and evidence are where they were, and the trail still vouches for them."""
    upgrade(old, digest_key=lambda: KEY)
    store = Store(old, FakeClock(), KEY)
    for state, columns in OLD.items():
        found = store.report(reference(state))
        assert found is not None
        assert (found.state, found.attempts) == (state, columns.get("attempts", 0))
        assert (found.plan, found.pressed_at) == (columns.get("plan"), columns.get("pressed_at"))
        assert (found.record, found.mismatches) == (columns.get("record"), columns.get("mismatches"))
        assert found.pictures == columns.get("pictures")
    assert list(store.altered()) == []


def test_what_was_altered_before_is_found_after(old: Engine) -> None:
    """Evidence that was changed behind the trail's back before the upgrade is found in its new place."""
    with old.begin() as connection:
        connection.exec_driver_sql("UPDATE reports SET record = '[2]' WHERE reference = 'CR-REVIEW'")
    upgrade(old, digest_key=lambda: KEY)
    assert list(Store(old, FakeClock(), KEY).altered()) == [("CR-REVIEW", "record")]


def test_the_reports_go_on(old: Engine) -> None:
    """What waited for a robot is claimed for what it waited for, in order; a lapsed lease is taken back."""
    upgrade(old, digest_key=lambda: KEY)
    clock = FakeClock()
    store = Store(old, clock, KEY)
    switching.configure(store, {"ocr": (True, "chs")}, {"chs": True})
    clock.turn(61)
    assert sorted(recovery.expire(store, 4)) == [reference(State.KEYING), reference(State.SUBMITTING)]
    claimed = {}
    while claim := acts.claim(store, "robot-01", {"chs": "robot01"}, LEASE_SECONDS):
        assert claim.token > 7 or claim.reference == reference(State.HELD)  # which no robot ever had
        claimed[claim.reference] = (claim.kind, claim.attempts)
    assert claimed == {
        reference(State.READY): (JobKind.KEY, 3),
        reference(State.HELD): (JobKind.KEY, 1),
        reference(State.KEYING): (JobKind.KEY, 2),
        reference(State.SUBMITTING): (JobKind.LOOK_UP, 1),
        reference(State.UNCERTAIN): (JobKind.LOOK_UP, 1),
        reference(State.SUBMITTED): (JobKind.READ_BACK, 1),
        reference(State.REVIEW): (JobKind.RECONCILE, 1),
    }


def test_a_doubted_save_keeps_what_was_known_of_it(old: Engine) -> None:
    """How often a report was looked up in vain, and that save was answered by the sign-in page, are kept."""
    upgrade(old, digest_key=lambda: KEY)
    found = Store(old, FakeClock(), KEY).report(reference(State.UNCERTAIN))
    assert found is not None
    key, look = found.jobs
    assert (key.state, key.signed_out, key.pressed_at) == (JobState.UNCERTAIN, True, PRESSED)
    assert (look.state, look.unclear, look.saving_job) == (JobState.WAITING, 3, key.id)


def test_a_change_noted_before_stays_and_is_not_over(old: Engine) -> None:
    """A change that an earlier version noted is told as it was. Nothing says what its cause was, so nothing says
    that it is over, until it is met again."""
    upgrade(old, "0009", lambda: KEY)
    noted = {"subject": "chs", "kind": "control", "place": "Person / Surname: no such control on the page"}
    at = {"first_seen": START - timedelta(hours=2), "last_seen": START - timedelta(hours=1), "count": 2}
    columns = [column(name, UtcDateTime() if name.endswith("seen") else None) for name in (*noted, *at)]
    held = [{"place": {"screen": "Person", "control": "Surname"}, "expected": "A", "found": "A"}]
    began = {"claimed_at": PRESSED, "keyed": held}
    typed = [column("claimed_at", UtcDateTime()), column("keyed", JSON)]
    with old.begin() as connection:
        connection.execute(insert(table("drift", *columns)).values(noted | at))
        connection.execute(update(table("jobs", *typed)).values(began))
    upgrade(old, digest_key=lambda: KEY)
    store = Store(old, FakeClock(), KEY)
    (before,) = store.drift()
    assert (before.place, before.cause, before.proposals) == (noted["place"], None, ())
    assert (before.keyed_at, before.over) == (PRESSED, False)
    change = TargetChanged(
        "Person", "Surname", "no such control on the page", Cause.GONE, proposals=("Name",)
    )
    assert not drift.note_target_change(store, "chs", change)
    (again,) = store.drift()
    assert (again.first_seen, again.count) == (before.first_seen, 3)
    assert (again.cause, again.proposals) == (Cause.GONE, ("Name",))


def test_people_decide_on_what_was_there_before(old: Engine, tmp_path: Path) -> None:
    """A report of an earlier version is dismissed, and one is erased, evidence and all."""
    upgrade(old, digest_key=lambda: KEY)
    store, kim = Store(old, FakeClock(), KEY), person("user:kim")
    decisions.dismiss(store, kim, reference(State.HELD), "Sent twice")
    decisions.erase(store, Originals(tmp_path), kim, reference(State.DECIDED), "Kept long enough")
    dismissed, erased = store.report(reference(State.HELD)), store.report(reference(State.DECIDED))
    assert dismissed is not None
    assert (dismissed.state, dismissed.rationale) == (State.REJECTED, "Sent twice")
    assert erased is not None
    assert (erased.data, erased.plan, erased.keyed, erased.record) == ({}, None, None, None)
    assert list(store.altered()) == []


def test_evidence_emptied_after_the_upgrade_is_found(old: Engine) -> None:
    """What the trail says of a report itself, as earlier versions told it, must be in one of its jobs."""
    upgrade(old, digest_key=lambda: KEY)
    with old.begin() as connection:
        connection.exec_driver_sql("UPDATE jobs SET plan = NULL WHERE reference = 'CR-REVIEW'")
    assert list(Store(old, FakeClock(), KEY).altered()) == [("CR-REVIEW", "plan")]


def test_people_correct_what_was_there_before(old: Engine) -> None:
    """A report of an earlier version has no revision; it takes one, which the trail vouches for."""
    upgrade(old, digest_key=lambda: KEY)
    store, held = Store(old, FakeClock(), KEY), reference(State.HELD)
    found = store.report(held)
    assert found is not None
    assert (found.revision, found.revisions) == (0, ())
    changes = [ChangedAnswer(Change("/a", "x\0"), "A")]
    with store.writing() as transaction:
        revisions.add(transaction, held, 0, actor="user:kim", because="They rang\0", changes=changes)
    found = store.report(held)
    assert found is not None
    (revision,) = found.revisions
    assert (revision.number, revision.actor, revision.because) == (1, "user:kim", "They rang\\x00")
    assert list(store.altered()) == []


def test_the_record_of_a_corrected_report_of_an_earlier_version_is_updated(old: Engine) -> None:
    """Corrected after the upgrade, a report in review gets an update, which goes its way on both databases."""
    upgrade(old, digest_key=lambda: KEY)
    store, here = Store(old, FakeClock(), KEY), reference(State.REVIEW)
    switching.configure(store, {"ocr": (True, "chs")}, {"chs": True})
    with store.writing() as transaction:
        revisions.add(transaction, here, 0, actor="user:kim", because="They rang", changes=())
        reprocess.understand_saved(transaction, here, report(), "user:kim")
        assert jobs.open_update(transaction, here, "user:kim") is not None
    claims = (acts.claim(store, "robot-01", {"chs": "robot01"}, LEASE_SECONDS) for _ in OLD)
    claim = next(each for each in claims if each is not None and each.kind is JobKind.UPDATE)
    assert (claim.reference, claim.token) == (here, 8)
    after = {"plan": {"pages": []}, "remains": []}
    work.about_to_save(store, claim, plan={}, before=[], after=after, revision=1)
    work.saved(store, claim, "CHS-2", START)
    work.read(store, claim, record=[], mismatches=[], dispositions={"keyed": 2})
    found = store.report(here)
    assert found is not None
    assert (found.state, found.reason, found.plan) == (State.REVIEW, Reason.VERIFIED, after["plan"])
    assert (found.dispositions, found.revision) == ({"keyed": 2}, 1)
    assert list(store.altered()) == []
