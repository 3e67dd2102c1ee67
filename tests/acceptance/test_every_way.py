"""The same twelve reports by every channel and in every format: one record each."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import pytest

from rpa.report import reference_of
from tests import every_way
from tests.api_world import listens
from tests.every_way import Raw
from tests.integration.dovecot import PASSWORD, USER, Dovecot, dovecot
from tests.integration.practice_chs_visitor import running
from tests.system_world import System, make_short_system, until
from tests.worlds import document

TWELVE = (
    "01-bicycle-theft.json",
    "02-burglary.json",
    "03-witness-to-assault.json",
    "04-for-an-elderly-parent.json",
    "05-shop-theft.json",
    "06-damaged-car.json",
    "07-phone-snatch.json",
    "08-bank-card.json",
    "09-identifiable-item.json",
    "10-known-suspect.json",
    "11-described-suspect.json",
    "12-male-suspect.json",
)
API = ("sdm by the API", "json by the API")
MINUTES = 4


@dataclass(frozen=True)
class Channels:
    """An installation with every channel open, and those who send to it."""

    system: System
    mail: Dovecot
    port: int
    printing: Path

    @cached_property
    def client(self) -> dict[str, str]:
        """What identifies the API's client."""
        (client,) = self.system.rpa_json("api-clients", "add", "hub")
        return {"client_id": client["client_id"], "client_secret": client["client_secret"]}

    @cached_property
    def ways(self) -> list[str]:
        """Every way, by name."""
        return [*every_way.ways(self.printing), *API]

    def send(self, way: str, raw: Raw) -> None:
        """Send a report by one way."""
        if way in API:
            self._post(way, raw)
            return
        name, content = every_way.ways(self.printing)[way](raw)
        if name.endswith(".eml"):
            self.mail.deliver(content)
        else:
            self.system.inbox.mkdir(parents=True, exist_ok=True)
            part = self.system.inbox / f"{way.replace(' ', '-')}-{raw['submissionId']}-{name}.part"
            part.write_bytes(content)
            part.rename(part.with_suffix(""))

    def _post(self, way: str, raw: Raw) -> None:
        path, content = (
            ("incidents", every_way.in_sdm(raw)) if "sdm" in way else ("reports", every_way.as_json(raw))
        )
        headers = {**self.client, "Content-Type": "application/json"}
        response = httpx.post(
            f"http://127.0.0.1:{self.port}/{path}", content=content, headers=headers, timeout=30
        )
        assert response.status_code == 201, response.text


@pytest.fixture
def channels(tmp_path: Path) -> Iterator[Channels]:
    """A system whose folder, mailbox and API are open."""
    with running(tmp_path / "chs") as chs, dovecot() as mail, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        system = make_short_system(tmp_path / "system", chs, robots=2, lease=60)
        secret = system.folder / "secrets" / "mailbox"
        secret.write_text(PASSWORD, encoding="utf-8")
        system.set("[api]\nenabled = false", "[api]\nenabled = true")
        system.set("port = 8020", f"port = {port}")
        mailbox = f'host = "127.0.0.1"\nport = {mail.plain}\nsecurity = "none"\nusername = "{USER}"\n'
        files = f'password_file = "{secret}"\npoll_seconds = 0.2\n'
        text = system.config.read_text(encoding="utf-8")
        system.config.write_text(f"{text}\n[intake.mailboxes.online]\n{mailbox}{files}", encoding="utf-8")
        (tmp_path / "printing").mkdir()
        yield Channels(system, mail, port, tmp_path / "printing")


def test_twelve_reports_by_all_channels_are_twelve_records(channels: Channels) -> None:
    """Each report comes first by another way and is keyed as it came; then by all the others, and nothing more is
    keyed: one record each, and every delivery is on record."""
    system, reports = channels.system, [document(name) for name in TWELVE]
    references = {reference_of(str(raw["submissionId"]).lower()): raw for raw in reports}

    def all_in(states: set[str]) -> bool:
        found = {each.reference: str(each.state) for each in system.app.store.reports()}
        return found.keys() == references.keys() and set(found.values()) <= states

    with system.started("run"):
        until(lambda: listens(channels.port), 60, system.log)
        for number, raw in enumerate(reports):
            channels.send(channels.ways[number % len(channels.ways)], raw)
        until(lambda: all_in({"review"}), 60 * MINUTES, system.log)
        for number, raw in enumerate(reports):
            for way in channels.ways:
                if way != channels.ways[number % len(channels.ways)]:
                    channels.send(way, raw)
        deliveries = system.app.store.deliveries
        wanted = len(channels.ways)
        until(lambda: all(len(deliveries(each)) >= wanted for each in references), 60 * MINUTES, system.log)
        assert all_in({"review"})
    assert system.records() == dict.fromkeys(references, 1)
    assert channels.mail.holds() == 0
    system.assert_proved()
