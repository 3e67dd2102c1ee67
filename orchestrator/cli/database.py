"""`rpa db`: the database's tables."""

from __future__ import annotations

import typer

from orchestrator.app import upgrade_database
from orchestrator.cli.context import invocation
from orchestrator.render.terminal import write

commands = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="The database.", no_args_is_help=True
)


@commands.callback()
def _group() -> None:
    """The database."""


@commands.command()
def upgrade(ctx: typer.Context) -> None:
    """Bring the database's tables to the current revision."""
    write(f"The database is at revision {upgrade_database(invocation(ctx).settings())}.")
