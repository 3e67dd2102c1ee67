"""The files that came with a report: which are attached, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from rpa.documents.attachable import note_name
from rpa.plan import ControlValue, Place
from rpa.planning.entries import Entries
from rpa.planning.ledger import NOT_CERTAIN
from rpa.planning.mapping import Attachments
from rpa.planning.narrative import measure
from rpa.report import Answer
from rpa.targets.profile import Control

NOT_ARRIVED = "the file it names did not arrive"
NOT_ATTACHED = "a file of its kind is kept, and not attached"
NO_DESCRIPTION = "Came with the online report"
_DESCRIPTION = 100  # characters, where the control gives no limit


@dataclass(frozen=True, slots=True)
class Attached:
    """`rows`: one for every attached file. `reasons`: pointer of each other answer that names a file -> why it is
    not attached."""

    rows: tuple[tuple[ControlValue, ...], ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


def attach(entries: Entries, rule: Attachments, media: Set[str]) -> Attached:
    """Attach the files in `media` (names) as far as the target takes them: first those that an answer names, then
    those that no answer names."""
    screen = entries.profile.by_name[rule.screen]
    most = screen.grids[rule.grid].max_rows if rule.grid else 1
    certain = _place(rule, rule.file).named not in entries.unavailable
    named = _named(entries.report.answers, rule)
    files = [*(name for name in named if name in media), *sorted(media - named.keys())]
    taken = files[:most] if certain else []
    no_room = f"{rule.grid or rule.file} takes {most}" if certain else NOT_CERTAIN
    reasons = {
        answer.pointer: no_room if name in media else _without(name, media)
        for name, answers in named.items()
        for answer in answers
        if name not in taken
    }
    return Attached(tuple(tuple(_row(entries, rule, name, named.get(name, ()))) for name in taken), reasons)


def _without(name: str, media: Set[str]) -> str:
    return NOT_ATTACHED if note_name(name) in media else NOT_ARRIVED


def _named(answers: Sequence[Answer], rule: Attachments) -> dict[str, list[Answer]]:
    """The answers that name each file."""
    named: dict[str, list[Answer]] = {}
    for answer in answers:
        if any(fnmatchcase(answer.pointer, each) for each in rule.answers):
            named.setdefault(str(answer.value), []).append(answer)
    return named


def _row(entries: Entries, rule: Attachments, name: str, answers: Sequence[Answer]) -> Iterator[ControlValue]:
    """The row of one file, with the description that the public gave, or else with how the file came."""
    yield ControlValue(rule.file, name, tuple(answer.pointer for answer in answers))
    if rule.describe is None or _place(rule, rule.describe).named in entries.unavailable:
        return
    screen = entries.profile.by_name[rule.screen]
    control = (screen.grids[rule.grid].columns if rule.grid else screen.controls)[rule.describe]
    beside = (f"{answer.pointer.rpartition('/')[0]}/{rule.described_by}" for answer in answers)
    said = next((entries.answers[each] for each in beside if _describes(entries, each, control)), None)
    if said is None:
        yield ControlValue(rule.describe, NO_DESCRIPTION)
    else:
        yield ControlValue(rule.describe, said.text, (said.pointer,))


def _describes(entries: Entries, pointer: str, control: Control) -> bool:
    """Whether the answer exists and the control can hold all of it."""
    said = entries.answers.get(pointer)
    return said is not None and "\n" not in said.text and measure(said.text) <= (control.max or _DESCRIPTION)


def _place(rule: Attachments, control: str) -> Place:
    return Place(rule.screen, control, rule.grid or "")
