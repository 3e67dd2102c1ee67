"""The clients of the API: added, proven, revoked, and nothing kept that anybody could use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.actions import api_clients
from orchestrator.actions.api_clients import NoSuchClient, NotAdded
from orchestrator.actions.permissions import Actor, Role
from orchestrator.store import KnownClient, RowUnreadable, Store
from tests.integration.store_world import FakeClock, World
from tests.system_world import run

KIM = Actor("user:kim", Role.ADMINISTRATOR)


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A store on each database."""
    world: World = request.getfixturevalue("world" if request.param == "sqlite" else "shared")
    return world


def test_a_client_is_known_by_id_and_secret(installed: World) -> None:
    """Only both together are a client; a wrong secret, an unknown id and none of either are nobody."""
    new = api_clients.add(installed.store, KIM, "Example hub")
    other = api_clients.add(installed.store, KIM, "Other")
    store = installed.store
    assert store.api_client(new.client_id, new.client_secret) == KnownClient(new.client_id, "Example hub")
    assert store.api_client(new.client_id, other.client_secret) is None
    assert store.api_client(other.client_id, new.client_secret) is None
    assert store.api_client("unknown", new.client_secret) is None
    assert store.api_client("unknown", "") is None
    assert store.api_client("", "") is None


def test_a_revoked_client_is_nobody_at_once(installed: World) -> None:
    """By its name or its id, whoever asks next; the other clients are not touched, and twice is refused."""
    new, other = (api_clients.add(installed.store, KIM, name) for name in ("Example hub", "Other"))
    assert api_clients.revoke(installed.store, KIM, "Example hub").id == new.client_id
    assert installed.store.api_client(new.client_id, new.client_secret) is None
    assert installed.store.api_client(other.client_id, other.client_secret) is not None
    with pytest.raises(NoSuchClient):
        api_clients.revoke(installed.store, KIM, new.client_id)
    assert api_clients.revoke(installed.store, KIM, other.client_id).name == "Other"


def test_a_name_is_one_clients_until_it_is_revoked(world: World) -> None:
    """A second client of a name is refused, and may have it once the first is revoked."""
    first = api_clients.add(world.store, KIM, "hub")
    with pytest.raises(NotAdded, match="another client has this name"):
        api_clients.add(world.store, KIM, "hub")
    api_clients.revoke(world.store, KIM, "hub")
    world.clock.turn(1)
    second = api_clients.add(world.store, KIM, "hub")
    assert [(each.id, bool(each.revoked_at)) for each in world.store.api_clients()] == [
        (first.client_id, True),
        (second.client_id, False),
    ]


@pytest.mark.parametrize("name", ["", " hub", "a" * 61, "hub\n", "hub\x1b[2J", "../hub", "hüb"])
def test_a_name_is_plain(world: World, name: str) -> None:
    """A client's name is shown in the trail and the log: nothing in it steers a terminal."""
    with pytest.raises(NotAdded, match="1 to 60 letters"):
        api_clients.add(world.store, KIM, name)


def test_the_trail_says_who_added_and_revoked(world: World) -> None:
    """Both acts are entries with the actor; the secret is neither there nor in the database, nor shown by
    chance."""
    new = api_clients.add(world.store, KIM, "hub")
    api_clients.revoke(world.store, KIM, "hub")
    told = [row for row in world.store.entries() if row["subject"] == f"client:{new.client_id}"]
    assert [(row["actor"], row["action"]) for row in told] == [("user:kim", "added"), ("user:kim", "revoked")]
    kept = (world.folder / "rpa.db").read_bytes() + (world.folder / "rpa.db-wal").read_bytes()
    assert new.client_id.encode() in kept
    assert new.client_secret.encode() not in kept
    assert new.client_secret not in repr(new)
    world.assert_trail_holds()


def test_a_secret_put_into_the_database_is_no_clients(world: World) -> None:
    """Whoever can write to the database and has not the installation's key makes no client that is let in."""
    ours = Store(world.engine, FakeClock(), b"another installation's key, of its own")
    theirs = api_clients.add(ours, KIM, "hub")
    assert ours.api_client(theirs.client_id, theirs.client_secret) is not None
    assert world.store.api_client(theirs.client_id, theirs.client_secret) is None


def test_a_client_that_cannot_be_read_hides_no_other(world: World) -> None:
    """The others are listed, and it is named; it is let in all the same, as what cannot be read decides
    nothing."""
    new, other = (api_clients.add(world.store, KIM, name) for name in ("hub", "other"))
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE api_clients SET added_at = 'x' WHERE name = 'hub'")
    unreadable: list[str] = []
    assert [each.id for each in world.store.api_clients(unreadable.append)] == [other.client_id]
    assert unreadable == [f"client {new.client_id}"]
    assert list(world.store.altered()) == [(f"client {new.client_id}", "its row cannot be read")]
    with pytest.raises(RowUnreadable):
        world.store.api_clients()
    assert world.store.api_client(new.client_id, new.client_secret) is not None


def test_the_commands(tmp_path: Path) -> None:
    """`add --json` prints id and secret once; `list` shows neither the secret nor its digest; `revoke` ends it."""
    assert run(tmp_path, "init").returncode == 0
    added = json.loads(run(tmp_path, "api-clients", "add", "hub", "--json").stdout)
    assert added.keys() == {"client_id", "client_secret"}
    shown = run(tmp_path, "api-clients", "add", "other").stdout
    assert "client_secret" in shown
    assert "The API is off" in shown
    twice = run(tmp_path, "api-clients", "add", "hub")
    assert (twice.returncode, "another client has this name" in twice.stderr) == (1, True)
    (hub, other) = map(json.loads, run(tmp_path, "api-clients", "list", "--json").stdout.splitlines())
    assert (hub["id"], hub["revoked_at"], other["name"]) == (added["client_id"], None, "other")
    assert added["client_secret"] not in json.dumps(hub)
    assert run(tmp_path, "api-clients", "revoke", "hub").stdout == f"hub ({hub['id']}) is revoked.\n"
    assert run(tmp_path, "api-clients", "revoke", "hub").returncode == 1
    listed = run(tmp_path, "api-clients", "list").stdout.splitlines()
    assert ["revoked" in line for line in listed] == [True, False]
