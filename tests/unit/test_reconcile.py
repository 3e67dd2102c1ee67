"""How a search result differs from the reference that we hold: robots and `rpa reconcile` judge it alike."""

from __future__ import annotations

import pytest

from orchestrator.jobs.reconcile import difference
from orchestrator.states import Reason
from rpa.targets.finding import CannotTell, InTarget, NotInTarget, SearchResult

DIFFERENT: dict[str, tuple[SearchResult, Reason, str]] = {
    "not there": (NotInTarget(), Reason.NOT_FOUND, "the target does not show it"),
    "another": (InTarget(("REC-2",)), Reason.NOT_FOUND, "the target holds it under REC-2"),
    "twice": (
        InTarget(("REC-1", "REC-2")),
        Reason.FOUND_SEVERAL,
        "the target holds it 2 times: REC-1, REC-2",
    ),
    "not clear": (
        CannotTell("its results lack a column"),
        Reason.CANNOT_TELL,
        "the result is not clear: its results lack a column",
    ),
}


@pytest.mark.parametrize("which", DIFFERENT)
def test_what_differs_is_told(which: str) -> None:
    """A record that is not there exactly once, under the reference we have, differs, and says how."""
    result, reason, says = DIFFERENT[which]
    found = difference("REC-1", result)
    assert found is not None
    assert (found.reason, found.says) == (reason, says)
    assert found.references == (result.references if isinstance(result, InTarget) else ())


def test_what_is_there_exactly_once_does_not_differ() -> None:
    """The one record under the reference we have is what we believe."""
    assert difference("REC-1", InTarget(("REC-1",))) is None
