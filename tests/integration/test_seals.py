"""Entries that somebody writes into the database: without the keys they bear no seal, and nothing is signed over
them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from structlog.testing import capture_logs

from audit import checkpoint
from audit.chain import link, seal
from orchestrator.actions.signing import NotSigned, sign
from orchestrator.definitions import load_definitions
from orchestrator.reading import Reader
from orchestrator.service.periodic import PeriodicJobs
from orchestrator.settings import load_settings
from orchestrator.store import Store
from orchestrator.store.tables import entries
from rpa.documents.files import read_file
from tests import acts
from tests.acts import receive_as_channel
from tests.integration.practice_chs_visitor import RunningChs
from tests.integration.store_world import KEY, World
from tests.system_world import System, make_system, run
from tests.worlds import SAMPLES, all_forms

NEEDS_A_PERSON = 1
FORGED = [
    ("user:chief.inspector", "moved", {"from": "review", "to": "decided", "reason": "not-a-crime"}),
    ("user:chief.inspector", "erased", {"digests": {}}),
    ("user:enemy", "viewed", {}),
]


@pytest.fixture
def system(tmp_path: Path) -> System:
    """An installation that has received a report and signed its trail, with no target to reach."""
    system = make_system(tmp_path, RunningChs("http://127.0.0.1:9"))
    app = system.app
    receive_as_channel(read_file(SAMPLES / "08-bank-card.json"), all_forms(), app.store, app.originals)
    sign(app)
    return system


def forge(
    store: Store,
    actor: str,
    action: str,
    details: Mapping[str, Any],
    key: bytes | None = None,
    subject: str = "CR-1",
) -> int:
    """An entry whose link and digest are right, as anybody can make it who has the database; its number."""
    forged = link(
        store.head(), at=datetime.now(UTC), actor=actor, action=action, subject=subject, details=details
    )
    with store._engine.begin() as connection:
        bears = None if key is None else seal(key, forged.digest)
        connection.execute(insert(entries).values(**asdict(forged), seal=bears))
    return forged.seq


@pytest.mark.parametrize("key", [None, b"x" * 32], ids=["no seal", "a seal of another key"])
@pytest.mark.parametrize(("actor", "action", "details"), FORGED, ids=[each[1] for each in FORGED])
def test_a_forged_entry_is_named_and_never_signed(
    system: System, actor: str, action: str, details: dict[str, Any], key: bytes | None
) -> None:
    """`rpa audit verify` names it, `rpa audit export` refuses and says what to do, and no checkpoint is added."""
    number = forge(system.app.store, actor, action, details, key)
    signed = checkpoint.load(system.app.settings.checkpoints_file)
    done = run(system.folder, "audit", "export", "trail.jsonl")
    assert done.returncode == NEEDS_A_PERSON
    refused = done.stderr
    assert f"entry {number} of the trail does not bear the seal of this installation" in refused
    assert "rpa audit verify" in refused
    assert not (system.folder / "trail.jsonl").exists()
    assert checkpoint.load(system.app.settings.checkpoints_file) == signed
    said = system.rpa("audit", "verify", code=NEEDS_A_PERSON)
    assert f"entry {number}: it does not bear the seal of this installation" in said
    head = system.app.store.head()
    assert head is not None
    assert head.seq == number  # an export that was refused is not on the trail


def test_the_periodic_signing_signs_nothing_over_a_forged_entry(system: System) -> None:
    """It logs which entry, goes on, and what is appended after the forged entry is not signed either."""
    number = forge(system.app.store, *FORGED[2])
    app = system.app
    signed = checkpoint.load(app.settings.checkpoints_file)
    acts.record(app.store, actor="user:kim", action="viewed", subject="CR-1")
    settings = load_settings(system.config)
    jobs = PeriodicJobs(app, Reader(load_definitions(settings).forms), lambda: settings, None)
    with capture_logs() as logged:
        jobs.sign()
    (event,) = [each for each in logged if each["log_level"] == "error"]
    assert f"entry {number} of the trail does not bear the seal" in str(event["error"])
    assert checkpoint.load(app.settings.checkpoints_file) == signed
    with pytest.raises(NotSigned):
        sign(app)


def test_a_seal_is_of_one_entry_alone(world: World) -> None:
    """The seal of an entry says nothing of another, and the seal's key is not the key of digests itself."""
    head = world.store.head()
    assert head is not None
    forge(world.store, *FORGED[0])
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE entries SET seal = (SELECT seal FROM entries WHERE seq = 1) WHERE seq > 1 AND seal IS NULL"
        )
    assert list(world.store.unsealed()) == [head.seq + 1]
    assert seal(KEY, head.digest) != seal(b"x" * 32, head.digest)


def test_an_export_has_no_seals(system: System) -> None:
    """What is verified from files alone stays as it was: the chain's fields and no other."""
    system.rpa("audit", "export", "trail.jsonl")
    lines = (system.folder / "trail.jsonl").read_text(encoding="utf-8").splitlines()
    assert all("seal" not in json.loads(line) for line in lines)
    assert "0 findings" in system.rpa("audit", "verify")


def test_what_cannot_be_read_hides_no_forged_entry(system: System) -> None:
    """Behind an entry whose seal the database cannot read, nothing is signed either."""
    store = system.app.store
    forge(store, "user:enemy", "viewed", {})
    with store._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE entries RENAME TO kept")
        connection.exec_driver_sql(
            "CREATE VIEW entries AS SELECT seq, at, actor, action, subject, details, previous, digest, "
            "CASE WHEN seq = (SELECT MAX(seq) FROM kept) THEN json('x') ELSE seal END AS seal FROM kept"
        )
    with pytest.raises(NotSigned):
        sign(system.app)
