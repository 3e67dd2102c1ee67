"""Mailboxes of servers that die, hang, can do little, or hold mail of strangers."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.integration.dovecot import dovecot, token
from tests.integration.mailbox_world import Disk, keeping, keys, mail
from tests.system_world import until

LEAST = "IMAP4rev1 SASL-IR AUTH=PLAIN"


@pytest.mark.parametrize("can", [LEAST, f"{LEAST} UIDPLUS", f"{LEAST} MOVE"])
def test_a_server_that_can_do_little(tmp_path: Path, can: str) -> None:
    """Without IDLE mail is found by looking; without MOVE it is copied and then removed, and nobody else's is."""
    with dovecot(can) as server:
        server.deliver(mail("theirs"), mail("one"))
        with server.client() as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search(["SUBJECT", "theirs"]))
        with keeping(keys(server, tmp_path, poll_seconds=0.2)) as world:
            world.until_idle()
            server.deliver(mail("two"))
            world.until_kept(2)
            until(lambda: server.holds("Done") == 2)
            time.sleep(0.5)  # two more looks
        left = 3 if can == LEAST else 1  # marked as deleted, where single messages cannot be removed
        assert (sorted(world.disk.names()), server.holds()) == (["one", "two"], left)


def test_a_server_that_dies_in_the_middle(tmp_path: Path) -> None:
    """Killed and started again among fifty messages: each is on disk, none is left, and that it was away is told
    once, as is that it is back."""
    with dovecot() as server:
        server.deliver(*(mail(str(number)) for number in range(50)))
        begun = []

        def killed(_: bytes) -> None:
            if not begun:
                begun.append(True)
                server.stop(signal.SIGKILL)

        with keeping(keys(server, tmp_path), disk=Disk(refused=killed)) as world:
            world.until_told("away")
            server.start()
            world.until_idle()
            assert (server.holds(), server.holds("Done")) == (0, 50)
            assert set(world.disk.names()) == {str(number) for number in range(50)}
            assert (len(world.told("away")), len(world.told("back"))) == (1, 1)


def test_what_is_on_disk_is_not_received_again(tmp_path: Path) -> None:
    """A message that was received, and could not be moved before the server died, is only moved afterwards."""
    with dovecot() as server:
        server.deliver(mail("one"))
        disk = Disk()
        with keeping(keys(server, tmp_path, done="Done"), disk=disk) as world:
            world.until_idle()
            with server.client() as client:
                client.delete_folder("Done")
            server.deliver(mail("two"))
            world.until_kept(2)
            until(lambda: server.holds("Done") == 1)
        assert sorted(disk.names()) == ["one", "two"]


def test_a_server_that_hangs(tmp_path: Path) -> None:
    """One that responds to nothing is found out by the time limit of a call, and used again once it does."""
    with dovecot() as server, keeping(keys(server, tmp_path, timeout_seconds=0.5, poll_seconds=0.2)) as world:
        world.until_idle()
        server.freeze()
        try:
            world.until_told("away", 10)
            assert "in time" in str(world.told("away")[0]["error"])
        finally:
            server.thaw()
        server.deliver(mail("one"))
        world.until_kept(1)
        until(lambda: world.told("back"))


def test_it_stops_while_a_server_hangs(tmp_path: Path) -> None:
    """A server that does not respond delays the end by no more than the time limit of a call."""
    with dovecot() as server, keeping(keys(server, tmp_path, timeout_seconds=1, poll_seconds=0.1)) as world:
        world.until_idle()
        server.freeze()
        try:
            time.sleep(0.3)
            begun = time.monotonic()
            world.mailboxes.stop()
            assert time.monotonic() - begun < 3
        finally:
            server.thaw()


def test_one_mailbox_away_does_not_stop_another(tmp_path: Path) -> None:
    """Of two mailboxes one is away; the other is kept empty."""
    with dovecot() as server:
        away = keys(server, tmp_path, port=1)
        server.deliver(mail("one"), user="second")
        with keeping(away, keys(server, tmp_path, username="second")) as world:
            world.until_kept(1)
            world.until_told("away")
            assert not world.mailboxes.are_idle
            assert [each["place"] for each in world.told("away")] == ["box0"]
        assert server.holds(user="second") == 0


def test_mail_of_strangers_is_held(tmp_path: Path) -> None:
    """Mail from outside the list goes to a folder of its own and is told; what a person flags is taken."""

    def verified(subject: str, sender: str) -> bytes:
        passed = f"Authentication-Results: mx.example.org; dmarc=pass header.from={sender.rpartition('@')[2]}"
        return f"{passed}\r\n".encode() + mail(subject, sender=sender)

    with dovecot() as server:
        server.deliver(
            verified("address", "desk@example.com"),
            verified("domain", "any@example.org"),
            verified("stranger", "desk@example.net"),
            mail("unverified", sender="desk@example.com"),
            verified("two", "desk@example.com, desk@example.net"),
        )
        box = keys(
            server,
            tmp_path,
            senders=["Desk@example.com", "example.org"],
            trusted_authserv=["mx.example.org"],
            held_folder="Strangers",
        )
        with keeping(box) as world:
            world.until_idle()
            assert sorted(world.disk.names()) == ["address", "domain"]
            assert (server.holds(), server.holds("Strangers")) == (0, 3)
            assert [each["count"] for each in world.told("outside the list")] == [3]
            with server.client() as client:
                client.select_folder("Strangers")
                uids = client.search(["SUBJECT", "stranger"])
                client.add_flags(uids, [b"\\Flagged"])
                client.move(uids, "INBOX")
            world.until_kept(3)
            assert world.disk.names()[-1] == "stranger"


@pytest.mark.parametrize("mechanisms", ["plain xoauth2", "plain xoauth2 oauthbearer"])
def test_oauth2_by_a_command(tmp_path: Path, mechanisms: str) -> None:
    """A token that a command prints signs in, by whichever of the two mechanisms the server has."""
    command = [sys.executable, "-c", f"print({token()!r})"]
    with dovecot(mechanisms=mechanisms) as server:
        server.deliver(mail("one"))
        with keeping(keys(server, tmp_path, password_file=None, token_command=command)) as world:
            world.until_idle()
            assert (world.disk.names(), world.logs) == (["one"], [])


def test_an_expired_token_is_told(tmp_path: Path) -> None:
    """A token in a file that the server refuses is told; a fresh one is used at the next try."""
    file = tmp_path / "token"
    file.write_text(token(seconds=-5), encoding="utf-8")
    with dovecot() as server:
        server.deliver(mail("one"))
        with keeping(keys(server, tmp_path, password_file=None, token_file=file)) as world:
            world.until_told("away")
            assert "refuses the name" in str(world.told("away")[0]["error"])
            file.write_text(f"{token()}\n", encoding="utf-8")
            world.until_idle()
        assert world.disk.names() == ["one"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ([sys.executable, "-c", "raise SystemExit(1)"], "token command failed"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "token command failed"),
        ([sys.executable, "-c", "print()"], "printed no token"),
        (["/no/such/program"], "token command failed"),
        ([sys.executable, "-c", "print('abc')"], "refused"),
    ],
)
def test_a_token_command_that_fails(tmp_path: Path, command: list[str], told: str) -> None:
    """It is told what failed, and nothing that the command printed; a server refuses what is no token."""
    with dovecot() as server:
        box = keys(server, tmp_path, password_file=None, token_command=command, timeout_seconds=2)
        with keeping(box) as world:
            world.until_told("away", 20)
        assert told in str(world.told("away")[0]["error"]).replace("refuses", "refused")
