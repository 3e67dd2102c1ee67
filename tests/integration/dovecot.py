"""An IMAP server of the tests' own: the installed Dovecot, on ports of its own, in a folder of its own."""

from __future__ import annotations

import contextlib
import grp
import hmac
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psutil
import trustme
from imapclient import IMAPClient

from tests.system_world import until

MECHANISMS = "plain login xoauth2 oauthbearer"
SIGNING_KEY = b"a key of the tests, known to everybody"
USERS = ("reports", "second")
USER, PASSWORD = "reports", "päss word"
BEFORE = 10.0  # seconds within which it starts or ends


@cache
def program() -> str | None:
    """Where Dovecot is installed; None where it is not."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass
class Dovecot:
    """A server: its folder, its ports, and what it can do."""

    home: Path
    plain: int
    tls: int
    capabilities: str
    mechanisms: str
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def ca(self) -> Path:
        """The certificate of the authority that signed the server's."""
        return self.home / "ca.pem"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert program() is not None, (
            "Dovecot is not installed: `make setup`, or sudo apt-get install dovecot-imapd"
        )
        self.process = subprocess.Popen([str(program()), "-F", "-c", str(self.home / "dovecot.conf")])
        until(lambda: _listens(self.plain) and _listens(self.tls), BEFORE)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it with everything it started, by their process ids."""
        if self.process is None:
            return
        family = self.family()
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            for each in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(BEFORE)
        for each in [*family, self.process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait()
        self.process = None

    def family(self) -> list[psutil.Process]:
        """The processes that it started."""
        return psutil.Process(self.process.pid).children(recursive=True) if self.process else []

    def freeze(self) -> None:
        """Have it respond to nothing."""
        assert self.process is not None
        for each in [psutil.Process(self.process.pid), *self.family()]:
            each.suspend()

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        for each in [psutil.Process(self.process.pid), *self.family()]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.resume()

    @contextmanager
    def client(self, user: str = USER) -> Iterator[IMAPClient]:
        """A connection to a mailbox, signed in."""
        with IMAPClient("127.0.0.1", self.plain, ssl=False) as client:
            client.sasl_login("PLAIN", lambda _: f"\0{user}\0{PASSWORD}".encode())
            yield client

    def deliver(self, *messages: bytes, user: str = USER, folder: str = "INBOX") -> None:
        """Put messages into a folder."""
        with self.client(user) as client:
            for each in messages:
                client.append(folder, each)

    def holds(self, folder: str = "INBOX", user: str = USER) -> int:
        """How many messages a folder has; 0 where there is none."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return 0
            return int(client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"])


def token(user: str = USER, seconds: int = 600) -> str:
    """An OAuth2 token that the server accepts for a user: a JSON Web Token, signed with its key."""
    now = int(time.time())
    claims = {"sub": user, "iat": now - 10, "nbf": now - 10, "exp": now + seconds}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = b".".join(_base64(json.dumps(each).encode()) for each in parts)
    return (signed + b"." + _base64(hmac.digest(SIGNING_KEY, signed, "sha256"))).decode()


def _base64(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


@contextmanager
def dovecot(capabilities: str = "", mechanisms: str = MECHANISMS) -> Iterator[Dovecot]:
    """A running server with a mailbox for each of `USERS`. `capabilities`: what it says
    that it can do, where that is less than all."""
    with tempfile.TemporaryDirectory(prefix="rpa-dovecot-") as name:
        home = Path(name)
        home.chmod(0o755)
        server = Dovecot(home, _free_port(), _free_port(), capabilities, mechanisms)
        _configure(server)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _configure(server: Dovecot) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(server.ca)
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        server.home / "server.pem"
    )
    (server.home / "mail").mkdir()
    root = os.geteuid() == 0
    other = next((each.pw_name for each in pwd.getpwall() if each.pw_name == "nobody"), "root")
    user = pwd.getpwnam(other) if root else pwd.getpwuid(os.geteuid())
    os.chown(server.home / "mail", user.pw_uid, user.pw_gid)
    login = other if root else user.pw_name
    lines = f"""
base_dir = {server.home}/run
state_dir = {server.home}/state
log_path = {server.home}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {login}
default_internal_user = {login}
default_internal_group = {_group(user.pw_gid)}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{server.home}/mail/%u
mailbox_list_index = no
ssl = yes
ssl_cert = <{server.home}/server.pem
ssl_key = <{server.home}/server.pem
disable_plaintext_auth = no
auth_mechanisms = {server.mechanisms}
auth_failure_delay = 0 secs
mail_fsync = never
{"imap_capability = " + server.capabilities if server.capabilities else ""}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {server.home}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN {server.home}/users
}}
userdb {{
  driver = static
  args = uid={user.pw_uid} gid={user.pw_gid} home={server.home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.plain}
  }}
  inet_listener imaps {{
    port = {server.tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap {{
  process_limit = 50
}}
protocol imap {{
  mail_max_userip_connections = 50
}}
"""
    keys = server.home / "keys" / "default" / "HS256"
    keys.mkdir(parents=True)
    (keys / "default").write_bytes(b64encode(SIGNING_KEY))
    (server.home / "oauth2.conf").write_text(
        f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={server.home}/keys/\n"
        "username_attribute = sub\n",
        encoding="utf-8",
    )
    (server.home / "users").write_text(
        "".join(f"{each}:{{PLAIN}}{PASSWORD}::::::\n" for each in USERS), encoding="utf-8"
    )
    (server.home / "dovecot.conf").write_text(lines, encoding="utf-8")


def _group(number: int) -> str:
    return grp.getgrgid(number).gr_name


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
