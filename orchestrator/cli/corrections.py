"""`rpa correct`: what a person changes in a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

from orchestrator.actions.corrections import Correction
from orchestrator.actions.corrections import correct as correct_report
from orchestrator.cli.context import actor, end, invocation, not_empty, refuse, say_problems
from orchestrator.definitions import load_definitions
from orchestrator.reading import isolated
from orchestrator.render.terminal import write
from rpa.report import Change

Because = Annotated[
    str,
    typer.Option("--because", callback=not_empty, help="Why it is corrected. It is kept with the report."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="/POINTER=VALUE", help="Set this answer, as its question asks for it."),
]
Remove = Annotated[
    list[str] | None, typer.Option("--remove", metavar="/POINTER", help="Remove this answer, or part.")
]
Over = Annotated[
    int | None, typer.Option("--over", help="Refuse unless this is its latest revision (0: as it arrived).")
]

_RECORD: Mapping[bool | None, str] = {
    None: "",
    True: " A robot will update its record.",
    False: " Its record does not change.",
}


def correct(
    ctx: typer.Context,
    reference: str,
    because: Because,
    set_: Set = None,
    remove: Remove = None,
    over: Over = None,
) -> None:
    """Correct answers of a report, with a reason; what arrived does not change."""
    if not (set_ or remove):
        refuse("Say what to correct, with --set or --remove")
    app = invocation(ctx).app()
    changes = (*_set(set_ or ()), *(Change(pointer, None) for pointer in remove or ()))
    correction = Correction(changes, because, over)
    definitions = load_definitions(app.settings)
    with isolated(definitions.forms, app.settings.operations) as reader:
        done = correct_report(app.store, app.originals, definitions, reader, actor(), reference, correction)
    write(
        f"{reference} is now at revision {done.revision}. Its state is {done.state}.{_RECORD[done.updates]}"
    )
    say_problems(app, reference)
    end([done.state])


def _set(options: Sequence[str]) -> Iterator[Change]:
    for option in options:
        pointer, equals, value = option.partition("=")
        if not equals:
            refuse("--set is written /POINTER=VALUE")
        yield Change(pointer, value)
