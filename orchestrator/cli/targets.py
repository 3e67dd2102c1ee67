"""`rpa targets`: which targets are on, what is paused in them and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from orchestrator.actions import breakers, switching
from orchestrator.cli.context import AsJson, actor, followed, invocation, refuse, write_json
from orchestrator.render.paused import lines, standing
from orchestrator.render.terminal import write
from orchestrator.store import Breaker

commands = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="Targets: which are on, and which are paused.",
    no_args_is_help=True,
)


@commands.command("list")
def list_targets(ctx: typer.Context, json_: AsJson = False) -> None:
    """Show which targets are on, and what is paused in them and why."""
    app = invocation(ctx).app()
    open_ = [each for each in app.store.breakers() if each.is_open]
    for switch in app.target_switches():
        name, on, url = switch.target, switch.on, app.settings.targets[switch.target].url
        paused = [each for each in open_ if each.target == name]
        why = "" if on else "switched off by hand" if switch.configured else "enabled = false in rpa.toml"
        if json_:
            write_json([{"target": name, "on": on, "why": why, "paused": list(map(_as_json, paused))}])
            continue
        stands = standing(app.settings, switch, paused)
        write(f"{name:12} {stands:3}  {url}{'  (' + why + ')' if why else ''}")
        for line in lines(app.settings, paused):
            write(f"{'':12} {line}")


def _as_json(breaker: Breaker) -> dict[str, str | None]:
    return {
        "account": breaker.account or None,
        "reason": str(breaker.reason),
        "message": breaker.message,
        "since": _moment(breaker.opened_at),
        "tried_again": _moment(breaker.probe_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


@commands.command()
def enable(ctx: typer.Context, target: str) -> None:
    """Switch a target on; the held reports of its forms are released."""
    _switch(ctx, target, on=True)


@commands.command()
def disable(ctx: typer.Context, target: str) -> None:
    """Switch a target off within seconds. Nothing is claimed for it, the job in hand is finished."""
    _switch(ctx, target, on=False)


def _switch(ctx: typer.Context, target: str, *, on: bool) -> None:
    given = invocation(ctx)
    app = followed(given)
    if target not in app.settings.targets:
        refuse(f"There is no target {target!r} in {given.config}.")
    after = switching.switch_target(app.store, actor(), target, on)
    write(f"{target} is {'on' if after.on else 'off'}.")
    if on and not after.on:
        refuse(f"It stays off as long as {given.config} says enabled = false.")


@commands.command()
def retry(
    ctx: typer.Context,
    target: str,
    account: Annotated[str | None, typer.Option(help="Retry only this account.")] = None,
) -> None:
    """Try a paused target, or an account of it, again at once."""
    given = invocation(ctx)
    app = given.app()
    if target not in app.settings.targets:
        refuse(f"There is no target {target!r} in {given.config}.")
    closed = breakers.retry(app.store, actor(), target, account)
    for each in closed:
        write(f"{target}{f', account {each.account}' if each.account else ''} is tried again.")
    if not closed:
        refuse(f"Nothing is paused in {target}{f', account {account}' if account else ''}.")
