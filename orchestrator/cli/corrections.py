"""`rpa correct`: what a person changes in a report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TextIO

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
From = Annotated[
    typer.FileText | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Set the answers in this JSON file, an object of pointers and values (null removes one); - reads it "
        "from standard input. Answers typed as options are seen in the list of processes.",
    ),
]
Over = Annotated[
    int | None, typer.Option("--over", help="Refuse unless this is its latest revision (0: as it arrived).")
]

_MOST_CHARACTERS = 10_000_000
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
    from_: From = None,
    over: Over = None,
) -> None:
    """Correct answers of a report, with a reason; what arrived does not change."""
    if not (set_ or remove or from_):
        refuse("Say what to correct, with --set, --remove or --from")
    app = invocation(ctx).app()
    changes = (*_set(set_ or ()), *(Change(pointer, None) for pointer in remove or ()), *_read(from_))
    correction = Correction(changes, because, over)
    definitions = load_definitions(app.settings)
    with isolated(definitions.forms, app.settings) as reader:
        done = correct_report(app.store, app.originals, definitions, reader, actor(), reference, correction)
    write(
        f"{reference} is now at revision {done.revision}. Its state is {done.state}.{_RECORD[done.updates]}"
    )
    say_problems(app, reference)
    end([done.state])


def _read(file: TextIO | None) -> Iterator[Change]:
    if file is None:
        return
    try:
        document = json.loads(file.read(_MOST_CHARACTERS))
    except ValueError:  # of bytes that are no text, too
        document = None
    if not isinstance(document, dict):
        refuse(f"--from {file.name}: it is not a JSON object of pointers and values")
    yield from (Change(pointer, value) for pointer, value in document.items())


def _set(options: Sequence[str]) -> Iterator[Change]:
    for option in options:
        pointer, equals, value = option.partition("=")
        if not equals:
            refuse("--set is written /POINTER=VALUE")
        yield Change(pointer, value)
