"""`rpa api-clients`: the programs that may send reports to the Standard API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import typer

from orchestrator.actions import api_clients
from orchestrator.cli.context import AsJson, actor, invocation, refuse, write_json
from orchestrator.render.terminal import write

commands = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="The programs that may send reports to the API.",
    no_args_is_help=True,
)


@commands.command()
def add(ctx: typer.Context, name: str, json_: AsJson = False) -> None:
    """Add a client. Its secret is shown now, and never again."""
    app = invocation(ctx).app()
    new = api_clients.add(app.store, actor(), name)
    if json_:
        write_json([asdict(new)])
        return
    write(f"client_id      {new.client_id}")
    write(f"client_secret  {new.client_secret}")
    write("The secret is shown this once. Keep it where the client reads its secrets.")
    if not app.settings.api.enabled:
        write("The API is off: set enabled = true in [api] of rpa.toml and start again.")


@commands.command("list")
def list_clients(ctx: typer.Context, json_: AsJson = False) -> None:
    """List the clients, those included that are revoked."""
    app, unreadable = invocation(ctx).app(), list[str]()
    clients = app.store.api_clients(unreadable.append)
    if json_:
        write_json({name: _plain(value) for name, value in asdict(each).items()} for each in clients)
    else:
        for each in clients:
            revoked = f"revoked {each.revoked_at:%Y-%m-%d %H:%M}" if each.revoked_at else "may send reports"
            write(f"{each.id}  {each.name:20}  added {each.added_at:%Y-%m-%d %H:%M}  {revoked}")
        if not clients:
            write("There are no clients. `rpa api-clients add NAME` adds one.")
    if unreadable:
        refuse(f"{', '.join(unreadable)}: cannot be read in the database. Run `rpa audit verify`.")


@commands.command()
def revoke(ctx: typer.Context, client: str) -> None:
    """Revoke a client, by its name or id: its next request is refused."""
    found = api_clients.revoke(invocation(ctx).app().store, actor(), client)
    write(f"{found.name} ({found.id}) is revoked.")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
