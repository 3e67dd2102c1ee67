"""Commands on reports: receive, list, show, reprocess."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.actions import arrivals, viewing
from orchestrator.app import App
from orchestrator.cli.context import (
    AsJson,
    actor,
    end,
    followed,
    invocation,
    refuse,
    say_problems,
    write_json,
)
from orchestrator.intake.watched_folder import file_limits
from orchestrator.monitoring.logs import describe
from orchestrator.reading import Reader, isolated
from orchestrator.render import messages, next_steps, revisions, updates
from orchestrator.render.report import decision, details, print_report, problems
from orchestrator.render.tables import as_json, make_console, print_reports
from orchestrator.render.terminal import write
from orchestrator.states import State
from orchestrator.store import DATABASE_ERRORS, Receipt, RowUnreadable
from rpa.documents.files import find, read_file
from rpa.forms import load_forms


def ingest(ctx: typer.Context, paths: list[Path], json_: AsJson = False) -> None:
    """Receive report files, or folders of them. The files stay where they are."""
    app = followed(invocation(ctx))
    with isolated(load_forms(app.settings.forms_dir), app.settings) as reader:
        states, failed = _ingest(app, reader, paths, json_=json_)
    if not (states or failed):
        write("There is no report file there.", err=True)
    end(states, failed=failed)


def _ingest(app: App, reader: Reader, paths: list[Path], *, json_: bool) -> tuple[list[State], bool]:
    """Receive each, and say so; returns the states of what was received, and whether anything was not."""
    limits = file_limits(app.settings.operations)
    failed: list[Path] = []

    def not_received(path: Path, error: Exception) -> None:
        failed.append(path)
        write(f"{path}: not received: {describe(error)}", err=True)

    receipts: list[Receipt] = []
    for path in find(paths, not_received, limits):
        try:
            submission = read_file(path, source="command-line", limits=limits)
            received = arrivals.receive(app.store, app.originals, reader, actor(), submission)
        except DATABASE_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 - one that cannot be received must not stop the others
            not_received(path, error)
            continue
        receipts += received
        _say(path.name, received, json_=json_)
    together = arrivals.receive_overdue(app.store, app.originals, reader, actor(), 0)
    _say("parts of one report", together, json_=json_)
    return [each.state for each in (*receipts, *together)], bool(failed)


def _say(name: str, receipts: Sequence[Receipt], *, json_: bool) -> None:
    for receipt in receipts:
        if json_:
            write_json([_as_json(name, receipt)])
        else:
            write(_line(name, receipt))


def _as_json(name: str, receipt: Receipt) -> dict[str, object]:
    return {
        "file": name,
        "reference": receipt.reference,
        "new": receipt.new,
        "state": str(receipt.state),
        "reason": str(receipt.reason),
        "differs": receipt.differs,
    }


def _line(name: str, receipt: Receipt) -> str:
    known = "" if receipt.new else "  (already known)"
    known += "  (other content or files than before)" if receipt.differs else ""
    return f"{receipt.reference}  {receipt.state:10} {receipt.reason:14} {name}{known}"


def _state(word: str) -> State:
    """A state as it is written, or with the hyphens that commands and reasons have."""
    try:
        return State(word.replace("-", "_"))
    except ValueError:
        raise typer.BadParameter(f"{word!r} is not one of {', '.join(State)}.") from None


def reports(
    ctx: typer.Context,
    state: Annotated[
        State | None,
        typer.Option(parser=_state, metavar="STATE", help=f"Only those in this state: {', '.join(State)}."),
    ] = None,
    json_: AsJson = False,
) -> None:
    """List the reports."""
    lines = map(as_json, invocation(ctx).app().store.reports(state, _unreadable))
    if json_:
        write_json(lines)
    else:
        print_reports(make_console(), lines)


def _unreadable(reference: str) -> None:
    write(str(RowUnreadable(reference)), err=True)


def report(ctx: typer.Context, reference: str, json_: AsJson = False) -> None:
    """Show one report: what the public wrote, what was keyed, what the target holds."""
    app = invocation(ctx).app()
    stored = viewing.view(app.store, actor(), reference)
    if stored is None:
        refuse(f"There is no report {reference}.")
    told = app.store.messages.of_report(reference, _unreadable)
    if json_:
        write_json(
            [
                {
                    **as_json(stored),
                    "problem_list": problems(stored),
                    "details": details(stored),
                    "revisions": revisions.as_json(stored),
                    "updates": updates.as_json(stored),
                    "messages": list(map(messages.as_json, told)),
                    "search_first": next_steps.search_first(stored),
                    "next_steps": next_steps.as_json(stored),
                    **decision(stored),
                }
            ]
        )
    else:
        delivered, folder = app.store.deliveries(reference), app.settings.data_dir
        print_report(make_console(), stored, delivered, folder, told)


def reprocess(
    ctx: typer.Context,
    reference: str,
    delivery: Annotated[
        int | None, typer.Option(help="Number of the delivery to read, as `rpa report` shows it.")
    ] = None,
) -> None:
    """Read a held or attention report again, using the current definitions."""
    app = invocation(ctx).app()
    with isolated(load_forms(app.settings.forms_dir), app.settings) as reader:
        receipt = arrivals.reprocess(app.store, app.originals, reader, actor(), reference, delivery)
    write(f"{reference} is {receipt.state}.")
    say_problems(app, reference)
    end([receipt.state])
