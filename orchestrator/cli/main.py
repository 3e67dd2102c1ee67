"""`rpa`: the table of commands, the options before them, and how an error ends one.

Exit codes: 0 done, 1 something needs a person, 2 a definition or setting is wrong, 3 an unexpected error.

A command's module is imported when the command runs, so that `rpa --help` is quick.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from orchestrator.cli.context import (
    DEFAULT_FILE,
    NEEDS_A_PERSON,
    UNEXPECTED,
    WRONG_SETTING,
    Invocation,
    LogFormat,
)


class Command(NamedTuple):
    """Where a command is (`module.function`, or the module of a group of commands), and its line of help: that
    of its docstring, given here too so that `rpa --help` imports nothing."""

    where: str
    help: str
    hidden: bool = False
    group: bool = False


SECTIONS: Mapping[str, Mapping[str, Command]] = {
    "First": {
        "init": Command(
            "system.init", "Write a commented rpa.toml for the practice CHS, its accounts and its database."
        ),
        "check": Command("check.check", "Validate every form, mapping and profile, and what rpa.toml names."),
        "run": Command("system.run", "Run the whole system: receive, schedule, key, sign the trail."),
        "demo": Command(
            "system.demo", "Key the sample reports into a practice CHS of its own, check everything, show it."
        ),
    },
    "Daily work": {
        "status": Command("status.status", "Show the queue, robots, targets and what is paused."),
        "reports": Command("reports.reports", "List the reports."),
        "report": Command(
            "reports.report", "Show one report: what the public wrote, what was keyed, what the target holds."
        ),
        "targets": Command("targets", "Targets: which are on, and which are paused.", group=True),
        "forms": Command("forms", "Form types: which are on.", group=True),
        "drift": Command("drift.drift", "List the changes found in forms and targets."),
        "reprocess": Command(
            "reports.reprocess", "Read a held or attention report again, using the current definitions."
        ),
        "release": Command("decisions.release", "Let a held report go on as it is."),
        "correct": Command(
            "corrections.correct", "Correct answers of a report, with a reason; what arrived does not change."
        ),
        "decide": Command("decisions.decide", "Decide on a report in review, with a rationale."),
        "keyed-by-hand": Command(
            "decisions.keyed_by_hand", "Record that a report that needs attention is now in the target."
        ),
        "dismiss": Command("decisions.dismiss", "Turn away a report that is held or needs attention."),
        "messages": Command(
            "messages", "Messages to the people who reported: what waits, failed or is uncertain.", group=True
        ),
        "reconcile": Command(
            "reconcile.reconcile", "Check that every saved record is in its target exactly once."
        ),
        "ingest": Command(
            "reports.ingest", "Receive report files, or folders of them. The files stay where they are."
        ),
    },
    "Housekeeping": {
        "erase": Command("decisions.erase", "Remove the content of a report whose work has ended, for good."),
        "api-clients": Command("api_clients", "The programs that may send reports to the API.", group=True),
        "audit": Command("audit", "The audit trail.", group=True),
        "db": Command("database", "The database.", group=True),
        "worker": Command(
            "system.worker", "Host robots in one browser until stopped (`rpa run` starts this)."
        ),
        "practice-chs": Command(
            "system.practice_chs", "Run the practice CHS, a stand-in for a contact handling system."
        ),
    },
}
"""Heading -> its commands, as `rpa --help` lists them."""

COMMANDS: Mapping[str, Command] = {
    **{name: each for section in SECTIONS.values() for name, each in section.items()},
    # Names of version 0.1
    "again": Command("reports.reprocess", "The former name of `rpa reprocess`.", hidden=True),
    "changes": Command("drift.drift", "The former name of `rpa drift`.", hidden=True),
}


class Commands(TyperGroup):
    """The commands of `COMMANDS`, in its order, each imported when it is to run."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {
            name: TyperCommand(name) for name in COMMANDS
        }  # one that is mistyped is compared with them

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Click's signature
        """One of them."""
        entry = COMMANDS.get(cmd_name)
        return entry and _loaded(cmd_name, entry)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as above
        """The commands on the help page, from the table alone."""
        width = max(map(len, COMMANDS))
        for heading, commands in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), each.help) for name, each in commands.items()])


def _loaded(name: str, entry: Command) -> Any:
    module, _, function = entry.where.partition(".")
    found = import_module(f"orchestrator.cli.{module}")
    if entry.group:
        command = get_command(found.commands)
    else:
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name)(getattr(found, function))
        command = get_command(alone)
    command.name, command.hidden = name, entry.hidden
    for each in command.params:
        if each.name == "reference":
            each.callback = _in_capitals
    return command


def _in_capitals(_ctx: Any, _param: Any, reference: str) -> str:
    """The reference of a report as it is stored, in whatever case it is typed."""
    return reference.upper()


cli = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,  # its boxes take longer to import than everything else
    help="Receives online crime reports, keys them into a contact handling system, and verifies what it keyed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tables of local variables would show answers
)


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"rpa {version('crime-report-rpa')}")
        raise typer.Exit


@cli.callback()
def _options(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", help="The settings file, rpa.toml unless given.")
    ] = None,
    log: Annotated[LogFormat, typer.Option("--log", help="How the log is written.")] = LogFormat.AUTO,
    version: Annotated[  # noqa: ARG001 - its callback has ended the command
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    from orchestrator.monitoring import logs

    ctx.obj = Invocation(config or DEFAULT_FILE, log, named=config is not None)
    logs.configure(json={LogFormat.JSON: True, LogFormat.TERMINAL: False}.get(log))


def main() -> None:
    """Run the command line.

    Definition faults are printed a line each and end it with 2. What may end by itself or needs a person, such as
    a database that is away or a full disk, ends it with 1. An unexpected error is logged without what it may quote
    and ends it with 3.
    """
    os.umask(0o077)  # files hold answers: only our own user may read them
    for argument in filter(_is_garbled, sys.argv[1:]):
        _print(f"{argument}: this is not UTF-8 text, and no file has this name")
        sys.exit(WRONG_SETTING)
    try:
        cli()
    except Exception as error:  # noqa: BLE001 - a traceback of Python's own would quote answers (P8)
        sys.exit(_reported(error))


def _is_garbled(argument: str) -> bool:
    """Whether an argument is no text. The name of a file may be any bytes."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return not os.path.lexists(argument)
    return False


def _is_full(error: Exception) -> bool:
    """Whether a disk takes no more."""
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def exit_code(error: Exception) -> int:
    """The exit code of a command that ended with an error: by its family, see `rpa.errors`."""
    from orchestrator.store import DATABASE_ERRORS
    from rpa.errors import DefinitionError, RpaError

    if isinstance(error, DefinitionError):
        return WRONG_SETTING
    expected = isinstance(error, (RpaError, *DATABASE_ERRORS)) or _is_full(error)
    return NEEDS_A_PERSON if expected else UNEXPECTED


def _reported(error: Exception) -> int:
    """Print why a command ended; returns its exit code."""
    import structlog

    from orchestrator.monitoring.logs import describe

    code = exit_code(error)
    if code == UNEXPECTED:
        structlog.get_logger(__name__).error("stopped by an unexpected error", exc_info=error)
    else:
        _print(str(error) if code == WRONG_SETTING else describe(error))
    return code


def _print(message: str) -> None:
    from orchestrator.render.terminal import Terminal

    Terminal(stderr=True, soft_wrap=True).print(message)
