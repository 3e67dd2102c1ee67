"""What a person can do next about a report: the commands that its state and reason allow, and what each does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from orchestrator.states import Reason, State
from orchestrator.store import Stored

_EVERY = frozenset(Reason)


class NextStep(NamedTuple):
    """A command, what it does, and the reasons that it is offered for."""

    command: str
    does: str
    reasons: frozenset[Reason] = _EVERY


_BECAUSE = "--because TEXT"
_CORRECT = f"rpa correct {{reference}} --set /POINTER=VALUE {_BECAUSE}"
_DISMISS = NextStep(f"rpa dismiss {{reference}} {_BECAUSE}", "turn it away: nobody keys it")
_OWN_CONTENT = frozenset({Reason.UNREADABLE, Reason.AMENDED, Reason.DUPLICATE})
"""What such a report says cannot be corrected into one that goes on."""

_BEFORE_A_ROBOT = frozenset({Reason.UNREADABLE, Reason.INVALID})
"""A report that stopped so was never given to a robot."""

STEPS: Mapping[State, tuple[NextStep, ...]] = MappingProxyType(
    {
        State.HELD: (
            NextStep(
                "rpa forms list",
                "see whether its form or its target is off; it goes on when both are on",
                frozenset({Reason.FORM_OFF}),
            ),
            NextStep(
                "rpa release {reference}",
                "let it go on as it is; what its form does not know is carried in the narrative",
                frozenset({Reason.FORM_CHANGED}),
            ),
            NextStep(
                "rpa reprocess {reference}",
                "read it again, after you corrected or added the definition of its form",
                frozenset({Reason.FORM_CHANGED, Reason.FORM_UNKNOWN}),
            ),
            NextStep(_CORRECT, "correct an answer; it is then read again", _EVERY - {Reason.FORM_UNKNOWN}),
            _DISMISS,
        ),
        State.ATTENTION: (
            NextStep(
                _CORRECT, "correct an answer; it is then read again, and goes on", _EVERY - _OWN_CONTENT
            ),
            NextStep(
                "rpa reprocess {reference}",
                "read it again, after the definition of its form was corrected",
                _BEFORE_A_ROBOT,
            ),
            NextStep(
                "rpa reprocess {reference}",
                "read it again and have a robot try again, after what stopped it was put right",
                _EVERY - _BEFORE_A_ROBOT - {Reason.AMENDED, Reason.DUPLICATE},
            ),
            NextStep(
                "rpa keyed-by-hand {reference} --reference TEXT",
                "after you keyed it by hand, with {reference} as its source reference",
            ),
            _DISMISS,
        ),
        State.REVIEW: (
            NextStep(
                f"rpa decide {{reference}} --as OUTCOME {_BECAUSE}",
                "decide: crime, not-a-crime, passed-on or duplicate",
            ),
            NextStep(_CORRECT, "correct an answer; a robot then updates the record"),
        ),
    }
)
"""State -> what can be done, the usual first. In every other state a robot comes next, or nobody."""


def search_first(stored: Stored) -> bool:
    """Whether a person is to search the target before they key it: its record may be there (P2)."""
    return stored.state is State.ATTENTION and stored.may_be_in_target


def next_steps(stored: Stored) -> Iterator[tuple[str, str]]:
    """Each command for this report, and what it does."""
    for step in STEPS.get(stored.state, ()):
        if stored.reason in step.reasons:
            yield (
                step.command.format(reference=stored.reference),
                step.does.format(reference=stored.reference),
            )


def as_json(stored: Stored) -> list[dict[str, str]]:
    """The same for a program."""
    return [{"command": command, "does": does} for command, does in next_steps(stored)]
