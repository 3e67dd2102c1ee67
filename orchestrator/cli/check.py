"""`rpa check`: validate every definition."""

from __future__ import annotations

from collections.abc import Iterator
from shutil import which

import typer

from orchestrator.cli.context import DONE, WRONG_SETTING, AsJson, invocation, write_json
from orchestrator.credentials import mailbox_faults, robot_accounts
from orchestrator.definitions import definition_faults
from orchestrator.render.terminal import write
from orchestrator.settings import Settings, load_settings
from orchestrator.wording import counted
from rpa.checks import remarks
from rpa.errors import DefinitionError, Fault
from rpa.forms import load_forms


def check(ctx: typer.Context, json_: AsJson = False) -> None:
    """Validate every form, mapping and profile, and what rpa.toml names."""
    chosen = invocation(ctx)
    from_file = chosen.named or chosen.config.exists()
    given = chosen.settings() if from_file else load_settings()
    faults: list[Fault] = []
    try:
        faults += definition_faults(given, load_forms(given.forms_dir))
    except DefinitionError as error:
        faults += error.faults
    if from_file:
        faults += [*_account_faults(given), *_browser_faults(given), *mailbox_faults(given)]
    else:
        write(f"No {chosen.config} here: only the definitions are validated.", err=json_)
    if json_:
        write_json({name: getattr(fault, name) for name in Fault.__slots__} for fault in faults)
    else:
        for line in (*(f"note: {each}" for each in remarks(given.mappings_dir)), *map(str, faults)):
            write(line)
        write(counted(len(faults), "fault") if faults else "No faults found.")
    raise typer.Exit(WRONG_SETTING if faults else DONE)


def _account_faults(settings: Settings) -> tuple[Fault, ...]:
    try:
        robot_accounts(settings)
    except DefinitionError as error:
        return error.faults
    return ()


def _browser_faults(settings: Settings) -> Iterator[Fault]:
    """A browser that the settings name and that is not there. `rpa run` goes on without: reports still arrive."""
    named = settings.browser.executable
    if named and not which(named):
        remedy = "Correct it, or leave it out for the browser that set-up found"
        yield settings.fault(("browser", "executable"), f"there is no program {named}", remedy)
