"""`rpa demo`: a practice CHS, the sample reports, several robots; shown live, and checked at the end."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from orchestrator.app import App, open_app, upgrade_database
from orchestrator.definitions import Definitions, load_definitions
from orchestrator.demo.expectations import EXPECTED, Expectation, Sample, examine, samples
from orchestrator.demo.mail_server import PASSWORD, MailServer, mail_server
from orchestrator.folders import named_by_argument
from orchestrator.render.tables import as_json, make_console, print_reports, state_text
from orchestrator.settings import DEFAULT_FILE, Settings, load_settings
from orchestrator.settings.first_files import PRACTICE_PORT, default_toml, practice_accounts
from orchestrator.states import WAITING_FOR_ROBOT, State
from orchestrator.store import Summary
from orchestrator.wording import counted
from rpa.errors import DefinitionError, Fault

LIMIT_SECONDS = 600.0
READY = "ready on "  # the practice CHS gives its address after this
INTERRUPTED = 130  # as a shell counts it
AT_WORK = WAITING_FOR_ROBOT - {State.RECEIVED, State.READY}
COLUMNS = {
    "Reference": "reference",
    "Form": "form",
    "State": "state",
    "CHS reference": "target_reference",
    "Answers": "answers",
    "Keyed": "keyed",
    "Verified": "verified",
    "Seconds": "seconds",
}


@dataclass(frozen=True)
class _Stage:
    """The folder of a demonstration, and the address of its practice CHS."""

    folder: Path
    url: str

    @property
    def config(self) -> Path:
        return self.folder / DEFAULT_FILE


def demo(robots: int, keep: Path | None) -> int:
    """Run it; returns 0 only if every expectation held."""
    console = make_console()
    folder = keep or Path(mkdtemp(prefix="rpa-demo-"))
    with named_by_argument(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise DefinitionError(Fault(str(folder), 1, "--keep", "is not empty", "Name a new directory"))
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
    ):  # a shell starts background jobs that ignore the first
        signal.signal(number, _interrupt)
    try:
        return _play(console, folder, robots)
    except KeyboardInterrupt:
        console.print(Text(f"Stopped. What was done so far is in {folder}"), soft_wrap=True)
        return INTERRUPTED


def _interrupt(_number: int, _frame: object) -> None:
    """A signal to stop, like Ctrl-C: what was started is stopped in order."""
    raise KeyboardInterrupt


def _play(console: Console, folder: Path, robots: int) -> int:
    with _practice_chs(folder) as url, _mailbox() as mail:
        stage = _Stage(folder, url)
        settings = _set_up(stage, robots, mail)
        definitions = load_definitions(settings)
        known = samples(settings, definitions)
        console.print(f"{len(known)} sample reports, {robots} robots, practice CHS at {url}")
        by_mail = [sample for sample in known if sample.path.suffix == ".eml"]
        way = "over IMAP, from a mailbox of Dovecot" if mail else "as files, since Dovecot is not installed"
        console.print(f"{counted(len(by_mail), 'email')} with a report attached as PDF: {way}")
        app = open_app(settings)
        in_folder = [sample for sample in known if not (mail and sample in by_mail)]
        _deliver(in_folder, settings.intake.folder.path or folder / "inbox")
        if mail:
            mail.deliver(*(sample.path.read_bytes() for sample in by_mail))
        code = _watch(console, app, stage, len({sample.reference for sample in known}))
        with urllib.request.urlopen(f"{url}/practice/records", timeout=30) as response:  # noqa: S310 - ours
            ledger = json.load(response)
    return _conclude(console, app, definitions, known, ledger, stage, ran=code in (0, 1))


@contextmanager
def _practice_chs(folder: Path) -> Iterator[str]:
    """A practice CHS on a free port, for as long as the block lasts."""
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "rpa.practice_chs", "--port", "0", "--data", str(folder / "practice-chs")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is ours to pass on: the robots finish before the practice CHS goes
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if READY not in line:
            raise SystemExit("the practice CHS did not start")
        yield line.partition(READY)[2].strip()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _mailbox() -> Iterator[MailServer | None]:
    """A mail server, where there is one. Its folder is read by a user of its own."""
    with TemporaryDirectory(prefix="rpa-demo-mail-") as name:
        Path(name).chmod(0o755)
        with mail_server(Path(name)) as server:
            yield server


def _set_up(stage: _Stage, robots: int, mail: MailServer | None) -> Settings:
    """Settings as `rpa init` writes them, but for the practice CHS's address, the number of robots, the mailbox,
    and a section for every other form that has samples. Makes the accounts and the database; returns the
    settings."""
    text = default_toml().replace(f"http://127.0.0.1:{PRACTICE_PORT}", stage.url)
    text = text.replace("number = 4 ", f"number = {robots} ")
    stage.config.write_text(text, encoding="utf-8")
    more = "".join(_more_forms(load_settings(stage.config)))
    if mail:
        secret = stage.folder / "secrets" / "mailbox"
        secret.parent.mkdir(mode=0o700)
        secret.write_text(PASSWORD, encoding="utf-8")
        more += mail.section(secret)
    stage.config.write_text(text + more, encoding="utf-8")
    settings = load_settings(stage.config)
    for target in settings.targets.values():
        if target.accounts:
            target.accounts.parent.mkdir(mode=0o700, exist_ok=True)
            target.accounts.write_text(practice_accounts(), encoding="utf-8")
    upgrade_database(settings)
    return settings


def _more_forms(settings: Settings) -> Iterator[str]:
    """A section for each form that the settings do not name, and that has samples and a mapping into a target."""
    for form in (path.parents[1].name for path in sorted(settings.forms_dir.glob(f"*/samples/{EXPECTED}"))):
        profiles = {name: target.profile for name, target in settings.targets.items()}
        mapped = [
            n for n, each in profiles.items() if (settings.mappings_dir / each / f"{form}.toml").is_file()
        ]
        if mapped and form not in settings.forms:
            yield f'\n[forms.{form}]\ntarget = "{mapped[0]}"\n'


def _deliver(known: Sequence[Sample], inbox: Path) -> None:
    """Put the samples into the inbox as a careful sender does: media first, each file under its name at once."""
    inbox.mkdir(parents=True, exist_ok=True)
    for sample in known:
        media = sample.path.with_suffix("")
        if media.is_dir():
            shutil.copytree(media, (inbox / sample.name).with_suffix(""))
        part = inbox / f"{sample.name}.part"
        shutil.copyfile(sample.path, part)
        part.rename(inbox / sample.name)


def _watch(console: Console, app: App, stage: _Stage, expected: int) -> int:
    """Run the system until it is idle and show its progress; returns its exit code."""
    began = time.monotonic()
    command = [sys.executable, "-m", "orchestrator", "--config", str(stage.config), "--log", "json"]
    shown: dict[str, State] = {}
    with (stage.folder / "log.jsonl").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, "run", "--until-idle"], stderr=log, stdout=log, start_new_session=True
        )
        try:
            with Live(console=console, refresh_per_second=8, transient=True) as live:
                while process.poll() is None and time.monotonic() - began < LIMIT_SECONDS:
                    found = list(app.store.reports())
                    if console.is_terminal:
                        live.update(_picture(found, expected, time.monotonic() - began, console.height))
                    else:
                        _print_changes(console, found, shown)
                    time.sleep(0.25)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
    console.print(f"Done in {time.monotonic() - began:.0f} s.")
    return process.returncode


def _picture(found: Sequence[Summary], expected: int, seconds: float, height: int) -> RenderableType:
    """The progress: a bar, then what the robots have in hand, and as much of what is done as there is room for."""
    settled = [each for each in found if each.state not in WAITING_FOR_ROBOT]
    at_work = [each for each in found if each.state in AT_WORK]
    waiting = len(found) - len(settled) - len(at_work)
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=expected, completed=len(settled), width=40),
        Text(f"{len(settled)} of {expected} reports, {waiting} waiting, {seconds:.0f} s"),
    )
    table = Table.grid(padding=(0, 2))
    for _ in ("reference", "state"):
        table.add_column(no_wrap=True)  # whole: in a narrow terminal the others make room
    latest = sorted(settled, key=lambda each: each.verified_at or each.received_at, reverse=True)
    for each in [*at_work, *latest][: max(height - 3, 5)]:
        table.add_row(
            each.reference,
            state_text(each.state),
            str(each.reason),
            each.robot or "",
            each.target_reference or "",
            f"{each.mismatch_count} differ" if each.mismatch_count else "",
        )
    return Group(head, table)


def _print_changes(console: Console, found: Sequence[Summary], shown: dict[str, State]) -> None:
    """The same for a log: a line for each change."""
    for each in found:
        if shown.get(each.reference) is not each.state:
            shown[each.reference] = each.state
            console.print(f"{each.reference}  {each.state:10}  {each.reason}")


def _conclude(
    console: Console,
    app: App,
    definitions: Definitions,
    known: Sequence[Sample],
    ledger: Sequence[Mapping[str, Any]],
    stage: _Stage,
    *,
    ran: bool,
) -> int:
    stored = [found for each in app.store.reports() if (found := app.store.report(each.reference))]
    print_reports(console, map(as_json, stored), COLUMNS)
    expectations = [
        Expectation("The system ran until there was nothing left to do.", () if ran else ("it did not",)),
        *(examine(app, definitions, known, ledger) if ran else ()),
    ]
    for each in expectations:
        mark = Text("held   ", style="green") if each.held else Text("FAILED ", style="bold red")
        console.print(mark + Text(each.sentence))
        for failure in each.failures[:10]:
            console.print(Text(f"         {failure}", style="red"))
    held = all(each.held for each in expectations)
    _point_on(console, stage, stored[0].reference if stored else "REFERENCE")
    return 0 if held else 1


def _command() -> str:
    """How this command line was started, so that the commands shown can be started in the same way."""
    path = Path(sys.argv[0])
    if path.stem != "rpa" or shutil.which("rpa") == str(path):
        return "rpa"
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _point_on(console: Console, stage: _Stage, reference: str) -> None:
    at = f"{_command()} --config {stage.config}"
    console.print("\nWhat to look at next:")
    for command, why in {
        f"{at} report {reference}": "what the public wrote, what was keyed, what the CHS holds",
        f"{at} reports --state attention": "what waits for a person",
        f"{at} audit verify": "the trail, verified",
        f"{stage.folder}/var/pictures/": "each review page before save and each record after",
        f"{stage.folder}/log.jsonl": "the log, without a single answer in it",
    }.items():
        console.print(Text(f"  {command}", style="bold") + Text(f"\n      {why}"), soft_wrap=True)
