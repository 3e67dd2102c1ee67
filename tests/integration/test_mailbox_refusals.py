"""Mailboxes of servers that refuse single commands, and what is told of it."""

from __future__ import annotations

from pathlib import Path

from orchestrator.intake.mailbox import MOST_AT_ONCE
from tests.integration.dovecot import dovecot
from tests.integration.imap_between import between
from tests.integration.mailbox_world import Disk, keeping, keys, mail
from tests.system_world import until

SECOND = rb"UID FETCH (?:\d+,)*2(?:,\d+)* \(BODY"
NO = b"TAG NO [SERVERBUG] The message could not be converted to Internet format.\r\n"
NIL = b"* 1 FETCH (UID 1 BODY[] NIL)\r\nTAG OK Done.\r\n"


def test_a_message_that_the_server_refuses(tmp_path: Path) -> None:
    """It stays and is told once, however often it is tried; the others are received, and it once it is given."""
    with dovecot() as server, between(server.plain, {SECOND: NO}) as fault:
        server.deliver(*(mail(str(number)) for number in range(5)))
        with keeping(keys(server, tmp_path, port=fault.port)) as world:
            world.until_kept(4)
            server.deliver(mail("new"))
            world.until_kept(5)
            until(lambda: fault.asked > 6, 20, lambda: str(world.logs))
            assert server.holds() == 1
            assert [each["count"] for each in world.logs] == [1]
            assert world.told("cannot be received")
            assert "does not give" in str(world.logs[0]["error"])
            fault.answers.clear()
            world.until_kept(6)
            until(lambda: server.holds("Done") == 6)
        assert sorted(world.disk.names()) == ["0", "1", "2", "3", "4", "new"]
        assert len(world.logs) == 1


def test_a_message_without_content(tmp_path: Path) -> None:
    """Where the server has nothing for a message that is there, that is told once, and it is received later."""
    with dovecot() as server, between(server.plain, {rb"UID FETCH 1 \(BODY": NIL}) as fault:
        server.deliver(mail("one"))
        with keeping(keys(server, tmp_path, port=fault.port)) as world:
            until(lambda: fault.asked > 2, 20, lambda: str(world.logs))
            assert [each["count"] for each in world.told("cannot be received")] == [1]
            fault.answers.clear()
            world.until_kept(1)
        assert len(world.logs) == 1


def test_a_server_that_refuses_after_it_opened_the_folder(tmp_path: Path) -> None:
    """It is away, and told once, until a whole round goes well; between tries it waits longer each time."""
    with dovecot() as server, between(server.plain, {b"UID SEARCH": b"TAG NO Not now.\r\n"}) as fault:
        server.deliver(mail("one"))
        with keeping(keys(server, tmp_path, port=fault.port)) as world:
            until(lambda: fault.asked > 4, 20, lambda: str(world.logs))
            assert [each["event"] for each in world.logs] == ["a mailbox is away and is tried again"]
            fault.answers.clear()
            world.until_kept(1)
            world.until_told("back")
        assert len(world.logs) == 2


def test_a_message_that_is_gone_before_it_is_asked_for(tmp_path: Path) -> None:
    """The server refuses to give what another program has removed since it was listed: that is told to nobody."""
    number = MOST_AT_ONCE + 3
    with dovecot() as server:
        server.deliver(*(mail(f"{each:03}") for each in range(number)))
        removed = []

        def remove(_: bytes) -> None:
            if not removed:
                removed.append(True)
                with server.client() as client:
                    client.select_folder("INBOX")
                    client.delete_messages(client.search(["SUBJECT", f"{number // 2:03}"]))
                    client.expunge()

        with keeping(keys(server, tmp_path), disk=Disk(refused=remove)) as world:
            world.until_idle()
            assert (len(set(world.disk.names())), world.logs) == (number - 1, [])
