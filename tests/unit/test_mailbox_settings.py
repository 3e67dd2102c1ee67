"""Settings of mailboxes: a mailbox that could not be used, or not safely, is refused at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.credentials import mailbox_faults
from orchestrator.settings import load_settings
from rpa.errors import DefinitionError
from tests.unit.test_settings import SMALL

MAILBOX = """
[intake.mailboxes.online]
host = "imap.example.com"
username = "reports"
password_file = "secrets/mailbox"
"""


@pytest.mark.parametrize(
    ("wrong", "place", "said"),
    [
        ('security = "none"', "intake.mailboxes.online.security", "this machine only"),
        ('security = "ssl"', "intake.mailboxes.online.security", "'tls', 'starttls' or 'none'"),
        ('token_file = "token"', "intake.mailboxes.online.password_file", "give one of"),
        ('done = "INBOX"', "intake.mailboxes.online.folder", "other folders"),
        ("idle_seconds = 1800", "intake.mailboxes.online.idle_seconds", "1740"),
        ('senders = ["example"]', "intake.mailboxes.online.senders.0", "a domain such as"),
        ('trusted_authserv = ["mx.example.org"]', "intake.mailboxes.online.trusted_authserv", "no effect"),
        ("poll = 3", "intake.mailboxes.online.poll", "no such"),
    ],
)
def test_faults_of_a_mailbox_are_told_with_their_line(
    tmp_path: Path, wrong: str, place: str, said: str
) -> None:
    """A mailbox that could not be used, or not safely, is refused at the start, with place and line."""
    (tmp_path / "rpa.toml").write_text(f"{SMALL}{MAILBOX}{wrong}\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_settings(tmp_path / "rpa.toml")
    (fault,) = caught.value.faults
    assert (fault.place, said in str(fault)) == (place, True), str(fault)
    assert fault.line > SMALL.count("\n") + 1


def test_files_of_a_mailbox_are_relative_to_the_settings(tmp_path: Path) -> None:
    """Its password and its authority lie beside the file that names them."""
    given = f'{SMALL}{MAILBOX}ca = "ca.pem"\n'
    (tmp_path / "rpa.toml").write_text(given, encoding="utf-8")
    mailbox = load_settings(tmp_path / "rpa.toml").intake.mailboxes["online"]
    assert (mailbox.password_file, mailbox.ca) == (tmp_path / "secrets/mailbox", tmp_path / "ca.pem")
    assert (mailbox.port, mailbox.security, mailbox.done) == (993, "tls", "Done")


def test_files_of_a_mailbox_that_cannot_be_read_are_faults(tmp_path: Path) -> None:
    """`rpa check` names a password file that is not there, with the line that names it."""
    (tmp_path / "rpa.toml").write_text(f"{SMALL}{MAILBOX}", encoding="utf-8")
    (fault,) = mailbox_faults(load_settings(tmp_path / "rpa.toml"))
    assert fault.place == "intake.mailboxes.online.password_file"
    assert fault.line == f"{SMALL}{MAILBOX}".count("\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "mailbox").write_text("x", encoding="utf-8")
    assert list(mailbox_faults(load_settings(tmp_path / "rpa.toml"))) == []
