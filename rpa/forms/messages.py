"""The messages of a form to the person who reported: `messages/<kind>.toml`, checked and filled in.

A message is words of the form's and a few facts about the report. No answer of the public's is among the facts, so
that none can be in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Annotated

import jmespath
from pydantic import Field

from rpa.errors import DefinitionError, Fault
from rpa.forms.form_file import Expression, Table
from rpa.placeholders import brace_faults
from rpa.report import MessageKind
from rpa.source_lines import KeyPath, toml_line
from rpa.toml_file import load, read

_GUIDE = "forms/README.md says what a message is made of"


_ALWAYS = frozenset({"reference", "form", "submitted", "received"})
FACTS: Mapping[MessageKind, frozenset[str]] = MappingProxyType(
    {
        MessageKind.RECEIVED: _ALWAYS,
        MessageKind.RECORDED: _ALWAYS | {"target_reference"},
        MessageKind.NEEDS_MORE: _ALWAYS | {"why"},
        MessageKind.NOT_RECORDED: _ALWAYS | {"why"},
    }
)
"""Kind -> the facts that its texts may name in braces."""


class Message(Table):
    """One message. `why`: the reason a report is in its state -> how the message says it. A kind that says why is
    sent for no other reason. `when`: the report must be so, too."""

    subject: str = Field(min_length=1, max_length=150, pattern=r"^[^\x00-\x1f\x7f]+$")
    body: str = Field(min_length=1, max_length=20_000)
    when: Expression = jmespath.compile("`true`")
    why: Mapping[str, Annotated[str, Field(min_length=1, max_length=1000)]] = {}


def fill_in(text: str, facts: Mapping[str, str]) -> str:
    """A text with its facts. Raises KeyError for one that is not there."""
    pieces = Formatter().parse(text)
    return "".join(words + (facts[name] if name is not None else "") for words, name, _, _ in pieces)


def load_messages(folder: Path, *, written_to: bool) -> Mapping[MessageKind, Message]:
    """The messages of the form in that folder; `written_to`: its form.toml says how people are written to.

    Raises `DefinitionError` with every fault: file, line, place, what is wrong, what to do.
    """
    messages: dict[MessageKind, Message] = {}
    faults: list[Fault] = []
    for path in sorted((folder / "messages").glob("*")):
        try:
            kind = _kind(path, written_to=written_to)
            messages[kind] = load(path, Message, _GUIDE)
            faults.extend(_faults(path, kind, messages[kind]))
        except DefinitionError as error:
            faults.extend(error.faults)
    if faults:
        raise DefinitionError(*faults)
    return messages


def _kind(path: Path, *, written_to: bool) -> MessageKind:
    known = {f"{kind}.toml": kind for kind in MessageKind}
    if path.name not in known:
        remedy = f"Known here: {', '.join(known)}"
        raise DefinitionError(Fault(str(path), 1, "file", "there is no message of this name", remedy))
    if not written_to:
        said, remedy = "form.toml has no [contact]", "Say there how people are written to, and when never"
        raise DefinitionError(Fault(str(path), 1, "file", said, remedy))
    return known[path.name]


def _faults(path: Path, kind: MessageKind, message: Message) -> Iterator[Fault]:
    known, text = FACTS[kind], read(path)
    texts: list[tuple[KeyPath, str, frozenset[str]]] = [
        (("subject",), message.subject, known),
        (("body",), message.body, known),
        *((("why", reason), words, frozenset()) for reason, words in message.why.items()),
    ]
    for place, words, facts in texts:
        for line in words.splitlines():
            for _, said, remedy in brace_faults(place, line, facts):
                spoken = ".".join(map(str, place))
                yield Fault(str(path), _line(text, place, line), spoken, said, remedy)
    if "why" in known and not message.why:
        yield Fault(
            str(path), 1, "why", "no reason has words", "Add [why] with the reasons that it is sent for"
        )


def _line(text: str, place: KeyPath, line: str) -> int:
    """The line of the file on which a line of a value stands."""
    start = toml_line(text, place)
    rest = enumerate(text.splitlines()[start - 1 :], start)
    return next((number for number, each in rest if line in each), start)
