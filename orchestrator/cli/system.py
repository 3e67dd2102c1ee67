"""Commands that set up and run the system: `init`, `run`, `worker`, `demo` and the practice CHS."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.app import open_app, upgrade_database
from orchestrator.cli.context import DEFAULT_FILE, end, invocation
from orchestrator.demo.run import demo as run_demo
from orchestrator.durable import new_file
from orchestrator.folders import named_by_argument
from orchestrator.render.terminal import write
from orchestrator.service.run import run as run_system
from orchestrator.service.run import work
from orchestrator.service.supervisor import WITH_PARENT
from orchestrator.settings import load_settings
from orchestrator.settings.first_files import default_toml, practice_accounts
from rpa.errors import DefinitionError, Fault


def init(directory: Annotated[Path, typer.Argument()] = Path()) -> None:
    """Write a commented rpa.toml for the practice CHS, its accounts and its database."""
    path, accounts = directory / DEFAULT_FILE, directory / "secrets" / "chs.toml"
    with named_by_argument(directory):
        accounts.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with new_file(path), new_file(accounts):  # what is there, or a link leads to, stays as it is
                path.write_text(default_toml(), encoding="utf-8")
                accounts.write_text(practice_accounts(), encoding="utf-8")
        except FileExistsError as error:
            fault = Fault(str(error.filename), 1, "file", "is there already", "Choose another directory")
            raise DefinitionError(fault) from None
    upgrade_database(load_settings(path))
    write(f"Wrote {path} and {accounts}. Next: `rpa practice-chs` in one terminal, `rpa run` in another.")


def demo(
    robots: Annotated[int, typer.Option(help="How many robots key.")] = 4,
    keep: Annotated[Path | None, typer.Option(help="Work in this new directory, and keep it.")] = None,
) -> None:
    """Key the sample reports into a practice CHS of its own, check everything, show it."""
    raise typer.Exit(run_demo(robots, keep))


def run(
    ctx: typer.Context,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Stop when there is nothing to do.")
    ] = False,
) -> None:
    """Run the whole system: receive, schedule, key, sign the trail."""
    given = invocation(ctx)
    arguments = ["--config", str(given.config), "--log", str(given.log)]
    code = asyncio.run(run_system(given.settings, arguments, until_idle=until_idle))
    if code:
        raise typer.Exit(code)
    counts = open_app(given.settings()).store.counts()
    end(state for state, count in counts.items() if count)


def worker(
    ctx: typer.Context, with_parent: Annotated[bool, typer.Option(WITH_PARENT, hidden=True)] = False
) -> None:
    """Host robots in one browser until stopped (`rpa run` starts this)."""
    raise typer.Exit(asyncio.run(work(invocation(ctx).settings(), with_parent=with_parent)))


def practice_chs(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8010,
    data: Annotated[Path, typer.Option(help="The directory of its ledger.")] = Path("var/practice-chs"),
) -> None:
    """Run the practice CHS, a stand-in for a contact handling system."""
    arguments = ["-m", "rpa.practice_chs", "--port", str(port), "--data", str(data)]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own module, no shell
