"""`rpa status`: the queue, the robots, the targets and what is paused in them."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.live import Live

from orchestrator.cli.context import AsJson, invocation, write_json
from orchestrator.render.status import as_json, view
from orchestrator.render.tables import make_console
from orchestrator.render.terminal import write
from orchestrator.status import status_of
from orchestrator.store import RowUnreadable

LOOK_SECONDS = 1.0


def status(
    ctx: typer.Context,
    json_: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep it on the screen until Ctrl-C.")] = False,
) -> None:
    """Show the queue, robots, targets and what is paused."""
    app = invocation(ctx).app()
    now = status_of(app)
    for name in now.unreadable:
        write(str(RowUnreadable(name)), err=True)
    if json_:
        write_json([as_json(now)])
        return
    console = make_console()
    if not (watch and console.is_terminal):
        console.print(view(app.settings, now))
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                live.update(view(app.settings, status_of(app)), refresh=True)
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            return
