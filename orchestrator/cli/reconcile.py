"""`rpa reconcile`: whether every record that we hold a reference for is in its target."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress

from orchestrator.actions import reconciling
from orchestrator.app import App
from orchestrator.cli.context import DONE, NEEDS_A_PERSON, AsJson, actor, invocation, refuse, write_json
from orchestrator.credentials import robot_accounts
from orchestrator.definitions import load_definitions
from orchestrator.jobs.reconcile import Different, believed, look_up_all, put_before_a_person
from orchestrator.render.terminal import Terminal, write
from orchestrator.store import Summary
from orchestrator.wording import counted
from rpa.errors import TargetError

Since = Annotated[
    datetime | None,
    typer.Option(help="Only records saved since then, in UTC.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
]


def reconcile(ctx: typer.Context, since: Since = None, json_: AsJson = False) -> None:
    """Check that every saved record is in its target exactly once."""
    app = invocation(ctx).app()
    reports = believed(app, since and since.replace(tzinfo=UTC))
    try:
        found = _found(app, reports)
    except TargetError as error:
        refuse(f"Not reconciled: {error}")
    put_before_a_person(app, found, actor())
    _list(found, json_=json_)
    reconciling.reconciled(app.store, actor(), len(reports), [each.reference for each, _ in found])
    looked = f"{counted(len(reports), 'record')} looked up"
    write(f"{looked}, {counted(len(found), 'needs a person', 'need a person')}.", err=json_)
    raise typer.Exit(NEEDS_A_PERSON if found else DONE)


def _found(app: App, reports: list[Summary]) -> list[Different]:
    definitions, accounts = load_definitions(app.settings), robot_accounts(app.settings)
    quiet = Terminal(stderr=True)
    with Progress(console=quiet, transient=True, disable=not quiet.is_terminal) as progress:
        bar = progress.add_task("Looking up records", total=len(reports))
        looking = look_up_all(app, definitions, accounts, reports, lambda: progress.advance(bar))
        return asyncio.run(looking)


def _list(different: list[Different], *, json_: bool) -> None:
    for report, found in different:
        if json_:
            line = {"reference": report.reference, "target": report.target, "state": str(report.state)}
            line |= {"target_reference": report.target_reference, "says": found.says}
            write_json([{**line, "found": list(found.references)}])
        else:
            write(f"{report.reference}  {report.target_reference} in {report.target}: {found.says}")
