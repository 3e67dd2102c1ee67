"""`rpa forms`: which form types are on."""

from __future__ import annotations

import typer

from orchestrator.actions import switching
from orchestrator.cli.context import AsJson, actor, followed, invocation, refuse, write_json
from orchestrator.render.terminal import write
from orchestrator.store import Switch
from rpa.forms import load_forms

commands = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="Form types: which are on.", no_args_is_help=True
)


@commands.command("list")
def list_forms(ctx: typer.Context, json_: AsJson = False) -> None:
    """Show which forms there are, and which are on."""
    app = invocation(ctx).app()
    switches = {each.form: each for each in app.form_switches()}
    for name, form in load_forms(app.settings.forms_dir).items():
        switch = switches.get(name)
        on = switch is not None and switch.on
        why = "" if on else "not in rpa.toml" if switch is None else _why_off(switch)
        if json_:
            write_json([{"form": name, "title": form.title, "on": on, "why": why}])
        else:
            write(f"{name:12} {'on ' if on else 'off'}  {form.title}{'  (' + why + ')' if why else ''}")


def _why_off(switch: Switch) -> str:
    if not switch.configured:
        return "enabled = false in rpa.toml"
    return "switched off by hand" if not switch.switched_on else f"target {switch.target} is switched off"


@commands.command()
def enable(ctx: typer.Context, form: str) -> None:
    """Switch a form on; its held reports are released."""
    _switch(ctx, form, on=True)


@commands.command()
def disable(ctx: typer.Context, form: str) -> None:
    """Switch a form off within seconds. Its reports are held, the one in hand is finished."""
    _switch(ctx, form, on=False)


def _switch(ctx: typer.Context, form: str, *, on: bool) -> None:
    given = invocation(ctx)
    app = followed(given)
    try:
        after = switching.switch_form(app.store, actor(), form, on)
    except LookupError:
        known = ", ".join(sorted(app.settings.forms))
        refuse(f"There is no form {form!r} in {given.config}. There are: {known}.")
    write(f"{form} is {'on' if after.on else 'off'}.")
    if on and not after.on:
        why = (
            f"target {after.target} is switched off"
            if after.configured
            else f"{given.config} says enabled = false"
        )
        refuse(f"It stays off as long as {why}.")
