"""What may have taken the place of a control that is gone, and for how long a worker remembers that it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from orchestrator.jobs.known_changes import KnownChanges
from rpa.targets.profile import Control, Kind
from rpa.targets.replacements import answers_in, proposal
from tests.unit.test_matching import found

CONTROLS = {name: Control(kind=Kind.TEXT) for name in ("Forename", "Surname", "Town")}
SURNAME = answers_in(["Example"])
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


def proposed(*captions: str, kind: str = "text", tied: bool = True) -> str | None:
    """What is proposed for the surname on a page of those captions, the forename and the town."""
    new = [found(each, kind=kind, tied=tied) for each in captions]
    return proposal("Surname", CONTROLS, [found("Forename"), *new, found("Town"), found("Far away")], SURNAME)


def test_the_nearest_unknown_control_is_proposed() -> None:
    """Of the controls that the profile does not know, the one nearest to the usual place is proposed."""
    assert proposed("Family name") == "Family name"


def test_what_is_no_likely_control_is_not_proposed() -> None:
    """Another kind, a caption that nothing ties to its control, and one that quotes the report are passed over."""
    for page in (
        proposed("Country", kind="select"),
        proposed("Some text", tied=False),
        proposed("Edit Example"),
        proposed("Edit E\u2060x\u2060a m-p-l-e"),
    ):
        assert page == "Far away"
    assert proposal("Surname", CONTROLS, [found("Forename"), found("Town")], SURNAME) is None


def test_a_change_is_remembered_for_a_while() -> None:
    """A worker plans around a change that it has met, of that target alone, and tries the control again later,
    however often it was told in between."""
    known = KnownChanges(timedelta(minutes=10))
    known.note("chs", "Person", "Surname", NOON)
    known.note("chs", "", "", NOON)
    known.note("chs", "Person", "Surname", NOON + timedelta(minutes=9))
    assert known.around("chs", NOON + timedelta(minutes=9)) == {("Person", "Surname")}
    assert known.around("tickets", NOON) == frozenset()
    assert known.around("chs", NOON + timedelta(minutes=10)) == frozenset()
