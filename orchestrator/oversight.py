"""How targets fare, for an administrator: what is paused and why, and whether all that we believe is there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from orchestrator.assembly import actor, robot_accounts
from orchestrator.command import DONE, NEEDS_A_PERSON, AsJson, chosen, opened, say
from orchestrator.definitions import load_definitions
from orchestrator.reconciling import Difference, believed, put_before_a_person
from orchestrator.reconciling import reconcile as look_for_all
from orchestrator.states import Reason
from orchestrator.store import Breaker, utc_now
from orchestrator.telling import counted, near, when
from orchestrator.terminal import Terminal, write
from rpa.errors import TargetError

targets_app = typer.Typer(help="Targets: which are on, and which are paused.", no_args_is_help=True)

Since = Annotated[
    datetime | None,
    typer.Option(help="Only records saved since then, in UTC.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
]


@targets_app.command("list")
def targets_list(json_: AsJson = False) -> None:
    """Show which targets there are, which are on, and what is paused in them, since when and why."""
    with opened() as parts:
        open_ = [each for each in parts.store.breakers() if each.opened_at is not None]
        for name, target in parts.settings.targets.items():
            paused = [each for each in open_ if each.target == name]
            if json_:
                say([{"target": name, "on": target.enabled, "paused": list(map(_as_json, paused))}])
                continue
            write(f"{name:12} {_state(target.enabled, paused)}  {target.url}")
            for each in paused:
                write(f"{'':12} {_told(each, target.accounts)}")


def _state(on: bool, paused: list[Breaker]) -> str:
    if not on:
        return "off"
    if not paused:
        return "on "
    if not all(each.account for each in paused):
        return "on, but paused"
    return f"on, but {counted(len(paused), 'account is', 'accounts are')} paused"


def _told(breaker: Breaker, accounts: Path | None) -> str:
    """What is paused, since when, why, and what ends it."""
    what = f"account {breaker.account}" if breaker.account else "the target"
    since = when(breaker.opened_at) if breaker.opened_at else ""
    if breaker.reason is Reason.SIGN_IN_REFUSED and accounts is not None:
        again = f"rpa targets retry {breaker.target} --account {breaker.account}"
        remedy = f"Correct it in {near(accounts)} and start rpa again; or, if it was right, {again}"
        return f"{what}: refused since {since}. {remedy}"
    due = breaker.probe_at is not None and breaker.probe_at > utc_now()
    tried = f"at {when(breaker.probe_at)}" if due and breaker.probe_at else "with the next report"
    return f"{what}: paused since {since}, tried again {tried}: {breaker.message}"


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
    """Have a paused target tried again at once; with `--account`, an account that was refused."""
    with opened() as parts:
        if target not in parts.settings.targets:
            write(f"There is no target {target!r} in {chosen['config']}.", err=True)
            raise typer.Exit(NEEDS_A_PERSON)
        closed = parts.store.close_breaker(target, account, actor())
        for each in closed:
            write(f"{target}{f', account {each.account}' if each.account else ''} is tried again.")
        if not closed:
            write("No target or account is paused.", err=True)
        raise typer.Exit(DONE if closed else NEEDS_A_PERSON)


def reconcile(since: Since = None, json_: AsJson = False) -> None:
    """Look for every record we hold a reference for: each has to be in its target exactly once."""
    with opened() as parts:
        reports = believed(parts, since and since.replace(tzinfo=UTC))
        definitions, accounts = load_definitions(parts.settings), robot_accounts(parts.settings)
        quiet = Terminal(stderr=True)
        try:
            with Progress(console=quiet, transient=True, disable=not quiet.is_terminal) as progress:
                bar = progress.add_task("Looking for records", total=len(reports))
                found = asyncio.run(
                    look_for_all(parts, definitions, accounts, reports, lambda: progress.advance(bar))
                )
        except TargetError as error:
            write(f"Not reconciled: {error}", err=True)
            raise typer.Exit(NEEDS_A_PERSON) from None
        put_before_a_person(parts, found, actor())
        _tell(found, json_=json_)
        told = {"count": len(reports), "different": [each.report.reference for each in found]}
        parts.store.record(actor=actor(), action="reconciled", subject="reports", **told)
        looked = f"{counted(len(reports), 'record')} looked for"
        need = counted(len(found), "needs a person", "need a person")
        write(f"{looked}, {need}.", err=json_)
    raise typer.Exit(NEEDS_A_PERSON if found else DONE)


def _tell(found: list[Difference], *, json_: bool) -> None:
    for each in found:
        report = each.report
        if json_:
            line = {"reference": report.reference, "target": report.target, "state": str(report.state)}
            line |= {"target_reference": report.target_reference, "says": each.says}
            say([{**line, "found": list(each.found)}])
        else:
            write(f"{report.reference}  {report.target_reference} in {report.target}: {each.says}")
