"""`rpa messages`: what was, is or may have been sent to the people who reported."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.actions import messages
from orchestrator.actions.messages import Settlement
from orchestrator.cli.context import DONE, NEEDS_A_PERSON, AsJson, actor, invocation, write_json
from orchestrator.render.messages import as_json, lines
from orchestrator.render.terminal import write
from orchestrator.states import MessageState
from orchestrator.store import RowUnreadable
from rpa.report import MessageKind

commands = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="Messages to the people who reported: what waits, failed or is uncertain.",
    no_args_is_help=True,
)
_TO_SETTLE = (MessageState.FAILED, MessageState.UNCERTAIN)
_OPEN = (MessageState.WAITING, MessageState.SENDING, *_TO_SETTLE)


def _kind(word: str) -> MessageKind:
    """A kind as it is written, or with hyphens."""
    try:
        return MessageKind(word.replace("-", "_"))
    except ValueError:
        raise typer.BadParameter(f"{word!r} is not one of {', '.join(MessageKind)}.") from None


@commands.command("list")
def list_messages(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were sent or are not to be.")] = False,
    json_: AsJson = False,
) -> None:
    """List the messages that wait, failed or are uncertain."""
    store = invocation(ctx).app().store
    shown = tuple(MessageState) if all_ else _OPEN
    found = store.messages.in_states(shown, lambda name: write(str(RowUnreadable(name)), err=True))
    if json_:
        write_json(map(as_json, found))
    else:
        for each, line in zip(found, lines(found), strict=True):
            write(f"{each.reference}  {line}")
    raise typer.Exit(NEEDS_A_PERSON if any(each.state in _TO_SETTLE for each in found) else DONE)


@commands.command()
def settle(
    ctx: typer.Context,
    reference: str,
    kind: Annotated[MessageKind, typer.Argument(parser=_kind, metavar="KIND")],
    how: Annotated[Settlement, typer.Option("--as", help="What is known or decided of it.")],
) -> None:
    """Settle a message that failed or is uncertain."""
    reference = reference.upper()
    state = messages.settle(invocation(ctx).app().store, actor(), reference, kind, how)
    write(f"{reference}: its message {kind} is {state}.")
