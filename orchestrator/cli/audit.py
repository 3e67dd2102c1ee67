"""`rpa audit`: verify the trail, and export it."""

from __future__ import annotations

from pathlib import Path

import typer

from audit.checkpoint import load as load_checkpoints
from audit.checkpoint import torn as torn_checkpoints
from audit.keys import signing_key
from audit.verify import verify
from orchestrator.actions import viewing
from orchestrator.cli.context import DONE, NEEDS_A_PERSON, actor, invocation
from orchestrator.render.terminal import write
from orchestrator.trail_files import checkpoints_of
from orchestrator.wording import counted
from rpa.errors import DefinitionError, Fault

commands = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="The audit trail.", no_args_is_help=True
)


@commands.command("verify")
def verify_trail(ctx: typer.Context) -> None:
    """Find every entry that was altered, removed, moved or inserted.

    It also finds every report that differs from the trail.
    """
    app = invocation(ctx).app(long=True)
    path = app.settings.checkpoints_file
    try:
        checkpoints, torn = load_checkpoints(path), torn_checkpoints(path)
    except OSError as error:
        remedy = "Put the file back, or a copy."
        raise DefinitionError(Fault(str(path), 1, "file", f"it cannot be read: {error}", remedy)) from error
    rows = list(app.store.entries())
    findings = list(map(str, verify(rows, checkpoints, signing_key(app.settings.keys_dir).public_key())))
    findings += [
        f"entry {seq}: it does not bear the seal of this installation" for seq in app.store.unsealed()
    ]
    findings += [f"{subject}: {name}: not what the trail says" for subject, name in app.store.altered()]
    for finding in findings:
        write(finding)
    if torn:
        write(f"{counted(torn, 'checkpoint line')} incomplete: never finished, and ignored")
    totals = (counted(len(rows), "entry", "entries"), counted(len(checkpoints), "checkpoint"))
    write(f"{', '.join(totals)}, {counted(len(findings), 'finding')}")
    raise typer.Exit(NEEDS_A_PERSON if findings else DONE)


@commands.command()
def export(ctx: typer.Context, file: Path) -> None:
    """Write the trail to a file, and its checkpoints beside it.

    `python -m audit verify` verifies them without the database.
    """
    app = invocation(ctx).app(long=True)
    number = viewing.export(app, actor(), file)
    write(f"Wrote {counted(number, 'entry', 'entries')} to {file}. Checkpoints: {checkpoints_of(file)}")
