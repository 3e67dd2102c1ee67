"""`rpa run` with a mailbox: what is sent to it becomes a report."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.dovecot import PASSWORD, USER, dovecot
from tests.integration.mailbox_world import mail
from tests.integration.practice_chs_visitor import RunningChs
from tests.system_world import make_short_system, until

MAILBOX = f"""
[intake.mailboxes.online]
host = "127.0.0.1"
port = PORT
security = "none"
username = "{USER}"
password_file = "secrets/mailbox"
timeout_seconds = 2
"""


def test_mail_becomes_a_report(tmp_path: Path, practice: RunningChs) -> None:
    """A message is in the store and out of the mailbox when `rpa run --until-idle` ends; no line of the log has a
    word of it."""
    system = make_short_system(tmp_path, practice)
    (tmp_path / "secrets" / "mailbox").write_text(PASSWORD, encoding="utf-8")
    with dovecot() as server:
        system.set("[intake.folder]", MAILBOX.replace("PORT", str(server.plain)) + "[intake.folder]")
        server.deliver(mail("one"))
        system.finish()
        assert (server.holds(), server.holds("Done")) == (0, 1)
    (report,) = system.rpa_json("reports")
    assert system.report(report["reference"]).source == "mailbox"
    assert "secret" not in system.log()


def test_a_mailbox_that_is_away_is_waited_for(tmp_path: Path, practice: RunningChs) -> None:
    """While a mailbox is away `--until-idle` waits, and says what for; once it is back, its mail is received."""
    system = make_short_system(tmp_path, practice)
    (tmp_path / "secrets" / "mailbox").write_text(PASSWORD, encoding="utf-8")
    with dovecot() as server:
        system.set("[intake.folder]", MAILBOX.replace("PORT", str(server.plain)) + "[intake.folder]")
        server.deliver(mail("one"))
        server.stop()
        with system.started("run", "--until-idle") as process:
            until(lambda: "waiting until a mailbox is looked through" in system.log())
            server.start()
            assert process.wait(60) in (0, 1)
        away = [json.loads(line) for line in system.log().splitlines() if '"a mailbox is' in line]
        assert [(each["event"], each["place"]) for each in away] == [
            ("a mailbox is away and is tried again", "online"),
            ("a mailbox is back", "online"),
        ]
        assert "The server" in away[0]["error"]
        assert server.holds("Done") == 1
