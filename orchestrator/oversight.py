"""How targets fare, for an administrator: what is left alone and why, and whether all that we believe is there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from orchestrator.assembly import actor, robot_accounts
from orchestrator.command import DONE, NEEDS_A_PERSON, AsJson, chosen, opened, say
from orchestrator.definitions import load_definitions
from orchestrator.reconciling import Difference, believed, put_before_a_person
from orchestrator.reconciling import reconcile as look_for_all
from orchestrator.store import Breaker
from orchestrator.telling import counted
from rpa.errors import TargetError

targets_app = typer.Typer(
    help="Targets: which are on, and which are left alone for now.", no_args_is_help=True
)

Since = Annotated[
    datetime | None,
    typer.Option(help="Only records saved since then, in UTC.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
]


@targets_app.command("list")
def targets_list(json_: AsJson = False) -> None:
    """Show which targets there are, which are on, and what is left alone in them and why."""
    with opened() as parts:
        open_ = [each for each in parts.store.breakers() if each.opened_at is not None]
        for name, target in parts.settings.targets.items():
            alone = [each for each in open_ if each.target == name]
            if json_:
                say([{"target": name, "on": target.enabled, "left_alone": list(map(_as_json, alone))}])
                continue
            typer.echo(f"{name:12} {'on ' if target.enabled else 'off'}  {target.url}")
            for each in alone:
                until = (
                    f"tried again {each.probe_at:%H:%M:%S} UTC"
                    if each.probe_at
                    else "until an administrator acts"
                )
                what = f"account {each.account}" if each.account else "the target"
                typer.echo(f"             {what} is left alone, {until}: {each.message}")


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


@targets_app.command("retry")
def targets_retry(
    target: str, account: Annotated[str | None, typer.Option(help="Only this account of it.")] = None
) -> None:
    """Have a target that is left alone tried again at once; with `--account`, an account that was refused."""
    with opened() as parts:
        if target not in parts.settings.targets:
            typer.echo(f"There is no target {target!r} in {chosen['config']}.", err=True)
            raise typer.Exit(NEEDS_A_PERSON)
        closed = parts.store.close_breaker(target, account, actor())
        for each in closed:
            typer.echo(f"{target}{f', account {each.account}' if each.account else ''} is tried again.")
        if not closed:
            typer.echo("Nothing of it is left alone.", err=True)
        raise typer.Exit(DONE if closed else NEEDS_A_PERSON)


def reconcile(since: Since = None, json_: AsJson = False) -> None:
    """Look for every record we hold a reference for: each has to be in its target exactly once."""
    with opened() as parts:
        reports = believed(parts, since and since.replace(tzinfo=UTC))
        definitions, accounts = load_definitions(parts.settings), robot_accounts(parts.settings)
        quiet = Console(stderr=True)
        try:
            with Progress(console=quiet, transient=True, disable=not quiet.is_terminal) as progress:
                bar = progress.add_task("Looking for records", total=len(reports))
                found = asyncio.run(
                    look_for_all(parts, definitions, accounts, reports, lambda: progress.advance(bar))
                )
        except TargetError as error:
            typer.echo(f"Not reconciled: {error}", err=True)
            raise typer.Exit(NEEDS_A_PERSON) from None
        put_before_a_person(parts, found, actor())
        _tell(found, json_=json_)
        told = {"count": len(reports), "different": [each.report.reference for each in found]}
        parts.store.record(actor=actor(), action="reconciled", subject="reports", **told)
        looked = f"{counted(len(reports), 'record')} looked for"
        need = counted(len(found), "needs a person", "need a person")
        typer.echo(f"{looked}, {need}.", err=json_)
    raise typer.Exit(NEEDS_A_PERSON if found else DONE)


def _tell(found: list[Difference], *, json_: bool) -> None:
    for each in found:
        report = each.report
        if json_:
            line = {"reference": report.reference, "target": report.target, "state": str(report.state)}
            line |= {"target_reference": report.target_reference, "says": each.says}
            say([{**line, "found": list(each.found)}])
        else:
            typer.echo(f"{report.reference}  {report.target_reference} in {report.target}: {each.says}")
