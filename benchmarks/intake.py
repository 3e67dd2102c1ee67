"""`make bench`: files taken in from the watched folder, beside a plain loop that writes each of them once.

(a) the same contents, each written to a file of its own and brought to the disk, and nothing else
(b) ours, from files in the watched folder to reports in an SQLite database on disk: read in processes of their
own, originals kept, entries in the trail, round after round as `rpa run` takes them

with the processor time that each file takes in our process and in those that read, and the memory of our process
after 10 %, 50 % and all of them. The rates depend on the machine and on what else it does; the ratio and the
processor times do so less.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.table import Table

from orchestrator.actions import switching
from orchestrator.app import App, open_app, upgrade_database
from orchestrator.definitions import load_definitions
from orchestrator.intake.watched_folder import Inbox, file_limits
from orchestrator.monitoring import logs
from orchestrator.reading import Reader, isolated
from orchestrator.settings import Settings, TargetSettings, definitions_dir, load_settings

MOST_PLAIN = 5_000  # files that the plain loop writes
LOOKS = (0.1, 0.5, 1.0)  # parts of all files after which the memory is measured
MEGABYTE = 1024 * 1024
SAMPLE = definitions_dir("forms") / "ocr" / "samples" / "23-by-email.eml"
_PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(20_000)


def _small_report(number: int) -> bytes:
    """The least valid report of the crime form, 300 bytes."""
    report = {
        "submissionId": f"00000000-0000-4000-8000-{number:012}",
        "category": "OCR",
        "howInvolvedInCrime": {"howInvolvedInCrime": "IVLD_0001"},
        "personReporting": {"firstName": "Alex", "surname": "Example"},
        "incidentDetails": {
            "incidentDescription": "My bag was taken.",
            "incidentApproximateDate": "Last week",
        },
    }
    return json.dumps(report).encode()


@dataclass(frozen=True)
class Kind:
    """A kind of file: the content of each by its number, the ending of its name, and which report it is."""

    content: Callable[[int], bytes]
    ending: str
    report: Callable[[int], int] = int


def _message(number: int) -> bytes:
    """A message: nine of ten have a report in JSON and a photo, the tenth is the sample with nothing but a PDF."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "online@example.com", "force@example.com"
    message["Subject"], message["Message-ID"] = f"Report {number}", f"<{number}@example.com>"
    if number % 10 == 9:
        return f"X-Number: {number}\r\n".encode() + SAMPLE.read_bytes()
    message.set_content("A report is attached.")
    report = _small_report(number)
    message.add_attachment(report, maintype="application", subtype="json", filename="report.json")
    message.add_attachment(_PHOTO, maintype="image", subtype="png", filename="photo.png")
    return message.as_bytes()


def _which_message(number: int) -> int:
    return -1 if number % 10 == 9 else number


KINDS: Mapping[str, Kind] = {
    "json": Kind(_small_report, ".json"),
    "mail": Kind(_message, ".eml", _which_message),
}


@dataclass
class Figures:
    """What was measured: files a second, processor time in milliseconds a file, memory in megabytes by part."""

    kind: str
    files: int
    plain_rate: float = 0
    rate: float = 0
    ours_ms: float = 0
    readers_ms: float = 0
    megabytes: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Ours as a part of the plain loop's rate."""
        return self.rate / self.plain_rate


def write_plainly(kind: Kind, number: int, folder: Path) -> float:
    """Files a second that a plain loop writes, each on disk before the next."""
    contents = [kind.content(each) for each in range(number)]
    begun = perf_counter()
    for each, content in enumerate(contents):
        with (folder / f"{each}{kind.ending}").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return number / (perf_counter() - begun)


def fill(kind: Kind, number: int, inbox: Path) -> None:
    """Files in the watched folder."""
    inbox.mkdir(parents=True)
    for each in range(number):
        (inbox / f"{each}{kind.ending}").write_bytes(kind.content(each))


def take_in(figures: Figures, inbox: Inbox, app: App, reader: Reader, show: Console | None) -> None:
    """Receive round after round, as `rpa run` does, until nothing waits."""
    process = psutil.Process()
    looks = list(LOOKS)
    received, used = 0, process_time()
    begun = perf_counter()
    while received < figures.files:
        receipts = inbox.receive(reader, app.store, app.originals)
        received += len(receipts)
        if receipts and show:
            show.print(f"{received} in {perf_counter() - begun:.0f} s", highlight=False)
        while looks and received >= looks[0] * figures.files:
            figures.megabytes[f"{looks.pop(0):.0%}"] = process.memory_info().rss / MEGABYTE
        if received < figures.files:
            sleep(app.settings.operations.receive_seconds)
    figures.rate = figures.files / (perf_counter() - begun)
    figures.ours_ms = (process_time() - used) / figures.files * 1000
    readers = [each.cpu_times() for each in process.children(recursive=True)]
    figures.readers_ms = sum(each.user + each.system for each in readers) / figures.files * 1000


def measure(kind: str, number: int, settings: Settings, show: Console | None) -> Figures:
    """Measure one kind of file."""
    figures = Figures(kind, number)
    definitions = load_definitions(settings)
    with isolated(definitions.forms, settings) as reader:  # before any thread is started
        plain = settings.data_dir / "plain"
        plain.mkdir(parents=True)
        figures.plain_rate = write_plainly(KINDS[kind], min(number, MOST_PLAIN), plain)
        folder = settings.intake.folder.path
        assert folder
        fill(KINDS[kind], number, folder)
        upgrade_database(settings)
        app = open_app(settings)
        switching.configure(app.store, settings.form_switches, settings.target_switches)
        inbox = Inbox(
            folder,
            file_limits(settings.operations),
            round_seconds=settings.operations.receive_round_seconds,
        )
        take_in(figures, inbox, app, reader, show)
        assert sum(app.store.counts().values()) == len({KINDS[kind].report(each) for each in range(number)})
    return figures


def main(
    files: Annotated[int, typer.Option(help="How many of each kind.", min=10)] = 5_000,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where the files and the database go.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Figures for a program.")] = False,
) -> None:
    """Measure taking files in from the watched folder against a plain loop that writes them."""
    show = None if json_ or not sys.stderr.isatty() else Console(stderr=True)
    every = []
    for each in kind or KINDS:
        with tempfile.TemporaryDirectory(prefix="rpa-bench-", dir=folder) as name:
            place = Path(name)
            with (place / "log").open("w", encoding="utf-8") as log:
                logs.configure(json=True, stream=log)
                every.append(measure(each, files, _settings(place), show))
    if json_:
        print(json.dumps([{**asdict(each), "ratio": each.ratio} for each in every]))
    else:
        tell(every)


def _settings(place: Path) -> Settings:
    return load_settings(
        None,
        data_dir=place / "data",
        database={"url": f"sqlite:///{place}/data/rpa.db"},
        targets={"chs": TargetSettings(profile="chs", url="http://127.0.0.1:9")},
        forms={"ocr": {"enabled": True, "target": "chs"}},
        intake={"folder": {"path": place / "inbox"}},
    )


def tell(every: list[Figures]) -> None:
    """Print the figures."""
    table = Table(title="Taking in from the watched folder")
    columns = (
        "files",
        "",
        "(a) plain, files/s",
        "(b) ours, files/s",
        "ratio",
        "ms processor time, ours",
        "readers",
    )
    for name in (*columns, *(f"MB at {part:.0%}" for part in LOOKS)):
        table.add_column(name, justify="right")
    for each in every:
        rates = (f"{each.plain_rate:.0f}", f"{each.rate:.0f}", f"{each.ratio:.2f}")
        times = (f"{each.ours_ms:.2f}", f"{each.readers_ms:.2f}")
        table.add_row(
            str(each.files), each.kind, *rates, *times, *(f"{mb:.0f}" for mb in each.megabytes.values())
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
