"""`rpa drift`: the changes found in forms and targets."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.context import AsJson, invocation, write_json
from orchestrator.render.terminal import write
from orchestrator.store import Drift, RowUnreadable
from orchestrator.wording import counted, when
from rpa.errors import Cause


def drift(
    ctx: typer.Context,
    json_: AsJson = False,
    all_: Annotated[bool, typer.Option("--all", help="Include changes that are over.")] = False,
) -> None:
    """List the changes found in forms and targets."""
    unreadable: list[str] = []
    changes = invocation(ctx).app().store.drift(unreadable=unreadable.append)
    for name in unreadable:
        write(str(RowUnreadable(name)), err=True)
    for each in changes:
        if json_:
            write_json([_as_json(each)])
        elif all_ or not each.over:
            write(_line(each))
    if not (changes or unreadable or json_):
        write("No changes found.")
    over = sum(each.over for each in changes)
    if over and not (json_ or all_):
        ended = counted(over, "change is over: its control was", "changes are over: their controls were")
        write(f"{ended} keyed since. `rpa drift --all` lists every change.", err=True)


def _as_json(change: Drift) -> dict[str, object]:
    return {
        "subject": change.subject,
        "kind": change.kind,
        "place": _told(change),
        "count": change.count,
        "proposal": change.proposals[0] if len(change.proposals) == 1 else None,
        "first_seen": str(change.first_seen),
        "last_seen": str(change.last_seen),
        "over": change.over,
        "keyed_at": change.keyed_at and str(change.keyed_at),
    }


def _line(change: Drift) -> str:
    times = "once" if change.count == 1 else f"{change.count} times"
    period = f"since {change.first_seen:%Y-%m-%d %H:%M} UTC, last {when(change.last_seen)}, {times}"
    keyed = f"; keyed since, at {when(change.keyed_at)}" if change.keyed_at else ""
    return f"{change.subject:8} {change.kind:9} {period}: {_told(change)}{keyed}"


def _told(change: Drift) -> str:
    """The change with what may have taken the place of a control; only a person decides whether it has."""
    named = ", ".join(map(repr, change.proposals))
    if not named:
        return change.place
    if change.cause is Cause.GONE:
        return f"{change.place}; perhaps {named} has taken its place"
    return f"{change.place}; there {'is' if len(change.proposals) == 1 else 'are'} {named}"
