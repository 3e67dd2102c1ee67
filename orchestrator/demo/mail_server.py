"""A mailbox for the demonstration: the installed Dovecot, on a free port, in a folder of its own."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

USER, PASSWORD = "reports", "practice-reports"
_SECONDS = 20.0  # to start, or to end
_CONFIGURATION = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{home}/mail/%u
mailbox_list_index = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class MailServer:
    """A running server, by its port."""

    port: int

    def section(self, password_file: Path) -> str:
        """The section of rpa.toml for its mailbox."""
        return (
            f'\n[intake.mailboxes.online]\nhost = "127.0.0.1"\nport = {self.port}\nsecurity = "none"\n'
            f'username = "{USER}"\npassword_file = "{password_file}"\npoll_seconds = 1\n'
        )

    def deliver(self, *messages: bytes) -> None:
        """Put messages into the mailbox."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=_SECONDS) as client:
            client.login(USER, PASSWORD)
            for message in messages:
                client.append("INBOX", message)


@contextmanager
def mail_server(home: Path) -> Iterator[MailServer | None]:
    """A server with one mailbox for as long as a block lasts; None where Dovecot is not installed, or does not
    start."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        yield None
        return
    server = MailServer(_free_port())
    _configure(home, server.port)
    process = subprocess.Popen(  # noqa: S603 - the program that was found
        [program, "-F", "-c", str(home / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield server if _is_up(process, server.port) else None
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _configure(home: Path, port: int) -> None:
    """The server runs as whoever runs the demonstration; as root, as a user without rights."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    (home / "mail").mkdir(parents=True)
    os.chown(home / "mail", account.pw_uid, account.pw_gid)
    group = grp.getgrgid(account.pw_gid).gr_name
    text = _CONFIGURATION.format(home=home, port=port, user=account.pw_name, group=group, password=PASSWORD)
    (home / "dovecot.conf").write_text(text, encoding="utf-8")


def _is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
