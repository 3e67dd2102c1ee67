"""How a search result differs from the reference that we hold: robots and `rpa reconcile` judge it alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.jobs.reconcile import difference, seconds_early
from orchestrator.settings import load_settings
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


def test_what_is_not_shown_yet_is_not_clear() -> None:
    """A search that began before the record had to be shown says nothing by not showing it; all else stands."""
    found = difference("REC-1", NotInTarget(), early=True)
    assert found is not None
    assert found.reason is Reason.CANNOT_TELL
    for result, reason, _ in (DIFFERENT[each] for each in ("another", "twice", "not clear")):
        found = difference("REC-1", result, early=True)
        assert found is not None
        assert found.reason is reason


def test_a_record_has_to_be_shown_after_lease_and_commit_delay() -> None:
    """What was saved at a moment has to be shown by a search that began a lease and a commit delay later. Of what
    an earlier version saved, nobody knows when: it had to be shown long ago."""
    target = {"profile": "chs", "url": "http://127.0.0.1:9", "commit_delay_seconds": 10}
    settings = load_settings(targets={"chs": target}, robots={"lease_seconds": 20})
    saved = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert seconds_early(settings, "chs", saved, saved + timedelta(seconds=29)) == 1
    assert seconds_early(settings, "chs", saved, saved + timedelta(seconds=30)) == 0
    assert seconds_early(settings, "chs", None, saved) == 0


def test_what_is_there_exactly_once_does_not_differ() -> None:
    """The one record under the reference we have is what we believe."""
    assert difference("REC-1", InTarget(("REC-1",))) is None
