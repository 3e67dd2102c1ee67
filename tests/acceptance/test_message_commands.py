"""Messages as people who run the system see them: what was sent, what may have been, and how it is settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.actions import recovery
from orchestrator.states import MessageState
from tests.integration.notify_world import MailServer, mail_server
from tests.integration.practice_chs_visitor import RunningChs, running
from tests.system_world import OURSELVES, System, make_short_system, make_system, run, until

NEEDS_A_PERSON, WRONG_SETTING = 1, 2
SAMPLE = "09-identifiable-item.json"
NOTIFY = """
[notify]
channel = "smtp"
round_seconds = 0.1
[notify.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "no-reply@police.example"
[forms.ocr.messages]
received = true
recorded = true
"""


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChs]:
    """A practice CHS for this module."""
    with running(tmp_path_factory.mktemp("chs")) as chs:
        yield chs


def telling(system: System, mail: MailServer) -> System:
    """An installation that tells the people who reported."""
    text = system.config.read_text(encoding="utf-8")
    system.config.write_text(text + NOTIFY.format(port=mail.port), encoding="utf-8")
    return system


@pytest.fixture
def system(tmp_path: Path, mail: MailServer) -> System:
    """One with no target to reach."""
    return telling(make_system(tmp_path, RunningChs("http://127.0.0.1:9")), mail)


def test_a_running_system_tells_who_reported(tmp_path: Path, practice: RunningChs, mail: MailServer) -> None:
    """`rpa run` sends the reference once the report has arrived, and that of the record once it is read back.
    Each is on the trail, and in what `rpa report` shows, without the address."""
    system = telling(make_short_system(tmp_path, practice), mail)
    (reference,) = system.ingest(SAMPLE)
    with system.started("run"):
        until(lambda: len(mail.taken) == 2, 120, system.log)
        until(lambda: system.app.store.messages.counts()[MessageState.SENT] == 2, why=system.log)
    assert reference in str(mail.message(0)["Subject"])
    assert str(system.report(reference).target_reference) in str(mail.message(1)["Subject"])
    shown = system.rpa("report", reference)
    assert "received: sent at" in shown
    assert "recorded: sent at" in shown
    (found,) = system.rpa_json("report", reference)
    assert [(each["kind"], each["state"]) for each in found["messages"]] == [
        ("received", "sent"),
        ("recorded", "sent"),
    ]
    assert mail.taken[0][1][0] not in system.log() + str(found["messages"])
    assert system.rpa("messages", "list") == ""
    assert len(system.rpa("messages", "list", "--all").splitlines()) == 2
    system.assert_proved()


def test_what_may_have_been_sent_is_told_until_it_is_settled(system: System) -> None:
    """An uncertain message is in `rpa status` and `rpa messages list`, which ends with 1, until somebody says what
    became of it; who did is on the trail."""
    (reference,) = system.ingest(SAMPLE)
    assert system.rpa_json("status")[0]["messages"]["waiting"] == 1
    assert f"{reference}  received: to be sent" in system.rpa("messages", "list")
    recovery.mark_for_look_up(system.app.store)
    assert "may have been sent: see rpa messages list" in system.rpa("status")
    (line,) = system.rpa_json("messages", "list", code=NEEDS_A_PERSON)
    assert (line["reference"], line["kind"], line["state"]) == (reference, "received", "uncertain")
    assert "restored from a copy" in system.rpa("report", reference)
    system.rpa("messages", "settle", reference, "recorded", "--as", "sent", code=NEEDS_A_PERSON)
    system.rpa("messages", "settle", reference, "thanks", "--as", "sent", code=WRONG_SETTING)
    said = system.rpa("messages", "settle", reference.lower(), "received", "--as", "sent")
    assert said == f"{reference}: its message received is sent.\n"
    row = list(system.app.store.entries())[-1]
    assert (row["actor"], row["action"]) == (OURSELVES, "message sent")
    system.assert_proved()


def test_a_message_is_switched_on_only_where_it_can_be_sent(system: System) -> None:
    """`rpa check` names what is missing, with its line."""
    system.rpa("check")
    system.set('channel = "smtp"\n', "")
    done = run(system.folder, "check", config=system.config)
    assert done.returncode == WRONG_SETTING
    assert "forms.ocr.messages.received: there is no [notify] channel to send it by" in done.stderr
