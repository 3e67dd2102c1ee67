"""`rpa db`: the database's tables."""

from __future__ import annotations

import typer

from orchestrator.cli.context import invocation
from orchestrator.render.terminal import write
from orchestrator.store import open_engine
from orchestrator.store import upgrade as upgrade_tables

commands = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="The database.", no_args_is_help=True
)


@commands.callback()
def _group() -> None:
    """The database."""


@commands.command()
def upgrade(ctx: typer.Context) -> None:
    """Bring the database's tables to the current revision."""
    engine = open_engine(invocation(ctx).settings().database.url)
    write(f"The database is at revision {upgrade_tables(engine)}.")
