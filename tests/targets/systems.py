"""The real systems as processes: each on a port of this machine only, in a folder of its own, ended by its id."""

from __future__ import annotations

import os
import quopri
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx

from tests.targets.libraries.app import PAGES
from tests.targets.received import Received
from tests.targets.trial import System

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MADE = ROOT / ".targets"  # what tools/targets.sh makes
STARTING_SECONDS = 60.0
ENDING_SECONDS = 10.0


def end(process: subprocess.Popen[str]) -> None:
    """End a process and what it started: each has a group of its own."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDING_SECONDS)
            return


def start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a process in a group of its own; what it says goes to `folder`/log."""
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            command, stdout=log, stderr=log, text=True, cwd=ROOT, start_new_session=True,
            stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})},
        )  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def await_answer(url: str, process: subprocess.Popen[str], folder: Path) -> None:
    """Wait until a page is answered. Raises `RuntimeError` with what the process said when it is not."""
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(url, timeout=5).status_code < 500:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not answer: {(folder / 'log').read_text()[-2000:]}")


@contextmanager
def libraries(folder: Path) -> Iterator[list[System]]:
    """One system for each library's form."""
    process = start([sys.executable, "-m", "tests.targets.libraries.app", str(MADE)], folder)
    try:
        url = _announced(process, folder)

        def received_by(library: str) -> Callable[[str], list[Received]]:
            return lambda source: list(httpx.get(f"{url}/received/{library}/{source}").json().values())

        yield [System(name, url, received_by(name)) for name in PAGES]
    finally:
        end(process)


def _announced(process: subprocess.Popen[str], folder: Path) -> str:
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if said := re.search(r"ready on (http://\S+)", (folder / "log").read_text()):
            return said[1]
        time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not start: {(folder / 'log').read_text()[-2000:]}")


@contextmanager
def request_tracker(folder: Path) -> Iterator[list[System]]:
    """Request Tracker with an empty database of its own."""
    tracker = RequestTracker(folder, free_port())
    tracker.set_up()
    tracker.start()
    try:
        yield [System("request-tracker", tracker.url, tracker.received)]
    finally:
        tracker.stop()


class RequestTracker:
    """Request Tracker in a folder: its database, sessions and process."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self._environment = {
            "RT_FOLDER": str(folder),
            "RT_PORT": str(port),
            "RT_SITE_CONFIG": str(HERE / "request_tracker" / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": str(folder / "none"),
        }

    def set_up(self) -> None:
        """Make the database, with a queue, accounts and custom fields."""
        for name in ("none", "mason_data", "session_data"):
            (self.folder / name).mkdir()
        self._administer("--action", "init", "--skip-create")
        self._administer("--action", "insert", "--datafile", str(HERE / "request_tracker" / "initialdata"))

    def _administer(self, *arguments: str) -> None:
        process = start(["rt-setup-database-5", *arguments], self.folder, self._environment)
        if process.wait(STARTING_SECONDS):
            raise RuntimeError(
                f"Request Tracker's set-up failed: {(self.folder / 'log').read_text()[-2000:]}"
            )

    def start(self) -> None:
        """Start its server and wait until it answers."""
        server = "/usr/share/request-tracker5/libexec/rt-server"
        command = [server, "--host", "127.0.0.1", "--port", str(self._port), "--max-workers", "4"]
        self._process = start(command, self.folder, self._environment)
        await_answer(self.url, self._process, self.folder)

    def stop(self) -> None:
        """Stop its server."""
        if self._process is not None:
            end(self._process)

    def start_after(self, seconds: float) -> None:
        """Start its server once it has been away for so long: what is tried is that nobody can reach it."""
        time.sleep(seconds)
        self.start()

    def forget_sessions(self) -> None:
        """Sign everybody out."""
        for file in (self.folder / "session_data").iterdir():
            file.unlink()

    def _rows(self, query: str, *values: str | int) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(f"file:{self.folder / 'rt.db'}?mode=ro", uri=True)) as base:
            rows: list[tuple[str, ...]] = base.execute(query, values).fetchall()
        return rows

    def source_references(self) -> list[tuple[str, ...]]:
        """The source reference of every ticket."""
        return self._rows(
            "SELECT v.Content FROM ObjectCustomFieldValues v JOIN CustomFields f ON f.id = v.CustomField"
            " WHERE f.Name = 'Source reference' AND v.ObjectType = 'RT::Ticket' AND v.Disabled = 0"
        )

    def received(self, source_reference: str) -> list[Received]:
        """The tickets of a source reference, straight from the database."""
        tickets = self._rows(
            "SELECT DISTINCT v.ObjectId FROM ObjectCustomFieldValues v JOIN CustomFields f"
            " ON f.id = v.CustomField WHERE f.Name = 'Source reference' AND v.Content = ?"
            " AND v.ObjectType = 'RT::Ticket' AND v.Disabled = 0",
            source_reference,
        )
        return [self._ticket(int(ticket)) for (ticket,) in tickets]

    def _ticket(self, number: int) -> Received:
        ticket = "SELECT Subject, Status FROM Tickets WHERE id = ?"
        subject, status = self._rows(ticket, number)[0]
        fields: dict[str, list[str]] = {"Subject": [subject], "Status": [status]}
        values = self._rows(
            "SELECT f.Name, CASE WHEN f.Type IN ('Binary', 'Image') THEN v.Content || ': ' || v.LargeContent"
            " ELSE coalesce(nullif(v.LargeContent, ''), v.Content, '') END FROM ObjectCustomFieldValues v"
            " JOIN CustomFields f ON f.id = v.CustomField"
            " WHERE v.ObjectId = ? AND v.ObjectType = 'RT::Ticket' AND v.Disabled = 0 ORDER BY v.id",
            number,
        )
        for name, value in values:
            fields.setdefault(name, []).append(value.decode() if isinstance(value, bytes) else value)
        message = self._rows(
            "SELECT a.Content, a.ContentEncoding FROM Attachments a JOIN Transactions t ON t.id = a.TransactionId"
            " WHERE t.ObjectId = ? AND t.Type = 'Create' AND a.ContentType LIKE 'text/%' AND a.Content <> ''",
            number,
        )
        fields["Message"] = [
            quopri.decodestring(text.encode()).decode() if encoding == "quoted-printable" else text
            for text, encoding in message
        ]
        return fields


@contextmanager
def django_admin(folder: Path) -> Iterator[list[System]]:
    """A Django admin site with an empty database of its own."""
    site, python = HERE / "django_site", str(MADE / "python" / "bin" / "python")
    environment = {"DJANGO_FOLDER": str(folder), "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    manage, port = [python, str(site / "manage.py")], free_port()
    make = f"exec(open({str(site / 'set_up.py')!r}).read())"
    for arguments in (["migrate", "--run-syncdb"], ["shell", "--command", make]):
        made = start([*manage, *arguments], folder, environment)
        if made.wait(STARTING_SECONDS):
            raise RuntimeError(f"Django's set-up failed: {(folder / 'log').read_text()[-2000:]}")
    process = start([*manage, "runserver", "--noreload", f"127.0.0.1:{port}"], folder, environment)
    try:
        url = f"http://127.0.0.1:{port}"
        await_answer(f"{url}/admin/login/", process, folder)
        yield [System("django-admin", url, lambda source: _django_reports(folder / "site.db", source))]
    finally:
        end(process)


def _django_reports(base: Path, source_reference: str) -> list[Received]:
    """The reports of a source reference, straight from the database."""
    with closing(sqlite3.connect(f"file:{base}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        query = "SELECT * FROM reports_report WHERE source_reference = ?"
        return [_django_report(connection, row) for row in connection.execute(query, (source_reference,))]


_BESIDE = {
    "nearest_station": "SELECT name FROM reports_station WHERE id = :nearest_station_id",
    "found_by": "SELECT name FROM reports_person WHERE id = :found_by_id",
    "property_taken": "SELECT o.name FROM reports_property o JOIN reports_report_property_taken t"
    " ON t.property_id = o.id WHERE t.report_id = :id",
    "motives": "SELECT o.name FROM reports_motive o JOIN reports_report_motives t"
    " ON t.motive_id = o.id WHERE t.report_id = :id",
    "marks": "SELECT mark FROM reports_mark WHERE report_id = :id",
}


def _django_report(connection: sqlite3.Connection, row: sqlite3.Row) -> Received:
    given = dict(row)
    fields = {
        name: [] if value is None else [str(value)]
        for name, value in given.items()
        if name != "id" and not name.endswith("_id")
    }
    beside = {
        name: [str(each[0]) for each in connection.execute(query, given)] for name, query in _BESIDE.items()
    }
    return fields | beside


SYSTEMS: Mapping[str, Callable[[Path], object]] = {
    "libraries": libraries,
    "django-admin": django_admin,
    "request-tracker": request_tracker,
}
