"""Mailboxes on a real IMAP server: what arrives is received, moved, and never lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.dovecot import USER, Dovecot, dovecot
from tests.integration.mailbox_world import QUICK, Disk, keeping, keys, mail
from tests.system_world import until


@pytest.fixture(scope="module")
def running() -> Iterator[Dovecot]:
    """A server for all tests of this module."""
    with dovecot() as server:
        yield server


@pytest.fixture
def server(running: Dovecot) -> Dovecot:
    """The same with empty mailboxes."""
    for user in (USER, "second"):
        with running.client(user) as client:
            for _, _, folder in client.list_folders():
                client.select_folder(folder)
                client.delete_messages(client.search())
                client.expunge()
                client.unselect_folder()
                if folder != "INBOX":
                    client.delete_folder(folder)
    return running


def test_what_lies_there_is_received_and_moved(server: Dovecot, tmp_path: Path) -> None:
    """Each message is received once with its own bytes, and moved to a folder that is made for it."""
    server.deliver(*(mail(str(number)) for number in range(5)))
    with keeping(keys(server, tmp_path)) as world:
        world.until_idle()
        assert sorted(world.disk.names()) == list("01234")
        assert {each.source for each in world.disk.kept} == {"mailbox"}
        assert sorted(each.content for each in world.disk.kept) == [mail(str(number)) for number in range(5)]
        assert (server.holds(), server.holds("Done")) == (0, 5)
        assert world.logs == []


def test_the_newest_and_the_oldest_come_first(server: Dovecot, tmp_path: Path) -> None:
    """What arrives now does not wait behind all that is there, nor that behind what arrives."""
    server.deliver(*(mail(str(number)) for number in range(120)))
    with keeping(keys(server, tmp_path)) as world:
        world.until_idle()
    assert {"0", "1", "119", "118"} <= set(world.disk.names()[:50])
    assert set(world.disk.names()[:50]) == {str(each) for each in [*range(25), *range(95, 120)]}


def test_what_arrives_is_told_by_the_server(server: Dovecot, tmp_path: Path) -> None:
    """With IDLE a message is received long before the next look is due."""
    with keeping(keys(server, tmp_path, poll_seconds=300)) as world:
        world.until_idle()
        server.deliver(mail("new"))
        world.until_kept(1, 10)
        until(lambda: server.holds("Done") == 1, 10)


def test_idle_is_begun_anew(server: Dovecot, tmp_path: Path) -> None:
    """IDLE is ended and begun again before a server would end it, and what arrives then is still told."""
    with keeping(keys(server, tmp_path, poll_seconds=300, idle_seconds=0.1)) as world:
        world.until_idle()
        time.sleep(0.5)  # five times over: nothing else shows it
        server.deliver(mail("new"))
        world.until_kept(1, 10)
        assert world.logs == []


def test_it_stops_at_once(server: Dovecot, tmp_path: Path) -> None:
    """While it waits for mail it ends within a second of being told."""
    with keeping(keys(server, tmp_path, poll_seconds=300)) as world:
        world.until_idle()
        begun = time.monotonic()
        world.mailboxes.stop()
        assert time.monotonic() - begun < 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_connections(server: Dovecot, tmp_path: Path, security: str) -> None:
    """TLS from the start, and TLS begun on a plain connection, with the authority that the settings name."""
    server.deliver(mail("one"))
    port = server.tls if security == "tls" else server.plain
    with keeping(keys(server, tmp_path, security=security, port=port, ca=server.ca)) as world:
        world.until_idle()
        assert world.disk.names() == ["one"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_is_not_trusted(server: Dovecot, tmp_path: Path, security: str) -> None:
    """Without the authority the mailbox is away, and told once, however often it is tried."""
    port = server.tls if security == "tls" else server.plain
    with keeping(keys(server, tmp_path, security=security, port=port)) as world:
        world.until_told("away")
        time.sleep(0.5)
    assert ["not trusted" in str(each["error"]) for each in world.told("away")] == [True]
    assert world.disk.kept == []


def test_an_authority_that_is_no_certificate(server: Dovecot, tmp_path: Path) -> None:
    """A file that `ca` names and that is not what it should be is told as such."""
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")
    box = keys(server, tmp_path, security="tls", port=server.tls, ca=tmp_path / "ca.pem")
    with keeping(box) as world:
        world.until_told("away")
    assert "`ca`" in str(world.told("away")[0]["error"])


def test_a_wrong_password(server: Dovecot, tmp_path: Path) -> None:
    """It is told as such, once; corrected in its file it is used at the next try, and that is told."""
    server.deliver(mail("one"))
    box = keys(server, tmp_path)
    (tmp_path / "password").write_text("wrong", encoding="utf-8")
    with keeping(box) as world:
        world.until_told("away")
        time.sleep(0.5)
        assert ["refuses the name" in str(each["error"]) for each in world.told("away")] == [True]
        keys(server, tmp_path)
        world.until_idle()
        assert len(world.told("back")) == 1
    assert world.disk.names() == ["one"]


def test_a_folder_that_is_not_there(server: Dovecot, tmp_path: Path) -> None:
    """It is told, and once somebody has made it, its mail is received."""
    with keeping(keys(server, tmp_path, folder="Reports")) as world:
        world.until_told("away")
        assert "no folder Reports" in str(world.told("away")[0]["error"])
        with server.client() as client:
            client.create_folder("Reports")
        server.deliver(mail("one"), folder="Reports")
        world.until_idle()
    assert world.disk.names() == ["one"]


def test_one_bad_message_stops_no_other(server: Dovecot, tmp_path: Path) -> None:
    """A message that cannot be kept stays where it is, is told once, and is received when it can be."""
    server.deliver(*(mail(name) for name in ("one", "bad", "three")))
    bad = [OSError(28, "")]
    disk = Disk(refused=lambda content: bad[0] if bad and b"secret bad" in content else None)
    with keeping(keys(server, tmp_path), disk=disk) as world:
        world.until_kept(2)
        world.until_told("cannot be received")
        until(lambda: server.holds("Done") == 2)
        time.sleep(0.5)
        assert len(world.told("cannot be received")) == 1
        assert server.holds() == 1
        bad.clear()
        world.until_kept(3)
        until(lambda: server.holds() == 0)
    assert sorted(world.disk.names()) == ["bad", "one", "three"]


def test_a_message_that_is_too_large(server: Dovecot, tmp_path: Path) -> None:
    """It is not fetched, stays where it is, and is told once; the others are received."""
    server.deliver(mail("large", 1_200_000), mail("one"))
    small = QUICK.model_copy(update={"file_megabytes": 1})
    with keeping(keys(server, tmp_path, poll_seconds=0.1), operations=small) as world:
        world.until_idle()
        time.sleep(0.5)
        assert len(world.told("too large")) == 1
    assert (world.disk.names(), server.holds()) == (["one"], 1)


def test_a_message_that_is_gone_meanwhile(server: Dovecot, tmp_path: Path) -> None:
    """Another program that removes a message while it is being received disturbs nothing."""
    server.deliver(mail("one"), mail("two"))

    def removed(content: bytes) -> None:
        with server.client() as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search(["SUBJECT", "one"]))
            client.expunge()

    with keeping(keys(server, tmp_path), disk=Disk(refused=removed)) as world:
        world.until_idle()
        server.deliver(mail("three"))
        world.until_kept(3)
    assert sorted(world.disk.names()) == ["one", "three", "two"]
    assert world.logs == []


def test_a_folder_whose_numbers_begin_anew(server: Dovecot, tmp_path: Path) -> None:
    """When the folder is another one of the same name (UIDVALIDITY), what was known of the old is forgotten."""
    with server.client() as client:
        client.create_folder("Reports")
    server.deliver(mail("bad"), folder="Reports")
    disk = Disk(refused=lambda content: ValueError() if b"secret bad" in content else None)
    slow = QUICK.model_copy(update={"retry_seconds": 3_600, "retry_longest_seconds": 3_600})
    box = keys(server, tmp_path, folder="Reports", poll_seconds=0.1)
    with keeping(box, disk=disk, operations=slow) as world:
        world.until_told("cannot be received")
        with server.client() as client:
            client.rename_folder("Reports", "Old")
            client.create_folder("Reports")
        server.deliver(mail("good"), folder="Reports")
        world.until_kept(1)
    assert world.disk.names() == ["good"]


def test_a_message_that_somebody_deleted_is_not_received(server: Dovecot, tmp_path: Path) -> None:
    """What is marked as deleted is somebody's decision; nobody's mail is removed for good with ours."""
    server.deliver(mail("theirs"), mail("one"))
    with server.client() as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search(["SUBJECT", "theirs"]))
    with keeping(keys(server, tmp_path)) as world:
        world.until_idle()
    assert (world.disk.names(), server.holds(), server.holds("Done")) == (["one"], 1, 1)


def test_no_words_of_a_message_are_logged(server: Dovecot, tmp_path: Path) -> None:
    """Whatever happens to a message, its subject, sender and number on the way are in no log line."""
    server.deliver(mail("one"))
    with keeping(
        keys(server, tmp_path), disk=Disk(refused=lambda _: ValueError("alex@example.com"))
    ) as world:
        world.until_told("cannot be received")
    assert "secret" not in str([{**each, "error": type(each["error"])} for each in world.logs])
