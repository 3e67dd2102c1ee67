"""A visitor of the practice CHS without a browser, and the practice CHS as a process."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.integration.practice_chs_page import Page

READY = re.compile(r"practice CHS ready on (http://127\.0\.0\.1:[0-9]+)\n")
# One empty context for every client: reading the machine's certificates each time takes longer than the requests.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
Given = Mapping[str, str | bool | Sequence[str]]
FIRST: Given = {
    "Source reference": "REF-1",
    "Origin": "Online form",
    "Date reported": "03/02/2026",
    "Time reported": "14:05",
    "Reported as": "Victim",
}
LEAST: dict[str, Given] = {
    "Contact and origin": FIRST,
    "Victim": {"Victim is": "The person reporting"},
    "Incident": {"Category": "Online report", "Opening code": "900 Online crime report"},
}


class Visitor:
    """Somebody at a browser, as far as HTTP can tell."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(base_url=base, follow_redirects=True, timeout=10, verify=PLAIN)

    def close(self) -> None:
        """Leave."""
        self.client.close()

    def open(self, path: str) -> Page:
        """Go to an address."""
        return self._page(self.client.get(path))

    @staticmethod
    def _page(answer: httpx.Response) -> Page:
        return Page(answer)

    def sign_in(self, account: str = "robot01", next_page: str = "") -> Page:
        """Sign in."""
        data = {"ctl00_usr": account, "ctl00_pwd": f"practice-{account}", "next": next_page}
        return self._page(self.client.post("/sign-in", data=data))

    def post(self, page: Page, data: Mapping[str, Any]) -> Page:
        """Post the journey's form of a page."""
        action = page.root.one("form", class_="journey").attrs["action"]
        return self._page(self.client.post(action, data=data))

    def save_screen(
        self, page: Page, given: Given | None = None, rows: Sequence[Mapping[str, str]] = ()
    ) -> Page:
        """Fill in a screen by labels and headings, and press Save and continue."""
        data = page.form()
        for key, value in (given or {}).items():
            if key != "Opening code":
                page.fill(data, key, value)
            else:
                data[page.control(key).attrs["name"]] = [str(value)[:3]]
        if rows:
            page.add_rows(data, rows)
        return self.post(page, data)

    def to_review(
        self,
        given: Mapping[str, Given] | None = None,
        rows: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    ) -> Page:
        """A new record, at its review: the screens given and no more than the others ask for."""
        given, rows = given or {}, rows or {}
        page = self.open("/record/contact-and-origin")
        for screen in (link.text() for link in page.root.one("nav").all("a")):
            if screen not in (*LEAST, *given, *rows):
                continue
            if page.heading != screen:
                page = self.open(page.link(screen))
            filled = {**LEAST.get(screen, {}), **given.get(screen, {})}
            refused = self.save_screen(page, filled, rows.get(screen, ())).answer
            assert refused.history, Page(refused).errors
        return self.open(page.link("Review"))

    def press(self, page: Page, command: str = "save") -> Page:
        """Press a button of the review."""
        return self.post(page, {**page.form(), "ctl11_cmd": command})

    def save(self, given: Mapping[str, Given] | None = None, **rows: Sequence[Mapping[str, str]]) -> str:
        """Save a new record; its reference."""
        page = self.press(self.to_review(given, rows))
        assert page.heading == "Record saved"
        return _reference(page)


def _reference(page: Page) -> str:
    found = re.search(r"CHS-[0-9]{4}-[0-9]{7}", page.root.one("main").text())
    assert found
    return found[0]


@dataclass(frozen=True)
class RunningChs:
    """A practice CHS in a process of its own."""

    base: str

    def practice(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask one of the /practice addresses."""
        return httpx.request(method, f"{self.base}/practice/{path}", json=body, timeout=10, verify=PLAIN)

    def records(self, source_reference: str = "") -> list[dict[str, Any]]:
        """Its ledger."""
        query = f"?source_reference={source_reference}" if source_reference else ""
        found: list[dict[str, Any]] = self.practice("GET", f"records{query}").json()
        return found

    def queue(self, fault: str, **more: object) -> None:
        """Queue a fault."""
        assert self.practice("POST", "faults", {"fault": fault, **more}).status_code == 201


@contextmanager
def running(data: Path) -> Iterator[RunningChs]:
    """The practice CHS as a process, from its ready line to its end."""
    command = [sys.executable, "-m", "rpa.practice_chs", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            ready = READY.fullmatch(process.stdout.readline())
            assert ready
            yield RunningChs(ready[1])
        finally:
            process.terminate()
            process.wait(10)
