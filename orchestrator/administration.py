"""What an administrator does: switch forms, let held reports go on, have reports read again, see what changed."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from orchestrator.assembly import actor
from orchestrator.command import DONE, NEEDS_A_PERSON, AsJson, chosen, opened, say
from orchestrator.intake import read_again
from orchestrator.originals import OriginalAltered
from orchestrator.states import State
from orchestrator.store import Drift, NotMoved
from orchestrator.telling import counted, when
from orchestrator.terminal import write
from rpa.forms import load_forms

forms_app = typer.Typer(help="Form types: which are taken.", no_args_is_help=True)


@forms_app.command("list")
def forms_list(json_: AsJson = False) -> None:
    """Show which forms there are, and which are on."""
    with opened() as parts:
        parts.store.configure(parts.settings.form_switches)
        switches = {each.form: each for each in parts.store.switches()}
        for name, form in load_forms(parts.settings.forms_dir).items():
            switch = switches.get(name)
            on = switch is not None and switch.on
            why = "" if on else "not in rpa.toml" if switch is None else _why_off(switch.configured)
            line = {"form": name, "title": form.title, "on": on, "why": why}
            if json_:
                say([line])
            else:
                write(f"{name:12} {'on ' if on else 'off'}  {form.title}{'  (' + why + ')' if why else ''}")


def _why_off(configured: bool) -> str:
    return "switched off by hand" if configured else "enabled = false in rpa.toml"


@forms_app.command("enable")
def forms_enable(form: str) -> None:
    """Switch a form on; its held reports are released."""
    _switch(form, on=True)


@forms_app.command("disable")
def forms_disable(form: str) -> None:
    """Switch a form off within seconds; its reports are held, the one in hand is finished."""
    _switch(form, on=False)


def _switch(form: str, *, on: bool) -> None:
    with opened() as parts:
        parts.store.configure(parts.settings.form_switches)
        try:
            after = parts.store.switch(form, on, actor())
        except LookupError:
            write(f"There is no form {form!r} in {chosen['config']}.", err=True)
            raise typer.Exit(NEEDS_A_PERSON) from None
        write(f"{form} is {'on' if after.on else 'off'}.")
        if on and not after.on:
            write(f"It stays off as long as {chosen['config']} says enabled = false.", err=True)
            raise typer.Exit(NEEDS_A_PERSON)


def release(reference: str) -> None:
    """Let a held report go on, in spite of what it is held for."""
    with opened() as parts:
        try:
            _tell(reference, parts.store.release(reference, actor()))
        except NotMoved as error:
            _refuse(error)


def again(
    reference: str,
    delivery: Annotated[
        int | None, typer.Option(help="Read this one of its deliveries, as `rpa report` numbers them.")
    ] = None,
) -> None:
    """Read a held or attention report again, from its original bytes, with the current definitions."""
    with opened() as parts:
        forms = load_forms(parts.settings.forms_dir)
        try:
            receipt = read_again(reference, forms, parts.store, parts.originals, actor(), delivery)
        except (NotMoved, OriginalAltered) as error:
            _refuse(error)
        else:
            _tell(reference, receipt.state)


def _tell(reference: str, state: State) -> None:
    write(f"{reference} is {state}.")
    raise typer.Exit(NEEDS_A_PERSON if state in (State.HELD, State.ATTENTION) else DONE)


def _refuse(error: Exception) -> None:
    write(str(error), err=True)
    raise typer.Exit(NEEDS_A_PERSON)


def drift(
    json_: AsJson = False,
    all_: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
) -> None:
    """List the changes seen in forms and targets, each with the caption that may have taken a control's place."""
    with opened() as parts:
        changes = parts.store.drift()
        for each in changes:
            if json_:
                line = {"subject": each.subject, "kind": each.kind, "place": each.place, "count": each.count}
                seen = {"first_seen": str(each.first_seen), "last_seen": str(each.last_seen)}
                ended = {"over": each.over, "keyed_at": each.keyed_at and str(each.keyed_at)}
                say([{**line, "proposal": _proposal(each.place), **seen, **ended}])
            elif all_ or not each.over:
                write(_line(each))
        over = sum(each.over for each in changes)
        if over and not (json_ or all_):
            told = counted(over, "change is over: its control was", "changes are over: their controls were")
            write(f"{told} keyed since. `rpa drift --all` lists every change.", err=True)


def _line(change: Drift) -> str:
    times = "once" if change.count == 1 else f"{change.count} times"
    seen = f"since {change.first_seen:%Y-%m-%d %H:%M}, last {when(change.last_seen)}, {times}"
    keyed = f"; keyed since, at {when(change.keyed_at)}" if change.keyed_at else ""
    return f"{change.subject:8} {change.kind:9} {seen}: {change.place}{keyed}"


def _proposal(place: str) -> str | None:
    """The caption that may have taken the place of a control; only a person decides whether it has."""
    found = re.search(r"; (?:perhaps|there is) '(.+?)'(?: has taken its place)?$", place)
    return found[1] if found else None
