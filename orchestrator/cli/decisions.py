"""Commands for what people decide on reports: release, decide, keyed by hand, dismiss, erase."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from orchestrator.actions import decisions
from orchestrator.actions.decisions import Outcome
from orchestrator.cli.context import actor, end, invocation, not_empty
from orchestrator.definitions import load_definitions
from orchestrator.render.terminal import write
from orchestrator.states import State

Because = Annotated[
    str, typer.Option("--because", callback=not_empty, help="The rationale. It is kept with the report.")
]


def release(ctx: typer.Context, reference: str) -> None:
    """Let a held report go on as it is."""
    store = invocation(ctx).app().store
    _show(reference, decisions.release(store, actor(), reference))


def decide(
    ctx: typer.Context,
    reference: str,
    outcome: Annotated[Outcome, typer.Option("--as", help="What the report is found to be.")],
    because: Because,
) -> None:
    """Decide on a report in review, with a rationale."""
    store = invocation(ctx).app().store
    _show(reference, decisions.decide(store, actor(), reference, outcome, because))


def keyed_by_hand(
    ctx: typer.Context,
    reference: str,
    target_reference: Annotated[
        str,
        typer.Option(
            "--reference", callback=not_empty, help="The reference that the target gave its record."
        ),
    ],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also if another reference is known, or another report has this one."),
    ] = False,
) -> None:
    """Record that a report that needs attention is now in the target."""
    app = invocation(ctx).app()
    definitions = load_definitions(app.settings)
    done = decisions.key_by_hand(
        app.store, definitions, actor(), reference, target_reference, replace=replace
    )
    _show(reference, done)


def dismiss(ctx: typer.Context, reference: str, because: Because) -> None:
    """Turn away a report that is held or needs attention."""
    store = invocation(ctx).app().store
    _show(reference, decisions.dismiss(store, actor(), reference, because))


def erase(ctx: typer.Context, reference: str, because: Because) -> None:
    """Remove the content of a report whose work has ended, for good."""
    app = invocation(ctx).app()
    decisions.erase(app.store, app.originals, actor(), reference, because)
    write(f"{reference} is erased.")


def _show(reference: str, state: State) -> NoReturn:
    """Write the state of the report after a decision, and end the command."""
    write(f"{reference} is {state}.")
    end([state])
