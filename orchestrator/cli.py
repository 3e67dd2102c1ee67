"""The command line. Builds the settings once and hands small pieces down.

Exit codes: 0 done, 1 something needs a person, 2 a definition or setting is wrong.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from typer.core import TyperGroup

from audit import export as trail_file
from audit.checkpoint import load as load_checkpoints
from audit.checkpoint import torn as torn_checkpoints
from audit.keys import signing_key
from audit.verify import verify
from orchestrator import administration, logs, oversight
from orchestrator.assembly import actor, assemble
from orchestrator.command import (
    DONE,
    NEEDS_A_PERSON,
    UNFORESEEN,
    WRONG_SETTING,
    AsJson,
    LogFormat,
    chosen,
    opened,
    say,
    settings,
)
from orchestrator.definitions import definition_faults
from orchestrator.demo import demo as run_demo
from orchestrator.first_files import default_toml, practice_accounts
from orchestrator.intake import take_in
from orchestrator.pool import WITH_PARENT
from orchestrator.report_view import details, print_report, problems
from orchestrator.running import run as run_system
from orchestrator.running import work
from orchestrator.schedule import sign_checkpoint
from orchestrator.settings import DEFAULT_FILE, load_settings
from orchestrator.states import State
from orchestrator.store import DATABASE_AWAY, Receipt, open_engine, upgrade
from orchestrator.telling import as_json, counted, make_console, reports_table
from orchestrator.terminal import Terminal, write
from rpa.check import remarks
from rpa.errors import DefinitionError, Fault
from rpa.forms import load_forms
from rpa.intake.folder import find, read_file

ORDER = (
    *("init", "check", "run", "demo"),  # what a newcomer does first
    *("reports", "report", "targets", "forms", "drift", "again", "release", "reconcile", "ingest"),  # daily
    *("audit", "db", "worker", "practice-chs"),
)


class InOrder(TyperGroup):
    """The commands in the order of `ORDER`, hidden ones last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return [*ORDER, *(name for name in super().list_commands(ctx) if name not in ORDER)]


app = typer.Typer(
    cls=InOrder,
    help="Takes online crime reports, keys them into a contact handling system, and proves what it keyed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tables of local variables would show answers
)
audit_app = typer.Typer(help="The audit trail.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(administration.forms_app, name="forms")
app.add_typer(oversight.targets_app, name="targets")
app.add_typer(audit_app, name="audit")
app.add_typer(db_app, name="db")
for command in (administration.release, administration.again, administration.drift, oversight.reconcile):
    app.command()(command)
app.command("changes", hidden=True)(administration.drift)  # its name until 0.1


@app.callback()
def _options(
    config: Annotated[Path, typer.Option("--config", help="The settings file.")] = DEFAULT_FILE,
    log: Annotated[LogFormat, typer.Option("--log", help="How the log is written.")] = LogFormat.AUTO,
) -> None:
    chosen["config"], chosen["log"] = config, log
    logs.configure(json={LogFormat.JSON: True, LogFormat.TERMINAL: False}.get(log))


def main() -> None:
    """Run the command line; definition faults are printed a line each, and end it with 2.

    An error nobody foresaw is logged without what it may quote, and ends it with 3.
    """
    os.umask(0o077)  # what we write holds answers: it is for our own user only
    try:
        app()
    except DefinitionError as error:
        Terminal(stderr=True, highlight=False, soft_wrap=True).print(str(error), markup=False)
        sys.exit(WRONG_SETTING)
    except Exception:  # noqa: BLE001 - a traceback of Python's own would quote answers (P8)
        structlog.get_logger(__name__).exception("stopped by an error nobody foresaw")
        sys.exit(UNFORESEEN)


@app.command()
def init(directory: Annotated[Path, typer.Argument()] = Path()) -> None:
    """Write a commented rpa.toml that works with the practice CHS, with its accounts, and make the database."""
    path = directory / DEFAULT_FILE
    if path.exists():
        raise DefinitionError(Fault(str(path), 1, "file", "is there already", "Choose another directory"))
    secrets = directory / "secrets"
    secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(default_toml(), encoding="utf-8")
    accounts = secrets / "chs.toml"
    accounts.touch(mode=0o600)
    accounts.write_text(practice_accounts(), encoding="utf-8")
    upgrade(open_engine(load_settings(path).database.url))
    write(f"Wrote {path} and {accounts}. Next: `rpa practice-chs` in one terminal, `rpa run` in another.")


@app.command()
def demo(
    robots: Annotated[int, typer.Option(help="How many robots key.")] = 4,
    keep: Annotated[Path | None, typer.Option(help="Work in this new directory, and keep it.")] = None,
) -> None:
    """Key the sample reports into a practice CHS of its own, check everything, and show it."""
    raise typer.Exit(run_demo(robots, keep))


@app.command()
def run(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Stop when there is nothing to do.")
    ] = False,
) -> None:
    """Run it all: take in, schedule, key, sign the trail."""
    arguments = ["--config", str(chosen["config"]), "--log", str(chosen["log"])]
    code = asyncio.run(run_system(settings, arguments, until_idle=until_idle))
    if code:
        raise typer.Exit(code)
    counts = assemble(settings()).store.counts()
    raise typer.Exit(NEEDS_A_PERSON if counts[State.ATTENTION] or counts[State.HELD] else DONE)


@app.command()
def worker(with_parent: Annotated[bool, typer.Option(WITH_PARENT, hidden=True)] = False) -> None:
    """Host robots in one browser until told to stop (`rpa run` starts this by itself)."""
    raise typer.Exit(asyncio.run(work(settings, with_parent=with_parent)))


@app.command()
def ingest(paths: Annotated[list[Path], typer.Argument(exists=True)], json_: AsJson = False) -> None:
    """Take in report files, or folders of them. The files stay where they are."""
    with opened() as parts:
        forms = load_forms(parts.settings.forms_dir)
        parts.store.configure(parts.settings.form_switches)
        receipts: list[Receipt] = []
        failed: list[Path] = []

        def tell(path: Path, error: Exception) -> None:
            failed.append(path)
            write(f"{path}: not taken in: {logs.describe(error)}", err=True)

        for path in find(paths, tell):
            try:
                receipt = take_in(read_file(path), forms, parts.store, parts.originals)
            except DATABASE_AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - one that cannot be taken in must not stop the others
                tell(path, error)
                continue
            receipts.append(receipt)
            line = {
                "file": path.name,
                "reference": receipt.reference,
                "new": receipt.new,
                "state": str(receipt.state),
                "reason": str(receipt.reason),
                "differs": receipt.differs,
            }
            if json_:
                say([line])
            else:
                known = "" if receipt.new else "  (known already)"
                known += "  (other content or files than before)" if receipt.differs else ""
                write(f"{receipt.reference}  {receipt.state:10} {receipt.reason:14} {path.name}{known}")
    waiting = {State.ATTENTION, State.HELD}
    needed = bool(failed) or any(each.state in waiting for each in receipts)
    raise typer.Exit(NEEDS_A_PERSON if needed else DONE)


@app.command()
def reports(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    json_: AsJson = False,
) -> None:
    """List the reports."""
    with opened() as parts:
        lines = map(as_json, parts.store.reports(state))
        if json_:
            say(lines)
        else:
            make_console().print(reports_table(lines))


@app.command()
def report(reference: str, json_: AsJson = False) -> None:
    """Show what the public wrote, what was keyed and what the target holds, answer by answer."""
    with opened() as parts:
        stored = parts.store.report(reference)
        if stored is None:
            write(f"There is no report {reference}.", err=True)
            raise typer.Exit(NEEDS_A_PERSON)
        parts.store.record(actor=actor(), action="viewed", subject=reference, by="command line")
        if json_:
            say([{**as_json(stored), "problem_list": problems(stored), "details": details(stored)}])
        else:
            print_report(make_console(), stored, parts.store.deliveries(reference))


@app.command()
def check(json_: AsJson = False) -> None:
    """Prove every form, mapping and profile, and what rpa.toml names; each fault by file, line and place."""
    given = settings() if chosen["config"].exists() else load_settings()
    faults: list[Fault] = []
    try:
        faults += definition_faults(given, load_forms(given.forms_dir))
    except DefinitionError as error:
        faults += error.faults
    if json_:
        say({name: getattr(fault, name) for name in Fault.__slots__} for fault in faults)
    else:
        for line in (*(f"note: {each}" for each in remarks(given.mappings_dir)), *map(str, faults)):
            write(line)
        write(counted(len(faults), "fault") if faults else "No fault found.")
    raise typer.Exit(WRONG_SETTING if faults else DONE)


@audit_app.command("verify")
def audit_verify() -> None:
    """Find every altered, removed, reordered or inserted entry, and every report that is not what they say."""
    with opened() as parts:
        settings = parts.settings
        path = settings.checkpoints_file
        try:
            checkpoints, torn = load_checkpoints(path), torn_checkpoints(path)
        except OSError as error:
            fault = Fault(
                str(path), 1, "file", f"it cannot be read: {error}", "Put the file back, or a copy."
            )
            raise DefinitionError(fault) from error
        rows = list(parts.store.entries())
        findings = list(map(str, verify(rows, checkpoints, signing_key(settings.keys_dir).public_key())))
        findings += [f"{subject}: {name}: not what the trail says" for subject, name in parts.store.altered()]
        for finding in findings:
            write(finding)
        if torn:
            write(f"{torn} checkpoint lines break off and say nothing: they were never finished")
        write(f"{len(rows)} entries, {len(checkpoints)} checkpoints, {len(findings)} findings")
        raise typer.Exit(NEEDS_A_PERSON if findings else DONE)


@audit_app.command("export")
def audit_export(file: Path) -> None:
    """Write the trail to a file that `python -m audit verify` proves without anything else of ours."""
    with opened() as parts:
        parts.store.record(actor=actor(), action="exported", subject="audit trail", by="command line")
        sign_checkpoint(parts)
        number = trail_file.export(parts.store.entries(), file)
        write(f"Wrote {number} entries to {file}. Checkpoints: {parts.settings.checkpoints_file}")


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's tables to today's shape."""
    write(f"The database is at revision {upgrade(open_engine(settings().database.url))}.")


@app.command("practice-chs")
def practice_chs(
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.")] = 8010,
    data: Annotated[Path, typer.Option(help="The directory of its ledger.")] = Path("var/practice-chs"),
) -> None:
    """Run the practice CHS, a stand-in for a contact handling system."""
    arguments = ["-m", "rpa.practice_chs", "--port", str(port), "--data", str(data)]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own module, no shell
