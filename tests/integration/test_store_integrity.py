"""What somebody changes in the database without the keys: verification names the report and the place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from orchestrator.actions import api_clients, recovery, switching
from orchestrator.store.tables import entries
from rpa.report import ProblemKind
from tests.acts import person
from tests.integration.postgres import database
from tests.integration.store_world import World, problem

A, B = "A", "B"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A store on either database, with report A in review and report B that waits for a robot."""
    if request.param == "sqlite":
        world = _filled(World(tmp_path))
        yield world
        world.engine.dispose()
        return
    name = f"t{abs(hash(request.node.name)):x}"[:40]
    with database(request.getfixturevalue("postgresql"), name, upgraded=True) as url:
        world = _filled(World(tmp_path, url=url))
        yield world
        world.engine.dispose()


def _filled(world: World) -> World:
    for on in (False, True):
        switching.switch_target(world.store, person("user:kim"), "chs", on)
    for name in ("hub", "gone"):
        api_clients.add(world.store, person("user:kim"), name)
    api_clients.revoke(world.store, person("user:kim"), "gone")
    world.receive(1)
    world.finish(world.claimed())
    world.receive(2, problems=problem(ProblemKind.UNLISTED))
    return world


def of(world: World, name: str) -> str:
    """The reference of report A or B."""
    file = {A: "1.json", B: "2.json"}[name]
    return next(each.reference for each in world.store.reports() if each.source_name == file)


def change(world: World, statement: str) -> None:
    """Somebody writes to the database, whatever its keys forbid."""
    references = {"{A}": f"'{of(world, A)}'", "{B}": f"'{of(world, B)}'"}
    for place, reference in references.items():
        statement = statement.replace(place, reference)
    with world.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql(statement)


ALTERATIONS = {
    "UPDATE reports SET reason = 'mismatched' WHERE reference = {A}": [(A, "reason")],
    "UPDATE reports SET message = 'Do not key it again.' WHERE reference = {A}": [(A, "message")],
    "UPDATE reports SET target = 'other' WHERE reference = {A}": [(A, "target")],
    "UPDATE reports SET submission_id = 'x' WHERE reference = {A}": [(A, "submission_id")],
    "UPDATE reports SET due_at = '2099-01-01 00:00:00.000000' WHERE reference = {A}": [(A, "due_at")],
    "UPDATE reports SET verified_at = NULL WHERE reference = {A}": [(A, "verified_at")],
    "UPDATE reports SET erased_at = received_at WHERE reference = {A}": [(A, "erased_at")],
    "UPDATE reports SET notes = '[]' WHERE reference = {A}": [(A, "notes")],
    "UPDATE reports SET problems = '[]' WHERE reference = {B}": [(B, "problems")],
    "UPDATE reports SET sha256 = 'x' WHERE reference = {A}": [(A, "sha256")],
    "UPDATE reports SET identity = 'x' WHERE reference = {A}": [(A, "identity")],
    "UPDATE reports SET form = NULL WHERE reference = {A}": [(A, "form")],
    "UPDATE reports SET form_version = 7 WHERE reference = {A}": [(A, "form_version")],
    "UPDATE reports SET find_first = '1' WHERE reference = {A}": [(A, "find_first")],
    "UPDATE deliveries SET sha256 = 'x' WHERE reference = {A}": [(A, "deliveries")],
    "DELETE FROM deliveries WHERE reference = {A}": [(A, "deliveries")],
    "DELETE FROM jobs WHERE reference = {A}": [(A, "job 1"), (A, "job 2")],
    "UPDATE jobs SET reference = {B} WHERE id = 2": [(A, "job 2"), (B, "job 2"), (B, "mismatches")],
    "UPDATE jobs SET state = 'waiting' WHERE id = 1": [(A, "job 1 state")],
    "UPDATE jobs SET kind = 'update' WHERE id = 1": [(A, "job 1 kind")],
    "UPDATE jobs SET kind = 'bogus' WHERE id = 1": [(A, "job 1 kind")],
    "UPDATE jobs SET target = 'other' WHERE id = 3": [(B, "job 3 target")],
    "UPDATE jobs SET revision = 1 WHERE id = 1": [(A, "job 1 revision")],
    "UPDATE jobs SET pressed_at = NULL WHERE id = 1": [(A, "job 1 pressed_at")],
    "UPDATE jobs SET saving_job = 3 WHERE id = 2": [(A, "job 2 saving_job")],
    "UPDATE switches SET switched_on = '0'": [("form:ocr", "switched_on")],
    "UPDATE target_switches SET configured = '0'": [("target:chs", "configured")],
    "DELETE FROM target_switches": [("target:chs", "switch")],
    "UPDATE target_switches SET target = 'x'": [("target:chs", "switch"), ("target:x", "switch")],
    "UPDATE api_clients SET secret = 'x' WHERE name = 'hub'": [("client:hub", "secret")],
    "UPDATE api_clients SET name = 'other' WHERE name = 'hub'": [("client:hub", "name")],
    "UPDATE api_clients SET revoked_at = NULL WHERE name = 'gone'": [("client:gone", "current")],
    "DELETE FROM api_clients WHERE name = 'hub'": [("client:hub", "client")],
}


@pytest.mark.parametrize("statement", ALTERATIONS)
def test_what_is_changed_behind_the_trail_is_named(world: World, statement: str) -> None:
    """One change in the database by somebody without the keys is a finding that names the place."""
    assert list(world.store.altered()) == []
    names = {of(world, A): A, of(world, B): B}
    names |= {f"client:{each.id}": f"client:{each.name}" for each in world.store.api_clients()}
    change(world, statement)
    found = [(names.get(subject, subject), place) for subject, place in world.store.altered()]
    assert sorted(found) == ALTERATIONS[statement]


def test_what_earlier_versions_did_not_record_is_no_finding(tmp_path: Path) -> None:
    """Entries that say less than they do now, of a report that is keyed afterwards, are as good as they were."""
    world = World(tmp_path)
    world.receive()
    with world.engine.begin() as connection:
        for seq, details in connection.execute(select(entries.c.seq, entries.c.details)).all():
            said = json.loads(details)
            for name in ("find_first", "form", "form_version", "identity"):
                said.get("digests", {}).pop(name, None)
            for columns in said.get("jobs", {}).values():
                columns.pop("revision", None)
            this = update(entries).where(entries.c.seq == seq)
            connection.execute(this.values(details=json.dumps(said)))
    assert list(world.store.altered()) == []
    world.finish(world.claimed())
    assert list(world.store.altered()) == []
    world.engine.dispose()


def test_what_is_marked_after_a_restore_is_recorded(tmp_path: Path) -> None:
    """The trail says of each report, once, that it is to be looked for first: no mark can be taken away."""
    world = _filled(World(tmp_path))
    for _ in range(2):
        assert recovery.mark_for_look_up(world.store) == 1
    assert list(world.store.altered()) == []
    assert world.actions().count("changed") == 2
    change(world, "UPDATE reports SET find_first = '0'")
    assert sorted(world.store.altered()) == sorted((of(world, name), "find_first") for name in (A, B))
    world.engine.dispose()


def _at_work(world: World) -> Iterator[object]:
    """What robots and the public do, act by act."""
    for number in range(3, 12):
        yield world.receive(number)
        claim = world.claimed()
        yield claim
        yield world.finish(claim)


def test_verifying_beside_a_running_system_finds_nothing(world: World) -> None:
    """What is received, claimed and saved between any two statements of the verification is no alteration."""
    other = World(world.folder, url=world.url)
    acts = _at_work(other)

    def meanwhile(*_: object) -> None:
        next(acts, None)

    event.listen(world.engine, "before_cursor_execute", meanwhile)
    assert list(world.store.altered()) == []
    event.remove(world.engine, "before_cursor_execute", meanwhile)
    assert len(list(world.store.reports())) > 3
    assert list(world.store.altered()) == []
    other.engine.dispose()
