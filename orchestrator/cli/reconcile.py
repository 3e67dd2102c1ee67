"""`rpa reconcile`: whether every record that we hold a reference for is in its target."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress

from orchestrator.actions import reconciling
from orchestrator.app import App
from orchestrator.cli.context import DONE, NEEDS_A_PERSON, AsJson, actor, invocation, write_json
from orchestrator.credentials import robot_accounts
from orchestrator.definitions import load_definitions
from orchestrator.jobs.reconcile import (
    NOT_REACHED,
    Difference,
    Different,
    OnLookedUp,
    Unreached,
    believed,
    look_up_all,
    put_before_a_person,
)
from orchestrator.render.terminal import Terminal, write
from orchestrator.states import Reason
from orchestrator.store import Stored, Summary
from orchestrator.wording import counted

Since = Annotated[
    datetime | None,
    typer.Option(help="Only records saved since then, in UTC.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
]


def reconcile(ctx: typer.Context, since: Since = None, json_: AsJson = False) -> None:
    """Check that every saved record is in its target exactly once."""
    app, me = invocation(ctx).app(), actor()
    reports = believed(app, since and since.replace(tzinfo=UTC))
    looked_up: list[str] = []
    differing: list[Different] = []

    def on_looked_up(report: Stored, found: Difference | None) -> None:
        looked_up.append(report.reference)
        if found is not None:
            differing.append((report, found))  # listed even where nothing can be done about it
            differing[-1] = report, put_before_a_person(app, me, report, found)

    try:
        for error, rest in _look_up(app, reports, on_looked_up):
            write(f"Not reconciled: {error}", err=True)
            differing += [(report, NOT_REACHED) for report in rest]
    finally:
        _list(differing, json_=json_)
    unclear = [each.reference for each, found in differing if found.reason is Reason.CANNOT_TELL]
    different = [each.reference for each, found in differing if found.reason is not Reason.CANNOT_TELL]
    reconciling.reconciled(app.store, me, len(looked_up), different, unclear)
    write(_summary(len(looked_up), len(different), len(unclear)), err=json_)
    raise typer.Exit(NEEDS_A_PERSON if differing else DONE)


def _look_up(app: App, reports: list[Summary], on_looked_up: OnLookedUp) -> list[Unreached]:
    """Look up all of them, and show how far it is."""
    definitions, accounts = load_definitions(app.settings), robot_accounts(app.settings)
    quiet = Terminal(stderr=True)
    with Progress(console=quiet, transient=True, disable=not quiet.is_terminal) as progress:
        bar = progress.add_task("Looking up records", total=len(reports))

        def step(report: Stored, found: Difference | None) -> None:
            on_looked_up(report, found)
            progress.advance(bar)

        return asyncio.run(look_up_all(app, definitions, accounts, reports, step))


def _summary(looked_up: int, different: int, unclear: int) -> str:
    rest = f", {counted(unclear, 'is unclear', 'are unclear')}" if unclear else ""
    needing = counted(different, "needs a person", "need a person")
    return f"{counted(looked_up, 'record')} looked up, {needing}{rest}."


def _list(different: list[Different], *, json_: bool) -> None:
    for report, found in different:
        if json_:
            line = {"reference": report.reference, "target": report.target, "state": str(report.state)}
            line |= {"target_reference": report.target_reference, "says": found.says}
            write_json([{**line, "found": list(found.references)}])
        else:
            write(f"{report.reference}  {report.target_reference} in {report.target}: {found.says}")
